from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.callcenter_task_number import MASK_SQL, mask_number
from .common import CallcenterCase


@tagged("post_install", "-at_install", "callcenter")
class TestDialPlan(CallcenterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls.env["res.partner"].create(
            [
                {"name": "Ann Plan", "phone": "+86 21 5510 0300"},
                {"name": "Ben Plan", "phone": "021 5511 0300"},
                {"name": "No Number"},
            ]
        )
        cls._fill(cls.package, cls.customers)

    @classmethod
    def _fill(cls, package, partners):
        cls.env["callcenter.package.customer"].create(
            [
                {"package_id": package.id, "partner_id": partner.id}
                for partner in partners
            ]
        )

    def _draft(self, **values):
        return self._create_plan("Draft plan", state="draft", **values)

    def test_customers_of_the_package_become_tasks_once(self):
        plan = self._draft()
        tasks = self.env["callcenter.task"].search([("plan_id", "=", plan.id)])
        self.assertEqual(tasks.partner_id, self.customers)
        self.assertEqual(set(tasks.mapped("status")), {"untouched"})
        self.assertFalse(tasks.agent_id, "they wait in the pool")
        self.assertEqual(plan.task_count, 3)
        self.assertEqual((plan.unfinished_count, plan.pool_count), (3, 3))
        self.assertEqual(plan._take_customers(), 0)
        late = self.env["res.partner"].create({"name": "Late", "phone": "1"})
        self._fill(self.package, late)
        self.assertEqual(plan._take_customers(), 1)

    def test_tasks_made_in_bulk_are_as_those_made_one_by_one(self):
        plan = self._draft()
        for task in self.env["callcenter.task"].search([("plan_id", "=", plan.id)]):
            with self.subTest(customer=task.partner_id.name):
                single = self._create_task(
                    self.agent, partner=task.partner_id, plan=self.plan
                )
                self.assertEqual(task.company_id, single.company_id)
                self.assertEqual(self._numbers_of(task), self._numbers_of(single))
                self.assertEqual(task.title, f"Customer {task.id}")
                self.assertEqual(single.title, f"Customer {single.id}")

    def _numbers_of(self, task):
        names = ("number", "number_e164", "number_masked", "sequence")
        return [tuple(line[name] for name in names) for line in task.number_ids]

    def test_numbers_are_masked_alike_by_python_and_by_postgresql(self):
        numbers = (
            "+86 21 5510 0200",
            "ask Wei, 0142",
            "王先生 0142",
            "7",
            "no number",
            "12",
            "1x2y3z",
            "(021) 55-10/02.00 ext. 9",
            "٠١٢",
            "a\nb 12 c",
        )
        for number in numbers:
            with self.subTest(number=number):
                query = "SELECT " + MASK_SQL.replace("%(number)s", "column1")
                self.env.cr.execute(f"{query} FROM (VALUES (%s)) v", (number,))
                self.assertEqual(self.env.cr.fetchone()[0], mask_number(number))

    def test_the_title_follows_the_field_settings(self):
        plan = self._draft()
        task = self.env["callcenter.task"].search([("plan_id", "=", plan.id)], limit=1)
        name = plan.field_ids.filtered(lambda line: line.name == "name")
        name.visible = True
        self.assertEqual(task.title, "Ann Plan")
        task.partner_id.name = "Ann Renamed"
        self.assertEqual(task.title, "Ann Renamed")
        name.unlink()
        self.assertEqual(task.title, f"Customer {task.id}")

    def test_nothing_is_visible_at_first(self):
        plan = Form(self.env["callcenter.dial.plan"].with_user(self.manager))
        plan.name = "Fresh"
        plan.package_id = self.package
        plan.group_id = self.group
        plan = plan.save()
        self.assertIn("phone", plan.field_ids.mapped("name"))
        self.assertFalse(any(plan.field_ids.mapped("visible")))
        self.assertEqual(plan.state, "draft")
        self.assertTrue(plan.result_ids)

    def test_settings_that_contradict_each_other(self):
        plan = self._draft()
        line = plan.field_ids.filtered(lambda line: line.name == "city")
        parent = plan.field_ids.filtered(lambda line: line.name == "parent_id")
        for record, values, words in (
            (line, {"editable": True}, "without being visible"),
            (line, {"visible": True, "required": True}, "without being editable"),
            (parent, {"visible": True, "editable": True}, "not edited by them"),
        ):
            with (
                self.subTest(words=words),
                self.assertRaisesRegex(ValidationError, words),
                self.env.cr.savepoint(),
            ):
                record.write(values)
        with self.assertRaisesRegex(ValidationError, "is no field of a contact"):
            line.name = "signup_type"

    def test_switches_follow_each_other_on_the_form(self):
        with Form(self._draft()) as form, form.field_ids.edit(3) as line:
            line.required = True
            self.assertTrue(line.visible and line.editable)
            line.visible = False
            self.assertFalse(line.editable)

    def test_a_plan_that_lacks_something_names_all_of_it(self):
        group = self.env["callcenter.agent.group"].create({"name": "Nobody"})
        package = self.env["callcenter.package"].create({"name": "Nothing"})
        plan = self._draft(group_id=group.id, package_id=package.id, result_ids=[])
        with self.assertRaises(UserError) as caught:
            plan.with_user(self.manager).action_start()
        for words in (
            "“Nothing” has no customers",
            "“Nobody” has no agents",
            "No field of the customer is visible",
            "no dial result for answered",
            "no dial result for unanswered",
        ):
            self.assertIn(words, caught.exception.args[0])
        self.assertEqual(plan.state, "draft")

    def test_a_plan_goes_through_its_states(self):
        plan = self._draft().with_user(self.manager)
        with self.assertRaisesRegex(UserError, "not running"):
            plan.action_pause()
        plan.field_ids[0].visible = True
        plan.action_start()
        self.assertEqual(plan.state, "running")
        plan.action_pause()
        plan.action_start()
        plan.action_finish()
        self.assertEqual(plan.state, "done")

    def test_the_agents_pages_are_told(self):
        with self._bus_messages() as sent:
            self.plan.action_pause()
        told = [target for target, kind, __ in sent if kind.endswith("/tasks")]
        self.assertIn(self.agent.user_id.partner_id, told)

    def test_a_plan_with_calls_keeps_its_package_and_stays(self):
        other = self.env["callcenter.package"].create({"name": "Other"})
        plan = self._draft()
        plan.package_id = other
        self.assertFalse(plan.task_count)
        plan.unlink()
        self._dial()
        with self.assertRaisesRegex(UserError, "keeps its package"):
            self.plan.package_id = other
        with self.assertRaisesRegex(UserError, "archive it"):
            self.plan.unlink()

    @mute_logger("odoo.sql_db")
    def test_a_caller_id_that_is_no_number(self):
        with self.assertRaisesRegex(ValidationError, "is no number"):
            self.plan.caller_number = "12; rm"

    def test_the_plans_caller_id_and_recording_win(self):
        self.plan.write({"caller_number": "862155559999", "record_calls": False})
        payload = self._originate_of(self._dial()).payload
        self.assertEqual(payload["caller_id"], "862155559999")
        self.assertIs(payload["record"], False)

    def test_many_customers_cost_few_queries(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Many {n}", "phone": f"+86215510{n:04}"} for n in range(400)]
        )
        package = self.env["callcenter.package"].create({"name": "Many"})
        self._fill(package, partners)
        plan = self._draft(package_id=self.package.id)
        self.env.flush_all()
        with self.assertQueryCount(24):
            plan.package_id = package
        self.assertEqual(plan.task_count, 400)

    def test_a_result_in_use_is_archived_instead(self):
        self._dial()
        for result in (self.answered_result, self.unanswered_result):
            with self.assertRaisesRegex(UserError, "archive it instead"):
                result.unlink()
        self.plan.result_ids = [Command.clear()]
        self.answered_result.unlink()

    def test_an_archived_plan_is_dialled_no_more(self):
        self.plan.active = False
        self.assertEqual(self.plan.state, "paused")
        with self.assertRaisesRegex(UserError, "not running"):
            self._dial()

    def test_a_plan_that_goes_on_takes_those_who_came_meanwhile(self):
        plan = self._draft()
        plan.field_ids[0].visible = True
        plan.action_start()
        plan.action_finish()
        late = self.env["res.partner"].create({"name": "Late", "phone": "1"})
        self._fill(self.package, late)
        cursor = type(self.env.cr)
        with patch.object(
            cursor, "execute", side_effect=cursor.execute, autospec=True
        ) as execute:
            plan.action_start()
        self.assertEqual(plan.task_count, 4)
        self.assertEqual(plan.state, "running")
        queries = [
            str(getattr(call.args[1], "code", call.args[1]))
            for call in execute.call_args_list
        ]
        taken = [query for query in queries if "INSERT INTO callcenter_task (" in query]
        self.assertEqual(len(taken), 1, "in one statement")

    def test_a_plan_that_was_done_and_may_not_start_takes_nobody(self):
        plan = self._draft()
        plan.field_ids[0].visible = True
        plan.action_start()
        plan.action_finish()
        late = self.env["res.partner"].create({"name": "Late", "phone": "1"})
        self._fill(self.package, late)
        self.assertEqual(plan._take_customers(), 0)
        self.group.agent_ids = False
        with self.assertRaisesRegex(UserError, "has no agents"), self.cr.savepoint():
            plan.action_start()
        self.assertEqual((plan.task_count, plan.state), (3, "done"))

    def test_agents_who_hold_tasks_are_told_too(self):
        self.group.agent_ids -= self.agent
        with self._bus_messages() as sent:
            self.plan.action_pause()
        told = [target for target, kind, __ in sent if kind.endswith("/tasks")]
        self.assertIn(self.agent.user_id.partner_id, told)

    def test_results_of_both_outcomes_are_ordered(self):
        results = self.env["callcenter.dial.result"].create(
            [
                {"name": "B", "outcome": "answered", "sequence": 902},
                {"name": "A", "outcome": "answered", "sequence": 901},
                {"name": "C", "outcome": "unanswered", "sequence": 1},
            ]
        )
        self.plan.result_ids = [Command.set(results.ids)]
        self.env.invalidate_all()
        values = self.plan._page_values()["results"]
        self.assertEqual([result["name"] for result in values], ["A", "B", "C"])
