from odoo import fields, models


class CallcenterContactRecord(models.Model):
    """What the agent noted of one call, or that it was left unsaved."""

    _name = "callcenter.contact.record"
    _description = "Contact Record"
    _order = "id desc"
    _rec_name = "task_id"

    call_id = fields.Many2one(
        "callcenter.call", required=True, readonly=True, ondelete="cascade"
    )
    task_id = fields.Many2one(
        "callcenter.task", required=True, readonly=True, ondelete="restrict", index=True
    )
    plan_id = fields.Many2one(
        "callcenter.dial.plan",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    agent_id = fields.Many2one(
        "callcenter.agent",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    saved = fields.Boolean(readonly=True)
    saved_at = fields.Datetime(readonly=True)
    result_id = fields.Many2one(
        "callcenter.dial.result",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    status = fields.Selection(
        lambda self: (
            self.env["callcenter.task"]
            ._fields["status"]
            ._description_selection(self.env)
        ),
        string="Handling Status",
        readonly=True,
    )
    note = fields.Text(readonly=True)
    follow_up_at = fields.Datetime(readonly=True)
    never_call_again = fields.Boolean(readonly=True)

    _call_uniq = models.Constraint(
        "unique(call_id)", "This call has a contact record already."
    )
