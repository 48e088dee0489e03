from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Datetime
from odoo.tests import tagged

from ..connector.core import events
from .common import answered_call, ended
from .contact_case import ContactCase


@tagged("post_install", "-at_install", "callcenter")
class TestContactRecord(ContactCase):
    def test_save_before_a_call_is_refused(self):
        with self.assertRaisesRegex(UserError, "Call the customer first"):
            self._save()
        page = self.mine.action_read_task()
        self.assertIs(page["record"], False)

    def test_a_call_that_never_reached_the_customer_permits_no_save(self):
        call = self._dial()
        self._apply(ended(call.uniqueid, 2.0, reason="agent_no_answer"))
        self.assertFalse(call.contact_record_id)
        with self.assertRaisesRegex(UserError, "Call the customer first"):
            self._save()

    def test_while_it_rings_there_is_nothing_to_save(self):
        call = self._dial()
        key = call.uniqueid
        self._apply(events.CustomerDialed(key, 1.1, "leg", "PJSIP/carrier-01"))
        record = self.mine.action_read_task()["record"]
        self.assertIs(record["can_save"], False)
        self.assertIn("still on", record["why"])
        with self.assertRaisesRegex(UserError, "still on"):
            self._save()

    def test_save_while_talking_and_after(self):
        call = self._dial()
        self._apply(*answered_call(call.uniqueid)[:-1])
        self.assertTrue(self.mine.action_read_task()["record"]["can_save"])
        record = self._save(note="  Cooperative.  ")
        self.assertEqual(record.call_id, call)
        self.assertRecordValues(
            record,
            [
                {
                    "saved": True,
                    "status": "done_success",
                    "note": "Cooperative.",
                    "result_id": self.answered_result.id,
                }
            ],
        )
        self.assertEqual(self.task.status, "done_success")
        self.assertEqual(call.contact_record_id, record)
        self.assertEqual(call.leg_ids.contact_record_id, record)

    def test_a_record_is_saved_once(self):
        self._call()
        self._save(status="follow_up")
        with self.assertRaisesRegex(UserError, "saved already"):
            self._save(status="follow_up")
        self._call()
        self._save()
        self.assertEqual(len(self.task.contact_record_ids), 2)

    def test_what_was_left_unsaved_stays_so(self):
        first = self._call("unanswered")
        self.assertEqual(self.task.status, "in_progress")
        page = self.agent.with_user(self.agent.user_id).action_read_workspace()
        self.assertEqual([row["call_id"] for row in page["unsaved"]], [first.id])
        second = self._call()
        record = self._save()
        self.assertEqual(record.call_id, second)
        self.assertFalse(first.contact_record_id.saved)
        self.assertFalse(first.contact_record_id.status)
        page = self.agent.with_user(self.agent.user_id).action_read_workspace()
        self.assertEqual(page["unsaved"], [], "only the latest can be saved")

    def test_the_result_fits_how_the_call_went(self):
        self._call("unanswered")
        with self.assertRaisesRegex(UserError, "not for this call"):
            self._save()
        self._save(result_id=self.unanswered_result.id, status="in_progress")
        self.assertEqual(self.task.status, "in_progress")

    def test_values_that_cannot_be(self):
        self._call()
        foreign = self.answered_result.copy({"name": "Not of the plan"})
        yesterday = Datetime.to_string(Datetime.now() - timedelta(days=1))
        for values, words in (
            ({"result_id": False}, "Choose the result"),
            ({"result_id": "1"}, "Choose the result"),
            ({"result_id": foreign.id}, "Choose the result"),
            ({"status": "untouched"}, "Choose the handling status"),
            ({"status": None}, "Choose the handling status"),
            ({"status": ["done_success"]}, "Choose the handling status"),
            ({"note": 12}, "must be a text"),
            ({"note": "x" * 10_001}, "too long"),
            ({"status": "follow_up", "follow_up_at": "soon"}, "no time"),
            ({"status": "follow_up", "follow_up_at": 7}, "no time"),
            ({"status": "follow_up", "follow_up_at": "0001-01-01T00:00+09"}, "no time"),
            ({"status": "follow_up", "follow_up_at": "2020-01-01T00:00Z"}, "is past"),
            ({"status": "follow_up", "follow_up_at": yesterday}, "is past"),
            ({"saved": True}, "has a result, a status"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, words):
                self._save(**values)
        for vals in (None, [], "x", {}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self.mine.action_save_contact_record(vals)
        self.assertFalse(self.task.contact_record_ids.saved)

    def test_follow_up_has_a_time(self):
        self._call()
        tomorrow = Datetime.now().replace(microsecond=0) + timedelta(days=1)
        self._save(status="follow_up", follow_up_at=Datetime.to_string(tomorrow))
        self.assertEqual(self.task.follow_up_at, tomorrow)
        self._call()
        self._save(status="done_failed", follow_up_at=Datetime.to_string(tomorrow))
        self.assertFalse(self.task.follow_up_at, "done: nothing to follow up")

    def test_follow_up_times_in_iso_8601_become_utc(self):
        self._call()
        record = self._save(status="follow_up")
        mine = record.with_user(self.agent.user_id)
        for text, moment in (
            ("2037-05-04 08:30:00", datetime(2037, 5, 4, 8, 30)),
            ("2037-05-04T08:31:00", datetime(2037, 5, 4, 8, 31)),
            ("2037-05-04T08:32:00.250Z", datetime(2037, 5, 4, 8, 32)),
            ("2037-05-04T08:33:00+08:00", datetime(2037, 5, 4, 0, 33)),
            ("2037-05-04T08:34-05:00", datetime(2037, 5, 4, 13, 34)),
        ):
            with self.subTest(text=text):
                mine.action_correct({"follow_up_at": text})
                self.assertEqual(record.follow_up_at, moment)
                self.assertEqual(self.task.follow_up_at, moment)

    def test_never_call_again_puts_the_number_on_the_blacklist(self):
        self._call()
        self._save(status="follow_up", never_call_again=True)
        number = self.task.number_ids.number_e164
        self.assertTrue(
            self.env["phone.blacklist"].search([("number", "=", number)]),
        )
        with self.assertRaisesRegex(UserError, "on the blacklist"):
            self._dial()

    def test_a_required_field_that_is_empty(self):
        line = self.plan.field_ids.filtered(lambda line: line.name == "city")
        line.write({"visible": True, "editable": True, "required": True})
        self._call()
        with self.assertRaisesRegex(UserError, "Fill in first: City"):
            self._save()
        self.mine.action_write_customer({"city": "Xi'an"})
        self._save()

    def test_another_agents_call_is_not_his_to_save(self):
        self._call()
        self.task.agent_id = self.other_agent
        other = self.task.with_user(self.other_agent.user_id)
        with self.assertRaisesRegex(UserError, "Call the customer first"):
            other.action_save_contact_record(
                {"result_id": self.answered_result.id, "status": "done_success"}
            )
        with self.assertRaises(AccessError):
            self._save()

    def test_a_plan_paused_while_a_call_is_on_takes_the_record(self):
        call = self._dial()
        self.plan.action_pause()
        self._play(call, "answered")
        self._save(status="follow_up")
        with self.assertRaisesRegex(UserError, "not running"):
            self._dial()

    def test_what_a_used_result_is_offered_for_stays(self):
        self._call()
        self._save()
        result = self.answered_result.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "“Test cooperative”.*stays"):
            result.outcome = "unanswered"
        result.write({"outcome": "answered", "name": "Renamed"})
        self.unanswered_result.with_user(self.manager).outcome = "answered"

    # Corrections -------------------------------------------------------------------

    def test_agents_correct_until_the_next_call(self):
        self._call()
        record = self._save(status="follow_up", note="Wrong")
        mine = record.with_user(self.agent.user_id)
        self.assertIs(
            mine.action_correct({"note": "Right", "status": "done_failed"}), True
        )
        self.assertEqual((record.note, record.status), ("Right", "done_failed"))
        self.assertEqual(self.task.status, "done_failed")
        self.assertEqual(record.result_id, self.answered_result)
        self.assertEqual(record.correction_ids.old_values["note"], "Wrong")
        mine.action_correct({"status": "follow_up"})
        self._call()
        with self.assertRaisesRegex(AccessError, "Only a supervisor"):
            mine.action_correct({"note": "Late"})
        record.with_user(self.supervisor).action_correct({"note": "Late"})
        self.assertEqual(record.note, "Late")
        self.assertEqual(self.task.status, "follow_up", "an older record moves no task")

    def test_agents_correct_until_the_end_of_the_day(self):
        call = self._call()
        record = self._save()
        call.dial_date -= timedelta(days=1)
        with self.assertRaisesRegex(AccessError, "Only a supervisor"):
            record.with_user(self.agent.user_id).action_correct({"note": "Late"})

    def test_another_agents_call_ends_the_agents_corrections(self):
        self._call()
        record = self._save(status="follow_up")
        self.task.agent_id = self.other_agent
        self._call()
        self.task.agent_id = self.agent
        with self.assertRaisesRegex(AccessError, "Only a supervisor"):
            record.with_user(self.agent.user_id).action_correct({"note": "Late"})

    def test_what_was_never_saved_is_not_corrected(self):
        record = self._call().contact_record_id
        with self.assertRaisesRegex(UserError, "was not saved"):
            record.with_user(self.supervisor).action_correct({"note": "x"})

    def test_nobody_corrects_what_he_does_not_see(self):
        self._call()
        record = self._save()
        stranger = self.other_agent.user_id
        with self.assertRaises(AccessError):
            record.with_user(stranger).action_correct({"note": "x"})
        self.group.supervisor_ids = [Command.clear()]
        with self.assertRaises(AccessError):
            record.with_user(self.supervisor).action_correct({"note": "x"})

    def _is_blacklisted(self):
        return self.task.number_ids._is_blacklisted()

    def test_never_call_again_can_be_taken_back(self):
        self._call()
        record = self._save(status="follow_up", never_call_again=True)
        mine = record.with_user(self.agent.user_id)
        mine.action_correct({"note": "Of the number nothing is said"})
        self.assertTrue(self._is_blacklisted())
        mine.action_correct({"never_call_again": False})
        self.assertFalse(self._is_blacklisted())
        mine.action_correct({"never_call_again": True})
        self.assertTrue(self._is_blacklisted())
        mine.action_correct({"never_call_again": False})
        self._call()
        self.assertEqual(self.task.contact_record_ids[1], record, "dialled again")

    def test_what_somebody_else_put_on_the_blacklist_stays_there(self):
        self._call()
        self.task.number_ids._blacklist()
        record = self._save(status="follow_up", never_call_again=True)
        record.with_user(self.agent.user_id).action_correct({"never_call_again": False})
        self.assertTrue(self._is_blacklisted())

    def test_the_blacklist_keeps_what_another_record_says(self):
        self._call()
        first = self._save(status="follow_up", never_call_again=True)
        # A second call to the number, which was on already when the first was saved.
        blacklist = self.env["phone.blacklist"]
        number = self.task.number_ids.number_e164
        blacklist._remove([number])
        self._call()
        blacklist._add([number])
        second = self._save(status="follow_up", never_call_again=True)
        first.with_user(self.supervisor).action_correct({"never_call_again": False})
        self.assertTrue(self._is_blacklisted(), "the second record says so still")
        second.with_user(self.supervisor).action_correct({"never_call_again": False})
        self.assertFalse(self._is_blacklisted(), "nobody says so any more")

    def test_the_page_offers_the_correction_that_is_permitted(self):
        self._call()
        record = self._save(status="follow_up", never_call_again=True)
        [entry] = self.mine.action_read_task()["history"]
        self.assertEqual(
            {
                name: entry[name]
                for name in ("id", "correctable", "result_id", "never_call_again")
            },
            {
                "id": record.id,
                "correctable": True,
                "result_id": self.answered_result.id,
                "never_call_again": True,
            },
        )
        record.action_correct({"never_call_again": False})
        self._call()
        entries = self.mine.action_read_task()["history"]
        self.assertEqual([entry["correctable"] for entry in entries], [False, False])

    def test_supervisors_correct_in_a_dialog(self):
        self._call()
        record = self._save(status="follow_up", note="Wrong", never_call_again=True)
        busy = self.plan.result_ids - self.answered_result
        self.plan.result_ids = busy
        correct = (
            self.env["callcenter.contact.record.correct"]
            .with_user(self.supervisor)
            .create({"record_id": record.id})
        )
        self.assertEqual(correct.offered_result_ids, self.answered_result)
        self.assertRecordValues(
            correct,
            [
                {
                    "result_id": self.answered_result.id,
                    "status": "follow_up",
                    "note": "Wrong",
                    "never_call_again": True,
                }
            ],
        )
        correct.write({"status": "done_failed", "note": "Right"})
        self.assertIs(correct.action_correct(), True)
        self.assertEqual((record.status, record.note), ("done_failed", "Right"))
        self.assertTrue(record.never_call_again)
        correction = record.correction_ids
        self.assertEqual(correction.user_id, self.supervisor)
        self.assertEqual(
            correction.with_user(self.supervisor).old_text,
            "Test cooperative · Follow up · Never Call Again · Wrong",
        )
        correct.write({"status": "follow_up", "follow_up_at": "2037-05-04 08:30:00"})
        correct.action_correct()
        correct.action_correct()
        record.invalidate_recordset(["correction_ids"])
        self.supervisor.tz = "Asia/Shanghai"
        old = record.correction_ids[0].with_user(self.supervisor)
        self.assertIn("Follow up · 05/04/2037 04:30:00 PM", old.old_text)
