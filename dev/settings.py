"""The settings of one run: folders, ports, addresses. Everything below one prefix."""

import os
import re
import socket
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from . import users

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """Where things lie and which ports they take. See the properties for the paths."""

    checkout: Path
    prefix: Path
    run_name: str = "run"
    listen: str = "127.0.0.1"
    database: str = "callcenter"
    odoo_port: int = 8069
    pg_port: int = 5433
    ami_port: int = 5038
    ari_port: int = 8088
    sip_port: int = 5060
    rtp_start: int = 10000
    rtp_end: int = 10499
    carrier_sip_port: int = 5080
    carrier_ami_port: int = 5039
    carrier_rtp_start: int = 11000
    carrier_rtp_end: int = 11499

    @property
    def downloads(self) -> Path:
        """Packages as they were fetched, and the state of the private apt."""
        return self.prefix / "downloads"

    @property
    def stamps(self) -> Path:
        """What was done with which inputs."""
        return self.prefix / "stamps"

    @property
    def install_log(self) -> Path:
        """The output of the commands that install."""
        return self.prefix / "install.log"

    @property
    def odoo_root(self) -> Path:
        """The unpacked Odoo package."""
        return self.prefix / "odoo"

    @property
    def odoo_bin(self) -> Path:
        """Odoo's start script."""
        return self.odoo_root / "usr/bin/odoo"

    @property
    def odoo_library(self) -> Path:
        """What goes on PYTHONPATH, so that Odoo can be imported."""
        return self.odoo_root / "usr/lib/python3/dist-packages"

    @property
    def venv(self) -> Path:
        """Odoo's Python requirements."""
        return self.prefix / "venv"

    @property
    def python(self) -> Path:
        """The interpreter that runs Odoo and the tests."""
        return self.venv / "bin/python"

    @property
    def asterisk_root(self) -> Path:
        """Asterisk's own root file system."""
        return self.prefix / "asterisk/root"

    @property
    def asterisk_bin(self) -> Path:
        """The script that starts Asterisk with the libraries it was built for."""
        return self.prefix / "asterisk/bin/asterisk"

    @property
    def node_modules(self) -> Path:
        """The linters for JavaScript."""
        return self.prefix / "node/node_modules"

    @property
    def run(self) -> Path:
        """All that one run writes."""
        return self.prefix / self.run_name

    @property
    def logs(self) -> Path:
        """One log file per server."""
        return self.run / "log"

    @property
    def pids(self) -> Path:
        """The processes that were started, by name."""
        return self.run / "pids"

    @property
    def secrets_file(self) -> Path:
        """Secrets and passwords, generated at the first run."""
        return self.run / "secrets.json"

    @property
    def odoo_conf(self) -> Path:
        """Odoo's configuration file for the database."""
        return self.run / f"odoo-{self.database}.conf"

    @property
    def pg_data(self) -> Path:
        """The database cluster."""
        return self.run / "pg/data"

    @property
    def source(self) -> Path:
        """The sources as the servers read them: the checkout, or its mirror."""
        if users.is_closed(self.checkout):
            return self.prefix / "checkout"
        return self.checkout

    @property
    def odoo_url(self) -> str:
        """The address of the web client on this machine."""
        return f"http://{self.address}:{self.odoo_port}"

    @property
    def address(self) -> str:
        """Where this machine itself reaches what listens."""
        return "127.0.0.1" if self.listen == EVERYWHERE else self.listen

    @property
    def sip_domain(self) -> str:
        """Where phones register: as this machine is reached from the network."""
        if self.listen != EVERYWHERE:
            return self.listen
        return os.environ.get("SIP_DOMAIN") or network_address()


#: The address that stands for all of a machine's.
EVERYWHERE = "0.0.0.0"  # noqa: S104

#: An address that belongs to nobody (RFC 5737), and any port.
DOCUMENTATION_ADDRESS = ("192.0.2.1", 9)

