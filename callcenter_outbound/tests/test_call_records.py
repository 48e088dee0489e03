import ast

from lxml import etree

from odoo.tests import HttpCase, tagged

from ..connector.core import events
from .common import CallcenterCase, answered_call, ended
from .wav import wav


def unanswered_call(key, start=1000.0):
    return [
        events.CustomerDialed(key, start, f"{key}-leg", "PJSIP/carrier-02"),
        ended(key, start + 20, dialed_at=start, cause=17, sip_code=486),
    ]


class CallRecordsCase(CallcenterCase):
    def _filtered(self, model, name):
        """:return: the records that a filter of the model's search view finds"""
        view = self.env.ref(
            f"callcenter_outbound.{model.replace('.', '_')}_view_search"
        )
        node = etree.fromstring(view.arch).find(f".//filter[@name='{name}']")
        return self.env[model].search(ast.literal_eval(node.get("domain")))

    def setUp(self):
        super().setUp()
        self.env["callcenter.call"].search([]).unlink()
        self.answered = self._dial()
        # The other agent's call is made while the first one is on, in the same second.
        self.unanswered = self._dial(self.other_task)
        self._apply(*unanswered_call(self.unanswered.uniqueid))
        self._apply(*answered_call(self.answered.uniqueid))
        self.failed = self._dial()
        self._apply(ended(self.failed.uniqueid, 1000.0, reason="agent_no_answer"))
        self.calls = self.env["callcenter.call"]
        self.env.flush_all()


@tagged("post_install", "-at_install", "callcenter")
class TestCallRecords(CallRecordsCase):
    """The list of calls: order, filters, groups."""

    def test_each_leg_stands_right_under_its_main_call(self):
        expected = self.calls
        for call in (self.failed, self.unanswered, self.answered):
            expected |= call | call.leg_ids
        self.assertEqual(len(expected), 5)
        self.assertEqual(self.calls.search([]), expected)
        self.assertEqual(
            expected.mapped("kind"), ["main", "main", "outbound", "main", "outbound"]
        )

    def test_the_order_is_stored_and_by_time(self):
        """Also of calls that weren't written down in the order they were made."""
        self.answered.requested_at = self.answered.leg_ids.requested_at = (
            "2030-01-01 08:00:00"
        )
        self.env.flush_all()
        first = self.calls.search([], limit=2)
        self.assertEqual(first, self.answered | self.answered.leg_ids)
        self.env.cr.execute(
            "SELECT order_key FROM callcenter_call WHERE id = %s",
            [self.answered.leg_ids.id],
        )
        self.assertEqual(self.env.cr.fetchone(), (self.answered.id,))

    def test_an_index_serves_the_first_page(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("SET LOCAL enable_sort = off")
        calls = self.calls.with_user(self.manager)
        query = calls._search([], limit=80, order=calls._order)
        self.env.cr.execute("EXPLAIN " + self._sql(query))
        plan = "\n".join(line for (line,) in self.env.cr.fetchall())
        self.assertIn("callcenter_call_order_idx", plan)

    def _sql(self, query):
        sql = query.select()
        return self.env.cr.mogrify(sql.code, sql.params).decode()

    def test_the_result_is_empty_until_it_is_saved(self):
        self.assertFalse(self.answered.result_id)
        self.assertFalse(self.failed.result_id)
        self.answered.contact_record_id._save(
            {
                "result_id": self.answered_result.id,
                "status": "done_success",
                "note": False,
                "follow_up_at": False,
                "never_call_again": False,
            }
        )
        for call in (self.answered, self.answered.leg_ids):
            self.assertEqual(call.result_id, self.answered_result)

    def test_filters_find_what_they_say(self):
        mains = self.answered | self.unanswered | self.failed
        legs = mains.leg_ids
        for name, expected in (
            ("main", mains),
            ("open", self.calls),
            ("today", mains | legs),
            ("this_week", mains | legs),
            ("dialed", mains - self.failed | legs),
            ("answered", self.answered | self.answered.leg_ids),
            ("unanswered", self.unanswered | self.unanswered.leg_ids),
            ("failed", self.failed),
            ("unsaved", mains - self.failed | legs),
            ("recorded", self.calls),
        ):
            with self.subTest(filter=name):
                self.assertEqual(self._filtered("callcenter.call", name), expected)
        yesterday = self.answered.requested_at.replace(year=2020)
        (mains | legs).requested_at = yesterday
        for name in ("today", "this_week"):
            with self.subTest(filter=name):
                self.assertFalse(self._filtered("callcenter.call", name))

    def test_calls_are_grouped_by_what_stands_elsewhere(self):
        for name, values in (
            ("result_id", {False}),
            ("group_id", {self.group}),
            ("dial_hour", {0}),
            ("plan_id", {self.plan}),
        ):
            with self.subTest(group=name):
                groups = self.calls.with_user(self.supervisor)._read_group(
                    [("kind", "=", "main"), ("dialed_at", "!=", False)],
                    [name],
                    ["__count", "talk_seconds:sum"],
                )
                self.assertEqual(sum(count for _key, count, _talk in groups), 2)
                if values != {0}:
                    keys = {key or False for key, _count, _talk in groups}
                    self.assertEqual(keys, values)

    def test_the_analysis_takes_main_calls_that_reached_a_customer(self):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "callcenter_outbound.callcenter_call_analysis_action"
        )
        self.assertIn("'search_default_dialed': 1", action["context"].replace('"', "'"))
        self.assertEqual(action["domain"].replace('"', "'"), "[('kind', '=', 'main')]")
        self.assertEqual(action["view_mode"].split(",")[:2], ["pivot", "graph"])

    def test_contact_records_are_grouped_by_the_calls_day_and_hour(self):
        records = self.env["callcenter.contact.record"].with_user(self.supervisor)
        day = self.answered.dial_date
        groups = records._read_group([], ["dial_date:day", "group_id"], ["__count"])
        self.assertEqual(groups, [(day, self.group, 2)])
        groups = records._read_group([], ["dial_hour"], ["__count"])
        self.assertEqual(groups, [(self.answered.dial_hour, 2)])
        found = self._filtered("callcenter.contact.record", "unsaved")
        self.assertEqual(len(found), 2)
        for name, count in (("answered", 1), ("unanswered", 1), ("done", 0)):
            found = self._filtered("callcenter.contact.record", name)
            self.assertEqual(len(found), count, name)


@tagged("post_install", "-at_install", "callcenter")
class TestRecordTours(CallRecordsCase, HttpCase):
    """The manager's screens on the real server."""

    def test_call_records(self):
        """Legs under their calls; a recording heard in the list, and who heard it."""
        self.answered._store_recording(wav(seconds=5))
        self.start_tour(
            "/odoo/call-center-calls",
            "callcenter_outbound_call_records",
            login="cc_manager",
        )
        listening = self.answered.listening_ids
        self.assertRecordValues(listening, [{"user_id": self.manager.id}])

    def test_a_figure_opens_what_it_counts(self):
        for path, tour in (
            ("call-center-call-analysis", "call_analysis"),
            ("call-center-contact-records?view_type=pivot", "contact_analysis"),
        ):
            with self.subTest(tour=tour):
                self.start_tour(
                    f"/odoo/{path}", f"callcenter_outbound_{tour}", login="cc_manager"
                )
