import logging

import psycopg2

from odoo import api, models
from odoo.exceptions import AccessDenied, UserError

AGENT_GROUP = "callcenter_outbound.callcenter_outbound_group_agent"
#: What a user may hold beside the agent group and still be no more than an agent.
HARMLESS_GROUPS = (
    "callcenter_outbound.callcenter_outbound_group_all_contacts",
    "mail.group_mail_notification_type_inbox",
)
#: Groups whose members see all contacts, agents or not.
SEE_CONTACTS = (
    "callcenter_outbound.callcenter_outbound_group_supervisor",
    "callcenter_outbound.callcenter_outbound_group_all_contacts",
    "base.group_partner_manager",
)

_logger = logging.getLogger(__name__)


class ResUsers(models.Model):
    _inherit = "res.users"

    def _holds_more_than_an_agent(self):
        """Whether the user has rights that agents don't have."""
        self.ensure_one()
        agent_group = self.env.ref(AGENT_GROUP)
        harmless = agent_group | agent_group.all_implied_ids
        for name in HARMLESS_GROUPS:
            harmless |= self.env.ref(name)
        return bool(self.all_group_ids - harmless)

    def _leave(self):
        """Delete users whose agents were deleted, or archive them."""
        for user in self:
            partner = user.partner_id
            try:
                with self.env.cr.savepoint():
                    user.unlink()
                    partner.active = False
            except (psycopg2.IntegrityError, UserError):
                user.active = False

    def _is_confined_agent(self):
        """Whether contacts are closed to this user: see ``res_partner_rule_agent``."""
        # Before anybody is logged in there is no user.
        return (
            bool(self)
            and self._has_group(AGENT_GROUP)
            and not any(self._has_group(group) for group in SEE_CONTACTS)
        )

    def has_group(self, group_ext_id):
        """Agents in confinement have no debug mode: errors name what they keep back."""
        result = super().has_group(group_ext_id)
        if group_ext_id == "base.group_no_one" and result:
            return not self._is_confined_agent()
        return result

    @api.depends_context("uid")
    def _compute_display_name(self):
        """Name no customer's log-in to an agent: see the same of ``res.partner``."""
        result = super()._compute_display_name()
        if self.env.user._is_confined_agent():
            for user in self.filtered("share"):
                user.display_name = self.env._("Contact")
        return result

    def _login(self, credential, user_agent_env):
        """Find the user behind an agent number; the rest is Odoo's own.

        What is answered tells nothing of the number: an unknown one is refused in the
        same words as a wrong password, after as long, and counts as a failure too.
        """
        number = credential.get("agent_number")
        if not number or credential["type"] != "password":
            return super()._login(credential, user_agent_env)
        user = self.env["callcenter.agent"]._user_of_number(number)
        # In place: the session keeps the log-in that it finds here afterwards.
        credential["login"] = user.login or number
        try:
            if not user:
                self._refuse_unknown_agent(credential)
            return super()._login(credential, user_agent_env)
        except AccessDenied as error:
            if error.args != AccessDenied().args:
                raise
            message = self.env._("Wrong agent number or password.")
            raise AccessDenied(message) from None

    def _refuse_unknown_agent(self, credential):
        """:raise AccessDenied: always; counted by the throttle"""
        with self._assert_can_auth(user=credential["agent_number"]):
            if credential.get("password"):
                # Takes as long as to check the password of an agent who is known.
                self._crypt_context().hash(credential["password"])
            _logger.info("Login failed: there is no such agent number")
            raise AccessDenied
