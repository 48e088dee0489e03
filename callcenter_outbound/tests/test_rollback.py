import random

from psycopg2 import errors

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tests import HttpCase, tagged
from odoo.tests.common import TransactionCase, get_db_name
from odoo.tools import mute_logger

from ..models import callcenter_rollback, contact_fields
from .common import CallcenterCase


class RollbackCase(CallcenterCase):
    """A plan whose agents may edit some fields, and a manager's rollback."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gold, cls.blue, cls.red = cls.env["res.partner.category"].create(
            [{"name": "Gold"}, {"name": "Blue"}, {"name": "Red"}]
        )
        cls.customer = cls.task.partner_id
        cls.rollback = cls.env["callcenter.rollback"].with_user(cls.manager)
        cls._show("city", "email", "category_id", "country_id", "lang", "color")

    @classmethod
    def _show(cls, *names):
        for name in names:
            line = cls.plan.field_ids.filtered(lambda one, n=name: one.name == n)
            if not line:
                line = cls.env["callcenter.dial.plan.field"].create(
                    {"plan_id": cls.plan.id, "name": name}
                )
            line.write({"visible": True, "editable": True})

    def _edit(self, task=None, **values):
        """Let the task's agent edit its customer; returns the changes."""
        task = task or self.task
        task.with_user(task.agent_id.user_id).action_write_customer(values)
        return task.change_ids.filtered(lambda change: change.name in values)

    def _stage(self, name, value):
        """Stage a field that no plan would show."""
        held = name in self.customer._fields and contact_fields.to_json(
            self.customer, name
        )
        return self.env["callcenter.task.change"].create(
            {
                "task_id": self.task.id,
                "name": name,
                "agent_id": self.agent.id,
                "old_value": held,
                "new_value": value,
            }
        )

    def _seen(self, task=None):
        """What the page shows of a customer: dict of field name -> change"""
        page = self.rollback.action_read_customer((task or self.task).id)
        return {change["name"]: change for change in page["changes"]}

    def _status(self, name, task=None):
        return self._seen(task)[name]["status"]

    def _decide(self, change, decision, **values):
        values.setdefault("seen", self._seen(change.task_id)[change.name]["seen"])
        return self.rollback.action_decide(change.id, decision, **values)

    def _carry(self):
        return self.rollback.action_carry_back_plan(self.plan.id)

    def _notes(self, partner=None):
        partner = partner or self.customer
        return partner.message_ids.filtered(
            lambda message: "dial plan" in (message.body or "")
        )


