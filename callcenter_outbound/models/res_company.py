from odoo import api, fields, models

from odoo.addons.base.models.res_partner import _tz_get


class ResCompany(models.Model):
    _inherit = "res.company"

    callcenter_tz = fields.Selection(
        _tz_get,
        string="Call Center Time Zone",
        default=lambda self: self._default_callcenter_tz(),
        required=True,
        help="Calls are counted to the day and the hour of this time zone.",
    )

    @api.model
    def _default_callcenter_tz(self):
        return self.env.user.tz or "UTC"

    def _callcenter_today(self):
        """:return: the date in this company's call-center time zone"""
        self.ensure_one()
        return fields.Date.context_today(
            self.with_context(tz=self.callcenter_tz), fields.Datetime.now()
        )
