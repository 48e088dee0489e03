from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..connector.core import events
from ..models.callcenter_command import CallcenterCommand
from ..models.callcenter_pbx import CallcenterPbx
from .common import CallcenterCase, answered_call, ended


@tagged("post_install", "-at_install", "callcenter")
class TestEvents(CallcenterCase):
    def setUp(self):
        super().setUp()
        self.call = self._dial()
        self.key = self.call.uniqueid

    def test_an_answered_call(self):
        offset = 1_700_000_000.0
        self._apply(*answered_call(self.key), clock_offset=offset)
        begin = datetime(2023, 11, 14, 22, 13, 20) + timedelta(seconds=1000)
        self.assertRecordValues(
            self.call,
            [
                {
                    "state": "ended",
                    "outcome": "answered",
                    "dialed_at": begin + timedelta(seconds=1.1),
                    "ringing_at": begin + timedelta(seconds=1.5),
                    "answered_at": begin + timedelta(seconds=4.1),
                    "ended_at": begin + timedelta(seconds=9.1),
                    "cause": 16,
                }
            ],
        )
        self.assertAlmostEqual(self.call.total_seconds, 8.0)
        self.assertAlmostEqual(self.call.talk_seconds, 5.0)
        leg = self.call.leg_ids
        self.assertRecordValues(
            leg,
            [
                {
                    "kind": "outbound",
                    "state": "ended",
                    "outcome": "answered",
                    "uniqueid": f"{self.key}-leg",
                    "task_id": self.task.id,
                    "agent_id": self.agent.id,
                    "answered_at": self.call.answered_at,
                }
            ],
        )

    def test_agent_and_call_follow_each_event(self):
        expected = [
            ("dialing", "dialing"),
            ("dialing", "dialing"),
            ("dialing", "dialing"),
            ("ringing", "dialing"),
            ("ringing", "ringing"),
            ("talking", "answered"),
            ("wrap_up", "ended"),
        ]
        for event, states in zip(answered_call(self.key), expected, strict=True):
            with self.subTest(event=type(event).__name__):
                self._apply(event)
                self.assertEqual((self.agent.state, self.call.state), states)

    def test_applying_twice_changes_nothing(self):
        batch = answered_call(self.key)
        self._apply(*batch)
        before = self.call.read()[0]
        with self._bus_messages() as sent:
            self._apply(*batch)
        self.call.invalidate_recordset()
        self.assertEqual(self.call.read()[0], before)
        self.assertEqual(len(self.call.leg_ids), 1)
        self.assertFalse(sent)

    def test_events_out_of_order_never_turn_a_call_back(self):
        batch = answered_call(self.key)
        self._apply(*reversed(batch))
        self.assertEqual(self.call.state, "ended")
        self.assertEqual(self.call.outcome, "answered")
        self.assertEqual(len(self.call.leg_ids), 1)
        self.assertEqual(self.agent.state, "wrap_up")

    def test_the_end_alone_tells_the_whole_story(self):
        """After a gap the PBX's own record is all that is known."""
        self._apply(
            ended(
                self.key,
                1009.0,
                dialed_at=1001.0,
                ringing_at=1002.0,
                answered_at=1004.0,
            )
        )
        self.assertEqual(self.call.outcome, "answered")
        self.assertAlmostEqual(self.call.talk_seconds, 5.0)
        self.assertAlmostEqual(self.call.total_seconds, 8.0)
        self.assertEqual(self.call.leg_ids.state, "ended")

    def test_a_busy_customer_never_rings(self):
        self._apply(
            *answered_call(self.key)[:4],
            ended(self.key, 1002.0, dialed_at=1001.1, cause=17, sip_code=486),
        )
        self.assertEqual(self.call.outcome, "unanswered")
        self.assertFalse(self.call.ringing_at)
        self.assertEqual(self.call.message, "Busy")
        self.assertEqual((self.call.cause, self.call.sip_code), (17, 486))
        self.assertEqual(self.call.talk_seconds, 0.0)

    def test_own_phone_not_picked_up(self):
        self._apply(
            *answered_call(self.key)[:2],
            ended(self.key, 1020.0, cause=0, reason="agent_no_answer", uniqueid=""),
        )
        self.assertRecordValues(
            self.call,
            [
                {
                    "state": "ended",
                    "outcome": False,
                    "dialed_at": False,
                    "dial_date": False,
                    "total_seconds": 0.0,
                    "message": "Your phone was not picked up.",
                }
            ],
        )
        self.assertTrue(self.call.ended_at)
        self.assertFalse(self.call.leg_ids)
        self.assertEqual(self.agent.state, "ready")

    def test_the_agent_hangs_up_before_the_customer_answers(self):
        self._apply(
            *answered_call(self.key)[:5],
            ended(self.key, 1003.0, dialed_at=1001.1, reason="agent_cancel"),
        )
        self.assertRecordValues(
            self.call,
            [
                {
                    "outcome": "unanswered",
                    "reason": "agent_cancel",
                    "message": "You hung up before the customer answered.",
                }
            ],
        )

    def test_the_agent_hangs_up_before_the_customer_is_called(self):
        self._apply(
            *answered_call(self.key)[:3], ended(self.key, 1001.0, reason="agent_cancel")
        )
        self.assertFalse(self.call.outcome)
        self.assertEqual(
            self.call.message, "You hung up before the customer was called."
        )

    def test_what_happened_is_said_in_words(self):
        for values, words in (
            ({"cause": 1, "sip_code": 404}, "Vacant number"),
            ({"cause": 19, "sip_code": 480}, "Phone powered off or out of reach"),
            ({"cause": 21, "sip_code": 603}, "Rejected"),
            ({"cause": 34, "sip_code": 503}, "Network congestion"),
            ({"cause": 27, "sip_code": 502}, "Number out of order"),
            ({"cause": 18, "sip_code": 408}, "Out of the service area"),
            ({"cause": 22, "sip_code": 410}, "Suspended or changed number"),
            ({"cause": 0, "sip_code": 0}, "No answer"),
            ({"cause": 17, "sip_code": 0}, "Busy"),
        ):
            with self.subTest(**values):
                self.call.write({**values, "state": "ended", "outcome": "unanswered"})
                self.assertEqual(self.call.message, words)

    def test_a_call_counts_to_the_day_of_the_company(self):
        self.env.company.callcenter_tz = "Asia/Shanghai"
        at = datetime(2026, 3, 1, 17, 30)
        offset = (at - datetime(1970, 1, 1)).total_seconds() - 1001.1
        self._apply(*answered_call(self.key)[:4], clock_offset=offset)
        self.assertEqual(str(self.call.dial_date), "2026-03-02")
        self.assertEqual(self.call.dial_hour, 1)

    def test_a_ring_that_comes_late_leaves_the_end_alone(self):
        ringing = events.AgentRinging(self.key, 1001.0)
        self._apply(ringing, ended(self.key, 1020.0, reason="agent_no_answer"))
        before = self.call.read()[0]
        self._apply(ringing)
        self.assertEqual(self.call.read()[0], before)

    def test_a_manager_gives_up_a_call_whose_pbx_is_gone(self):
        self._apply(*answered_call(self.key)[:6])
        call = self.call.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "is connected"):
            call.action_give_up()
        self.led = False
        with self.assertRaises(AccessError):
            self.call.with_user(self.supervisor).action_give_up()
        self.assertIs(call.action_give_up(), True)
        self.assertRecordValues(
            self.call, [{"state": "ended", "outcome": "answered", "reason": "lost"}]
        )
        self.assertEqual(self.call.leg_ids.state, "ended")
        self.assertEqual(self.agent.state, "wrap_up")

    def test_a_pbx_is_not_archived_while_calls_are_on(self):
        with self.assertRaisesRegex(UserError, "Calls are on"):
            self.pbx.active = False
        self._apply(*answered_call(self.key))
        self.pbx.active = False
        self.assertFalse(self.pbx.active)

    def test_a_pbx_with_extensions_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "has extensions"):
            self.pbx.unlink()

    def test_the_agents_page_is_told_once_a_batch(self):
        with self._bus_messages() as sent:
            self._apply(*answered_call(self.key)[:4])
        calls = [m for m in sent if m[1] == "callcenter_outbound/call"]
        self.assertEqual(len(calls), 1)
        target, _kind, payload = calls[0]
        self.assertEqual(target, self.agent.user_id.partner_id)
        self.assertEqual(payload["state"], "dialing")
        self.assertTrue(payload["agent_answered"])
        self.assertEqual(payload["version"], self.call.version)
        self.assertNotIn("5510", str(payload))
        self.assertNotIn("Hidden", str(payload))

    def test_events_of_unknown_calls_and_kinds_are_passed_over(self):
        self._apply(
            events.AgentRinging("00000000-0000-4000-8000-000000000000", 1.0),
            events.DomainEvent(),
            events.PhoneChanged("99999", "reachable", 1.0, "", "", 1.0),
            events.CommandDone(0),
        )
        self.assertEqual(self.call.state, "dialing")

    def test_a_batch_costs_few_queries(self):
        self._apply(events.AgentDialed(self.key, 1.0))
        other = self._dial(self.other_task)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(43):
            self._apply(*answered_call(self.key), *answered_call(other.uniqueid))
            self.env.flush_all()

    def test_phone_states_drive_the_agent_between_calls(self):
        agent = self.other_agent
        for state, expected in (
            ("unreachable", "unreachable"),
            ("not_registered", "unreachable"),
            ("reachable", "ready"),
        ):
            self._apply(
                events.PhoneChanged(
                    "7002", state, 8.5, "127.0.0.1:5070", "baresip", 2000.0
                )
            )
            self.assertEqual(agent.state, expected)
        self.assertEqual(agent.extension_id.state_text, "OK (8 ms)")
        self.assertEqual(agent.extension_id.user_agent, "baresip")

    def test_a_reachable_phone_signs_nobody_in(self):
        self.other_agent._apply_change("sign_out", {})
        self._apply(events.PhoneChanged("7002", "reachable", 8.5, "", "", 2000.0))
        self.assertEqual(self.other_agent.state, "signed_out")

    def test_a_phone_that_goes_in_a_call_changes_nothing_until_its_end(self):
        self._apply(*answered_call(self.key)[:3])
        self._apply(events.PhoneChanged("7001", "unreachable", None, "", "", 1006.0))
        self.assertEqual(self.agent.state, "dialing")
        self._apply(ended(self.key, 1006.5, reason="agent_cancel"))
        self.assertEqual(self.agent.state, "unreachable")

    def test_the_pbx_state_is_told_to_managers_and_agents(self):
        with self._bus_messages() as sent:
            self._apply(
                events.PbxChanged("refused", "secret", "Authentication failed", "", 1.0)
            )
        self.assertEqual(self.pbx.state, "refused")
        self.assertIn("refused the AMI user or secret", self.pbx.state_message)
        kinds = {kind for _target, kind, _message in sent}
        self.assertEqual(
            kinds, {"callcenter_outbound/pbx", "callcenter_outbound/agent"}
        )

    def test_the_connector_is_asked_about_once_for_all_agents(self):
        agents = self.agent | self.other_agent | self._create_agent("7003")
        self.env.flush_all()
        self.env.invalidate_all()
        asked = []
        self.patch(
            CallcenterPbx, "_with_leader", lambda pbxs: asked.append(pbxs.ids) or pbxs
        )
        with self._bus_messages() as sent:
            self._apply(events.PbxChanged("offline", "connection", "", "", 1.0))
        self.assertEqual(len([m for m in sent if "/agent" in m[1]]), len(agents))
        self.assertEqual(asked, [self.pbx.ids])

    def test_following_phones_costs_the_same_for_any_number_of_agents(self):
        follow = self.env["callcenter.agent"]._follow_phones_of
        follow(self.pbx)
        counts = []
        for numbers in ((), ("7003", "7004", "7005")):
            for number in numbers:
                self._create_agent(number)
            follow(self.pbx)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            follow(self.pbx)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)

    def test_the_page_learns_of_another_kind_of_phone(self):
        follow = self.env["callcenter.agent"]._follow_phones_of
        follow(self.pbx)
        for values in (
            {"phone": "browser"},
            {"phone": "softphone"},
            {"number": "7999"},
        ):
            self.agent.extension_id.write(values)
            with self._bus_messages() as sent:
                follow(self.pbx)
                follow(self.pbx)
            ((target, kind, payload),) = sent
            self.assertEqual(target, self.agent.user_id.partner_id)
            self.assertEqual(kind, "callcenter_outbound/agent")
            self.assertEqual(payload["extension"] | values, payload["extension"])

    def test_the_connector_learns_of_changed_extensions(self):
        notified = []
        self.patch(
            CallcenterCommand, "_notify", lambda _self, text: notified.append(text)
        )
        extension = self.env["callcenter.extension"].create(
            {"number": "7003", "pbx_id": self.pbx.id}
        )
        for values in (
            {"number": "7004"},
            {"phone": "browser"},
            {"auto_answer": True},
            {"active": False},
            {"pbx_id": self._create_pbx("Other PBX").id},
        ):
            with self.subTest(**values):
                notified.clear()
                extension.write(values)
                self.assertEqual(notified, ["settings"])
        notified.clear()
        extension.write({"name": "Desk 3", "secret": "another-secret-of-24-ch"})
        self.assertFalse(notified)


