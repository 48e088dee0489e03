"""Odoo: Debian's package, unpacked beside a virtual environment with its needs."""

import os
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from . import (
    apt,
    postgres,
    processes,
    python,
    secrets_file,
    steps,
    users,
    versions,
)
from .settings import Settings
from .stamps import Stamp
from .steps import StepFailed

MODULE = "callcenter_outbound"

#: Folders and files of the module whose content isn't loaded into the database.
UNLOADED = {"static", "tests", "__pycache__"}

#: What the package's links in static folders lead to.
LINKED = r"(libjs|fonts)-.*|gsfonts"


def install(settings: Settings, requirements: str = python.RUNTIME) -> None:
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


def prepare(settings: Settings) -> None:
    """Write the configuration, and bring the database up to the sources."""
    write_configuration(settings, with_connector=True)
    made = bring_up_to_date(settings, "--with-demo")
    seed(settings, again=made)


def bring_up_to_date(settings: Settings, *options: str) -> bool:
    """Install the module into the run's database, or update it to its sources.

    :return: whether it was installed anew
    """
    stamp = module_stamp(settings)
    installed = is_installed(settings, settings.database)
    if not installed:
        with steps.step(f"Installing the module into the database {settings.database}"):
            install_module(settings, settings.database, *options)
    elif not stamp.is_fresh():
        with steps.step("Updating the module, its sources have changed"):
            update_module(settings, settings.database)
    stamp.write()
    return not installed


def module_stamp(settings: Settings) -> Stamp:
    """Return the stamp of a database that is up to the module's sources.

    Scripts and styles are not in it: Odoo sees for itself when they change.
    """
    folder = settings.checkout / MODULE
    parts = sorted(path for path in folder.iterdir() if path.name not in UNLOADED)
    names = [path.name for path in parts]
    inputs = [settings.database, *names, *parts]
    return Stamp(settings.run / f"stamps/module-{settings.database}", inputs)


def is_installed(settings: Settings, database: str) -> bool:
    """Tell whether a database has the module; half an installation doesn't count."""
    if not postgres.has_database(settings, database):
        return False
    sql = f"SELECT state FROM ir_module_module WHERE name = '{MODULE}'"  # noqa: S608
    try:
        return postgres.query(settings, sql, database) in ("installed", "to upgrade")
    except StepFailed:
        return False


def install_module(settings: Settings, database: str, *options: str) -> None:
    """Install the module, in a new database or in one where that broke off."""
    _run_once(settings, "-d", database, "-i", MODULE, *options)


def update_module(settings: Settings, database: str) -> None:
    """Update the module to the sources."""
    _run_once(settings, "-d", database, "-u", MODULE)


def run_gate(settings: Settings, log: Path, *options: str) -> None:
    """Install the module into a new database with Odoo's own test runner.

    :raise StepFailed: when a test failed
    """
    tests = ["-d", settings.database, "-i", MODULE, "--test-tags", f"/{MODULE}"]
    _run_once(settings, *tests, *options, log=log)


def _run_once(settings: Settings, *options: str, log: Path | None = None) -> None:
    # The connector must not start while the module is being installed.
    load = ["--load", "base,rpc,web", "--stop-after-init"]
    load += [] if "--test-tags" in options else ["--no-http"]
    steps.run(
        command(settings, "server", *load, *options),
        log or processes.log_file(settings, "odoo-update"),
        env=environment(settings),
        cwd=settings.run,
        hint="the log shows what Odoo stumbled over; correct it and run again",
        **users.popen_options(),
    )


def seed(settings: Settings, *, again: bool = False) -> None:
    """Write addresses, secrets and passwords into the demonstration's records.

    :param again: also when nothing changed since the last time
    """
    script = settings.checkout / "dev/seed.py"
    variables = {
        "SECRETS_FILE": str(settings.secrets_file),
        "SIP_DOMAIN": settings.sip_domain,
        "SIP_PORT": str(settings.sip_port),
        "AMI_PORT": str(settings.ami_port),
        "ARI_PORT": str(settings.ari_port),
        "CARRIER_SIP_PORT": str(settings.carrier_sip_port),
        # Browsers on other machines come through a proxy, which only its owner knows.
        "WEBSOCKET_URL": os.environ.get("WEBSOCKET_URL")
        or f"ws://127.0.0.1:{settings.ari_port}/ws",
    }
    inputs = [script, settings.secrets_file, *variables.values(), settings.database]
    stamp = Stamp(settings.run / f"stamps/seed-{settings.database}", inputs)
    if stamp.is_fresh() and not again:
        return
    with steps.step(
        "Writing addresses, secrets and passwords; building scripts and styles"
    ):
        run_script(settings, script, variables)
    stamp.write()


def copy_database(settings: Settings, template: str) -> None:
    """Make the run's database a copy of a template, with its files."""
    postgres.copy_database(settings, template, settings.database)
    files = settings.run / "data/filestore"
    shutil.rmtree(files / settings.database, ignore_errors=True)
    if (files / template).is_dir():
        argv = ["cp", "-a", files / template, files / settings.database]
        subprocess.run(argv, check=True)


def run_script(settings: Settings, script: Path, variables: dict[str, str]) -> str:
    """Run a script in `odoo shell`, and return what it prints.

    :raise StepFailed: with the end of the log
    """
    log = processes.log_file(settings, "odoo-shell")
    options = ["-d", settings.database, "--load", "base,rpc,web", "--no-http"]
    with script.open() as stream, log.open("ab") as log_stream:
        done = subprocess.run(
            command(settings, "shell", *options),
            stdin=stream,
            stdout=subprocess.PIPE,
            stderr=log_stream,
            text=True,
            cwd=settings.run,
            env={**environment(settings), **variables},
            check=False,
            **users.popen_options(),
        )
    if done.returncode:
        raise StepFailed(f"{script.name} failed:\n{steps.tail(log)}", log)
    return done.stdout


def export_terms(settings: Settings) -> bytes:
    """Return the terms of the module that can be translated, as a gettext template.

    :raise StepFailed: with the end of the log
    """
    log = processes.log_file(settings, "odoo-export")
    options = ["--config", settings.odoo_conf, "--database", settings.database]
    export = [settings.python, settings.odoo_bin, "i18n", "export", *options]
    with log.open("ab") as log_stream:
        done = subprocess.run(
            [*export, "--output", "-", MODULE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log_stream,
            cwd=settings.run,
            env={**os.environ, **environment(settings)},
            check=False,
            **users.popen_options(),
        )
    if done.returncode or not done.stdout:
        raise StepFailed(f"the terms were not exported:\n{steps.tail(log)}", log)
    return done.stdout


def start(settings: Settings) -> None:
    """Start Odoo with the connector, and wait until it serves its log-in page."""
    argv = command(settings, "server", "-d", settings.database)
    processes.start(settings, "odoo", argv, environment(settings))
    processes.wait_until(settings, "odoo", lambda: answers(settings))


def answers(settings: Settings) -> bool:
    """Tell whether Odoo serves pages."""
    try:
        with urllib.request.urlopen(f"{settings.odoo_url}/web/health", timeout=5):  # noqa: S310
            return True
    except (urllib.error.URLError, OSError):
        return False


def stop(settings: Settings) -> None:
    """Stop Odoo."""
    processes.stop(settings, "odoo")
