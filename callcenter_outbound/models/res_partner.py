from odoo import api, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.depends_context("uid")
    def _compute_display_name(self):
        """Name no contact to an agent who may not see it.

        What leads to a contact shows this name with superuser's rights.
        """
        result = super()._compute_display_name()
        for partner in self._out_of_sight():
            partner.display_name = self.env._("Contact")
        return result

    def _out_of_sight(self):
        """:return: those of these that the user, an agent in confinement, can't see"""
        if not self.env.user._is_confined_agent():
            return self.browse()
        return self - self.sudo(False)._filtered_access("read").with_env(self.env)

    def get_external_id(self):
        """Give the external ids of contacts in sight: an import may have made them of
        customers' numbers.
        """
        hidden = self._out_of_sight()
        return {
            **super(ResPartner, self - hidden).get_external_id(),
            **dict.fromkeys(hidden.ids, ""),
        }

    def signup_get_auth_param(self):
        """Give log-ins, and tokens to sign up with, of contacts in sight alone."""
        self._out_of_sight().check_access("read")
        return super().signup_get_auth_param()
