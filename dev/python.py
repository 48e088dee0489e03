"""The virtual environment: Python packages at pinned versions."""

import shutil
import subprocess
import sys
from pathlib import Path

from . import apt, steps, users
from .settings import Settings
from .stamps import Stamp
from .steps import StepFailed

#: Odoo 19 takes these.
OLDEST, NEWEST = (3, 11), (3, 13)


#: What each list brings: the second one holds the first.
RUNTIME, DEVELOPMENT = "requirements.txt", "requirements-dev.txt"


def install(settings: Settings, requirements: str = RUNTIME) -> None:
    """Make the virtual environment, or bring it up to date.

    :param requirements: the file in the checkout that lists what is needed
    """
    interpreter = find_interpreter()
    stamps = {
        name: _stamp(settings, interpreter, name) for name in (RUNTIME, requirements)
    }
    if stamps[requirements].is_fresh() and settings.python.is_file():
        return
    log = settings.install_log
    apt.need(lambda: _has_venv(interpreter), ["python3-venv"], log)
    # Its pip is what comes last.
    if not (settings.venv / "bin/pip").is_file():
        shutil.rmtree(settings.venv, ignore_errors=True)
        with steps.step(f"Making a virtual environment with {interpreter}"):
            steps.run([interpreter, "-m", "venv", settings.venv], log)
    with steps.step(f"Installing the Python packages of {requirements}"):
        pip = [settings.python, "-m", "pip", "--disable-pip-version-check", "install"]
        hint = "look whether pip's package index answers, then run again"
        path = settings.checkout / requirements
        steps.run([*pip, "--requirement", path], log, hint=hint)
    for stamp in stamps.values():
        stamp.write()


def _stamp(settings: Settings, interpreter: Path, requirements: str) -> Stamp:
    listed = [settings.checkout / name for name in (RUNTIME, requirements)]
    return Stamp(settings.stamps / requirements, [str(interpreter), *listed])


def find_interpreter() -> Path:
    """Return a Python that Odoo takes and that the servers' user can reach."""
    candidates = [Path(sys.executable).resolve()]
    names = [f"python{OLDEST[0]}.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)]
    candidates += [Path("/usr/bin", name) for name in names]
    for path in candidates:
        if path.is_file() and not users.is_closed(path) and _fits(path):
            return path
    wanted = f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
    message = f"no Python {wanted} that every user can reach"
    raise StepFailed(message, hint="apt-get install python3 python3-venv")


def _fits(path: Path) -> bool:
    command = [path, "-c", "import sys; print(*sys.version_info[:2])"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    version = tuple(map(int, done.stdout.split()))
    return OLDEST <= version <= NEWEST


def _has_venv(interpreter: Path) -> bool:
    command = [interpreter, "-c", "import ensurepip, venv"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
