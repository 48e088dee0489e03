import logging
import signal
import sys
import threading

from odoo.cli import Command
from odoo.modules import initialize_sys_path
from odoo.tools import config

_logger = logging.getLogger(__name__)


class Callcenter_Connector(Command):  # noqa: N801 - Odoo wants the file's name
    """Run the connector to the PBXs alone, without an HTTP server.

    Takes the options of ``odoo server``; serves the databases of ``-d``, or all.
    """

    def run(self, args):
        """Run until SIGINT or SIGTERM."""
        config.parse_config(args, setup_logging=True)
        initialize_sys_path()
        # Odoo loads this file as part of odoo.cli: nothing is relative to it
        # pylint: disable=odoo-addons-relative-import
        from odoo.addons.callcenter_outbound.connector.server import (
            STOP_LIMIT,
            Connector,
        )

        if config["test_enable"]:
            sys.exit("The connector doesn't run under tests.")
        connector = Connector()
        thread = threading.Thread(
            target=connector.run, name="callcenter.connector", daemon=True
        )
        ended = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *__: ended.set())
        thread.start()
        while thread.is_alive() and not ended.wait(1.0):
            pass
        connector.stop()
        if not connector.wait(STOP_LIMIT + 1):
            _logger.warning("The connector did not end in time")
