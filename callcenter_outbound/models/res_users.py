import logging

from odoo import models
from odoo.exceptions import AccessDenied

_logger = logging.getLogger(__name__)


class ResUsers(models.Model):
    _inherit = "res.users"

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
