"""Who runs the servers: an unprivileged system user when root starts them."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from .steps import StepFailed

NAME = "callcenter"

#: Where everything goes when the servers' user cannot reach the checkout.
FALLBACK_PREFIX = Path("/var/lib/callcenter_outbound")


def is_root() -> bool:
    """Tell whether the caller is root."""
    return os.geteuid() == 0


def service_user() -> pwd.struct_passwd:
    """Return the user that servers run as; root gets a system user made for it."""
    if not is_root():
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return _create()


def _create() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home"]
    command += ["--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", NAME]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        message = f"the system user {NAME} could not be made: {made.stderr.strip()}"
        raise StepFailed(message, hint=f"useradd --system {NAME}") from None


def closed_folder(path: Path, uid: int, gid: int) -> Path | None:
    """Return the first folder on the way to a path that a user cannot pass."""
    for folder in [*reversed(path.resolve().parents), path.resolve()]:
        try:
            status = folder.stat()
        except FileNotFoundError:
            continue
        if status.st_uid == uid:
            allowed = status.st_mode & 0o100
        elif status.st_gid == gid:
            allowed = status.st_mode & 0o010
        else:
            allowed = status.st_mode & 0o001
        if not allowed:
            return folder
    return None


def is_closed(path: Path) -> bool:
    """Tell whether the servers' user cannot reach a path."""
    user = service_user()
    return closed_folder(path, user.pw_uid, user.pw_gid) is not None


def own(path: Path, mode: int | None = None) -> Path:
    """Give a file or folder to the servers' user."""
    user = service_user()
    if is_root():
        os.chown(path, user.pw_uid, user.pw_gid)
    if mode is not None:
        path.chmod(mode)
    return path


def open_all(folder: Path) -> None:
    """Let everybody read a folder, whatever umask it was made with."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))


def make_folder(path: Path, mode: int = 0o750) -> Path:
    """Make a folder that belongs to the servers' user."""
    path.mkdir(parents=True, exist_ok=True)
    return own(path, mode)


def popen_options() -> dict:
    """Return what `subprocess` needs to run something as the servers' user."""
    if not is_root():
        return {}
    user = service_user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def as_administrator(argv: list[str]) -> list[str]:
    """Return a command as root runs it: itself, or by sudo."""
    if is_root():
        return argv
    if not shutil.which("sudo"):
        message = f"root is needed for: {' '.join(argv)}"
        raise StepFailed(message, hint="run it as root, or install sudo")
    return ["sudo", *argv]
