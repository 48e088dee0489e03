import contextlib

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.bus.models.bus import dispatch

from ..models.callcenter_command import CallcenterCommand
from .common import CallcenterCase, answered_call


@tagged("post_install", "-at_install", "callcenter")
class TestTours(CallcenterCase, HttpCase):
    """The agent's page on the real server; commands are carried out at once.

    What the connector and the PBX would do in their own time happens in the
    transaction of the click: the browser hears of it by the bus in either case.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The bus listens from its first subscriber on, and misses what is sent before.
        with contextlib.suppress(RuntimeError):
            dispatch.start()

    def setUp(self):
        super().setUp()
        enqueue = CallcenterCommand._enqueue

        def enqueue_and_carry_out(commands, pbx, kind, call_key, **values):
            command = enqueue(commands, pbx, kind, call_key, **values)
            *until_answered, ended = answered_call(call_key)
            if kind == "originate":
                pbx._apply_events(until_answered, 0.0)
            elif kind == "hangup":
                pbx._apply_events([ended], 0.0)
            return command

        self.patch(CallcenterCommand, "_enqueue", enqueue_and_carry_out)

    def test_call(self):
        """A call from the click to hanging up, without a reload."""
        self.start_tour(
            "/odoo/call-center", "callcenter_outbound_workspace", login="agent_7001"
        )
        call = self.env["callcenter.call"].search(
            [("task_id", "=", self.task.id), ("kind", "=", "main")]
        )
        self.assertRecordValues(call, [{"state": "ended", "outcome": "answered"}])
        self.assertEqual(self.task.status, "in_progress")

    @mute_logger("odoo.http")
    def test_refused(self):
        """A phone out of reach: the click is refused, and the reason can be read."""
        self.agent.extension_id.status_id.state = "not_registered"
        self.start_tour(
            "/odoo/call-center",
            "callcenter_outbound_workspace_refused",
            login="agent_7001",
        )
        self.assertFalse(
            self.env["callcenter.call"].search([("task_id", "=", self.task.id)])
        )

    def test_no_agent(self):
        """A manager who looks at the page is told how to become an agent."""
        self.start_tour(
            "/odoo/call-center",
            "callcenter_outbound_workspace_no_agent",
            login="cc_manager",
        )
