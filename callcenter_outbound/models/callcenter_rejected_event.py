from datetime import timedelta

from odoo import api, fields, models

#: Days after which an event that was set aside is forgotten.
KEPT_DAYS = 90


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

    _create_date_idx = models.Index("(create_date)")

    @api.autovacuum
    def _gc_rejected_events(self):
        """Forget what nobody has looked into for a long time."""
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        self.search([("create_date", "<", limit)], limit=10000).unlink()
