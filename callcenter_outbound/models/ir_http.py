from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Tell the web client whether its user is a manager, so it need not ask."""
        session_info = super().session_info()
        session_info["callcenter_outbound_is_manager"] = self.env.user.has_group(
            "callcenter_outbound.callcenter_outbound_group_manager"
        )
        return session_info
