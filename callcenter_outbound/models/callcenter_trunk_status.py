from odoo import fields, models


class CallcenterTrunkStatus(models.Model):
    """Written by the PBX's leading connector alone."""

    _name = "callcenter.trunk.status"
    _description = "Trunk Live State"
    _log_access = False

    state = fields.Selection(
        [
            ("unknown", "Not known yet"),
            ("reachable", "OK"),
            ("unreachable", "Unreachable"),
            ("not_registered", "Not registered"),
            ("rejected", "Registration rejected"),
        ],
        default="unknown",
        required=True,
    )
    since = fields.Datetime(default=fields.Datetime.now, required=True)
    rtt_ms = fields.Float(string="Round-trip Time (ms)", digits=(10, 1))
    trunk_ids = fields.One2many(
        "callcenter.trunk", "status_id", context={"active_test": False}
    )
