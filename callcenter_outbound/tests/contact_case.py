import time

from ..connector.core import events
from .common import CallcenterCase, answered_call, ended


class ContactCase(CallcenterCase):
    """Calls to the task's customer that end, and what is saved of them."""

    def setUp(self):
        super().setUp()
        self.mine = self.task.with_user(self.agent.user_id)

    def _call(self, outcome="answered"):
        """A call to the customer that has ended."""
        call = self._dial()
        self._play(call, outcome)
        return call

    def _play(self, call, outcome):
        key = call.uniqueid
        batch = answered_call(key)
        if outcome == "unanswered":
            batch = (
                events.AgentAnswered(key, 1000.0),
                events.CustomerDialed(key, 1001.0, f"{key}-leg", "PJSIP/carrier-01"),
                ended(key, 1009.0, dialed_at=1001.0, cause=17, sip_code=486),
            )
        # Today, by the PBX's clock that began at 1000.
        self._apply(*batch, clock_offset=time.time() - 1000.0)

    def _save(self, **values):
        result = self.answered_result
        return self.env["callcenter.contact.record"].browse(
            self.mine.action_save_contact_record(
                {"result_id": result.id, "status": "done_success", **values}
            )
        )
