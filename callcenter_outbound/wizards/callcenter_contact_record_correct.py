from odoo import api, fields, models

from ..models.callcenter_contact_record import SAVED_FIELDS


class CallcenterContactRecordCorrect(models.TransientModel):
    """What a supervisor corrects in a saved contact record."""

    _name = "callcenter.contact.record.correct"
    _description = "Correct a Contact Record"

    record_id = fields.Many2one(
        "callcenter.contact.record", required=True, readonly=True, ondelete="cascade"
    )
    offered_result_ids = fields.Many2many(
        "callcenter.dial.result", compute="_compute_offered_result_ids"
    )
    result_id = fields.Many2one(
        "callcenter.dial.result",
        string="Dial Result",
        compute="_compute_said",
        store=True,
        readonly=False,
        domain="[('id', 'in', offered_result_ids)]",
        ondelete="cascade",
    )
    status = fields.Selection(
        lambda self: [
            choice
            for choice in self.env["callcenter.task"]
            ._fields["status"]
            ._description_selection(self.env)
            if choice[0] != "untouched"
        ],
        string="Handling Status",
        compute="_compute_said",
        store=True,
        readonly=False,
    )
    note = fields.Text(compute="_compute_said", store=True, readonly=False)
    follow_up_at = fields.Datetime(
        string="Follow-up Time", compute="_compute_said", store=True, readonly=False
    )
    never_call_again = fields.Boolean(
        compute="_compute_said", store=True, readonly=False
    )

    @api.depends("record_id")
    def _compute_offered_result_ids(self):
        for correct in self:
            record = correct.record_id
            correct.offered_result_ids = record._offered_results().filtered(
                lambda result, record=record: result.outcome == record.outcome
            )

    @api.depends("record_id")
    def _compute_said(self):
        for correct in self:
            for name in SAVED_FIELDS:
                correct[name] = correct.record_id[name]

    def action_correct(self):
        """Correct the contact record as the dialog says.

        :return: true
        :raise UserError: when a value can't be
        :raise AccessError: when the record is not the user's to correct
        """
        self.ensure_one()
        vals = {name: self[name] for name in SAVED_FIELDS}
        return self.record_id.action_correct(dict(vals, result_id=self.result_id.id))
