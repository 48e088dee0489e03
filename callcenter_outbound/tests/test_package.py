from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import CallcenterCase


@tagged("post_install", "-at_install", "callcenter")
class TestPackage(CallcenterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contacts = cls.env["res.partner"]
        cls.persons = contacts.create(
            [
                {"name": f"Package Person {number}", "phone": f"+86 21 5510 03{number}"}
                for number in range(10, 15)
            ]
        )
        cls.persons[0].phone = False
        cls.company_contact = contacts.create(
            {
                "name": "Package Company",
                "is_company": True,
                "phone": "+86 21 5510 0399",
                "child_ids": [
                    Command.create({"name": "Package Delivery", "type": "delivery"})
                ],
            }
        )
        cls.filter = "[('name', 'ilike', 'Package ')]"
        # The plan that every test has works another package.
        cls.package = cls.env["callcenter.package"].create({"name": "Filled"})

    def _fill(self, operation="add", package=None, **values):
        return (
            self.env["callcenter.package.fill"]
            .with_user(self.manager)
            .create(
                {
                    "package_id": (package or self.package).id,
                    "operation": operation,
                    "contact_domain": self.filter,
                    **values,
                }
            )
        )

    def _customers(self, package=None):
        return (
            self.env["callcenter.package.customer"]
            .search([("package_id", "=", (package or self.package).id)])
            .partner_id
        )

    # Adding ------------------------------------------------------------------------

    def test_a_filter_fills_a_package(self):
        fill = self._fill()
        self.assertEqual((fill.match_count, fill.new_count), (5, 5))
        result = fill.action_add()
        self.assertEqual(self._customers(), self.persons)
        self.assertEqual(self.package.customer_count, 5)
        self.assertIn("5 customers added", result["params"]["message"])

    def test_what_is_in_the_package_is_not_added_again(self):
        self._fill(contact_domain=f"[('id', '=', {self.persons[1].id})]").action_add()
        fill = self._fill()
        self.assertEqual(
            (fill.match_count, fill.new_count, fill.known_count), (5, 4, 1)
        )
        result = fill.action_add()
        self.assertEqual(self._customers(), self.persons)
        self.assertIn("4 customers added, 1 were", result["params"]["message"])

    def test_only_with_a_number(self):
        fill = self._fill(only_with_phone=True)
        self.assertEqual(fill.match_count, 4)
        fill.action_add()
        self.assertEqual(self._customers(), self.persons[1:])

    def test_companies_and_both(self):
        for kind, expected in (
            ("company", self.company_contact),
            ("any", self.company_contact + self.persons),
        ):
            with self.subTest(kind=kind):
                package = self.package.create({"name": kind, "customer_kind": kind})
                self._fill(package=package).action_add()
                self.assertEqual(self._customers(package), expected.sorted("id"))

    def test_a_package_of_both_can_be_filled_with_one_kind(self):
        package = self.package.create({"name": "Both", "customer_kind": "any"})
        self._fill(package=package, customer_kind="company").action_add()
        self.assertEqual(self._customers(package), self.company_contact)

    def test_a_package_keeps_to_its_kind(self):
        self._fill(customer_kind="company").action_add()
        self.assertFalse(self._customers())

    def test_colleagues_and_own_companies_are_no_customers(self):
        package = self.package.create({"name": "Both", "customer_kind": "any"})
        colleagues = (self.agent.user_id + self.manager).partner_id
        ids = (colleagues + self.env.company.partner_id).ids
        fill = self._fill(package=package, contact_domain=f"[('id', 'in', {ids})]")
        self.assertEqual(fill.match_count, 0)

    def test_record_rules_hold(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.persons[:2].company_id = company
        fill = self._fill()
        self.assertEqual(fill.match_count, 3)
        fill.action_add()
        self.assertEqual(self._customers(), self.persons[2:])

    def test_contacts_of_another_company_are_not_added_by_whoever_sees_them(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.persons[:2].company_id = company
        self.manager.company_ids += company
        fill = self._fill().with_context(
            allowed_company_ids=[self.env.company.id, company.id]
        )
        fill.action_add()
        self.assertEqual(self._customers(), self.persons[2:])

    def test_the_counts_follow_the_filter_on_screen(self):
        with Form(
            self.env["callcenter.package.fill"]
            .with_user(self.manager)
            .with_context(default_package_id=self.package.id)
        ) as form:
            form.contact_domain = self.filter
            self.assertEqual(form.match_count, 5)
            form.only_with_phone = True
            self.assertEqual((form.match_count, form.new_count), (4, 4))

    def test_filters_that_are_none_are_refused(self):
        for text in ("[", "[('no_such_field', '=', 1)]", "__import__('os')", "[(1)]"):
            with self.subTest(text=text), self.assertRaises(UserError):
                self._fill(contact_domain=text).action_add()

    def test_plans_take_the_new_customers(self):
        plans = [
            self._create_plan(state, package_id=self.package.id, state=state)
            for state in ("draft", "running", "paused", "done")
        ]
        self._fill().action_add()
        self.assertEqual([plan.task_count for plan in plans], [5, 5, 5, 0])
        self.assertEqual(plans[0].pool_count, 5)

    def test_two_thousand_are_added_in_a_few_queries(self):
        contacts = self.env["res.partner"].with_context(tracking_disable=True)
        contacts.create([{"name": f"Package Many {number}"} for number in range(2000)])
        plan = self._create_plan("Many", package_id=self.package.id)
        fill = self._fill()
        self.assertEqual(fill.new_count, 2005)
        self.env.flush_all()
        with self.assertQueryCount(40):
            fill.action_add()
        self.assertEqual(self.package.customer_count, 2005)
        self.assertEqual(plan.task_count, 2005)

    # Removing ----------------------------------------------------------------------

    def test_any_selection_is_removed(self):
        self._fill().action_add()
        customers = self.env["callcenter.package.customer"].search(
            [("partner_id", "in", self.persons[:2].ids)]
        )
        result = customers.with_user(self.manager).action_remove()
        self.assertEqual(self._customers(), self.persons[2:])
        self.assertIn("2 customers removed", result["params"]["message"])
        self.assertTrue(self.persons[:2].exists())

    def test_a_filter_removes(self):
        self._fill().action_add()
        fill = self._fill("remove", contact_domain="[('phone', '=', False)]")
        self.assertEqual(fill.known_count, 1)
        fill.action_remove()
        self.assertEqual(self._customers(), self.persons[1:])

    def test_archived_contacts_can_be_removed(self):
        self._fill().action_add()
        self.persons[0].active = False
        self._fill("remove").action_remove()
        self.assertFalse(self._customers())

    def test_tasks_that_nobody_has_begun_go_too(self):
        self._fill().action_add()
        plan = self._create_plan("Work", package_id=self.package.id)
        tasks = self.env["callcenter.task"].search([("plan_id", "=", plan.id)])
        tasks[:4].agent_id = self.agent
        __, called, staged, waiting, __ = tasks
        self._dial(called)
        self.env["callcenter.task.change"].create(
            {"task_id": staged.id, "name": "city", "agent_id": self.agent.id}
        )
        waiting.status = "follow_up"
        self.env.flush_all()
        with self._bus_messages() as sent:
            result = self._fill("remove").action_remove()
        self.assertFalse(self._customers())
        self.assertEqual(tasks.exists(), called + staged + waiting)
        message = result["params"]["message"]
        self.assertIn("5 customers removed", message)
        self.assertIn("2 tasks that nobody had begun went too", message)
        self.assertIn("3 tasks that were begun or done stay", message)
        self.assertIn(
            (
                self.agent.user_id.partner_id,
                "callcenter_outbound/tasks",
                {"plan_ids": plan.ids},
            ),
            sent,
        )

    def test_a_finished_plan_keeps_its_tasks(self):
        self._fill().action_add()
        plan = self._create_plan("Over", package_id=self.package.id)
        plan.action_finish()
        self._fill("remove").action_remove()
        self.assertEqual(plan.task_count, 5)

    def test_customers_deleted_one_by_one_lose_their_tasks_too(self):
        self._fill().action_add()
        plan = self._create_plan("Work", package_id=self.package.id)
        customers = self.env["callcenter.package.customer"].search(
            [("package_id", "=", self.package.id)], limit=2
        )
        customers.with_user(self.manager).unlink()
        self.assertEqual(plan.task_count, 3)

    def test_other_packages_and_their_plans_are_left_alone(self):
        other = self.package.create({"name": "Other"})
        self._fill(package=other).action_add()
        plan = self._create_plan("Other", package_id=other.id)
        self._fill().action_add()
        self._fill("remove").action_remove()
        self.assertEqual(self._customers(other), self.persons)
        self.assertEqual(plan.task_count, 5)

    # The package -------------------------------------------------------------------

    def test_a_package_in_use_is_not_deleted(self):
        plan = self._create_plan("Works Filled", package_id=self.package.id)
        plan.active = False
        with self.assertRaisesRegex(UserError, "Works Filled"):
            self.package.with_user(self.manager).unlink()
        self.package.with_user(self.manager).action_archive()
        self.assertFalse(self.package.active)

    def test_a_package_that_no_plan_works_is_deleted_with_its_list(self):
        self._fill().action_add()
        self.package.with_user(self.manager).unlink()
        self.assertTrue(self.persons.exists())

    def test_counting_loads_no_customer(self):
        self._fill().action_add()
        self.env.invalidate_all()
        packages = self.package.search([])
        with self.assertQueryCount(2):
            packages.mapped("customer_count")

    def test_lists_open_on_the_package(self):
        self._fill().action_add()
        action = self.package.with_user(self.supervisor).action_open_customers()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found.partner_id, self.persons)
        action = self.package.action_open_plans()
        self.assertFalse(self.env[action["res_model"]].search(action["domain"]))

    # Rights ------------------------------------------------------------------------

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_supervisors_and_agents_change_no_package(self):
        self._fill().action_add()
        customer = self.env["callcenter.package.customer"].search(
            [("package_id", "=", self.package.id)], limit=1
        )
        for user in (self.supervisor, self.agent.user_id):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self._fill().with_user(user).action_add()
                with self.assertRaises(AccessError):
                    customer.with_user(user).action_remove()
                with self.assertRaises(AccessError):
                    self._fill("remove").with_user(user).action_remove()
        self.assertEqual(self._customers(), self.persons)

    def test_customers_of_another_companys_package_are_out_of_reach(self):
        self._fill().action_add()
        customers = self.env["callcenter.package.customer"].search(
            [("package_id", "=", self.package.id)]
        )
        foreigner = self._create_foreigner()
        with self.assertRaises(AccessError):
            customers.with_user(foreigner).action_remove()
        with self.assertRaises(AccessError):
            self._fill().with_user(foreigner).action_add()
