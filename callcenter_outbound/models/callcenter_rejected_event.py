from odoo import fields, models


class CallcenterRejectedEvent(models.Model):
    """An event of the PBX that could not be applied.

    One bad event must not hold up those behind it: it is set aside here, where a
    manager sees it, and the rest goes on.
    """

    _name = "callcenter.rejected.event"
    _description = "Event Set Aside"
    _order = "id desc"
    _rec_name = "kind"

    pbx_id = fields.Many2one(
        "callcenter.pbx", string="PBX", required=True, ondelete="cascade", index=True
    )
    kind = fields.Char(string="Event", required=True)
    content = fields.Text(required=True)
    error = fields.Text(required=True)
