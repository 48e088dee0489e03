"""The database cluster: Debian's PostgreSQL, with data, port and socket of its own."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import apt, processes, secrets_file, steps, users
from .settings import Settings
from .steps import StepFailed

ROLE = "odoo"

#: A socket's path longer than this is refused by the kernel (107 bytes with the name).
LONGEST_SOCKET_FOLDER = 80


def binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server that Debian installed."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in found), key=_major, default=None)


def _major(folder: Path) -> int:
    return int(re.sub(r"\D.*", "", folder.parent.name) or 0)


def install(settings: Settings) -> None:
    """Install the server's programs."""
    if binaries():
        return
    # Debian's package would make and start a cluster for the whole machine.
    command = ["sh", "-c", "mkdir -p $0 && echo 'create_main_cluster = false' > $0/$1"]
    folder = "/etc/postgresql-common/createcluster.d"
    command += [folder, "callcenter_outbound.conf"]
    steps.run(users.as_administrator(command), settings.install_log)
    apt.install(["postgresql"], settings.install_log)


def prepare(settings: Settings) -> None:
    """Make the cluster, and write its configuration."""
    users.make_folder(settings.run / "pg", 0o700)
    if not (settings.pg_data / "PG_VERSION").is_file():
        with steps.step("Making the database cluster"):
            _initdb(settings)
    configuration = settings.pg_data / "conf.d"
    users.make_folder(configuration, 0o700)
    (configuration / "callcenter.conf").write_text(_configuration(settings))
    users.own(configuration / "callcenter.conf")


def _initdb(settings: Settings) -> None:
    password_file = settings.run / "pg/password"
    password_file.touch(0o600)
    users.own(password_file).write_text(secrets_file.read(settings)["pg_password"])
    # It gets its name when it is whole: what broke off is made anew.
    partial = settings.run / "pg/partial"
    shutil.rmtree(partial, ignore_errors=True)
    command = [binaries() / "initdb", "--pgdata", partial, "--username", ROLE]
    command += ["--pwfile", password_file, "--auth", "scram-sha-256"]
    command += ["--encoding", "UTF8", "--locale", "C.UTF-8"]
    log = settings.logs / "postgres.log"
    steps.run(command, log, cwd=settings.run, **users.popen_options())
    password_file.unlink()
    with (partial / "postgresql.conf").open("a") as stream:
        stream.write("\ninclude_dir 'conf.d'\n")
    partial.rename(settings.pg_data)


def _configuration(settings: Settings) -> str:
    socket_folder = str(settings.run / "pg")
    values = {
        "listen_addresses": "127.0.0.1",
        "port": settings.pg_port,
        "unix_socket_directories": (
            socket_folder if len(socket_folder) <= LONGEST_SOCKET_FOLDER else ""
        ),
        "max_connections": 100,
        "shared_buffers": "256MB",
        "log_line_prefix": "%m [%p] %d ",
        "timezone": "UTC",
        "fsync": "on",
    }
    return "".join(f"{name} = '{value}'\n" for name, value in values.items())


def start(settings: Settings) -> None:
    """Start the server, and wait until it answers."""
    command = [binaries() / "postgres", "-D", settings.pg_data]
    processes.start(settings, "postgres", command)
    processes.wait_until(settings, "postgres", lambda: is_ready(settings))


def stop(settings: Settings) -> None:
    """Stop the server; it closes its connections (a fast shutdown)."""
    processes.stop(settings, "postgres", interrupt=True)


def is_ready(settings: Settings) -> bool:
    """Tell whether the server takes connections."""
    command = [binaries() / "pg_isready", "-q", "-h", "127.0.0.1"]
    command += ["-p", str(settings.pg_port)]
    return subprocess.run(command, check=False).returncode == 0


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables with which PostgreSQL's clients find the cluster."""
    return {
        "PGHOST": "127.0.0.1",
        "PGPORT": str(settings.pg_port),
        "PGUSER": ROLE,
        "PGPASSWORD": secrets_file.read(settings)["pg_password"],
    }


def query(settings: Settings, sql: str, database: str = "postgres") -> str:
    """Run SQL, and return what psql prints.

    :raise StepFailed: with the server's message
    """
    command = [binaries() / "psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]
    done = subprocess.run(
        [*command, "-d", database, "-c", sql],
        capture_output=True,
        text=True,
        env={**os.environ, **environment(settings)},
        check=False,
    )
    if done.returncode:
        raise StepFailed(f"PostgreSQL refused: {done.stderr.strip()}")
    return done.stdout.strip()


def has_database(settings: Settings, name: str) -> bool:
    """Tell whether a database exists."""
    sql = f"SELECT 1 FROM pg_database WHERE datname = '{name}'"  # noqa: S608
    return query(settings, sql) == "1"


def drop_database(settings: Settings, name: str) -> None:
    """Drop a database, with those who are connected to it."""
    query(settings, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def copy_database(settings: Settings, template: str, name: str) -> None:
    """Make a database from a template, in place of one with that name."""
    drop_database(settings, name)
    query(settings, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
