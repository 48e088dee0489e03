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