@tagged("post_install", "-at_install", "callcenter")
class TestRollback(RollbackCase):
    def test_each_type_there_and_back(self):
        """Text, selection, numbers, many2one, tags: compared, carried, undone."""
        self.env["res.lang"]._activate_lang("zh_CN")
        state = self.env["res.country.state"].search([], limit=1)
        self.customer.write(
            {"city": "Suzhou", "category_id": [Command.set(self.gold.ids)]}
        )
        wanted = {
            "city": "Shanghai",
            "lang": "zh_CN",
            "employee": True,
            "color": 7,
            "partner_latitude": 31.25,
            "country_id": state.country_id.id,
            "category_id": sorted((self.gold + self.blue).ids),
            "email": "new@example.com",
            "type": "other",
            "barcode": "4006381333931",
        }
        wanted = {
            name: value
            for name, value in wanted.items()
            if name in self.customer._fields
        }
        held = {name: contact_fields.to_json(self.customer, name) for name in wanted}
        for name, value in wanted.items():
            self._stage(name, value)
        for name, change in self._seen().items():
            with self.subTest(field=name):
                self.assertEqual(change["status"], "pending")
                self.assertTrue(change["is_unchanged"])
        answer = self._carry()
        self.assertEqual(answer["carried"], len(wanted))
        self.assertEqual((answer["refused"], answer["remaining"]), (0, 0))
        for name, value in wanted.items():
            with self.subTest(field=name):
                self.assertEqual(contact_fields.to_json(self.customer, name), value)
                self.assertEqual(self._status(name), "done")
        undone = self.rollback.action_undo(answer["run_id"])
        self.assertEqual(undone, {"undone": len(wanted), "left": [], "remaining": 0})
        for name, value in held.items():
            with self.subTest(field=name):
                self.assertEqual(contact_fields.to_json(self.customer, name), value)
                self.assertEqual(self._status(name), "undone")

    def test_every_field_that_a_plan_may_let_edit_compares_with_itself(self):
        """What is staged and what PostgreSQL compares are written the same way."""
        self.env["callcenter.dial.plan.field"].search([]).unlink()
        partner = self.env["res.partner"].create(
            {
                "name": "All",
                "city": "  X'\"\\ i’an  ",
                "partner_latitude": 0.1 + 0.2,
                "color": 3,
                "country_id": self.env.ref("base.cn").id,
                "category_id": [Command.set((self.gold + self.red).ids)],
            }
        )
        task = self._create_task(self.agent, partner=partner)
        names = [
            name
            for name, __ in self.env[
                "callcenter.dial.plan.field"
            ]._list_contact_fields()
            if partner._fields[name].type in contact_fields.EDITABLE_TYPES
            # Odoo's own bookkeeping goes on while the test does.
            and name not in models.MAGIC_COLUMNS
        ]
        self.assertGreater(len(names), 25)
        self.env["callcenter.task.change"].create(
            [
                {
                    "task_id": task.id,
                    "name": name,
                    "agent_id": self.agent.id,
                    "old_value": {
                        "boolean": not partner[name],
                        "date": "2001-02-03",
                        "datetime": "2001-02-03 04:05:06",
                        "many2many": [999_999],
                    }.get(partner._fields[name].type, 999_999),
                    "new_value": contact_fields.to_json(partner, name),
                }
                for name in names
            ]
        )
        for name, change in self._seen(task).items():
            with self.subTest(field=name, value=change["seen"]):
                self.assertEqual(change["status"], "same")

    def test_a_conflict_is_shown_and_not_overwritten(self):
        self.customer.city = "Suzhou"
        change = self._edit(city="Shanghai", email="wei@example.com")[0]
        self.customer.with_user(self.manager).city = "Hangzhou"
        shown = self._seen()["city"]
        self.assertEqual(
            (shown["status"], shown["old"], shown["new"], shown["now"]),
            ("conflict", "Suzhou", "Shanghai", "Hangzhou"),
        )
        self.assertEqual(shown["changed_by"], self.manager.name)
        self.assertTrue(shown["changed_at"])
        answer = self._carry()
        self.assertEqual(answer["carried"], 1)
        self.assertEqual(self.customer.city, "Hangzhou")
        self.assertEqual(self.customer.email, "wei@example.com")
        page = self.rollback.action_read_rollback(self.plan.id)
        self.assertEqual((page["counts"]["conflict"], page["counts"]["done"]), (1, 1))
        self._decide(change, "accepted")
        self.assertEqual(self._carry()["carried"], 1)
        self.assertEqual(self.customer.city, "Shanghai")

    def test_a_conflict_kept_or_solved_by_another_value(self):
        self.customer.write({"city": "Suzhou", "country_id": False})
        china, france = self.env.ref("base.cn"), self.env.ref("base.fr")
        changes = self._edit(city="Shanghai", country_id=china.id)
        city = changes.filtered(lambda change: change.name == "city")
        self.customer.write({"city": "Hangzhou", "country_id": france.id})
        self._decide(city, "rejected")
        self.assertEqual(self._status("city"), "rejected")
        germany = self.env.ref("base.de")
        self.assertIn(
            [germany.id, "Germany"],
            self.rollback.action_search_value((changes - city).id, "German"),
        )
        self._decide(changes - city, "other", value=germany.id)
        self.assertEqual(self._seen()["country_id"]["other"], "Germany")
        with self.assertRaisesRegex(UserError, "can't be that"):
            self._decide(changes - city, "other", value="Germany")
        self._carry()
        self.assertEqual(self.customer.city, "Hangzhou")
        self.assertEqual(self.customer.country_id, germany)
        self._decide(city, "other", value=" Wuxi ")
        self._carry()
        self.assertEqual(self.customer.city, "Wuxi")

    def test_a_contact_edited_between_look_and_click(self):
        self.customer.city = "Suzhou"
        change = self._edit(city="Shanghai")
        seen = self._seen()["city"]["seen"]
        self.customer.city = "Hangzhou"
        with self.assertRaisesRegex(UserError, "meanwhile"):
            self._decide(change, "accepted", seen=seen)
        self._decide(change, "accepted")
        self.customer.city = "Nanjing"
        self.assertEqual(self._status("city"), "conflict", "again: not what was seen")
        self.assertEqual(self._carry()["carried"], 0)
        self.assertEqual(self.customer.city, "Nanjing")

    def test_already_so(self):
        self._edit(city="Shanghai")
        self.customer.city = "Shanghai"
        self.assertEqual(self._status("city"), "same")
        self.assertEqual(
            self._carry(),
            {
                "run_id": False,
                "carried": 0,
                "refused": 0,
                "customers": 0,
                "remaining": 0,
            },
        )

    def test_tags_of_others_stay(self):
        self.customer.category_id = self.gold + self.red
        self._edit(category_id=(self.gold + self.blue).ids)
        green = self.gold.create({"name": "Green"})
        self.customer.category_id += green
        shown = self._seen()["category_id"]
        self.assertEqual(shown["status"], "pending")
        self.assertEqual(
            shown["tags"], {"kept": ["Gold"], "given": ["Blue"], "taken": ["Red"]}
        )
        answer = self._carry()
        self.assertEqual(self.customer.category_id, self.gold + self.blue + green)
        self.customer.category_id -= self.gold
        self.rollback.action_undo(answer["run_id"])
        self.assertEqual(self.customer.category_id, self.red + green)

    def test_tags_drawn_at_random(self):
        """All that agents and others do to tags comes together, and goes back."""
        draw = random.Random(5)
        tags = self.gold.create([{"name": f"Tag {number}"} for number in range(6)])

        def some():
            return tags.filtered(lambda tag: draw.random() < 0.5)

        for turn in range(12):
            old, new, now = some(), some(), some()
            task = self._create_task(self.agent)
            task.partner_id.category_id = old
            self._edit(task, category_id=new.ids)
            task.partner_id.category_id = now
            answer = self._carry()
            with self.subTest(turn=turn, old=old.ids, new=new.ids, now=now.ids):
                wanted = (now | (new - old)) - (old - new)
                self.assertEqual(task.partner_id.category_id, wanted)
            if answer["run_id"]:
                self.rollback.action_undo(answer["run_id"])
                self.assertEqual(task.partner_id.category_id, now)

    def test_what_cannot_be_carried_says_why(self):
        """Deleted, archived, gone, refused: the others go on."""
        doomed = self.env["res.country"].create({"name": "Doomed", "code": "XD"})
        tag = self.gold.create({"name": "Doomed"})
        self._edit(country_id=doomed.id, category_id=tag.ids, city="Shanghai")
        self._stage("no_such_field", "x")
        self._stage("lang", "xx_XX")
        self.env.flush_all()
        doomed.unlink()
        tag.unlink()
        shown = self._seen()
        for name, words in (
            ("country_id", "deleted"),
            ("category_id", "deleted"),
            ("no_such_field", "no such field"),
            ("lang", "no more"),
        ):
            with self.subTest(field=name):
                self.assertEqual(shown[name]["status"], "problem")
                self.assertIn(words, shown[name]["reason"])
        self.assertEqual(self._carry()["carried"], 1)
        self.assertEqual(self.customer.city, "Shanghai")
        gone = self.task.change_ids.filtered(lambda one: one.name == "country_id")
        with self.assertRaisesRegex(UserError, "deleted"), self.env.cr.savepoint():
            self._decide(gone, "accepted")
        self._decide(gone, "other", value=self.env.ref("base.cn").id)
        self._carry()
        self.assertEqual(self.customer.country_id, self.env.ref("base.cn"))

    def test_an_archived_contact_is_left(self):
        self._edit(city="Shanghai")
        self.customer.active = False
        self.assertIn("archived", self._seen()["city"]["reason"])
        self.assertEqual(self._carry()["carried"], 0)

    def test_a_value_that_odoo_refuses(self):
        """One field of a contact is refused, its others and other contacts go on."""
        self._edit(city="Shanghai")
        self._edit(self.other_task, city="Beijing")
        self._stage("parent_id", self.customer.id)
        answer = self._carry()
        self.assertEqual((answer["carried"], answer["refused"]), (2, 1))
        self.assertEqual(self.customer.city, "Shanghai")
        self.assertEqual(self.other_task.partner_id.city, "Beijing")
        shown = self._seen()["parent_id"]
        self.assertEqual(shown["status"], "refused")
        self.assertIn("recursive", shown["reason"].lower())
        self.assertEqual(self._carry()["carried"], 0, "left until it is decided anew")

    def test_the_contact_has_a_note_of_each_field(self):
        self.customer.city = "Suzhou"
        self._edit(city="Shanghai", email="<b>@example.com")
        answer = self._carry()
        note = self._notes()
        self.assertEqual(len(note), 1)
        for words in (
            "Test plan",
            "City",
            "Suzhou",
            "Shanghai",
            "Agent 7001",
            "&lt;b&gt;@example.com",
        ):
            self.assertIn(words, note.body)
        self.assertEqual(note.author_id, self.manager.partner_id)
        self.rollback.action_undo(answer["run_id"])
        undone = self._notes() - note
        self.assertEqual(len(undone), 1)
        self.assertIn("Undone", undone.body)

    def test_an_undo_leaves_what_is_another_value_now(self):
        self.customer.city = "Suzhou"
        self._edit(city="Shanghai", email="new@example.com")
        answer = self._carry()
        self.customer.city = "Hangzhou"
        undone = self.rollback.action_undo(answer["run_id"])
        self.assertEqual((undone["undone"], undone["remaining"]), (1, 0))
        self.assertEqual(len(undone["left"]), 1)
        self.assertIn("Hangzhou", undone["left"][0])
        self.assertEqual(self.customer.city, "Hangzhou")
        self.assertFalse(self.customer.email)
        self.assertIn("Hangzhou", self._seen()["city"]["reason"])
        self.customer.city = "Shanghai"
        self.assertEqual(self.rollback.action_undo(answer["run_id"])["undone"], 1)
        self.assertEqual(self.customer.city, "Suzhou")

    def test_undo_of_one_customer(self):
        self._edit(city="Shanghai")
        self._edit(self.other_task, city="Beijing")
        self._carry()
        self.assertEqual(self.rollback.action_undo_customer(self.task.id)["undone"], 1)
        self.assertFalse(self.customer.city)
        self.assertEqual(self.other_task.partner_id.city, "Beijing")
        [run] = self.rollback.action_read_rollback(self.plan.id)["runs"]
        self.assertEqual((run["changes"], run["customers"], run["undone"]), (2, 2, 1))

    def test_an_undone_change_is_carried_by_no_whole_plan(self):
        """Who undid it didn't want it; he may accept it one by one."""
        change = self._edit(city="Shanghai")
        self.rollback.action_undo(self._carry()["run_id"])
        self.assertEqual(self._carry()["carried"], 0)
        self._decide(change, "accepted")
        self.assertEqual(self._carry()["carried"], 1)

    def test_edits_after_it_was_carried_back(self):
        """They start with what the contact holds then; the history stays."""
        self.customer.city = "Suzhou"
        self._edit(city="Shanghai")
        run = self._carry()["run_id"]
        page = self.task.with_user(self.agent.user_id).action_read_task()
        self.assertEqual(page["changes"], 0)
        self.customer.city = "Hangzhou"
        change = self._edit(city="Wuxi")
        self.assertRecordValues(
            change,
            [{"old_value": "Hangzhou", "new_value": "Wuxi", "state": "staged"}],
        )
        self.assertEqual(self._status("city"), "pending")
        self.assertEqual(self.rollback.action_undo(run)["undone"], 0)
        self._carry()
        self.assertEqual(self.customer.city, "Wuxi")
        lines = self.env["callcenter.rollback.line"].search(
            [("task_id", "=", self.task.id)], order="id"
        )
        self.assertEqual(lines.mapped("written_value"), ["Shanghai", "Wuxi"])
        self.assertEqual(lines.mapped("replaced_value"), ["Suzhou", "Hangzhou"])

    def test_an_edit_after_it_was_accepted_is_decided_anew(self):
        change = self._edit(city="Shanghai")
        self._decide(change, "accepted")
        self._edit(city="Beijing")
        self.assertEqual(self._status("city"), "pending")

    def test_persons_or_companies(self):
        self.other_task.partner_id.is_company = True
        self._edit(city="Shanghai")
        self._edit(self.other_task, city="Beijing")
        read = self.rollback.action_read_customers
        [company] = read(self.plan.id, "company")["customers"]
        self.assertEqual(company["id"], self.other_task.id)
        [person] = read(self.plan.id, "person")["customers"]
        self.assertEqual(person["id"], self.task.id)
        answer = self.rollback.action_carry_back_plan(self.plan.id, "person")
        self.assertEqual((answer["carried"], answer["remaining"]), (1, 0))
        self.assertFalse(self.other_task.partner_id.city)
        counts = self.rollback.action_read_rollback(self.plan.id, "company")["counts"]
        self.assertEqual((counts["pending"], counts["done"]), (1, 0))

    def test_the_list_of_customers(self):
        self.customer.name = "100% Zhang"
        self.other_task.partner_id.name = "Emma"
        self._edit(city="Shanghai", email="a@example.com")
        self._edit(self.other_task, city="Beijing")
        self.customer.city = "Wuxi"
        read = self.rollback.action_read_customers
        first, second = read(self.plan.id)["customers"]
        self.assertEqual((first["changes"], first["conflicts"]), (2, 1))
        self.assertEqual((first["status"], second["status"]), ("decide", "decide"))
        self.assertEqual(read(self.plan.id, term="0% z")["count"], 1)
        self.assertEqual(read(self.plan.id, term="%a%")["count"], 0)
        self.rollback.action_decide_customer(self.other_task.id, "accepted")
        [accepted] = read(self.plan.id, shown="accepted")["customers"]
        self.assertEqual(
            (accepted["id"], accepted["status"]), (self.other_task.id, "accepted")
        )
        self.rollback.action_decide_customer(self.task.id, "rejected")
        self.assertEqual(read(self.plan.id, shown="decide")["count"], 0)
        [plan] = [
            one
            for one in self.rollback.action_read_plans()
            if one["id"] == self.plan.id
        ]
        self.assertEqual((plan["name"], plan["changes"]), ("Test plan", 3))

    def test_batches(self):
        self.patch(callcenter_rollback, "BATCH", 2)
        tasks = [self._create_task(self.agent) for __ in range(5)]
        for task in tasks:
            self._edit(task, city="Shanghai", email="a@example.com")
        answer = self._carry()
        run = answer["run_id"]
        self.assertEqual((answer["carried"], answer["remaining"]), (4, 6))
        sums = 4
        while answer["remaining"]:
            answer = self.rollback.action_carry_back(self.plan.id, "all", run)
            self.assertEqual(answer["run_id"], run, "one run goes on")
            sums += answer["carried"]
        self.assertEqual(sums, 10)
        undone, calls = self.rollback.action_undo(run), 1
        while undone["remaining"]:
            undone, calls = self.rollback.action_undo(run, True), calls + 1
        self.assertEqual(calls, 3)
        self.assertFalse(any(task.partner_id.city for task in tasks))

    def test_more_customers_need_no_more_queries_to_show(self):
        def queries():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.rollback.action_read_rollback(self.plan.id)
            self.rollback.action_read_customers(self.plan.id)
            return self.env.cr.sql_log_count - before

        self._edit(city="Shanghai", country_id=self.env.ref("base.cn").id)
        queries()
        few = queries()
        for __ in range(20):
            self._edit(
                self._create_task(self.agent),
                city="Shanghai",
                country_id=self.env.ref("base.fr").id,
                category_id=self.gold.ids,
            )
        # Tags are another field to compare, in the same query.
        self.assertLessEqual(queries(), few)

    def test_each_more_customer_costs_few_queries_to_carry(self):
        def queries(number):
            for __ in range(number):
                self._edit(self._create_task(self.agent), city="Shanghai")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(self._carry()["carried"], number)
            return self.env.cr.sql_log_count - before

        queries(2)
        few, many = queries(5), queries(25)
        self.assertLess((many - few) / 20, 14)

    def test_managers_alone(self):
        change = self._edit(city="Shanghai")
        run = self.env["callcenter.rollback"].create(
            {"plan_id": self.plan.id, "user_id": self.manager.id}
        )
        for user in (self.agent.user_id, self.supervisor):
            runs = self.env["callcenter.rollback"].with_user(user)
            for method, *args in (
                ("action_read_plans",),
                ("action_read_rollback", self.plan.id),
                ("action_read_customers", self.plan.id),
                ("action_read_customer", self.task.id),
                ("action_search_value", change.id),
                ("action_decide", change.id, "accepted"),
                ("action_decide_customer", self.task.id, "accepted"),
                ("action_accept_all", self.plan.id),
                ("action_carry_back", self.plan.id),
                ("action_carry_back_plan", self.plan.id),
                ("action_undo", run.id),
                ("action_undo_customer", self.task.id),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRaises(AccessError),
                ):
                    getattr(runs, method)(*args)
        self.assertFalse(self.customer.city)

    def test_of_other_companies_nothing_is_found(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self._edit(city="Shanghai")
        self.manager.write(
            {"company_ids": [Command.set(company.ids)], "company_id": company.id}
        )
        self.assertFalse(self.rollback.action_read_plans())
        for method, id_ in (
            ("action_read_rollback", self.plan.id),
            ("action_read_customer", self.task.id),
            ("action_carry_back", self.plan.id),
            ("action_undo", "x"),
        ):
            with self.subTest(method=method), self.assertRaises(UserError):
                getattr(self.rollback, method)(id_)

    def test_it_is_written_with_the_managers_own_rights(self):
        self._edit(city="Shanghai")
        self.env["ir.rule"].create(
            {
                "name": "Not this one",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": f"[('id', '!=', {self.customer.id})]",
                "perm_read": False,
            }
        )
        answer = self._carry()
        self.assertEqual((answer["carried"], answer["refused"]), (0, 1))
        self.assertFalse(self.customer.city)
        self.assertTrue(self._seen()["city"]["reason"])

    def test_a_callers_context_forges_nothing(self):
        self._edit(city="Shanghai")
        runs = self.rollback.with_context(default_undone=True, tracking_disable=True)
        run = runs.action_carry_back_plan(self.plan.id)["run_id"]
        lines = self.env["callcenter.rollback"].browse(run).line_ids
        self.assertFalse(lines.undone)


@tagged("post_install", "-at_install", "callcenter")
class TestRollbackAtOnce(TransactionCase):
    """Two sessions of the database, each with its own view of it."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._forget)
        with self._cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partner = env["res.partner"].create(
                {"name": "Concurrent rollback", "city": "Suzhou"}
            )
            agent = env["callcenter.agent"].create(
                {
                    "number": "7811",
                    "name": "Concurrent rollback",
                    "new_password": "Concurrent-7811",
                }
            )
            plan = env["callcenter.dial.plan"].create(
                {
                    "name": "Concurrent rollback",
                    "package_id": env["callcenter.package"]
                    .create({"name": "Concurrent rollback"})
                    .id,
                    "group_id": env["callcenter.agent.group"]
                    .create({"name": "Concurrent rollback"})
                    .id,
                }
            )
            task = env["callcenter.task"].create(
                {"plan_id": plan.id, "partner_id": partner.id}
            )
            env["callcenter.task.change"].create(
                {
                    "task_id": task.id,
                    "name": "city",
                    "agent_id": agent.id,
                    "old_value": "Suzhou",
                    "new_value": "Shanghai",
                }
            )
            self.plan_id, self.partner_id = plan.id, partner.id

    def _cursor(self):
        return Registry(get_db_name()).cursor()

    def _forget(self):
        with self._cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            name = [("name", "=", "Concurrent rollback")]
            plans = env["callcenter.dial.plan"].search(name)
            plans.unlink()
            env["callcenter.package"].search(name).unlink()
            agents = env["callcenter.agent"].search(name)
            users = agents.user_id
            contacts = users.partner_id
            agents.unlink()
            users.exists().unlink()
            env["callcenter.agent.group"].search(name).unlink()
            (contacts.exists() | env["res.partner"].search(name)).unlink()

    def _carry(self, cr):
        manager = api.Environment(cr, SUPERUSER_ID, {})["res.users"].browse(2)
        runs = manager.env["callcenter.rollback"].with_user(manager)
        return runs.action_carry_back_plan(self.plan_id)

    def test_two_managers_write_once(self):
        with self._cursor() as first, self._cursor() as second:
            self.assertEqual(self._carry(first)["carried"], 1)
            with self.assertRaisesRegex(UserError, "right now"):
                second.execute("SET LOCAL lock_timeout = '2s'")
                api.Environment(second, SUPERUSER_ID, {})["callcenter.rollback"]._lock(
                    api.Environment(second, SUPERUSER_ID, {})[
                        "callcenter.dial.plan"
                    ].browse(self.plan_id)
                )
            second.rollback()
            first.commit()
            self.assertEqual(self._carry(second)["carried"], 0)

    @mute_logger("odoo.sql_db")
    def test_an_edit_that_is_committed_meanwhile_makes_it_start_again(self):
        with self._cursor() as carrying, self._cursor() as editing:
            # The transaction begins, and sees the contact as it was.
            carrying.execute("SELECT count(*) FROM res_partner")
            env = api.Environment(editing, SUPERUSER_ID, {})
            env["res.partner"].browse(self.partner_id).city = "Hangzhou"
            env.flush_all()
            editing.commit()
            with self.assertRaises(errors.SerializationFailure):
                self._carry(carrying)
            # As Odoo does with the request.
            carrying.rollback()
            self.assertEqual(self._carry(carrying)["carried"], 0, "a conflict now")
            carrying.execute(
                "SELECT city FROM res_partner WHERE id = %s", [self.partner_id]
            )
            self.assertEqual(carrying.fetchone(), ("Hangzhou",))
            carrying.rollback()


@tagged("post_install", "-at_install", "callcenter")
class TestRollbackTour(RollbackCase, HttpCase):
    def test_review_carry_back_and_undo(self):
        """By the manager's clicks and keys: a conflict, the rest, and back again."""
        self.customer.write({"name": "Zhang Wei", "city": "Suzhou"})
        self.other_task.partner_id.name = "Emma Clark"
        self._edit(city="Shanghai", category_id=self.gold.ids)
        self._edit(self.other_task, email="emma@example.com")
        self.customer.city = "Hangzhou"
        self.start_tour(
            f"/odoo/call-center-plans/{self.plan.id}",
            "callcenter_outbound_rollback",
            login="cc_manager",
        )
        self.assertEqual(self.customer.city, "Hangzhou")
        self.assertFalse(self.customer.category_id)
        self.assertFalse(self.other_task.partner_id.email)
        run = self.env["callcenter.rollback"].search([("plan_id", "=", self.plan.id)])
        self.assertEqual((run.change_count, run.undone_count), (3, 3))
