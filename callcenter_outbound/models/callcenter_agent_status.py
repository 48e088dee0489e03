from odoo import fields, models


class CallcenterAgentStatus(models.Model):
    """Written by the leading connector of the agent's PBX alone.

    Where none leads, by a request that keeps it so.
    """

    _name = "callcenter.agent.status"
    _description = "Agent Live State"
    _log_access = False

    state = fields.Selection(
        [
            ("signed_out", "Signed out"),
            ("ready", "Ready"),
            ("dialing", "Dialing"),
            ("ringing", "Ringing"),
            ("talking", "Talking"),
            ("hold", "On hold"),
            ("wrap_up", "Wrap-up"),
            ("paused", "Paused"),
            ("unreachable", "Unreachable"),
        ],
        default="signed_out",
        required=True,
    )
    since = fields.Datetime(default=fields.Datetime.now, required=True)
    signed_in = fields.Boolean()
    paused = fields.Boolean(help="Paused now, or as soon as the call is wrapped up.")
    pause_reason_id = fields.Many2one("callcenter.pause.reason", ondelete="set null")
    wrap_up_call_id = fields.Many2one(
        "callcenter.call",
        ondelete="set null",
        help="The call whose contact record has to be saved, or left unsaved.",
    )
    version = fields.Integer(
        help="Grows with each message, so that a page can tell old news from new."
    )
    told_phone = fields.Char(
        help="The phone as the agent's pages were told of it last."
    )
    agent_ids = fields.One2many(
        "callcenter.agent", "status_id", context={"active_test": False}
    )

    def _set_state(self, state, since):
        """Move these agents to ``state`` as of ``since`` (naive UTC).

        :return: the rows that changed
        """
        changed = self.filtered(lambda status: status.state != state)
        changed.write({"state": state, "since": since})
        return changed
