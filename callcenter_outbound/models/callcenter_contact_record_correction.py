from odoo import fields, models


class CallcenterContactRecordCorrection(models.Model):
    """What a contact record said before somebody corrected it."""

    _name = "callcenter.contact.record.correction"
    _description = "Correction of a Contact Record"
    _order = "id desc"

    record_id = fields.Many2one(
        "callcenter.contact.record",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="record_id.company_id", store=True)
    user_id = fields.Many2one(
        "res.users", string="Corrected By", required=True, readonly=True
    )
    old_values = fields.Json(string="Said Before", readonly=True)