@tagged("post_install", "-at_install", "callcenter")
class TestCommands(CallcenterCase):
    def test_claim_takes_each_command_once(self):
        call = self._dial()
        commands = self.env["callcenter.command"]._claim(self.pbx, 50)
        self.assertEqual([c.call_key for c in commands], [call.uniqueid])
        self.assertTrue(0 < commands[0].seconds_left <= 8)
        self.assertFalse(self.env["callcenter.command"]._claim(self.pbx, 50))

    def test_claim_leaves_the_commands_of_other_pbxs(self):
        self._dial()
        other = self._create_pbx("Other PBX")
        self.assertFalse(self.env["callcenter.command"]._claim(other, 50))

    def test_an_old_command_fails_and_never_dials_late(self):
        call = self._dial()
        command = self._originate_of(call)
        command.deadline -= timedelta(seconds=60)
        self.assertFalse(self.env["callcenter.command"]._claim(self.pbx, 50))
        self.assertEqual((command.state, command.error), ("failed", "expired"))
        self.assertRecordValues(
            call, [{"state": "ended", "outcome": False, "reason": "not_sent"}]
        )
        self.assertIn("given up", call.message)
        self.assertTrue(self._dial(), "the agent can dial again")

    def test_results_of_commands_are_kept(self):
        command = self._originate_of(self._dial())
        self._apply(events.CommandFailed(command.id, "refused", "no such channel"))
        self.assertEqual((command.state, command.error), ("failed", "refused"))

    def test_commands_are_forgotten_once_their_calls_have_ended(self):
        call = self._dial()
        command = self._originate_of(call)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE callcenter_command SET create_date = NOW() - INTERVAL '8 days'"
        )
        self.env.invalidate_all()
        self.assertEqual(command._gc_commands(), (0, False))
        self._apply(*answered_call(call.uniqueid))
        self.assertEqual(command._gc_commands(), (1, False))
        self.assertFalse(command.exists())

    def test_a_call_without_its_command_is_still_known_to_be_open(self):
        call = self._dial()
        self._originate_of(call).unlink()
        ((key, state, _age),) = self.env["callcenter.call"]._read_open(self.pbx.id)
        self.assertEqual((key, state), (call.uniqueid, "done"))

    def test_the_link_is_made_anew_only_for_what_concerns_it(self):
        before = self.pbx._connector_settings().revision
        self.pbx.write({"sequence": 5, "customer_ring_seconds": 30})
        self.assertEqual(self.pbx._connector_settings().revision, before)
        self.pbx.new_ami_secret = "another"
        self.assertNotEqual(self.pbx._connector_settings().revision, before)

    def test_a_test_call_that_fails_is_told_to_the_page(self):
        user = self.agent.user_id
        self.env["callcenter.agent"].with_user(user).action_test_call()
        command = self.env["callcenter.command"].search([("kind", "=", "echo")])
        with self._bus_messages() as sent:
            self._apply(events.CommandFailed(command.id, "agent_no_answer", ""))
        ((target, kind, payload),) = sent
        self.assertEqual(target, user.partner_id)
        self.assertEqual(kind, "callcenter_outbound/test_call")
        self.assertEqual(payload["message"], "Your phone was not picked up.")

    def test_open_calls_are_read_for_the_reconciliation(self):
        call = self._dial()
        ((key, state, age),) = self.env["callcenter.call"]._read_open(self.pbx.id)
        self.assertEqual((key, state), (call.uniqueid, "pending"))
        self.assertGreaterEqual(age, 0)

    def test_neutralized_databases_keep_no_secret(self):
        from odoo.modules.neutralize import get_neutralization_queries

        self.pbx.new_ami_secret = "s3cret"
        self._dial()
        self.env.flush_all()
        for query in get_neutralization_queries(["callcenter_outbound"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertFalse(self.pbx.active)
        self.assertFalse(self.pbx.ami_secret)
        self.assertFalse(self.env["callcenter.command"]._claim(self.pbx, 50))
