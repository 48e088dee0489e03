from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import contact_fields
from .common import CallcenterCase


@tagged("post_install", "-at_install", "callcenter")
class TestCustomer(CallcenterCase):
    def setUp(self):
        super().setUp()
        self.mine = self.task.with_user(self.agent.user_id)
        self.customer = self.task.partner_id

    def _show(self, *names, editable=True, **values):
        settings = self.env["callcenter.dial.plan.field"]
        for name in names:
            line = self.plan.field_ids.filtered(
                lambda line, name=name: line.name == name
            )
            if not line:
                line = settings.create({"plan_id": self.plan.id, "name": name})
            line.write({"visible": True, "editable": editable, **values})

    def _values(self):
        return {line["name"]: line for line in self.mine.action_read_customer()}

    def test_nothing_is_seen_of_a_customer_at_first(self):
        self.assertEqual(self.mine.action_read_customer(), [])
        page = self.mine.action_read_task()
        self.assertEqual(page["title"], f"Customer {self.task.id}")
        self.assertIs(page["numbers"][0]["number"], False)
        self.assertNotIn("Hidden", str(page))
        self.assertNotIn("5510", str(page))

    def test_what_the_plan_shows_in_its_order(self):
        self._show("city", "name", editable=False)
        self._show("phone", editable=False)
        order = self.plan.field_ids.filtered("visible")
        order.filtered(lambda line: line.name == "city").sequence = 1
        self.customer.city = "Xi'an"
        lines = self.mine.action_read_customer()
        self.assertEqual([line["name"] for line in lines], ["city", "name", "phone"])
        self.assertEqual(lines[0]["value"], "Xi'an")
        self.assertEqual(lines[0]["label"], "City")
        page = self.mine.action_read_task()
        self.assertEqual(page["title"], "Hidden Customer")
        self.assertEqual(page["numbers"][0]["number"], "+86 21 5510 0200")

    def test_an_edit_is_staged_and_the_contact_stays(self):
        self._show("city")
        self.customer.city = "Xian"
        self.assertIs(self.mine.action_write_customer({"city": " Xi'an "}), True)
        self.assertEqual(self.customer.city, "Xian")
        change = self.task.change_ids
        self.assertRecordValues(
            change,
            [{"name": "city", "old_value": "Xian", "new_value": "Xi'an"}],
        )
        self.assertEqual(change.agent_id, self.agent)
        line = self._values()["city"]
        self.assertEqual((line["value"], line["changed"]), ("Xi'an", True))
        self.assertEqual(self.mine.action_read_task()["changes"], 1)

    def test_what_was_there_first_is_kept(self):
        self._show("city")
        self.customer.city = "A"
        self.mine.action_write_customer({"city": "B"})
        self.customer.city = "C"
        self.mine.action_write_customer({"city": "D"})
        change = self.task.change_ids
        self.assertEqual((change.old_value, change.new_value), ("A", "D"))
        self.mine.action_write_customer({"city": "A"})
        self.assertFalse(self.task.change_ids, "as it was: no change any more")
        self.mine.action_write_customer({"city": "C"})
        self.assertFalse(self.task.change_ids, "the contact's own")

    def test_fields_of_each_type(self):
        tag, other = self.env["res.partner.category"].create(
            [{"name": "Gold"}, {"name": "Blue"}]
        )
        china = self.env.ref("base.cn")
        lang = self.env["res.lang"].search([], limit=1).code
        self._show("country_id", "category_id", "lang", "color", "employee")
        for name, sent, staged, shown in (
            ("country_id", china.id, china.id, [china.id, "China"]),
            (
                "category_id",
                [other.id, tag.id],
                sorted((tag + other).ids),
                [[tag.id, "Gold"], [other.id, "Blue"]],
            ),
            ("color", 7, 7, 7),
            ("employee", True, True, True),
        ):
            with self.subTest(field=name):
                self.mine.action_write_customer({name: sent})
                change = self.task.change_ids.filtered(lambda c, n=name: c.name == n)
                self.assertEqual(change.new_value, staged)
                self.assertEqual(self._values()[name]["value"], shown)
                self.assertTrue(change.new_text)
        self.assertIn(lang, [key for key, __ in self._values()["lang"]["selection"]])

    def _show_html(self):
        self._show("comment", editable=False)

    def test_html_is_shown_as_text(self):
        self._show_html()
        self.customer.comment = "<p>Ask for <b>Wei</b></p><script>x()</script>"
        self.assertEqual(self._values()["comment"]["value"], "Ask for *Wei*")

    def test_an_empty_list_that_is_empty_again_is_no_change(self):
        self._show("category_id", "color", required=True)
        tag = self.env["res.partner.category"].create({"name": "Gold"})
        self.plan.field_ids.filtered(lambda line: line.name == "category_id").write(
            {"required": False}
        )
        self.mine.action_write_customer({"category_id": tag.ids})
        self.assertTrue(self.task.change_ids)
        self.env.invalidate_all()
        self.mine.action_write_customer({"category_id": []})
        self.assertFalse(self.task.change_ids)
        self.assertIs(self.mine.action_write_customer({"color": 0}), True)

    def test_values_that_cannot_be(self):
        self._show("city", "country_id", "category_id", "lang", "color", "employee")
        for values, words in (
            ({"city": 12}, "must be a text"),
            ({"city": "x" * 10_001}, "too long"),
            ({"city": "a\0b"}, "must be a text"),
            ({"country_id": 99_999_999}, "can't be that"),
            ({"country_id": "China"}, "can't be that"),
            ({"country_id": True}, "can't be that"),
            ({"category_id": 3}, "can't be that"),
            ({"category_id": [[6, 0, [1]]]}, "can't be that"),
            ({"lang": "xx_XX"}, "can't be that"),
            ({"color": "red"}, "must be a number"),
            ({"color": 2**40}, "must be a number"),
            ({"employee": "yes"}, "can't be that"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, words):
                self.mine.action_write_customer(values)
        for values in (None, ["city"], "city"):
            with self.subTest(values=values), self.assertRaises(UserError):
                self.mine.action_write_customer(values)
        self.assertFalse(self.task.change_ids)

    def test_hidden_and_read_only_fields_are_not_his_to_change(self):
        self._show("city", editable=False)
        for name in ("city", "email", "credit_limit", "no_such_field", "user_ids"):
            with (
                self.subTest(field=name),
                self.assertRaisesRegex(UserError, "not yours to change"),
            ):
                self.mine.action_write_customer({name: "x"})

    def test_one_bad_value_stages_nothing(self):
        self._show("city")
        with self.assertRaises(UserError):
            self.mine.action_write_customer({"city": "New", "email": "x"})
        self.assertFalse(self.task.change_ids)

    def test_a_required_field_is_never_emptied(self):
        self._show("city", required=True)
        with self.assertRaisesRegex(UserError, "must not be empty"):
            self.mine.action_write_customer({"city": "  "})

    def test_a_customer_who_is_done_stays_as_he_is(self):
        self._show("city")
        self.task.status = "done_failed"
        with self.assertRaisesRegex(UserError, "is done"):
            self.mine.action_write_customer({"city": "New"})

    def test_only_the_agent_of_the_task(self):
        self._show("city")
        for user in (self.other_agent.user_id, self.supervisor, self.manager):
            task = self.task.with_user(user)
            for method, arguments in (
                ("action_read_customer", []),
                ("action_read_task", []),
                ("action_write_customer", [{"city": "x"}]),
                ("action_search_value", ["city", ""]),
            ):
                with (
                    self.subTest(user=user.login, method=method),
                    self.assertRaises(AccessError),
                ):
                    getattr(task, method)(*arguments)

    def test_search_a_value(self):
        self._show("country_id", "city")
        self._show("parent_id", editable=False)
        found = self.mine.action_search_value("country_id", "Chin")
        self.assertIn([self.env.ref("base.cn").id, "China"], found)
        for name in ("city", "parent_id", "state_id", "no_such_field"):
            with self.subTest(field=name), self.assertRaises(UserError):
                self.mine.action_search_value(name, "a")

    # The list ----------------------------------------------------------------------

    def test_the_list_is_searched_by_what_is_shown(self):
        tasks = self.env["callcenter.task"].with_user(self.agent.user_id)
        self.assertEqual(tasks.action_list(self.plan.id, "Hidden")["count"], 0)
        self.assertEqual(tasks.action_list(self.plan.id, "5510")["count"], 0)
        self._show("name", "phone", editable=False)
        self.assertEqual(tasks.action_list(self.plan.id, "hidden")["count"], 1)
        self.assertEqual(tasks.action_list(self.plan.id, "5510 02")["count"], 1)
        self.assertEqual(tasks.action_list(self.plan.id, "9999")["count"], 0)

    def test_the_list_comes_in_pages_and_has_the_unfinished_alone(self):
        for __ in range(45):
            self._create_task(self.agent)
        self._create_task(self.agent).status = "done_failed"
        tasks = self.env["callcenter.task"].with_user(self.agent.user_id)
        first = tasks.action_list(self.plan.id)
        self.assertEqual((len(first["tasks"]), first["count"]), (40, 46))
        second = tasks.action_list(self.plan.id, "", 40)
        self.assertEqual(len(second["tasks"]), 6)
        self.env.invalidate_all()
        with self.assertQueryCount(12):
            tasks.action_list(self.plan.id)

    def test_a_plan_that_is_gone_has_an_empty_list(self):
        tasks = self.env["callcenter.task"].with_user(self.agent.user_id)
        for plan_id in (99_999_999, "1", False):
            self.assertEqual(tasks.action_list(plan_id), {"tasks": [], "count": 0})

    def test_an_agent_reads_the_plans_of_his_group_alone(self):
        plan = self.plan.with_user(self.agent.user_id)
        self.assertEqual(plan.action_read_plan()["name"], "Test plan")
        group = self.env["callcenter.agent.group"].create({"name": "Elsewhere"})
        foreign = self._create_plan("Foreign", group_id=group.id)
        with self.assertRaises(AccessError):
            foreign.with_user(self.agent.user_id).action_read_plan()

    def test_json_carries_every_visible_type(self):
        names = dict(self.env["callcenter.dial.plan.field"]._list_contact_fields())
        self.assertIn("name", names)
        for name in names:
            with self.subTest(field=name):
                value = contact_fields.to_json(self.customer, name)
                self.assertIsInstance(value, bool | str | int | float | list)

    def test_names_are_listed_as_the_language_lists_them(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        tags = self.env["res.partner.category"].create([{"name": n} for n in "ABC"])
        change = self.env["callcenter.task.change"].create(
            {
                "task_id": self.task.id,
                "name": "category_id",
                "agent_id": self.agent.id,
                "new_value": tags.ids,
            }
        )
        for lang, text in (("en_US", "A, B, and C"), ("zh_CN", "A、B和C")):
            self.assertEqual(change.with_context(lang=lang).new_text, text)
