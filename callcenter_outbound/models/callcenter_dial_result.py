from odoo import fields, models


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
