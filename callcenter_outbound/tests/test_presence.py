from contextlib import contextmanager
from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.sql_db import db_connect
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..connector.core import events
from ..connector.core.values import LOCK_CLASS
from ..models.callcenter_pbx import CallcenterPbx
from .common import GROUP, CallcenterCase, answered_call, ended

KEEP_UNLED = CallcenterPbx._keep_unled
WITH_LEADER = CallcenterPbx._with_leader


class PresenceCase(CallcenterCase):
    """An agent who is signed out, in two groups."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second_group = cls.env["callcenter.agent.group"].create(
            {"name": "Second group", "incoming": True}
        )
        cls.agent.group_ids |= cls.second_group
        cls.lunch, cls.training = cls.env["callcenter.pause.reason"].create(
            [{"name": "Test lunch"}, {"name": "Test training"}]
        )
        cls.agent._apply_change("sign_out", {})
        cls._sessions_of(cls.agent).unlink()

    @classmethod
    def _sessions_of(cls, agent, kind=None):
        domain = [("agent_id", "=", agent.id)]
        if kind:
            domain.append(("kind", "=", kind))
        return cls.env["callcenter.agent.session"].search(domain, order="id")

    def setUp(self):
        super().setUp()
        self.own = self.env["callcenter.agent"].with_user(self.agent.user_id)

    def _sign_in_by_click(self, groups=None, extension=False):
        self.own.action_sign_in((groups or self.group).ids, extension)
        self._carry_out_commands()

    def _command_of(self, agent=None):
        return self.env["callcenter.command"].search(
            [("agent_id", "=", (agent or self.agent).id)], order="id desc", limit=1
        )


@tagged("post_install", "-at_install", "callcenter")
class TestPresence(PresenceCase):
    def test_sign_in_is_a_command_and_the_state_follows(self):
        both = self.group | self.second_group
        self.assertIs(self.own.action_sign_in(both.ids), True)
        self.assertEqual(self.agent.state, "signed_out", "nobody carried it out yet")
        command = self._command_of()
        self.assertEqual((command.kind, command.state), ("sign_in", "pending"))
        self.assertEqual(
            command.payload,
            {
                "groups": self.agent.group_ids.ids,
                "queues": [f"group-{self.second_group.id}"],
                "left_queues": [],
                "extension": "7001",
                "joins": False,
                "paused": False,
            },
        )
        with self._bus_messages() as sent:
            self._carry_out_commands()
        self.assertEqual(self.agent.state, "ready")
        sessions = self._sessions_of(self.agent)
        self.assertEqual(sessions.group_id, both)
        self.assertFalse(sessions.filtered("ended_at"))
        ((target, kind, payload),) = sent
        self.assertEqual(target, self.agent.user_id.partner_id)
        self.assertEqual(kind, "callcenter_outbound/agent")
        self.assertIs(payload["signed_in"], True)
        self.assertEqual(payload["version"], self.agent.status_id.version)
        self.assertTrue(all(group["signed_in_at"] for group in payload["groups"]))

    def test_without_a_connector_the_request_does_it(self):
        self.led = False
        self.own.action_sign_in(self.group.ids)
        self.assertEqual(self.agent.state, "ready")
        self.own.action_pause(self.lunch.id)
        self.assertEqual(self.agent.state, "paused")
        self.own.action_resume()
        self.assertEqual(self.agent.state, "ready")
        self.own.action_sign_out()
        self.assertEqual(self.agent.state, "signed_out")
        commands = self.env["callcenter.command"].search(
            [("agent_id", "=", self.agent.id)]
        )
        self.assertEqual(set(commands.mapped("state")), {"done"})

    def test_what_the_dead_leader_left_comes_first(self):
        self.own.action_sign_in(self.group.ids)
        self.own.action_pause(self.lunch.id)
        self.led = False
        self.own.action_resume()
        self.assertEqual(self.agent.state, "ready")
        self.assertEqual(self._sessions_of(self.agent).kind, "signed_in")

    def test_a_sign_in_while_signed_in_adjusts_the_groups(self):
        self._sign_in_by_click()
        first = self._sessions_of(self.agent)
        self._sign_in_by_click(self.second_group)
        self.assertTrue(first.ended_at)
        self.assertEqual(self.agent._signed_in_groups(), self.second_group)
        self._sign_in_by_click(self.group | self.second_group)
        self.assertEqual(len(self._sessions_of(self.agent)), 3)
        payload = self._command_of().payload
        self.assertEqual(payload["left_queues"], [])

    def test_a_sign_in_repeated_changes_nothing(self):
        for _time in range(2):
            self._sign_in_by_click()
        self.assertEqual(len(self._sessions_of(self.agent)), 1)

    def test_a_command_done_twice_changes_nothing(self):
        self.own.action_sign_in(self.group.ids)
        sign_in = self._command_of()
        self._carry_out_commands()
        self.own.action_sign_out()
        self._carry_out_commands()
        self._apply(events.CommandDone(sign_in.id))
        self.assertEqual(self.agent.state, "signed_out")

    def test_commands_that_overtake_each_other_end_as_they_were_given(self):
        self.own.action_sign_in(self.group.ids)
        first = self._command_of()
        self.own.action_pause(self.lunch.id)
        second = self._command_of()
        self.own.action_resume()
        third = self._command_of()
        self.env["callcenter.command"]._claim(self.pbx, 50)
        for command in (third, second, first):
            self._apply(events.CommandDone(command.id))
        self.assertEqual(self.agent.state, "ready")
        self.assertFalse(self._sessions_of(self.agent, "pause"))

    def test_sessions_are_closed_once(self):
        self._sign_in_by_click(self.group | self.second_group)
        self.own.action_sign_out()
        self._carry_out_commands()
        sessions = self._sessions_of(self.agent)
        self.assertEqual(len(sessions.filtered("ended_at")), 2)
        before = sessions.mapped("ended_at")
        self.own.action_sign_out()
        self._carry_out_commands()
        self.assertEqual(sessions.mapped("ended_at"), before)

    def test_a_session_lasts_as_long_as_it_lasts(self):
        self._sign_in_by_click()
        session = self._sessions_of(self.agent)
        session._close(session.started_at + timedelta(minutes=5))
        self.assertEqual(session.seconds, 300)
        session._close(session.started_at + timedelta(minutes=9))
        self.assertEqual(session.seconds, 300)

    @mute_logger("odoo.sql_db")
    def test_two_open_sessions_of_a_group_are_parted_by_the_database(self):
        self._sign_in_by_click()
        values = {"agent_id": self.agent.id, "started_at": fields.Datetime.now()}
        for clash in (
            {"kind": "signed_in", "group_id": self.group.id},
            {"kind": "pause", "reason_id": self.lunch.id},
        ):
            with (
                self.assertRaises(psycopg2.errors.UniqueViolation),
                self.env.cr.savepoint(),
            ):
                for _time in range(2):
                    self.env["callcenter.agent.session"].create({**values, **clash})

    def test_refused_sign_ins(self):
        stranger = self.env["callcenter.agent.group"].create({"name": "Strangers"})
        for group_ids, message in (
            ([], "at least one group"),
            (stranger.ids, "of your own only"),
            (self.group.ids + stranger.ids, "of your own only"),
            ([-1], "of your own only"),
            ("1", "Name the groups"),
            (False, "Name the groups"),
            (["1"], "Name the groups"),
        ):
            with (
                self.subTest(group_ids=group_ids),
                self.assertRaisesRegex(UserError, message),
            ):
                self.own.action_sign_in(group_ids)
        self.agent.group_ids = False
        with self.assertRaisesRegex(UserError, "in no group"):
            self.own.action_sign_in([self.group.id])
        self.assertFalse(self._command_of())

    def test_an_archived_group_is_nobodys(self):
        self.second_group.active = False
        with self.assertRaisesRegex(UserError, "of your own only"):
            self.own.action_sign_in(self.second_group.ids)

    def test_only_the_agent_signs_in_and_pauses(self):
        other = self.other_agent.with_user(self.manager)
        for call in (
            lambda: other.action_sign_in(self.group.ids),
            lambda: other.action_pause(self.lunch.id),
            lambda: other.action_resume(),
        ):
            with self.assertRaises(AccessError):
                call()

    # Extensions --------------------------------------------------------------------

    def test_without_an_extension(self):
        self.agent.extension_id = False
        with self.assertRaisesRegex(UserError, "You have no extension"):
            self.own.action_sign_in(self.group.ids)

    def test_a_fixed_extension_is_not_chosen(self):
        free = self._create_free_extension("7101")
        with self.assertRaisesRegex(UserError, "don't choose your extension"):
            self.own.action_sign_in(self.group.ids, free.id)
        self.assertIs(
            self.own.action_sign_in(self.group.ids, self.agent.extension_id.id), True
        )

    def _create_free_extension(self, number, pbx=None):
        return self.env["callcenter.extension"].create(
            {"number": number, "pbx_id": (pbx or self.pbx).id}
        )

    def test_an_extension_chosen_at_sign_in_is_given_back(self):
        self.agent.write({"chooses_extension": True, "extension_id": False})
        free = self._create_free_extension("7101")
        page = self.own.action_read_workspace()["agent"]
        self.assertIs(page["chooses_extension"], True)
        offered = {extension["number"] for extension in page["extensions"]}
        self.assertIn("7101", offered)
        self.assertNotIn("7002", offered, "the other agent's")
        with self.assertRaisesRegex(UserError, "Choose the extension"):
            self.own.action_sign_in(self.group.ids)
        with self.assertRaisesRegex(UserError, "taken by agent 7002 Agent 7002"):
            self.own.action_sign_in(self.group.ids, self.other_agent.extension_id.id)
        with self.assertRaisesRegex(UserError, "no such extension"):
            self.own.action_sign_in(self.group.ids, 0x7FFFFFFF)
        self._sign_in_by_click(extension=free.id)
        self.assertEqual(self.agent.extension_id, free)
        self.assertTrue(self._command_of().payload["joins"])
        self.assertEqual(self.agent.state, "unreachable", "no phone there yet")
        self._apply(
            events.PhoneChanged("7101", "reachable", 8.5, "127.0.0.1", "baresip", 1.0)
        )
        self.assertEqual(self.agent.state, "ready")
        second = self._create_free_extension("7102")
        with self.assertRaisesRegex(UserError, "Sign out first"):
            self.own.action_sign_in(self.group.ids, second.id)
        self.own.action_sign_out()
        self.assertEqual(self.agent.extension_id, free, "until it is carried out")
        self._carry_out_commands()
        self.assertFalse(self.agent.extension_id)

    def test_a_sign_in_that_comes_to_nothing_gives_the_extension_back(self):
        self.agent.write({"chooses_extension": True, "extension_id": False})
        self.own.action_sign_in(self.group.ids, self._create_free_extension("7101").id)
        self.agent.group_ids = self.second_group
        self._carry_out_commands()
        self.assertEqual(self.agent.state, "signed_out")
        self.assertFalse(self.agent.extension_id)

    @mute_logger("odoo.sql_db")
    def test_two_agents_who_take_one_extension_are_parted_by_the_database(self):
        self.agent.chooses_extension = True
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation) as caught,
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE callcenter_agent SET extension_id = %s WHERE id = %s",
                (self.other_agent.extension_id.id, self.agent.id),
            )
        self.assertEqual(
            self.agent._sql_error_to_message(caught.exception),
            "This extension belongs to another agent already.",
        )

    # Pauses ------------------------------------------------------------------------

    def test_a_pause_is_recorded_with_its_reason(self):
        self._sign_in_by_click()
        self.assertIs(self.own.action_pause(self.lunch.id), True)
        self._carry_out_commands()
        self.assertEqual(self.agent.state, "paused")
        page = self.own.action_read_workspace()
        self.assertEqual(page["agent"]["pause_reason"], "Test lunch")
        self.assertIs(page["agent"]["pause_wanted"], False)
        self.assertIn(
            {"id": self.lunch.id, "name": "Test lunch"}, page["pause_reasons"]
        )
        self.own.action_pause(self.training.id)
        self._carry_out_commands()
        self.own.action_resume()
        self._carry_out_commands()
        self.assertEqual(self.agent.state, "ready")
        pauses = self._sessions_of(self.agent, "pause")
        self.assertEqual(pauses.reason_id, self.lunch | self.training)
        self.assertEqual(len(pauses.filtered("ended_at")), 2)

    def test_a_pause_asked_for_in_a_call_comes_after_the_wrap_up(self):
        self._sign_in_by_click()
        call = self._dial()
        self._apply(*answered_call(call.uniqueid)[:6])
        self.own.action_pause(self.lunch.id)
        self._carry_out_commands()
        self.assertEqual(self.agent.state, "talking")
        self.assertIs(self.own.action_read_workspace()["agent"]["pause_wanted"], True)
        self._apply(*answered_call(call.uniqueid)[6:])
        self.assertEqual(self.agent.state, "wrap_up")
        self.assertFalse(self._sessions_of(self.agent, "pause"))
        self.own.action_leave_unsaved()
        self._carry_out_commands()
        self.assertEqual(self.agent.state, "paused")
        self.assertEqual(self._sessions_of(self.agent, "pause").reason_id, self.lunch)

    def test_a_pause_given_up_before_it_began_is_none(self):
        self._sign_in_by_click()
        call = self._dial()
        self._apply(*answered_call(call.uniqueid)[:6])
        self.own.action_pause(self.lunch.id)
        self._carry_out_commands()
        self.own.action_resume()
        self._carry_out_commands()
        self._apply(*answered_call(call.uniqueid)[6:])
        self.own.action_leave_unsaved()
        self._carry_out_commands()
        self.assertEqual(self.agent.state, "ready")
        self.assertFalse(self._sessions_of(self.agent, "pause"))

    def test_pause_right_after_sign_in_before_either_was_carried_out(self):
        self.own.action_sign_in(self.group.ids)
        self.own.action_pause(self.lunch.id)
        self._carry_out_commands()
        self.assertEqual(self.agent.state, "paused")

    def test_refused_pauses(self):
        for method, args in (("action_pause", [self.lunch.id]), ("action_resume", [])):
            with self.assertRaisesRegex(UserError, "sign in first"):
                getattr(self.own, method)(*args)
        self._sign_in_by_click()
        self.training.active = False
        for reason_id in (0x7FFFFFFF, False, "1", self.training.id):
            with (
                self.subTest(reason_id=reason_id),
                self.assertRaisesRegex(UserError, "no such pause reason"),
            ):
                self.own.action_pause(reason_id)

    # Sign-out ----------------------------------------------------------------------

    def test_sign_out_ends_the_pause_too(self):
        self._sign_in_by_click()
        self.own.action_pause(self.lunch.id)
        self._carry_out_commands()
        self.own.action_sign_out()
        self._carry_out_commands()
        self.assertEqual(self.agent.state, "signed_out")
        self.assertFalse(
            self._sessions_of(self.agent).filtered(lambda s: not s.ended_at)
        )
        self.assertFalse(self.agent.status_id.pause_reason_id)

    def test_nobody_signs_out_in_a_call(self):
        self._sign_in_by_click()
        self._dial()
        with self.assertRaisesRegex(UserError, "A call of agent 7001"):
            self.own.action_sign_out()

    def test_supervisors_sign_out_agents_of_their_groups(self):
        stranger = new_test_user(self.env, "cc_stranger", groups=f"{GROUP}supervisor")
        for user in (stranger, self.agent.user_id):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.other_agent.with_user(user).action_sign_out()
        for user in (self.supervisor, self.manager):
            with self.subTest(user=user.login):
                self._sign_in_by_click()
                self.assertIs(self.agent.with_user(user).action_sign_out(), True)
                self._carry_out_commands()
                self.assertEqual(self.agent.state, "signed_out")

    def test_an_agent_without_an_extension_is_signed_out_all_the_same(self):
        """A manager may have taken it away meanwhile."""
        self._sign_in_by_click()
        self.agent.extension_id = False
        self.own.action_sign_out()
        self.assertEqual(self.agent.state, "signed_out")

    def test_who_loses_a_group_is_signed_out_of_it(self):
        both = self.group | self.second_group
        self._sign_in_by_click(both)
        self.agent.group_ids = self.second_group
        self._carry_out_commands()
        self.assertEqual(self.agent._signed_in_groups(), self.second_group)
        self.second_group.agent_ids = [Command.unlink(self.agent.id)]
        self._carry_out_commands()
        self.assertEqual(self.agent.state, "signed_out")

    def test_archiving_a_group_signs_its_agents_out(self):
        self._sign_in_by_click(self.second_group)
        self.second_group.active = False
        self._carry_out_commands()
        self.assertEqual(self.agent.state, "signed_out")

    # When the PBX can't be told ----------------------------------------------------

    def test_agents_come_and_go_while_the_pbx_is_away(self):
        self._sign_in_by_click()
        self.own.action_sign_out()
        self.env["callcenter.command"]._abandon(self.pbx)
        self.assertEqual(self.agent.state, "signed_out")
        self.assertEqual(self._command_of().state, "failed")

    def test_a_command_that_was_sent_to_a_dead_link_is_applied(self):
        self.own.action_sign_in(self.group.ids)
        self.env["callcenter.command"]._claim(self.pbx, 50)
        self.env["callcenter.command"]._abandon(self.pbx)
        self.assertEqual(self.agent.state, "ready")
        self._apply(events.CommandFailed(self._command_of().id, "unknown", ""))
        self.assertEqual(len(self._sessions_of(self.agent)), 1)

    @mute_logger("odoo.addons.callcenter_outbound.models.callcenter_command")
    def test_a_command_that_the_pbx_refused_is_applied(self):
        self.own.action_sign_in(self.group.ids)
        self.env["callcenter.command"]._claim(self.pbx, 50)
        self._apply(events.CommandFailed(self._command_of().id, "refused", ""))
        self.assertEqual(self.agent.state, "ready")

    def test_an_old_command_is_applied(self):
        self.own.action_sign_in(self.group.ids)
        self._command_of().deadline -= timedelta(seconds=60)
        self.env["callcenter.command"]._claim(self.pbx, 50)
        self.assertEqual(self.agent.state, "ready")


@tagged("post_install", "-at_install", "callcenter")
class TestWrapUp(PresenceCase):
    def setUp(self):
        super().setUp()
        self._sign_in_by_click()
        self.call = self._dial()
        self.key = self.call.uniqueid

    def _save(self):
        self.task.with_user(self.agent.user_id).action_save_contact_record(
            {"result_id": self.answered_result.id, "status": "done_success"}
        )
        self._carry_out_commands()

    def test_a_save_ends_the_wrap_up(self):
        self._apply(*answered_call(self.key))
        self.assertEqual(self.agent.state, "wrap_up")
        self.assertEqual(self.agent.status_id.wrap_up_call_id, self.call)
        self._save()
        self.assertEqual(self.agent.state, "ready")

    def test_a_record_saved_in_the_call_needs_no_wrap_up(self):
        self._apply(*answered_call(self.key)[:6])
        self._save()
        self.assertEqual(self.agent.state, "talking")
        self._apply(*answered_call(self.key)[6:])
        self.assertEqual(self.agent.state, "ready")

    def test_a_save_that_crosses_the_end_of_the_call_ends_the_wrap_up(self):
        """The end is applied by a transaction that did not see the save."""
        self._apply(*answered_call(self.key)[:6])
        self.task.with_user(self.agent.user_id).action_save_contact_record(
            {"result_id": self.answered_result.id, "status": "done_success"}
        )
        self.call.contact_record_id.saved = False
        self._apply(*answered_call(self.key)[6:])
        self.assertEqual(self.agent.state, "wrap_up")
        self._carry_out_commands()
        self.assertEqual(self.agent.state, "ready")

    def test_a_call_that_never_reached_the_customer_has_none(self):
        self._apply(ended(self.key, 1020.0, reason="agent_no_answer"))
        self.assertEqual(self.agent.state, "ready")

    def test_an_unanswered_call_has_one(self):
        self._apply(
            *answered_call(self.key)[:5],
            ended(self.key, 1030.0, dialed_at=1001.1, cause=17, sip_code=486),
        )
        self.assertEqual(self.agent.state, "wrap_up")

    def test_dialing_from_the_wrap_up_ends_it(self):
        self._apply(*answered_call(self.key))
        second = self._dial(self._create_task(self.agent))
        self._apply(events.AgentDialed(second.uniqueid, 2000.0))
        self.assertEqual(self.agent.state, "dialing")
        self._apply(ended(second.uniqueid, 2001.0, reason="agent_no_answer"))
        self.assertEqual(self.agent.state, "ready")

    def test_a_settle_of_an_older_call_leaves_the_wrap_up(self):
        self._apply(*answered_call(self.key))
        second = self._dial(self._create_task(self.agent))
        self._apply(*answered_call(second.uniqueid, start=2000.0))
        self.agent._settle(self.call)
        self._carry_out_commands()
        self.assertEqual(self.agent.state, "wrap_up")

    def test_leaving_unsaved_twice_does_no_harm(self):
        self._apply(*answered_call(self.key))
        for _time in range(2):
            self.assertIs(self.own.action_leave_unsaved(), True)
            self._carry_out_commands()
        self.assertEqual(self.agent.state, "ready")
        self.assertFalse(self.call.contact_record_id.saved)

    def test_an_unreachable_phone_shows_after_the_wrap_up(self):
        self._apply(*answered_call(self.key))
        self._apply(events.PhoneChanged("7001", "unreachable", None, "", "", 1010.0))
        self.assertEqual(self.agent.state, "wrap_up")
        self.own.action_leave_unsaved()
        self._carry_out_commands()
        self.assertEqual(self.agent.state, "unreachable")


@tagged("post_install", "-at_install", "callcenter")
class TestLeadership(CallcenterCase):
    """Who may write the live state, on locks of sessions of their own."""

    def setUp(self):
        super().setUp()
        # What the other tests put a stand-in for.
        self.patch(CallcenterPbx, "_keep_unled", KEEP_UNLED)
        self.patch(CallcenterPbx, "_with_leader", WITH_LEADER)

    @contextmanager
    def _leader(self):
        """A connector's session, which tries to lead the PBX."""
        with db_connect(self.env.cr.dbname).cursor() as cr:
            cr.execute("SELECT pg_try_advisory_lock(%s, %s)", self._lock)
            yield cr.fetchone()[0]
            cr.execute("SELECT pg_advisory_unlock(%s, %s)", self._lock)

    @property
    def _lock(self):
        return LOCK_CLASS, self.pbx.id

    def test_a_leader_keeps_requests_away(self):
        with self._leader() as leads:
            self.assertTrue(leads)
            self.assertFalse(self.pbx._keep_unled())
            self.assertEqual(self.pbx._with_leader(), self.pbx)
        self.assertTrue(self.pbx._keep_unled())

    @mute_logger("odoo.sql_db")
    def test_requests_keep_a_leader_away_but_not_each_other(self):
        self.assertTrue(self.pbx._keep_unled())
        self.assertFalse(self.pbx._with_leader(), "a request is no leader")
        with self._leader() as leads:
            self.assertFalse(leads)
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute("SELECT pg_try_advisory_xact_lock_shared(%s, %s)", self._lock)
            self.assertTrue(other.fetchone()[0])

    def test_a_sign_out_without_a_leader_is_done_at_once(self):
        own = self.env["callcenter.agent"].with_user(self.agent.user_id)
        own.action_sign_out()
        self.assertEqual(self.agent.state, "signed_out")

    def test_a_sign_out_with_a_leader_waits_for_it(self):
        own = self.env["callcenter.agent"].with_user(self.agent.user_id)
        with self._leader():
            own.action_sign_out()
        self.assertEqual(self.agent.state, "ready")
