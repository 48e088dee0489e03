from odoo import api, fields, models


class CallcenterAgentSession(models.Model):
    """A stretch of time that an agent was signed in to a group, or paused.

    Written with the agent's live state, by whoever may write that.
    """

    _name = "callcenter.agent.session"
    _description = "Agent Session"
    _order = "started_at desc, id desc"

    agent_id = fields.Many2one(
        "callcenter.agent",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one(related="agent_id.company_id", store=True)
    kind = fields.Selection(
        [("signed_in", "Signed in"), ("pause", "Pause")], required=True, readonly=True
    )
    group_id = fields.Many2one(
        "callcenter.agent.group",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    reason_id = fields.Many2one(
        "callcenter.pause.reason",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    started_at = fields.Datetime(required=True, readonly=True, index=True)
    ended_at = fields.Datetime(readonly=True)
    seconds = fields.Float(string="Duration (s)", readonly=True, digits=(12, 0))
    hours = fields.Float(
        string="Duration",
        compute="_compute_hours",
        store=True,
        help="In hours; 0 while it lasts.",
    )

    _open_group_uniq = models.UniqueIndex(
        "(agent_id, group_id) WHERE kind = 'signed_in' AND ended_at IS NULL",
        "The agent is signed in to this group already.",
    )
    _open_pause_uniq = models.UniqueIndex(
        "(agent_id) WHERE kind = 'pause' AND ended_at IS NULL",
        "The agent is paused already.",
    )

    @api.depends("seconds")
    def _compute_hours(self):
        for session in self:
            session.hours = session.seconds / 3600

    @api.depends("kind", "group_id", "reason_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for session in self:
            if session.kind == "signed_in":
                session.display_name = session.group_id.display_name
            else:
                reason = session.reason_id.display_name
                session.display_name = self.env._("Pause: %(reason)s", reason=reason)

    @api.model
    def _open_of(self, agents, kind):
        """:return: the sessions of ``agents`` that have not ended, oldest first"""
        domain = [
            ("agent_id", "in", agents.ids),
            ("kind", "=", kind),
            ("ended_at", "=", False),
        ]
        names = ["agent_id", "group_id", "started_at", "ended_at"]
        return self.search_fetch(domain, names, order="started_at, id")

    def _close(self, at):
        """End those of these sessions that have not ended, as of ``at`` (naive UTC)."""
        for session in self.filtered(lambda session: not session.ended_at):
            ended_at = max(at, session.started_at)
            seconds = (ended_at - session.started_at).total_seconds()
            session.write({"ended_at": ended_at, "seconds": seconds})
