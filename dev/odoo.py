"""Odoo: Debian's package, unpacked beside a virtual environment with its needs."""

import subprocess
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from . import apt, postgres, processes, python, secrets_file, steps, users, versions
from .settings import Settings
from .stamps import Stamp

MODULE = "callcenter_outbound"

#: What the package's links in static folders lead to.
LINKED = r"(libjs|fonts)-.*|gsfonts"


def install(settings: Settings, requirements: str = "requirements.txt") -> None:
    """Bring Odoo and its Python packages on the disk."""
    unpack(settings)
    python.install(settings, requirements)


def unpack(settings: Settings) -> None:
    """Fetch and unpack the newest package of the tested series."""
    part = versions.TESTED["odoo"]
    stamp = Stamp(settings.stamps / "odoo", [part["package"], part["suite"], LINKED])
    if stamp.is_fresh() and settings.odoo_bin.is_file():
        return
    private = apt.PrivateApt(
        settings.downloads / "debian", part["suite"], settings.install_log
    )
    private.update()
    version = private.candidate(part["package"])
    if message := versions.warning("odoo", version):
        steps.warn(message)
    linked = set(private.depends(part["package"], LINKED))
    linked.update(*(private.depends(package, LINKED) for package in set(linked)))
    archives = private.fetch([part["package"], *sorted(linked)], f"Odoo {version}")
    with steps.step("Unpacking Odoo"):
        apt.unpack(archives, settings.odoo_root, settings.install_log)
    stamp.write()


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that Odoo runs with."""
    return {
        "PYTHONPATH": str(settings.odoo_library),
        # The package's own folders belong to who installed them.
        "PYTHONPYCACHEPREFIX": str(settings.prefix / "pycache"),
        "HOME": str(settings.run),
    }


def write_configuration(settings: Settings, *, with_connector: bool) -> None:
    """Write Odoo's configuration file.

    :param with_connector: load the module server-wide, which starts the connector
    """
    secrets = secrets_file.read(settings)
    modules = ["base", "rpc", "web", *([MODULE] if with_connector else [])]
    source = settings.source
    addons = [settings.odoo_library / "odoo/addons", source / "dev/addons", source]
    values = {
        "addons_path": ",".join(map(str, addons)),
        "data_dir": users.make_folder(settings.run / "data"),
        "server_wide_modules": ",".join(modules),
        "admin_passwd": secrets["admin_passwd"],
        "list_db": False,
        "dbfilter": f"^{settings.database}$" if with_connector else "",
        "db_host": "127.0.0.1",
        "db_port": settings.pg_port,
        "db_user": postgres.ROLE,
        "db_password": secrets["pg_password"],
        "http_interface": settings.listen,
        "http_port": settings.odoo_port,
        "max_cron_threads": 1,
        "workers": 0,
    }
    lines = ["[options]", *(f"{name} = {value}" for name, value in values.items())]
    settings.odoo_conf.touch(0o600)
    users.own(settings.odoo_conf, 0o600).write_text("\n".join(lines) + "\n")
    users.make_folder(settings.prefix / "pycache", 0o755)


def command(settings: Settings, *arguments: str) -> list[str]:
    """Return the command line for Odoo with the run's configuration."""
    start = [str(settings.python), str(settings.odoo_bin), *arguments[:1]]
    return [*start, "--config", str(settings.odoo_conf), *arguments[1:]]
