from odoo import models


class ResPartnerCategory(models.Model):
    _inherit = "res.partner.category"

    def _has_field_access(self, field, operation):
        """Agents in confinement choose tags; who has which is not theirs to ask."""
        return super()._has_field_access(field, operation) and not (
            field.name == "partner_ids"
            and not self.env.su
            and self.env.user._is_confined_agent()
        )
