from odoo import api, fields, models
from odoo.tools import format_datetime

from .event_clock import from_outside


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
    old_values = fields.Json(readonly=True)
    old_text = fields.Text(string="Said Before", compute="_compute_old_text")

    @api.depends("old_values")
    @api.depends_context("lang", "uid")
    def _compute_old_text(self):
        records = self.env["callcenter.contact.record"]
        statuses = dict(records._fields["status"]._description_selection(self.env))
        never = records.fields_get(["never_call_again"], ["string"])
        for correction in self:
            old = correction.old_values or {}
            moment = old.get("follow_up_at")
            parts = (
                old.get("result"),
                statuses.get(old.get("status")),
                moment and format_datetime(self.env, from_outside(moment)),
                old.get("never_call_again") and never["never_call_again"]["string"],
                old.get("note"),
            )
            correction.old_text = " · ".join(filter(None, parts))
