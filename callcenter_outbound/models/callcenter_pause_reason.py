from odoo import fields, models


class CallcenterPauseReason(models.Model):
    _name = "callcenter.pause.reason"
    _description = "Pause Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
