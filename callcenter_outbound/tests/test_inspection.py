from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import GROUP
from .test_questionnaire import QuestionnaireCase


@tagged("post_install", "-at_install", "callcenter")
class TestInspection(QuestionnaireCase):
    def setUp(self):
        super().setUp()
        self.likes.constr_mandatory = False

    def _done(self, **values):
        """:return: the inspection of a customer who is done with success"""
        self._call()
        return self._save(**values).inspection_ids

    # Made and unmade ---------------------------------------------------------------

    def test_a_success_is_to_be_inspected(self):
        call = self._call()
        inspection = self._save().inspection_ids
        self.assertRecordValues(
            inspection,
            [
                {
                    "call_id": call.id,
                    "task_id": self.task.id,
                    "plan_id": self.plan.id,
                    "agent_id": self.agent.id,
                    "company_id": self.env.company.id,
                    "verdict": "pending",
                    "inspector_id": False,
                }
            ],
        )
        self.assertFalse(inspection.message_partner_ids)
        self.assertEqual(self.plan.inspection_count, 1)
        form = self.plan.new(origin=self.plan)
        self.assertEqual(form.inspection_count, 1, "also while it is being changed")

    def test_nothing_else_is(self):
        for status in ("in_progress", "follow_up", "done_mismatch"):
            self._call()
            self.assertFalse(self._save(status=status).inspection_ids)
            self.task.status = "in_progress"

    def test_corrections_make_and_unmake_inspections(self):
        self._call()
        record = self._save(status="done_failed")
        supervisor = record.with_user(self.supervisor)
        supervisor.action_correct({"status": "done_success"})
        self.assertEqual(record.inspection_ids.verdict, "pending")
        supervisor.action_correct({"note": "Still"})
        self.assertEqual(len(record.inspection_ids), 1)
        supervisor.action_correct({"status": "done_failed"})
        self.assertFalse(record.inspection_ids)

    def test_one_that_was_judged_stays(self):
        inspection = self._done()
        inspection.with_user(self.supervisor).action_pass(80)
        record = inspection.contact_record_id.with_user(self.supervisor)
        record.action_correct({"status": "done_failed"})
        self.assertRecordValues(
            inspection, [{"verdict": "passed", "status": "done_failed"}]
        )

    # Judging -----------------------------------------------------------------------

    def test_pass_and_fail(self):
        inspection = self._done()
        judge = inspection.with_user(self.supervisor)
        self.assertIs(judge.action_pass(85, " Friendly "), True)
        self.assertRecordValues(
            inspection,
            [
                {
                    "verdict": "passed",
                    "score": 85,
                    "reason": "Friendly",
                    "inspector_id": self.supervisor.id,
                }
            ],
        )
        self.assertTrue(inspection.inspected_at)
        with self.assertRaisesRegex(UserError, "verdict is given"):
            judge.action_fail(1, "No")
        with self.assertRaisesRegex(AccessError, "verdict is given"):
            judge.write({"score": 1})

    def test_to_fail_takes_a_reason(self):
        judge = self._done().with_user(self.supervisor)
        for reason in (None, "", "  ", False):
            with self.assertRaisesRegex(UserError, "Write the reason"):
                judge.action_fail(20, reason)
        judge.write({"score": 20, "reason": "Interrupts the customer"})
        judge.action_fail()
        self.assertEqual((judge.verdict, judge.score), ("failed", 20))

    def test_values_that_cannot_be(self):
        judge = self._done().with_user(self.supervisor)
        for score in (-1, 101, 50.5, "50", True):
            with (
                self.subTest(score=score),
                self.assertRaisesRegex(UserError, "0 to 100"),
            ):
                judge.action_pass(score)
        for reason in (7, ["x"], "a\0b"):
            with (
                self.subTest(reason=reason),
                self.assertRaisesRegex(UserError, "must be a text"),
            ):
                judge.action_pass(50, reason)
        self.assertEqual(judge.verdict, "pending")

    def test_a_verdict_taken_back_stays_in_the_notes(self):
        inspection = self._done()
        judge = inspection.with_user(self.supervisor)
        with self.assertRaisesRegex(UserError, "waits for its verdict"):
            judge.action_inspect_again()
        judge.action_fail(20, "Interrupts")
        judge.action_inspect_again()
        self.assertRecordValues(
            inspection,
            [
                {
                    "verdict": "pending",
                    "score": 0,
                    "reason": False,
                    "inspector_id": False,
                    "inspected_at": False,
                }
            ],
        )
        notes = inspection.message_ids.mapped("body")
        self.assertIn("Failed, 20 points: Interrupts", notes[0])
        self.assertIn("Failed, 20 points: Interrupts", notes[1])
        judge.action_pass(90)

    def test_verdicts_are_not_given_by_hand(self):
        for user in (self.supervisor, self.manager):
            inspection = self._done().with_user(user)
            for values in (
                {"verdict": "passed"},
                {"inspector_id": self.manager.id},
                {"contact_record_id": 1},
                {"score": 3, "verdict": "passed"},
            ):
                with (
                    self.subTest(user=user.login, values=values),
                    self.assertRaisesRegex(AccessError, "not by hand"),
                ):
                    inspection.write(values)
            with self.assertRaises(AccessError):
                inspection.create({"contact_record_id": 1})
            with self.assertRaises(AccessError):
                inspection.unlink()
            self.task.status = "in_progress"

    def test_nobody_inspects_his_own_calls(self):
        inspection = self._done()
        own = self.agent.user_id
        own.group_ids = [Command.link(self.env.ref(f"{GROUP}manager").id)]
        self.group.supervisor_ids = [Command.link(own.id)]
        judge = inspection.with_user(own)
        for act in (
            lambda: judge.action_pass(100),
            lambda: judge.action_fail(1, "x"),
            lambda: judge.write({"score": 1}),
            judge.action_inspect_again,
        ):
            with self.assertRaisesRegex(AccessError, "calls of his own"):
                act()

    def test_supervisors_judge_their_own_groups_managers_all(self):
        inspection = self._done()
        stranger = new_test_user(self.env, "cc_stranger", groups=f"{GROUP}supervisor")
        self.assertFalse(inspection.with_user(stranger).search([]))
        for user in (stranger, self.agent.user_id, self.other_agent.user_id):
            with self.subTest(user=user.login):
                for act in ("action_pass", "action_fail", "action_inspect_again"):
                    with self.assertRaises(AccessError):
                        getattr(inspection.with_user(user), act)()
                with self.assertRaises(AccessError):
                    inspection.with_user(user).read(["verdict"])
        inspection.with_user(self.manager).action_pass(70)
        self.assertEqual(inspection.inspector_id, self.manager)

    # The screen --------------------------------------------------------------------

    def test_supervisors_read_all_of_it_on_one_screen(self):
        call = self._call()
        record = call.contact_record_id
        self._answer(record, self.likes, self.yes.id, "<b>Very</b>")
        self._answer(record, self.age, 41)
        inspection = self._save(note="All well").inspection_ids
        [values] = inspection.with_user(self.supervisor).read()
        self.assertIn("Do you like it?", values["answers"])
        self.assertIn("Yes, Note: &lt;b&gt;Very&lt;/b&gt;", values["answers"])
        self.assertIn(">41<", values["answers"])
        self.assertIn("Which colours?", values["answers"])
        self.assertNotIn("Why not?", values["answers"], "it was not asked")
        self.assertEqual(values["note"], "All well")
        self.assertIs(values["has_questionnaire"], True)

    def test_without_a_questionnaire(self):
        [values] = (
            self._done()
            .with_user(self.supervisor)
            .read(["answers", "has_questionnaire"])
        )
        self.assertFalse(values["answers"])
        self.assertIs(values["has_questionnaire"], False)

    # The agent ---------------------------------------------------------------------

    def test_the_agent_sees_the_verdict(self):
        inspection = self._done()
        agents = self.env["callcenter.agent"].with_user(self.agent.user_id)
        self.assertEqual(agents.action_read_verdicts(), [])
        [past] = self.mine.action_read_task()["history"]
        self.assertIs(past["inspection"], False)
        with self._bus_messages() as sent:
            inspection.with_user(self.supervisor).action_fail(30, "Too fast")
        [news] = [
            (target, payload)
            for target, name, payload in sent
            if name == "callcenter_outbound/verdict"
        ]
        self.assertEqual(news[0], self.agent.user_id.partner_id)
        self.assertEqual(
            (news[1]["verdict"], news[1]["score"], news[1]["reason"]),
            ("failed", 30, "Too fast"),
        )
        self.assertNotIn("Hidden", str(news[1]))
        [verdict] = agents.action_read_verdicts()
        self.assertEqual(verdict["title"], self.task.title)
        self.assertEqual((verdict["verdict"], verdict["score"]), ("failed", 30))
        self.assertEqual(verdict["plan"], "Test plan")
        [past] = self.mine.action_read_task()["history"]
        self.assertEqual(past["inspection"]["reason"], "Too fast")
        inspection.with_user(self.supervisor).action_inspect_again()
        self.assertEqual(agents.action_read_verdicts(), [])

    def test_nobody_else_does(self):
        self._done().with_user(self.supervisor).action_pass(30)
        self.task.agent_id = self.other_agent
        other = self.other_agent.user_id
        agents = self.env["callcenter.agent"]
        for user in (other, self.supervisor, self.manager):
            self.assertEqual(agents.with_user(user).action_read_verdicts(), [])
        [past] = self.task.with_user(other).action_read_task()["history"]
        self.assertIs(past["inspection"], False)


@tagged("post_install", "-at_install", "callcenter")
class TestInspectionTour(QuestionnaireCase, HttpCase):
    @mute_logger("odoo.http")
    def test_a_supervisor_passes_one_and_fails_one(self):
        inspections = self.env["callcenter.inspection"]
        for __ in range(2):
            record = self._call().contact_record_id
            self._answer(record, self.likes, self.yes.id)
            inspections |= self._save().inspection_ids
            self.task.status = "in_progress"
        self.start_tour(
            "/odoo/call-center-inspections",
            "callcenter_outbound_inspection",
            login="cc_supervisor",
        )
        self.assertRecordValues(
            inspections.sorted("id"),
            [
                {"verdict": "failed", "score": 20, "reason": "Too fast"},
                {"verdict": "passed", "score": 90, "reason": False},
            ],
        )
        self.assertEqual(inspections.inspector_id, self.supervisor)
