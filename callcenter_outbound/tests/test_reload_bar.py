import contextlib

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.bus.models.bus import dispatch

from .test_reload import ReloadCase


@tagged("post_install", "-at_install", "callcenter")
class TestReloadBar(ReloadCase, HttpCase):
    """The bar on the managers' screens, on the real server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The bus listens from its first subscriber on, and misses what is sent before.
        with contextlib.suppress(RuntimeError):
            dispatch.start()

    @mute_logger("odoo.http")
    def test_a_pbx_that_cannot_be_reached(self):
        """From a new extension to the bar, which stays when there is nobody to ask."""
        self.led = False
        self.start_tour(
            "/odoo/call-center-extensions",
            "callcenter_outbound_reload",
            login="cc_manager",
        )
        self.assertTrue(
            self.env["callcenter.extension"].search_count([("number", "=", "7999")])
        )
        self.assertFalse(self.env["callcenter.command"]._last_reload(self.pbx))

    def test_the_page_of_a_manager_knows_it(self):
        """Nobody's page has to ask whether to show the bar."""
        for login, expected in (("cc_manager", True), ("cc_supervisor", False)):
            self.authenticate(login, login)
            info = self.make_jsonrpc_request("/web/session/get_session_info")
            self.assertIs(info["callcenter_outbound_is_manager"], expected)
