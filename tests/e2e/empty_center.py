"""A call centre as its owner finds it: nothing is set up, in Odoo or on the PBX."""

import json
import shutil
from dataclasses import replace

from dev import odoo, postgres, processes, secrets_file, users
from dev.settings import first_port, free_ports
from tests.e2e.telephony import Telephony

#: The database that is installed once, and copied for each session.
BARE = "callcenter_bare"

#: What Odoo gives a database without demonstration data.
ADMINISTRATOR = ("admin", "admin")


class EmptyCenter(Telephony):
    """Odoo without demonstration data, and a PBX that knows the connector alone.

    :param settings: the settings of the test run, whose database server runs
    :param voice: first of the thousand ports for voice
    """

    def __init__(self, settings, voice: int):
        super().__init__(settings, "empty-run", voice, demonstration=False)
        (port,) = free_ports(1, first_port(self.run) + 20)
        self.server_secrets = secrets_file.read(settings)
        self.settings = replace(
            self.settings,
            database="callcenter_empty",
            odoo_port=port,
            pg_port=settings.pg_port,
        )

    def start(self) -> None:
        """Start all parts, with nothing left of an earlier session."""
        for name in ("pbx", "carrier"):
            shutil.rmtree(self.run / name, ignore_errors=True)
        users.make_folder(self.run)
        self._share_password()
        super().start()
        odoo.write_configuration(
            replace(self.settings, database=BARE), with_connector=False
        )
        odoo.bring_up_to_date(replace(self.settings, database=BARE))
        odoo.write_configuration(self.settings, with_connector=True)
        odoo.copy_database(self.settings, BARE)
        odoo.start(self.settings)

    def stop(self) -> None:
        """Stop all parts."""
        odoo.stop(self.settings)
        super().stop()

    def query(self, sql: str) -> str:
        """Return what the database answers."""
        return postgres.query(self.settings, sql, self.settings.database).strip()

    def log(self, name: str) -> str:
        """Return what a part has logged."""
        return processes.log_file(self.settings, name).read_text()

    def _share_password(self) -> None:
        """Take the password of the database server, which is another run's."""
        secrets = secrets_file.read(self.settings)
        secrets["pg_password"] = self.server_secrets["pg_password"]
        self.settings.secrets_file.write_text(json.dumps(secrets, indent=2) + "\n")
