"""The browser of the tests: Debian's Chromium."""

import shutil
from pathlib import Path

from . import apt
from .settings import Settings


def find() -> Path | None:
    """Return the browser that the tests drive."""
    found = shutil.which("chromium")
    return Path(found) if found else None


def install(settings: Settings) -> None:
    """Install the browser on the machine."""
    apt.need(find, ["chromium"], settings.install_log)
