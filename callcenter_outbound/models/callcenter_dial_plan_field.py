from odoo import fields, models


class CallcenterDialPlanField(models.Model):
    """What a dial plan lets its agents see and change of a field of the contact."""

    _name = "callcenter.dial.plan.field"
    _description = "Field Setting"
    _order = "plan_id, sequence, id"
    _rec_name = "field_id"

    plan_id = fields.Many2one(
        "callcenter.dial.plan", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    field_id = fields.Many2one(
        "ir.model.fields",
        string="Contact Field",
        required=True,
        ondelete="cascade",
        domain=[("model", "=", "res.partner")],
    )
    name = fields.Char(related="field_id.name", string="Technical Name")
    visible = fields.Boolean()
    editable = fields.Boolean()
    required = fields.Boolean()

    _plan_field_uniq = models.Constraint(
        "unique(plan_id, field_id)", "This field is in the list already."
    )
