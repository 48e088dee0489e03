import time

import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..connector.core import events
from ..connector.gateway import Gateway, Stopped
from ..models.callcenter_call import CallcenterCall
from .common import CallcenterCase, answered_call
from .wav import wav


@tagged("post_install", "-at_install", "callcenter")
class TestGateway(CallcenterCase):
    """The engine's transactions, on cursors of their own."""

    def setUp(self):
        super().setUp()
        self.call = self._dial()
        self.key = self.call.uniqueid
        self.env.flush_all()
        self.enterContext(self.enter_registry_test_mode())
        self.gateway = Gateway(self.env.cr.dbname)

    def _apply_batch(self, *batch):
        self.gateway.apply(self.pbx.id, batch, 0.0)
        self.env.invalidate_all()

    def _fail_times(self, method, error, times):
        """Make a method of calls fail so often before it works."""
        original = getattr(CallcenterCall, method)
        failures = iter([error] * times)

        def fail(call, *args):
            if failing := next(failures, None):
                raise failing
            return original(call, *args)

        self.patch(CallcenterCall, method, fail)

    def test_a_batch_is_one_transaction(self):
        self._apply_batch(*answered_call(self.key))
        self.assertEqual(self.call.state, "ended")

    def test_nothing_is_done_for_an_empty_batch(self):
        with self.assertQueryCount(0):
            self.gateway.apply(self.pbx.id, [], 0.0)

    def test_a_collision_is_tried_again_until_it_works(self):
        self._fail_times(
            "_apply_customer_ringing", psycopg2.errors.SerializationFailure(), 12
        )
        self._apply_batch(*answered_call(self.key))
        self.assertEqual(self.call.state, "ended")
        self.assertEqual(self.call.outcome, "answered")

    def test_a_stopped_gateway_gives_up_between_two_tries(self):
        self._fail_times(
            "_apply_customer_ringing", psycopg2.errors.SerializationFailure(), 9999
        )
        self.gateway.stop()
        with self.assertRaises(Stopped):
            self._apply_batch(*answered_call(self.key))

    def test_a_bad_event_is_set_aside_and_the_rest_is_applied(self):
        self._fail_times("_apply_customer_ringing", KeyError("bad"), 9999)
        with self.assertLogs("odoo.addons.callcenter_outbound", "ERROR") as logs:
            self._apply_batch(*answered_call(self.key))
        self.assertEqual((self.call.state, self.call.outcome), ("ended", "answered"))
        self.assertRecordValues(
            self.env["callcenter.rejected.event"].search(
                [("pbx_id", "=", self.pbx.id)]
            ),
            [{"kind": "CustomerRinging", "error": "KeyError: 'bad'"}],
        )
        self.assertEqual(self.pbx.rejected_event_count, 1)
        self.assertIn("set aside", logs.output[0])

    @mute_logger("odoo.addons.callcenter_outbound.connector.gateway")
    def test_the_engine_is_told_what_was_set_aside(self):
        batch = answered_call(self.key)
        self.assertEqual(self.gateway.apply(self.pbx.id, batch[:2], 0.0), [])
        self._fail_times("_apply_call_ended", KeyError("bad"), 9999)
        self.assertEqual(self.gateway.apply(self.pbx.id, batch, 0.0), batch[-1:])

    def test_during_an_upgrade_events_wait(self):
        """A column that isn't there yet is no fault of the event."""
        for error in (
            psycopg2.errors.UndefinedColumn,
            psycopg2.errors.UndefinedTable,
            psycopg2.InterfaceError,
        ):
            with self.subTest(error=error.__name__):
                self._fail_times("_apply_call_ended", error("no such"), 1)
                with self.assertRaises(error):
                    self._apply_batch(*answered_call(self.key))
        self.assertFalse(self.pbx.rejected_event_count)
        self._apply_batch(*answered_call(self.key))
        self.assertEqual(self.call.state, "ended")

    def test_what_was_set_aside_is_forgotten_in_the_end(self):
        old, new = self.env["callcenter.rejected.event"].create(
            [
                {"pbx_id": self.pbx.id, "kind": kind, "content": "x", "error": "x"}
                for kind in ("Old", "New")
            ]
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE callcenter_rejected_event"
            " SET create_date = create_date - interval '91 days' WHERE id = %s",
            (old.id,),
        )
        self.env.invalidate_all()
        self.env["callcenter.rejected.event"]._gc_rejected_events()
        self.assertFalse(old.exists())
        self.assertTrue(new.exists())

    @mute_logger("odoo.addons.callcenter_outbound.connector.gateway")
    def test_hostile_text_from_the_pbx_is_set_aside_or_kept_as_text(self):
        self._apply_batch(
            events.PhoneChanged("7002", "no such state", 1.0, "", "", 2000.0),
            events.PhoneChanged(
                "7002", "reachable", 1.0, "", "<script>alert(1)</script>\x00", 2001.0
            ),
            events.PhoneChanged("7002", "reachable", 1.0, "", "<b>fine</b>", 2002.0),
        )
        extension = self.other_agent.extension_id
        self.assertEqual(extension.user_agent, "<b>fine</b>")
        rejected = self.env["callcenter.rejected.event"].search(
            [("pbx_id", "=", self.pbx.id)]
        )
        self.assertIn("no such state", rejected.content)

    def test_a_database_that_is_gone_is_the_runners_business(self):
        self._fail_times(
            "_apply_agent_dialed", psycopg2.OperationalError("server closed"), 1
        )
        with self.assertRaises(psycopg2.OperationalError):
            self._apply_batch(*answered_call(self.key))
        self.assertFalse(self.pbx.rejected_event_count, "nothing is set aside")

    def test_commands_and_open_calls(self):
        (open_call,) = self.gateway.open_calls(self.pbx.id)
        self.assertEqual(
            (open_call.call_key, open_call.command_state), (self.key, "pending")
        )
        (command,) = self.gateway.claim_commands(self.pbx.id)
        self.assertEqual((command.kind, command.call_key), ("originate", self.key))
        self.assertEqual(self.gateway.claim_commands(self.pbx.id), [])
        self.gateway.abandon_commands(self.pbx.id)
        self.env.invalidate_all()
        self.assertEqual(self.call.state, "dialing", "a sent command is not abandoned")

    def test_settings_name_the_active_pbxs(self):
        self.pbx.new_ami_secret = "s3cret"
        self.env.flush_all()
        settings = {pbx.id: pbx for pbx in self.gateway.load_pbxs()}
        self.assertEqual(settings[self.pbx.id].ami_secret, "s3cret")
        self._apply_batch(*answered_call(self.key))
        self.pbx.active = False
        self.env.flush_all()
        settings = {pbx.id: pbx for pbx in self.gateway.load_pbxs()}
        self.assertNotIn(self.pbx.id, settings)

    def test_agents_follow_their_phones(self):
        self.other_agent.status_id.state = "signed_out"
        self.env.flush_all()
        self.gateway.load_pbxs()
        self.env.invalidate_all()
        self.assertEqual(self.other_agent.state, "signed_out", "the leader does it")
        self.gateway.follow_phones(self.pbx.id)
        self.env.invalidate_all()
        self.assertEqual(self.other_agent.state, "ready")

    def test_phone_states_are_those_of_all_extensions_of_the_pbx(self):
        self._create_agent("7003", pbx=self._create_pbx("Other PBX"))
        archived = self.agent.extension_id
        archived.status_id.state = "unreachable"
        self.agent.extension_id = False
        archived.active = False
        self.env.flush_all()
        self.assertEqual(
            self.gateway.phone_states(self.pbx.id),
            {"7001": "unreachable", "7002": "reachable"},
        )

    def test_a_neutralized_database_is_known(self):
        self.assertFalse(self.gateway.is_neutralized())
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
        self.env.flush_all()
        self.assertTrue(self.gateway.is_neutralized())

    def test_recordings_are_stored_once(self):
        self._apply_batch(*answered_call(self.key))
        names = [self.key, "unknown"]
        self.assertEqual(
            self.gateway.recordings_expected(self.pbx.id, names), [self.key]
        )
        for _time in range(2):
            self.assertTrue(
                self.gateway.store_recording(self.pbx.id, self.key, wav(seconds=5))
            )
        self.env.invalidate_all()
        self.assertTrue(self.call.recording_attachment_id)

    def test_what_is_no_recording_stays_on_the_pbx(self):
        self._apply_batch(*answered_call(self.key))
        for key, content in (
            (self.key, b"not a wav file"),
            ("unknown", wav(seconds=5)),
        ):
            with self.subTest(key=key), self.assertRaises(ValueError):
                self.gateway.store_recording(self.pbx.id, key, content)

    def test_a_recording_that_the_pbx_still_writes_comes_again(self):
        self.gateway.apply(self.pbx.id, answered_call(self.key), time.time() - 1009.1)
        self.assertEqual(self.gateway.recordings_expected(self.pbx.id, [self.key]), [])
        self.assertFalse(
            self.gateway.store_recording(self.pbx.id, self.key, wav(seconds=1))
        )
        self.assertTrue(
            self.gateway.store_recording(self.pbx.id, self.key, wav(seconds=5))
        )
