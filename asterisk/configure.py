#!/usr/bin/env python3
"""Fill in the placeholders of an Asterisk configuration folder.

    configure.py pbx /etc/asterisk --values values.json --environment --demonstration

Placeholders look like ``@AMI_PORT@``. Values come from a JSON file (an object of names
and values), then from a run's secrets, then from environment variables of the same
names; the later win. Nothing is written unless every placeholder has a good value.

``odoo/`` in the target is the part that Odoo writes over AMI: it is made here, and what
Odoo has written since is never changed. Python's standard library only.
"""

import argparse
import ipaddress
import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

PLACEHOLDER = re.compile(r"@([A-Z][A-Z0-9_]*)@")

#: What a value of each kind looks like, for the check and for the message. A value goes
#: into lines where ``;`` starts a comment and ``,``, ``$``, quotes or brackets change
#: what the line means: none of these pass.
KINDS = {
    "directory": (r"/[\w ./+@:~-]*", "an absolute path without special characters"),
    "host": (r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", "a host name or address"),
    "user": (r"[A-Za-z0-9_-]{1,64}", "letters, digits, - and _"),
    "secret": (r"[A-Za-z0-9_.~+/-]{8,128}", "8 to 128 letters, digits or _.~+/-"),
    "port": (r"[0-9]{1,5}", "a port from 1 to 65535"),
    "address": (r"[0-9A-Fa-f.:]{2,45}", "an IP address"),
    "network": (r"[0-9./]{7,31}", "an IPv4 network such as 127.0.0.1/32"),
}

#: Every placeholder there is, with its kind.
VALUES = {
    "ETC_DIR": "directory",
    "MODULE_DIR": "directory",
    "VARLIB_DIR": "directory",
    "DB_DIR": "directory",
    "DATA_DIR": "directory",
    "SPOOL_DIR": "directory",
    "CACHE_DIR": "directory",
    "RUN_DIR": "directory",
    "LOG_DIR": "directory",
    "LISTEN": "address",
    "HTTP_LISTEN": "address",
    "AMI_LISTEN": "address",
    "AMI_PERMIT": "network",
    "AMI_PORT": "port",
    "ARI_PORT": "port",
    "SIP_PORT": "port",
    "RTP_START": "port",
    "RTP_END": "port",
    "AMI_USER": "user",
    "AMI_SECRET": "secret",
    "ARI_USER": "user",
    "ARI_SECRET": "secret",
    "TRUNK_USER": "user",
    "TRUNK_SECRET": "secret",
    "CARRIER_HOST": "host",
    "CARRIER_SIP_PORT": "port",
    "PBX_HOST": "host",
    "PBX_SIP_PORT": "port",
    "EXTENSION_1986_SECRET": "secret",
    "EXTENSION_1987_SECRET": "secret",
    "EXTENSION_1988_SECRET": "secret",
}

#: Where Debian's package puts the modules depends on the machine's architecture.
MODULES = "*/asterisk/modules"

#: The folders of Debian's package, and addresses that nobody else reaches.
DEFAULTS = {
    "ETC_DIR": "/etc/asterisk",
    "MODULE_DIR": str(
        next(
            Path("/usr/lib").glob(MODULES), "/usr/lib/x86_64-linux-gnu/asterisk/modules"
        )
    ),
    "VARLIB_DIR": "/var/lib/asterisk",
    "DB_DIR": "/var/lib/asterisk",
    "DATA_DIR": "/usr/share/asterisk",
    "SPOOL_DIR": "/var/spool/asterisk",
    "CACHE_DIR": "/var/cache/asterisk",
    "RUN_DIR": "/run/asterisk",
    "LOG_DIR": "/var/log/asterisk",
    "LISTEN": "127.0.0.1",
    "HTTP_LISTEN": "127.0.0.1",
    "AMI_LISTEN": "127.0.0.1",
    "AMI_PERMIT": "127.0.0.1/32",
    "AMI_USER": "odoo",
    "ARI_USER": "odoo",
    "TRUNK_USER": "callcenter",
    "CARRIER_HOST": "127.0.0.1",
    "PBX_HOST": "127.0.0.1",
}

#: A socket's path is cut at this length by the kernel.
SOCKET_PATH_LIMIT = 107

#: In the head of each file that Asterisk writes for Odoo (AMI UpdateConfig).
ODOOS = ";! Generator: Manager"

#: The demonstration's extensions: number, and the lines that differ from the template.
EXTENSIONS = {
    "1986": ["endpoint/webrtc = yes", "transport = transport-ws"],
    "1987": [],
    "1988": [],
}

#: The first template of the first file, as Odoo writes it (by UpdateConfig). With a
#: transport named, audio too is bound to its address alone.
EXTENSION_TEMPLATE = """\
[w0](!)
type = wizard
transport = transport-udp
accepts_auth = yes
accepts_registrations = yes
has_hint = no
endpoint/context = phones
endpoint/disallow = all
endpoint/allow = ulaw,alaw,opus
endpoint/direct_media = no
endpoint/allow_transfer = no
endpoint/rewrite_contact = yes
endpoint/rtp_symmetric = yes
aor/max_contacts = 1
aor/remove_existing = yes
aor/qualify_frequency = 30
"""

EXTENSION = """\
[{number}](w0)
inbound_auth/username = {number}
inbound_auth/password = {secret}
endpoint/callerid = "{number}" <{number}>
"""

TRUNK = """\
[carrier]
type = wizard
transport = transport-udp
remote_hosts = {host}:{port}
sends_auth = yes
sends_registrations = no
outbound_auth/username = {user}
outbound_auth/password = {secret}
endpoint/context = from-trunk
endpoint/identify_by = ip
endpoint/disallow = all
endpoint/allow = ulaw,alaw
endpoint/direct_media = no
endpoint/allow_transfer = no
aor/qualify_frequency = 30
"""

#: The demonstration's group of agents is the first of a new database. Its members are
#: paused until they sign in.
QUEUE = """\
[group-1]
strategy = rrmemory
timeout = 20
retry = 1
ringinuse = no
"""
MEMBER = "member = PJSIP/{number},0,{number},PJSIP/{number},,,yes\n"


class ConfigureError(Exception):
    """A value that is missing or that can't be used."""


def check(name: str, value: object) -> str:
    """Return a value as text.

    :raise ConfigureError: when it is not what its placeholder needs
    """
    if name not in VALUES:
        raise ConfigureError(f"{name}: no such value")
    kind = VALUES[name]
    pattern, wanted = KINDS[kind]
    text = str(value)
    good = re.fullmatch(pattern, text) is not None
    if good and kind == "port":
        good = 0 < int(text) < 65536
    elif good and kind == "address":
        good = _is(ipaddress.ip_address, text)
    elif good and kind == "network":
        good = _is(ipaddress.IPv4Network, text)
    if not good:
        # A refused secret stays out of logs.
        shown = "" if kind == "secret" else f" {text!r}"
        raise ConfigureError(f"{name}:{shown} can't be used; wanted: {wanted}")
    return text


def _is(parse, text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def needed(source: Path, *, demonstration: bool = False) -> set[str]:
    """Return the names of the values that a folder of templates needs."""
    names = set()
    for path in _templates(source):
        names.update(PLACEHOLDER.findall(path.read_text(encoding="utf-8")))
    if demonstration:
        names |= {"TRUNK_USER", "TRUNK_SECRET", "CARRIER_HOST", "CARRIER_SIP_PORT"}
        names |= {f"EXTENSION_{number}_SECRET" for number in EXTENSIONS}
    return names


def complete(names: set[str], values: Mapping[str, object]) -> dict[str, str]:
    """Return checked values for names, with the defaults filled in.

    :raise ConfigureError: naming everything that is missing or can't be used
    """
    result, problems = {}, []
    for name in sorted(names):
        value = values.get(name)
        if value is None or value == "":
            value = DEFAULTS.get(name)
        if value is None:
            problem = "is missing" if name in VALUES else "no such value"
            problems.append(f"{name}: {problem}")
            continue
        try:
            result[name] = check(name, value)
        except ConfigureError as error:
            problems.append(str(error))
    if int(result.get("RTP_START", 0)) >= int(result.get("RTP_END", 65535)):
        problems.append("RTP_START: has to be below RTP_END")
    socket = result.get("RUN_DIR", "") + "/asterisk.ctl"
    if len(socket.encode()) > SOCKET_PATH_LIMIT:
        problems.append(f"RUN_DIR: {socket} is too long a path for a socket")
    if problems:
        raise ConfigureError("\n".join(problems))
    return result


def render(
    source: Path,
    target: Path,
    values: Mapping[str, object],
    *,
    demonstration: bool = False,
    owner: str = "",
) -> list[Path]:
    """Write a folder of templates with its values filled in.

    :param demonstration: also write the demonstration's extensions, trunk and group,
        unless Odoo has taken them over
    :param owner: the user that gets the files; only root can give them away
    :return: the files that were written
    :raise ConfigureError: before anything is written
    """
    source, target = Path(source), Path(target)
    names = needed(source, demonstration=demonstration)
    known = complete(names, values)
    written = []
    _make_folder(target, owner)
    for path in _templates(source):
        text = PLACEHOLDER.sub(
            lambda match: known[match[1]], path.read_text(encoding="utf-8")
        )
        written.append(_write(target / path.name, text, owner))
    if (target / "queues.conf") in written:
        # Each #include needs a file, also before Odoo has written one.
        starters = {"pjsip_wizard_000.conf": "", "queues_000.conf": ""}
        if demonstration:
            starters |= demonstration_files(known)
        _make_folder(target / "odoo", owner)
        for name, text in starters.items():
            if not is_odoos(target / "odoo" / name):
                written.append(_write(target / "odoo" / name, text, owner))
    return written


def is_odoos(path: Path) -> bool:
    """Tell whether Odoo has written a file: Asterisk, which does it, marks it so."""
    if not path.exists():
        return False
    return ODOOS in path.read_text(encoding="utf-8", errors="replace")


def demonstration_files(values: Mapping[str, str]) -> dict[str, str]:
    """Return the files of the demonstration's extensions, trunk and group by name.

    They have the form that Odoo writes over AMI, so that it can take them over.
    """
    sections = [EXTENSION_TEMPLATE]
    for number, lines in EXTENSIONS.items():
        secret = values[f"EXTENSION_{number}_SECRET"]
        section = EXTENSION.format(number=number, secret=secret)
        sections.append(section + "".join(f"{line}\n" for line in lines))
    trunk = TRUNK.format(
        host=values["CARRIER_HOST"],
        port=values["CARRIER_SIP_PORT"],
        user=values["TRUNK_USER"],
        secret=values["TRUNK_SECRET"],
    )
    return {
        "pjsip_wizard_000.conf": "\n".join(sections),
        "pjsip_wizard_trunks.conf": trunk,
        "queues_000.conf": QUEUE
        + "".join(MEMBER.format(number=number) for number in EXTENSIONS),
    }


def secret_values(secrets: Mapping[str, object]) -> dict[str, str]:
    """Return the values that a file of secrets holds.

    Such a file has ``ami_secret`` and the like, and ``extensions``: number and secret.
    """
    values = {name.upper(): value for name, value in secrets.items()}
    extensions = secrets.get("extensions", {})
    values |= {f"EXTENSION_{number}_SECRET": s for number, s in extensions.items()}
    return {name: str(value) for name, value in values.items() if name in VALUES}


def folders(run: Path, root: Path) -> dict[str, str]:
    """Return the folders of an Asterisk that runs out of an unpacked root.

    :param run: where it keeps its own: etc, lib, spool, cache, run, log
    :param root: the root file system that the package was unpacked into
    """
    run, root = Path(run), Path(root)
    modules = sorted((root / "usr/lib").glob(MODULES))
    if not modules:
        raise ConfigureError(f"no Asterisk modules below {root}/usr/lib")
    return {
        "ETC_DIR": str(run / "etc"),
        "MODULE_DIR": str(modules[0]),
        "VARLIB_DIR": str(run / "lib"),
        "DB_DIR": str(run / "lib"),
        "DATA_DIR": str(root / "usr/share/asterisk"),
        "SPOOL_DIR": str(run / "spool"),
        "CACHE_DIR": str(run / "cache"),
        "RUN_DIR": str(run / "run"),
        "LOG_DIR": str(run / "log"),
    }


def make_folders(values: Mapping[str, str], owner: str = "") -> None:
    """Make the folders that Asterisk writes to."""
    for name in ("DB_DIR", "CACHE_DIR", "RUN_DIR", "LOG_DIR"):
        _make_folder(Path(values[name]), owner)
    _make_folder(Path(values["VARLIB_DIR"]) / "keys", owner)
    for name in ("recording", "heard", "tmp"):
        _make_folder(Path(values["SPOOL_DIR"]) / name, owner)


def _templates(source: Path) -> list[Path]:
    """Return the templates of a folder, and those beside it in ``common/``."""
    source = Path(source)
    own = sorted(source.glob("*.conf"))
    if not own:
        raise ConfigureError(f"no configuration files in {source}")
    names = {path.name for path in own}
    shared = sorted((source.parent / "common").glob("*.conf"))
    return own + [path for path in shared if path.name not in names]


def _make_folder(path: Path, owner: str) -> None:
    missing = [path, *path.parents]
    missing = [folder for folder in missing if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o750)
        _give(folder, owner)


def _write(path: Path, text: str, owner: str) -> Path:
    """Write a file that only its owner and group read, whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    _give(part, owner)
    part.replace(path)
    return path


def _give(path: Path, owner: str) -> None:
    if owner and os.geteuid() == 0:
        shutil.chown(path, user=owner, group=_group_of(owner))


def _group_of(owner: str) -> int:
    import pwd

    return pwd.getpwnam(owner).pw_gid


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", type=Path, help="folder of the templates")
    parser.add_argument("target", type=Path, help="folder that is written")
    parser.add_argument("--values", type=Path, help="JSON file of names and values")
    parser.add_argument("--secrets", type=Path, help="secrets.json of a run")
    parser.add_argument(
        "--environment", action="store_true", help="also read environment variables"
    )
    parser.add_argument(
        "--demonstration", action="store_true", help="with extensions and a trunk"
    )
    parser.add_argument("--owner", default="", help="user that gets the files")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    options = _parse(arguments)
    try:
        values = {}
        if options.values:
            values.update(json.loads(options.values.read_text(encoding="utf-8")))
        if options.secrets:
            secrets = json.loads(options.secrets.read_text(encoding="utf-8"))
            values.update(secret_values(secrets))
        if options.environment:
            values.update({k: v for k, v in os.environ.items() if k in VALUES})
        written = render(
            options.source,
            options.target,
            values,
            demonstration=options.demonstration,
            owner=options.owner,
        )
    except (ConfigureError, OSError, ValueError) as error:
        for line in str(error).splitlines():
            print(f"configure: {line}", file=sys.stderr)
        return 1
    print(f"configure: {len(written)} files in {options.target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
