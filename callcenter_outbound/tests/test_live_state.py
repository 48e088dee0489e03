"""Live states: who is told, and what lists show of them."""

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..connector.core import events
from .common import GROUP, CallcenterCase


@tagged("post_install", "-at_install", "callcenter")
class TestLiveState(CallcenterCase):
    def setUp(self):
        super().setUp()
        self.extension = self.agent.extension_id

    def _news(self, sent, news):
        return [
            (target, payload) for target, sort, payload in sent if sort.endswith(news)
        ]

    def test_phone(self):
        with self._bus_messages() as sent:
            self._apply(
                events.PhoneChanged("7001", "unreachable", None, "", "", 1000.0)
            )
        managers = self.env.ref(f"{GROUP}manager")
        self.assertEqual(
            self._news(sent, "/extension"),
            [(managers, {"id": self.extension.id, "state": "unreachable"})],
        )

    def test_trunk(self):
        with self._bus_messages() as sent:
            self._apply(events.TrunkChanged("carrier", "rejected", None, 1000.0))
        managers = self.env.ref(f"{GROUP}manager")
        self.assertEqual(
            self._news(sent, "/trunk"),
            [(managers, {"id": self.trunk.id, "state": "rejected"})],
        )

    def test_filters_and_groups(self):
        """The filters of the extensions' list find what they say."""
        extensions = self.env["callcenter.extension"].with_user(self.manager)
        spare = extensions.create({"number": "7003", "pbx_id": self.pbx.id})
        ours = [("pbx_id", "=", self.pbx.id)]
        self.assertEqual(
            extensions.search([*ours, ("agent_ids", "=", False)]),
            spare,
        )
        self.assertEqual(
            extensions.search([*ours, ("state", "=", "not_registered")]), spare
        )
        groups = extensions.formatted_read_group(ours, ["state"], ["__count"])
        self.assertEqual(
            {group["state"]: group["__count"] for group in groups},
            {"reachable": 2, "not_registered": 1},
        )

    def test_waits_text(self):
        extension = self.extension.with_user(self.manager)
        self.assertTrue(extension.waits)
        self.assertEqual(extension.waits_text, "waits for reload")

    def test_new_secret(self):
        extension = self.extension.with_user(self.manager)
        before = extension.secret
        extension.action_generate_secret()
        self.assertNotEqual(extension.secret, before)
        self.assertGreaterEqual(len(extension.secret), 20)

    def test_new_secret_refused(self):
        with self.assertRaises(AccessError):
            self.extension.with_user(self.supervisor).action_generate_secret()

    def test_figures_stay_while_a_form_is_being_changed(self):
        """A form computes on a copy of the record that has no id of its own."""
        self.env["callcenter.rejected.event"].create(
            {"pbx_id": self.pbx.id, "kind": "X", "content": "x", "error": "x"}
        )
        self.package._add_customers([("id", "in", self.partner.ids)])
        for record, names in (
            (self.group, ["agent_count", "queue_name"]),
            (self.extension, ["waits", "waits_text"]),
            (self.pbx, ["extension_count", "rejected_event_count"]),
            (self.package, ["customer_count", "plan_count"]),
            (self.plan, ["task_count", "unfinished_count", "pool_count"]),
        ):
            with self.subTest(model=record._name):
                copy = record.new(origin=record)
                shown = [copy[name] for name in names]
                self.assertEqual(shown, [record[name] for name in names])
                self.assertTrue(all(shown))

    def test_a_group_that_is_not_saved_counts_who_stands_on_it(self):
        group = self.group.new({"agent_ids": [(6, 0, self.agent.ids)]})
        self.assertEqual(group.agent_count, 1)
        self.assertFalse(group.queue_name)
        group = self.group.new({"agent_ids": [(3, self.agent.id)]}, origin=self.group)
        self.assertEqual(group.agent_count, 1)
        self.assertFalse(self.extension.new({"number": "7009"}).waits)

    def test_a_trunk_without_a_limit_says_so(self):
        trunk = self.trunk.with_user(self.manager)
        self.assertEqual(trunk.channels_text, "No limit")
        trunk.max_channels = 12
        self.assertEqual(trunk.channels_text, "12")
        for view in ("callcenter.trunk.view.list", "callcenter.pbx.view.form"):
            arch = self.env["ir.ui.view"].search([("name", "=", view)]).arch
            self.assertIn('name="channels_text"', arch)

    def test_number_example(self):
        with Form(self.trunk.with_user(self.manager)) as form:
            self.assertEqual(form.number_example, "+862155510200 → 862155510200")
            form.strip = "86"
            form.prefix = "0"
            self.assertEqual(form.number_example, "+862155510200 → 02155510200")
            form.strip = "49"
            self.assertEqual(form.number_example, "+492155510200 → 02155510200")

    def test_edit_agents(self):
        """What the two-list dialog does, as a manager."""
        group = self.group.with_user(self.manager)
        group.write({"agent_ids": [(3, self.agent.id), (4, self.other_agent.id)]})
        self.assertEqual(group.agent_ids, self.other_agent)
        self.assertEqual(group.agent_count, 1)
