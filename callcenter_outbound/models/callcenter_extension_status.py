from odoo import fields, models


class CallcenterExtensionStatus(models.Model):
    """Written by the PBX's leading connector alone."""

    _name = "callcenter.extension.status"
    _description = "Extension Live State"
    _log_access = False

    state = fields.Selection(
        [
            ("not_registered", "Not registered"),
            ("reachable", "OK"),
            ("unreachable", "Unreachable"),
        ],
        default="not_registered",
        required=True,
    )
    since = fields.Datetime(default=fields.Datetime.now, required=True)
    rtt_ms = fields.Float(string="Round-trip Time (ms)", digits=(10, 1))
    address = fields.Char()
    user_agent = fields.Char()
    extension_ids = fields.One2many(
        "callcenter.extension", "status_id", context={"active_test": False}
    )
