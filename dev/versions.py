"""The versions that this project was tested with, and how they are compared."""

import re

#: Where each part comes from: Debian package, Debian suite, versions tested.
TESTED = {
    "odoo": {"package": "odoo-19", "suite": "sid", "tested": "19.0"},
    "asterisk": {"package": "asterisk", "suite": "sid", "tested": "22.10"},
}


def upstream(version: str) -> str:
    """Return the upstream part of a Debian version: no epoch, suffix or revision.

    >>> upstream("1:22.10.1+dfsg+~cs6.17.60671434-1")
    '22.10.1'
    """
    return re.split(r"[^0-9.]", version.split(":", 1)[-1], maxsplit=1)[0].strip(".")


def compare(version: str, tested: str) -> int:
    """Compare a Debian version with a tested one, as far as the tested one goes.

    :return: -1 older, 0 the same, 1 newer

    >>> compare("19.0.0+dfsg-1", "19.0"), compare("1:22.9.0", "22.10")
    (0, -1)
    """
    depth = tested.count(".") + 1
    numbers = [int(number) for number in upstream(version).split(".") if number]
    found = (numbers + [0] * depth)[:depth]
    wanted = [int(number) for number in tested.split(".")]
    return (found > wanted) - (found < wanted)


def warning(part: str, version: str) -> str:
    """Return what to tell a person who gets another version than the tested one."""
    tested = TESTED[part]["tested"]
    order = compare(version, tested)
    if order == 0:
        return ""
    age = "newer" if order > 0 else "older"
    return (
        f"{part} {upstream(version)} is {age} than {tested}, the version this was "
        "tested with; going on with it"
    )
