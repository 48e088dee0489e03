from odoo import fields, models


class CallcenterAgentSession(models.Model):
    """A stretch of time that an agent was signed in to a group, or paused."""

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
    started_at = fields.Datetime(required=True, readonly=True)
    ended_at = fields.Datetime(readonly=True)
    seconds = fields.Float(string="Duration (s)", readonly=True, digits=(12, 0))
