from odoo import fields, models


class CallcenterPbxStatus(models.Model):
    """Written by the PBX's leading connector alone."""

    _name = "callcenter.pbx.status"
    _description = "PBX Live State"
    _log_access = False

    state = fields.Selection(
        [("offline", "Offline"), ("online", "Online"), ("refused", "Refused")],
        default="offline",
        required=True,
    )
    since = fields.Datetime(default=fields.Datetime.now, required=True)
    error = fields.Char(help="Code of what went wrong; empty while online.")
    detail = fields.Char(help="What the PBX or the network said.")
    version = fields.Char(string="Asterisk Version")
