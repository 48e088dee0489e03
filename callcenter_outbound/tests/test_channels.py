import threading

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tests.common import BaseCase

from .common import GROUP, committed_environment


@tagged("post_install", "-at_install", "callcenter")
class TestChannels(BaseCase):
    """Two agents dial in the same instant, each in a transaction of his own."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._forget)
        with committed_environment() as env:
            pbx = env["callcenter.pbx"].create({"name": "Channels"})
            self.pbx_id = pbx.id
            trunk = {"pbx_id": pbx.id, "host": "sip.example.com", "max_channels": 1}
            trunks = env["callcenter.trunk"].create(
                [
                    {**trunk, "name": "first", "sequence": 1},
                    {**trunk, "name": "second", "sequence": 2, "active": False},
                ]
            )
            self.trunk_ids = trunks.ids
            self.task_ids = self._create_tasks(env)

    def _create_tasks(self, env):
        """:return: ids of the tasks of two agents, one of each"""
        group = env["callcenter.agent.group"].create({"name": "Channels"})
        package = env["callcenter.package"].create({"name": "Channels"})
        plan = env["callcenter.dial.plan"].create(
            {"name": "Channels", "package_id": package.id, "group_id": group.id}
        )
        task_ids = []
        for number in ("7901", "7902"):
            user = env["res.users"].create(
                {
                    "name": number,
                    "login": f"channels_{number}",
                    "group_ids": [Command.set([env.ref(f"{GROUP}agent").id])],
                }
            )
            agent = env["callcenter.agent"].create(
                {"number": number, "name": number, "user_id": user.id}
            )
            partner = env["res.partner"].create({"name": "Channels"})
            values = {"plan_id": plan.id, "partner_id": partner.id}
            task = env["callcenter.task"].create({**values, "agent_id": agent.id})
            task_ids.append(task.id)
        return task_ids

    def _forget(self):
        with committed_environment() as env:
            env["callcenter.call"].search([("pbx_id", "=", self.pbx_id)]).unlink()
            env["callcenter.pbx"].browse(self.pbx_id).unlink()
            tasks = env["callcenter.task"].browse(self.task_ids)
            plan, agents, customers = tasks.plan_id, tasks.agent_id, tasks.partner_id
            package, group = plan.package_id, plan.group_id
            users = agents.user_id
            contacts = users.partner_id
            for records in (plan, package, group, agents, users, contacts, customers):
                records.unlink()

    def _begin(self, env, index):
        task = env["callcenter.task"].browse(self.task_ids[index])
        call = env["callcenter.call"].create(
            {
                "uniqueid": f"channels-{index}",
                "kind": "main",
                "state": "dialing",
                "pbx_id": self.pbx_id,
                "task_id": task.id,
                "plan_id": task.plan_id.id,
                "agent_id": task.agent_id.id,
                "company_id": env.company.id,
            }
        )
        env.flush_all()
        return call

    def _dial_both(self):
        """:return: what each of two calls got: trunk and channel, or the refusal"""
        outcome = []

        def take(call):
            try:
                call._take_channel(*call.pbx_id._pick_channel())
                outcome.append((call.trunk_id.id, call.channel))
            except UserError as error:
                outcome.append(error.args[0])

        with committed_environment() as second:
            with committed_environment() as first:
                one, two = self._begin(first, 0), self._begin(second, 1)
                take(one)
                thread = threading.Thread(target=take, args=(two,))
                thread.start()
                thread.join(0.3)
                self.assertEqual(
                    len(outcome), 1, "it waits for what becomes of the first"
                )
            thread.join(20)
            self.assertFalse(thread.is_alive())
        return outcome

    def _change_trunk(self, index, **values):
        with committed_environment() as env:
            env["callcenter.trunk"].browse(self.trunk_ids[index]).write(values)

    def test_the_last_channel_is_taken_once(self):
        first, refusal = self._dial_both()
        self.assertEqual(first, (self.trunk_ids[0], 1))
        self.assertIn("All channels of the trunk “first”", refusal)

    def test_the_next_channel_is_taken(self):
        self._change_trunk(0, max_channels=2)
        trunk_id = self.trunk_ids[0]
        self.assertEqual(self._dial_both(), [(trunk_id, 1), (trunk_id, 2)])

    def test_the_next_trunk_is_taken(self):
        self._change_trunk(1, active=True)
        self.assertEqual(self._dial_both(), [(id_, 1) for id_ in self.trunk_ids])

    def test_a_trunk_without_a_limit_comes_after_one_with(self):
        self._change_trunk(1, active=True, max_channels=0)
        outcome = self._dial_both()
        self.assertEqual(outcome, [(self.trunk_ids[0], 1), (self.trunk_ids[1], 0)])
