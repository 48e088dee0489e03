from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..connector.core import actions


class CallcenterTrunk(models.Model):
    _name = "callcenter.trunk"
    _description = "Trunk"
    _order = "sequence, id"

    name = fields.Char(required=True, help="The trunk's section name on the PBX.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    pbx_id = fields.Many2one(
        "callcenter.pbx", string="PBX", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="pbx_id.company_id", store=True)
    caller_number = fields.Char(
        string="Caller ID",
        help="The number that customers see; one that the carrier accepts.",
    )

    _name_uniq = models.Constraint(
        "unique(pbx_id, name)", "This PBX has a trunk of this name already."
    )

    @api.constrains("name", "caller_number")
    def _check_values_for_pbx(self):
        for trunk in self:
            if not actions.TRUNK_NAME.fullmatch(trunk.name):
                raise ValidationError(
                    self.env._(
                        "“%(name)s” can't be a trunk's name on the PBX: use letters, "
                        "digits, “-” and “_”.",
                        name=trunk.name,
                    )
                )
            number = trunk.caller_number
            if number and not actions.DIAL_STRING.fullmatch(number):
                raise ValidationError(
                    self.env._(
                        "The caller ID “%(number)s” is no number: use digits, with a "
                        "“+” before them if the carrier wants it.",
                        number=number,
                    )
                )
