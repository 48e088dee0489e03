"""Asterisk: Debian's package with all its libraries, in a root file system of its own.

It is newer than the machine's Debian, so it runs with the dynamic loader and the
libraries of its own root file system. That needs neither a container nor chroot nor
mounts, and every path in its configuration is a path of the machine.
"""

import hashlib
import shlex
import subprocess
import tempfile
from pathlib import Path

from asterisk import configure as configuration

from . import apt, processes, secrets_file, steps, users, versions
from .settings import Settings
from .stamps import Stamp
from .steps import StepFailed

NAME = "pbx"

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


def prepare(settings: Settings, *, demonstration: bool = True) -> None:
    """Write the PBX's configuration.

    :param demonstration: with the demonstration's extensions and trunk; without them
        the PBX has what an administrator prepares, and Odoo writes the rest
    """
    values = {
        "LISTEN": settings.listen,
        "SIP_PORT": settings.sip_port,
        "AMI_PORT": settings.ami_port,
        "ARI_PORT": settings.ari_port,
        "RTP_START": settings.rtp_start,
        "RTP_END": settings.rtp_end,
        "CARRIER_SIP_PORT": settings.carrier_sip_port,
    }
    trunk = Stamp(settings.run / "stamps/trunk", [str(settings.carrier_sip_port)])
    if not trunk.is_fresh():
        # What lies in this folder is Odoo's, and left alone otherwise.
        file = settings.run / NAME / "etc/odoo/pjsip_wizard_trunks.conf"
        file.unlink(missing_ok=True)
    configure(settings, NAME, values, demonstration=demonstration)
    trunk.write()


def start(settings: Settings) -> None:
    """Start the PBX, and wait until it has booted."""
    start_instance(settings, NAME)


def stop(settings: Settings) -> None:
    """Stop the PBX; calls that are up end."""
    stop_instance(settings, NAME)


def configure(
    settings: Settings, name: str, values: dict, *, demonstration: bool = False
) -> None:
    """Write the configuration of one Asterisk of a run.

    :param name: of its folder in `asterisk/` and of its folder in the run
    :param demonstration: with the demonstration's extensions and trunk
    """
    secrets = secrets_file.read(settings)
    owner = users.service_user().pw_name
    try:
        own = configuration.folders(settings.run / name, settings.asterisk_root)
        own["RUN_DIR"] = str(_socket_folder(settings, name))
        known = {
            **own,
            **{key.upper(): secrets[key] for key in _SECRETS},
            **_extension_secrets(secrets),
            **values,
        }
        configuration.render(
            settings.checkout / "asterisk" / name,
            own["ETC_DIR"],
            known,
            demonstration=demonstration,
            owner=owner,
        )
        configuration.make_folders(known, owner)
    except configuration.ConfigureError as error:
        raise StepFailed(f"the configuration of the {name}: {error}") from error


_SECRETS = ("ami_user", "ami_secret", "ari_user", "ari_secret", "trunk_secret")


def _extension_secrets(secrets: dict) -> dict[str, str]:
    extensions = secrets["extensions"].items()
    return {f"EXTENSION_{number}_SECRET": secret for number, secret in extensions}


def _socket_folder(settings: Settings, name: str) -> Path:
    """Return where the control socket lies: in the run, unless its path is too long."""
    folder = settings.run / name / "run"
    if len(f"{folder}/asterisk.ctl".encode()) <= configuration.SOCKET_PATH_LIMIT:
        return folder
    token = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    short = Path(tempfile.gettempdir(), f"callcenter-{token}")
    short.mkdir(mode=0o700, exist_ok=True)
    users.own(short, 0o700)
    return short


def start_instance(settings: Settings, name: str) -> None:
    """Start one Asterisk of a run, and wait until it has booted."""
    argv = [settings.asterisk_bin, "-f", "-C", _main_file(settings, name)]
    processes.start(settings, name, argv)
    processes.wait_until(settings, name, lambda: _has_booted(settings, name))


def stop_instance(settings: Settings, name: str) -> None:
    """Stop one Asterisk of a run."""
    processes.stop(settings, name)


def ask(settings: Settings, name: str, question: str) -> str:
    """Run a command of Asterisk's command line, and return what it prints."""
    argv = [settings.asterisk_bin, "-C", _main_file(settings, name), "-rx", question]
    options = {"capture_output": True, "text": True, "check": False, "timeout": 30}
    return subprocess.run(argv, **options, **users.popen_options()).stdout


def _has_booted(settings: Settings, name: str) -> bool:
    return "fully booted" in ask(settings, name, "core waitfullybooted")


def _main_file(settings: Settings, name: str) -> Path:
    return settings.run / name / "etc/asterisk.conf"
