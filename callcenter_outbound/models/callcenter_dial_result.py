from odoo import api, fields, models
from odoo.exceptions import UserError


class CallcenterDialResult(models.Model):
    """What came of a call, in the words that agents choose from."""

    _name = "callcenter.dial.result"
    _description = "Dial Result"
    _order = "outcome, sequence, id"

    name = fields.Char(required=True, translate=True)
    outcome = fields.Selection(
        [("answered", "Answered"), ("unanswered", "Unanswered")],
        string="Offered For",
        default="answered",
        required=True,
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    def write(self, vals):
        if "outcome" in vals:
            self.filtered(
                lambda result: result.outcome != vals["outcome"]
            )._check_outcome_may_change()
        return super().write(vals)

    def _check_outcome_may_change(self):
        """:raise UserError: when contact records say one of these of their calls"""
        # sudo: callcenter.contact.record: of every group, to know whether there is one
        records = self.env["callcenter.contact.record"].sudo()
        used = records.search([("result_id", "in", self.ids)], limit=1).result_id
        if used:
            raise UserError(
                self.env._(
                    "Contact records say “%(result)s” of calls that went so: what it "
                    "is offered for stays. Archive it, and make another one.",
                    result=used.name,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        records = self.env["callcenter.contact.record"].search(
            [("result_id", "in", self.ids)], limit=1
        )
        plans = self.env["callcenter.dial.plan"].search(
            [("result_ids", "in", self.ids), ("state", "!=", "done")], limit=1
        )
        used = records.result_id or (plans.result_ids & self)[:1]
        if used:
            raise UserError(
                self.env._(
                    "The dial result “%(result)s” is in use: archive it instead.",
                    result=used.name,
                )
            )
