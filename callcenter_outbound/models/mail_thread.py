from odoo import models
from odoo.fields import Domain


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _search_message_partner_ids(self, operator, operand):
        """Find threads for an agent in confinement by the followers he may see.

        Odoo asks all of them, so that a domain would tell of hidden contacts.
        """
        if (
            operator in Domain.NEGATIVE_OPERATORS
            or self.env.su
            or not self.env.user._is_confined_agent()
        ):
            return super()._search_message_partner_ids(operator, operand)
        followers = self.env["mail.followers"].search(
            [("res_model", "=", self._name), ("partner_id", operator, operand)]
        )
        return [("id", "in", followers.mapped("res_id"))]
