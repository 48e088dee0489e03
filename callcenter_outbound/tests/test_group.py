from datetime import datetime

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import GROUP, CallcenterCase


@tagged("post_install", "-at_install", "callcenter")
class TestGroup(CallcenterCase):
    def setUp(self):
        super().setUp()
        self.groups = self.env["callcenter.agent.group"].with_user(self.manager)
        self.team = self.groups.create(
            {"name": "Team", "agent_ids": [Command.set(self.agent.ids)]}
        )

    def test_the_number_of_agents_is_of_those_who_are_there(self):
        self.team.agent_ids |= self.other_agent
        self.assertEqual(self.team.agent_count, 2)
        self.other_agent.active = False
        self.assertEqual(self.team.agent_count, 1)
        empty = self.groups.create({"name": "Nobody"})
        self.assertEqual((self.team | empty).mapped("agent_count"), [1, 0])

    def test_a_group_that_a_plan_uses_stays(self):
        group = self.group.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "“Test group” works .*“Test plan”"):
            group.unlink()
        with self.assertRaisesRegex(UserError, "“Test group” works .*“Test plan”"):
            group.action_archive()
        self.plan.state = "done"
        group.action_archive()
        self.assertFalse(group.active)

    def test_a_group_that_agents_were_signed_in_to_stays(self):
        self._sign_in(self.agent, self.team)
        with self.assertRaisesRegex(UserError, "signed in to the group “Team”"):
            self.team.unlink()

    def test_a_group_that_nobody_used_is_deleted(self):
        self.team.unlink()
        self.assertTrue(self.agent.exists())

    def test_a_pause_reason_that_was_used_stays(self):
        used, unused = (
            self.env["callcenter.pause.reason"]
            .with_user(self.manager)
            .create([{"name": "Used"}, {"name": "Unused"}])
        )
        self.env["callcenter.agent.session"].create(
            {
                "agent_id": self.agent.id,
                "kind": "pause",
                "reason_id": used.id,
                "started_at": datetime(2026, 1, 1),
            }
        )
        unused.unlink()
        with self.assertRaisesRegex(UserError, "paused for “Used”"):
            used.unlink()
        used.active = False
        self.assertFalse(used.active)

    def test_the_reasons_to_begin_with(self):
        for name in ("break", "lunch", "training", "meeting"):
            reason = self.env.ref(f"callcenter_outbound.callcenter_pause_reason_{name}")
            self.assertTrue(reason.active)

    def test_sessions_of_today_and_this_week(self):
        """In the time zone of whoever looks."""
        user = self.manager
        user.tz = "Asia/Shanghai"
        view = self.env.ref("callcenter_outbound.callcenter_agent_session_view_search")
        sessions = self.env["callcenter.agent.session"].with_user(user)
        for name, begin in (("=0H", "today"), ("=week_start", "week")):
            with self.subTest(begin=begin):
                self.assertIn(name, view.arch)
                sessions.with_context(tz=user.tz).search([("started_at", ">=", name)])

    def test_a_session_says_what_it_is(self):
        self._sign_in(self.agent, self.team)
        session = self.env["callcenter.agent.session"].search(
            [("group_id", "=", self.team.id)]
        )
        self.assertEqual(session.display_name, "Team")
        session._close(datetime(2026, 1, 1, 9, 30))
        self.assertEqual(session.hours, 1.5)
        action = self.team.action_open_sessions()
        self.assertEqual(session.search(action["domain"]), session)


@tagged("post_install", "-at_install", "callcenter")
class TestSupervisor(CallcenterCase):
    """A supervisor sees the agents of own groups, and what they do."""

    def setUp(self):
        super().setUp()
        self.stranger = new_test_user(
            self.env, "cc_stranger", groups=f"{GROUP}supervisor"
        )
        self.team = self.env["callcenter.agent.group"].create(
            {
                "name": "Team",
                "agent_ids": [Command.set(self.other_agent.ids)],
                "supervisor_ids": [Command.set(self.stranger.ids)],
            }
        )
        self._sign_in(self.other_agent, self.team)

    def _seen(self, model, user):
        return self.env[model].with_user(user).search([])

    def test_agents_and_their_states(self):
        self.assertEqual(
            self._seen("callcenter.agent", self.stranger), self.other_agent
        )
        self.assertEqual(
            self._seen("callcenter.agent", self.supervisor),
            self.agent | self.other_agent,
        )
        self.assertEqual(
            self._seen("callcenter.agent.status", self.stranger),
            self.other_agent.status_id,
        )
        states = self.env["callcenter.agent"].with_user(self.stranger)
        self.assertFalse(states.search([("number", "=", "7001")]))

    def test_groups_and_sessions(self):
        self.assertEqual(self._seen("callcenter.agent.group", self.stranger), self.team)
        self.assertEqual(
            self._seen("callcenter.agent.session", self.stranger).agent_id,
            self.other_agent,
        )
        everyone = self._seen("callcenter.agent.session", self.manager).agent_id
        self.assertIn(self.agent, everyone)

    def test_an_agent_who_leaves_the_group_is_out_of_sight(self):
        self.team.agent_ids = [Command.clear()]
        self._carry_out_commands()
        self.assertFalse(self._seen("callcenter.agent", self.stranger))
