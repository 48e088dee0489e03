from odoo.tools import config


def post_load():
    """Make the server run the connector, if it is configured to.

    Odoo calls this also where the module is merely installed: then the engine isn't
    even imported.
    """
    if "callcenter_outbound" in config["server_wide_modules"]:
        from .connector import server

        server.install_hooks()
