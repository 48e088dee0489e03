from odoo import http
from odoo.http import request

from odoo.addons.web.controllers.home import CREDENTIAL_PARAMS, Home

#: What the log-in page sends in place of ``login`` when an agent logs in.
AGENT_NUMBER = "agent_number"
#: Where agents land: never where the page was told to.
WORKSPACE_PATH = "/odoo/call-center"

CREDENTIAL_PARAMS.append(AGENT_NUMBER)


class AgentLogin(Home):
    @http.route()
    def web_login(self, redirect=None, **kw):
        """Log users in as ever, and agents by their number."""
        number = request.params.get(AGENT_NUMBER)
        if not number:
            return super().web_login(redirect=redirect, **kw)
        response = super().web_login(redirect=WORKSPACE_PATH, **kw)
        if response.is_qweb:
            # Refused: shown again as it was typed, whoever the number may belong to.
            response.qcontext[AGENT_NUMBER] = number
        return response
