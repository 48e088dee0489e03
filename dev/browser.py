"""The browser of the tests: Debian's Chromium."""

import shutil
from pathlib import Path

from . import apt
from .settings import Settings

#: What Chromium is started with: quiet, as root too, with a microphone of its own.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)


def find() -> Path | None:
    """Return the browser that the tests drive."""
    found = shutil.which("chromium")
    return Path(found) if found else None


def install(settings: Settings) -> None:
    """Install the browser on the machine."""
    apt.need(find, ["chromium"], settings.install_log)
