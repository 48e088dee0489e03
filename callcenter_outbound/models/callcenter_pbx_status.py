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
    sections_read_at = fields.Datetime(
        help="When it was read back last what the PBX holds."
    )
    reload_done = fields.Integer(help="Changes that the running reload has written.")
    reload_total = fields.Integer(help="Changes that the running reload has to write.")
    reload_version = fields.Integer(
        help="Grows with each message on reloads, so that a page can tell old from new."
    )
    pbx_ids = fields.One2many(
        "callcenter.pbx", "status_id", context={"active_test": False}
    )
