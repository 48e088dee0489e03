"""Asterisk: Debian's package with all its libraries, in a root file system of its own.

It is newer than the machine's Debian, so it runs with the dynamic loader and the
libraries of its own root file system. That needs neither a container nor chroot nor
mounts, and every path in its configuration is a path of the machine.
"""

import shlex
from pathlib import Path

from . import apt, steps, versions
from .settings import Settings
from .stamps import Stamp
from .steps import StepFailed

PACKAGES = ("asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm")


def install(settings: Settings) -> None:
    """Fetch and unpack Asterisk with all that it depends on."""
    part = versions.TESTED["asterisk"]
    stamp = Stamp(settings.stamps / "asterisk", [*PACKAGES, part["suite"]])
    if stamp.is_fresh() and settings.asterisk_bin.is_file():
        return
    private = apt.PrivateApt(
        settings.downloads / "debian", part["suite"], settings.install_log
    )
    private.update()
    version = private.candidate(part["package"])
    if message := versions.warning("asterisk", version):
        steps.warn(message)
    archives = private.fetch_closure(PACKAGES, f"Asterisk {version} and its libraries")
    with steps.step(f"Unpacking Asterisk's root file system, {len(archives)} packages"):
        apt.unpack(archives, settings.asterisk_root, settings.install_log)
    _write_starter(settings)
    stamp.write()


def _write_starter(settings: Settings) -> None:
    root = settings.asterisk_root
    loader = _loader(root)
    libraries = [path.parent for path in (root / "usr/lib").glob("*/libc.so.6")]
    command = [loader, "--inhibit-cache", "--library-path", libraries[0]]
    command.append(root / "usr/sbin/asterisk")
    settings.asterisk_bin.parent.mkdir(parents=True, exist_ok=True)
    settings.asterisk_bin.write_text(
        "#!/bin/sh\n"
        "# Asterisk with the loader and the libraries that it was built for.\n"
        f'exec {shlex.join(map(str, command))} "$@"\n'
    )
    settings.asterisk_bin.chmod(0o755)


def _loader(root: Path) -> Path:
    """Return the dynamic loader of a root file system."""
    for pattern in ("lib64/ld-linux*.so.*", "lib/ld-linux*.so.*"):
        for path in (root / "usr").glob(pattern):
            # A link here is absolute within the root file system.
            target = path.readlink() if path.is_symlink() else path
            inside = root / str(target).lstrip("/") if path.is_symlink() else path
            return inside if inside.exists() else path.resolve()
    raise StepFailed(f"no dynamic loader in {root}", hint="make clean, then run again")
