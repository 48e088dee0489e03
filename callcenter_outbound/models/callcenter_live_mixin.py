from odoo import api, models


class CallcenterLiveMixin(models.AbstractModel):
    """A record whose live state stands in a small row of its own.

    PostgreSQL's conflicts are per row: forms write the record, the connector alone
    writes the row behind ``status_id``, so that neither ever waits for the other.
    """

    _name = "callcenter.live.mixin"
    _description = "Record with a Live State"

    @api.model_create_multi
    def create(self, vals_list):
        status_model = self.env[self._fields["status_id"].comodel_name]
        # sudo: callcenter.*.status: an empty row, which nobody may create by hand
        statuses = status_model.sudo().create([{} for _vals in vals_list])
        return super().create(
            [
                dict(vals, status_id=status.id)
                for vals, status in zip(vals_list, statuses, strict=True)
            ]
        )

    def unlink(self):
        # sudo: callcenter.*.status: the rows belong to the records that go
        statuses = self.sudo().status_id
        result = super().unlink()
        statuses.unlink()
        return result

    def _tell_live_state(self, news):
        """Tell managers that a live state has changed, so that their lists follow.

        :param news: type of the message; it carries the ``id`` and ``state``, the rest
            is read by who may
        """
        managers = self.env.ref("callcenter_outbound.callcenter_outbound_group_manager")
        for record in self:
            managers._bus_send(news, {"id": record.id, "state": record.state})