#: The variable that sets each port, and the field it sets.
PORTS = {
    "ODOO_PORT": "odoo_port",
    "PG_PORT": "pg_port",
    "AMI_PORT": "ami_port",
    "ARI_PORT": "ari_port",
    "SIP_PORT": "sip_port",
    "RTP_START": "rtp_start",
    "RTP_END": "rtp_end",
    "CARRIER_SIP_PORT": "carrier_sip_port",
    "CARRIER_AMI_PORT": "carrier_ami_port",
    "CARRIER_RTP_START": "carrier_rtp_start",
    "CARRIER_RTP_END": "carrier_rtp_end",
}

#: Ports that LISTEN opens for others.
OPEN_PORTS = {"ODOO_PORT", "SIP_PORT", "RTP_START", "RTP_END"}

#: The ports that runs beside `make run` take, and how many each looks through.
FIRST_PORT, LAST_PORT, PORT_BLOCK = 24000, 32000, 100

#: Where the ports for voice begin in the runs beside `make run`, by their folder.
VOICE_PORTS = {"test-run": 20000, "fast-run": 21000, "bench-run": 22000}

#: Ports on which a datagram socket listens; the others are for streams.
UDP_PORTS = {"SIP_PORT", "CARRIER_SIP_PORT"}


def default_prefix(checkout: Path) -> Path:
    """Return `var` in the checkout, or a folder that the servers' user can reach."""
    return users.FALLBACK_PREFIX if users.is_closed(checkout) else checkout / "var"


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of `make run`, as the variables tell.

    :raise ValueError: for a port that is no port
    """
    prefix = environ.get("PREFIX", "")
    ports = {
        field: _port(name, environ[name])
        for name, field in PORTS.items()
        if environ.get(name)
    }
    return Settings(
        checkout=CHECKOUT,
        prefix=Path(prefix).absolute() if prefix else default_prefix(CHECKOUT),
        listen=environ.get("LISTEN") or "127.0.0.1",
        **ports,
    )


def for_tests(settings: Settings, run_name: str) -> Settings:
    """Return settings for a second run beside `make run`: own folder, free ports."""
    singles = [field for field in PORTS.values() if "rtp" not in field]
    start = first_port(settings.prefix / run_name)
    ports = dict(zip(singles, free_ports(len(singles), start), strict=True))
    voice = VOICE_PORTS[run_name]
    return replace(
        settings,
        run_name=run_name,
        listen="127.0.0.1",
        **ports,
        rtp_start=voice,
        rtp_end=voice + 499,
        carrier_rtp_start=voice + 500,
        carrier_rtp_end=voice + 999,
    )


def network_address() -> str:
    """Return the address that this machine has on its network; loopback without one.

    Connecting a datagram socket sends nothing: the system only chooses the way.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(DOCUMENTATION_ADDRESS)
        except OSError:
            return "127.0.0.1"
        return probe.getsockname()[0]


def _port(name: str, text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise ValueError(f"{name}={text} is no port: a number from 1 to 65535 is")
    return int(text)


def first_port(run: Path) -> int:
    """Return where to look for ports, in another place for each run.

    What is free now may be taken when it is needed, by another run that looked at the
    same time. Below are the ports for voice, above those that clients are given.
    """
    blocks = (LAST_PORT - FIRST_PORT) // PORT_BLOCK
    return FIRST_PORT + zlib.crc32(bytes(run)) % blocks * PORT_BLOCK


def free_ports(count: int, start: int) -> list[int]:
    """Return ports that nobody uses now, from a first one on."""
    ports = []
    end = start + PORT_BLOCK
    for port in range(start, end):
        if is_free(port, udp=False) and is_free(port, udp=True):
            ports.append(port)
            if len(ports) == count:
                return ports
    raise ValueError(f"not enough free ports between {start} and {end}")


def is_free(port: int, *, udp: bool, address: str = "127.0.0.1") -> bool:
    """Tell whether a server could listen on a port."""
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if not udp:
            # As servers do: a connection that was just closed doesn't count as taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def taken_ports(settings: Settings) -> dict[str, int]:
    """Return the taken ports by the name of the variable that changes each."""
    taken = {}
    for name, field in PORTS.items():
        port = getattr(settings, field)
        address = settings.listen if name in OPEN_PORTS else "127.0.0.1"
        free = is_free(port, udp=name in UDP_PORTS, address=address)
        if "RTP" not in name and not free:
            taken[name] = port
    return taken
