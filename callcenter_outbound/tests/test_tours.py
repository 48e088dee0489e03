import contextlib
import time

from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.bus.models.bus import dispatch

from ..connector.core import events
from ..models.callcenter_command import AGENT_COMMANDS, CallcenterCommand
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
        # The page reminds of the calls of today.
        start = time.time()

        def enqueue_and_carry_out(commands, pbx, kind, call_key, *args, **values):
            command = enqueue(commands, pbx, kind, call_key, *args, **values)
            *until_answered, ended = answered_call(call_key, start)
            if kind == "originate":
                pbx._apply_events(until_answered, 0.0)
            elif kind == "hangup":
                pbx._apply_events([ended], 0.0)
            elif kind in AGENT_COMMANDS:
                pbx._apply_events([events.CommandDone(command.id)], 0.0)
            return command

        self.patch(CallcenterCommand, "_enqueue", enqueue_and_carry_out)

    @mute_logger("odoo.http")
    def test_call(self):
        """One customer from the list to the saved record, without a reload."""
        city = self.plan.field_ids.filtered(lambda line: line.name == "city")
        city.write({"visible": True, "editable": True})
        self.start_tour(
            "/odoo/call-center", "callcenter_outbound_workspace", login="agent_7001"
        )
        call = self._main_call()
        self.assertRecordValues(call, [{"state": "ended", "outcome": "answered"}])
        self.assertRecordValues(
            call.contact_record_id,
            [
                {
                    "saved": True,
                    "status": "done_success",
                    "result_id": self.answered_result.id,
                    "note": "Noted before the call",
                }
            ],
        )
        self.assertEqual(self.task.status, "done_success")
        self.assertRecordValues(
            self.task.change_ids, [{"name": "city", "new_value": "Beijing"}]
        )
        self.assertFalse(self.task.partner_id.city)

    @mute_logger("odoo.http")
    def test_questionnaire(self):
        """Answers are kept as they are given; a mandatory one can't be left out."""
        survey = self.env["survey.survey"].create(
            {
                "title": "Test questions",
                "question_and_page_ids": [
                    Command.create(
                        {
                            "title": "Do you like it?",
                            "question_type": "simple_choice",
                            "constr_mandatory": True,
                            "suggested_answer_ids": [
                                Command.create({"value": "Yes"}),
                                Command.create({"value": "No"}),
                            ],
                        }
                    ),
                    Command.create({"title": "When?", "question_type": "char_box"}),
                ],
            }
        )
        self.plan.survey_id = survey
        self.start_tour(
            "/odoo/call-center",
            "callcenter_outbound_workspace_questionnaire",
            login="agent_7001",
        )
        record = self._main_call().contact_record_id
        self.assertEqual(record.status, "done_success")
        self.assertEqual(record.survey_input_id.state, "done")
        self.assertEqual(
            [answer for __, __, answer in record.survey_input_id._callcenter_texts()],
            ["Yes", "In spring"],
        )
        self.assertEqual(record.inspection_ids.verdict, "pending")

    def test_reload(self):
        """A reload in mid-call loses nothing; a record left unsaved is said to be."""
        self.start_tour(
            "/odoo/call-center",
            "callcenter_outbound_workspace_reload",
            login="agent_7001",
        )
        call = self._main_call()
        self.assertEqual(call.state, "ended")
        self.assertFalse(call.contact_record_id.saved)
        self.assertEqual(self.task.status, "in_progress")

    def test_duty(self):
        """Signing in, pausing, resuming and signing out are recorded."""
        sessions = self.env["callcenter.agent.session"]
        domain = [("agent_id", "=", self.agent.id)]
        sessions.search(domain).unlink()
        self.agent.status_id.write({"signed_in": False, "state": "signed_out"})
        self.env["callcenter.pause.reason"].create({"name": "Test lunch"})
        self.start_tour(
            "/odoo/call-center",
            "callcenter_outbound_workspace_duty",
            login="agent_7001",
        )
        made = sessions.search(domain)
        self.assertEqual(sorted(made.mapped("kind")), ["pause", "signed_in"])
        self.assertTrue(all(made.mapped("ended_at")))

    def _main_call(self):
        return self.env["callcenter.call"].search(
            [("task_id", "=", self.task.id), ("kind", "=", "main")]
        )

    @mute_logger("odoo.http")
    def test_refused(self):
        """A phone out of reach: the click is refused, and the reason can be read."""
        self.agent.extension_id.status_id.state = "not_registered"
        self.start_tour(
            "/odoo/call-center",
            "callcenter_outbound_workspace_refused",
            login="agent_7001",
        )
        self.assertFalse(self._main_call())

    def test_no_agent(self):
        """A manager who looks at the page is told how to become an agent."""
        self.start_tour(
            "/odoo/call-center",
            "callcenter_outbound_workspace_no_agent",
            login="cc_manager",
        )
