from odoo import api, fields, models
from odoo.exceptions import UserError


class CallcenterPauseReason(models.Model):
    _name = "callcenter.pause.reason"
    _description = "Pause Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: callcenter.agent.session: whatever there is of these reasons
        sessions = self.env["callcenter.agent.session"].sudo()
        used = sessions.search([("reason_id", "in", self.ids)], limit=1).reason_id
        if used:
            raise UserError(
                self.env._(
                    "Agents paused for “%(reason)s”, which stays in the records: "
                    "archive it instead.",
                    reason=used.name,
                )
            )
