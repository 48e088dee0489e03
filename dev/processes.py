"""Servers in the background: started in a group of their own, known by pid and start.

A pid alone may have gone to another process since; together with the time of its start
it names one process for ever. So only what was started here is ever stopped.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from . import steps, users
from .settings import Settings
from .steps import StepFailed

#: Seconds until a server must answer, and until it must have stopped.
START_LIMIT = 60
STOP_LIMIT = 30


def start(
    settings: Settings,
    name: str,
    argv: Sequence[str | os.PathLike],
    env: Mapping[str, str] | None = None,
) -> int:
    """Start a server as the servers' user, with its output in its log file.

    :param name: of the process; one of that name that still runs is left alone
    :return: its pid
    """
    running = pid(settings, name)
    if running:
        return running
    log = log_file(settings, name)
    with log.open("ab") as stream:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            cwd=settings.run,
            env={**_clean_environment(), **(env or {})},
            start_new_session=True,
            **users.popen_options(),
        )
    note(settings, name, process.pid)
    return process.pid


def _clean_environment() -> dict[str, str]:
    """Return what a server needs of our environment: no HOME of root's, no secrets."""
    kept = ("PATH", "LANG", "LC_ALL", "TZ")
    return {name: os.environ[name] for name in kept if name in os.environ}


def log_file(settings: Settings, name: str) -> Path:
    """Return the log file of a server, made when it isn't there."""
    users.make_folder(settings.logs)
    path = settings.logs / f"{name}.log"
    path.touch()
    return users.own(path, 0o640)


def note(settings: Settings, name: str, number: int) -> None:
    """Write down a process that was started."""
    settings.pids.mkdir(parents=True, exist_ok=True)
    entry = {"pid": number, "started": start_time(number)}
    (settings.pids / f"{name}.json").write_text(json.dumps(entry))


def start_time(number: int) -> str | None:
    """Return when a process started, in the kernel's ticks; none for a dead one."""
    try:
        text = Path(f"/proc/{number}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name, in brackets, may hold spaces; the fields after it do not.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def pid(settings: Settings, name: str) -> int | None:
    """Return the pid of a server that runs."""
    path = settings.pids / f"{name}.json"
    if not path.is_file():
        return None
    entry = json.loads(path.read_text())
    started = entry["started"]
    return entry["pid"] if started and started == start_time(entry["pid"]) else None


def names(settings: Settings) -> list[str]:
    """Return the names of all servers that were noted, in the order of their start."""
    entries = settings.pids.glob("*.json") if settings.pids.is_dir() else []
    return [
        path.stem for path in sorted(entries, key=lambda path: path.stat().st_mtime)
    ]


def stop(settings: Settings, name: str, *, interrupt: bool = False) -> None:
    """Stop a server and its children; one that doesn't stop in time is killed.

    :param interrupt: send SIGINT instead of SIGTERM
    """
    number = pid(settings, name)
    if number:
        _signal(number, signal.SIGINT if interrupt else signal.SIGTERM)
        if not _gone(settings, name, STOP_LIMIT):
            steps.warn(f"{name} did not stop within {STOP_LIMIT} s; it is killed")
            kill(settings, name)
    (settings.pids / f"{name}.json").unlink(missing_ok=True)


def kill(settings: Settings, name: str) -> None:
    """Kill a server and its whole group at once."""
    number = pid(settings, name)
    if number:
        os.killpg(number, signal.SIGKILL)
        _gone(settings, name, STOP_LIMIT)
    (settings.pids / f"{name}.json").unlink(missing_ok=True)


def _signal(number: int, which: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, which)


def _gone(settings: Settings, name: str, limit: float) -> bool:
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        if not pid(settings, name):
            return True
        time.sleep(0.05)
    return False


def wait_until(
    settings: Settings, name: str, ready: Callable[[], bool], limit: float = START_LIMIT
) -> None:
    """Wait until a server answers.

    :raise StepFailed: when it ended, or does not answer in time
    """
    log = settings.logs / f"{name}.log"
    deadline = time.monotonic() + limit
    while not ready():
        if not pid(settings, name):
            raise StepFailed(f"{name} ended at its start:\n{steps.tail(log)}", log)
        if time.monotonic() > deadline:
            raise StepFailed(f"{name} does not answer after {limit} s", log)
        time.sleep(0.1)
