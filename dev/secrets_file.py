"""Secrets and passwords of a run: strong, generated at its first start, kept 0600."""

import json
import secrets
import string

from . import users
from .settings import Settings

EXTENSIONS = ("1986", "1987", "1988")
LOGINS = ("admin", "manager", "supervisor", *EXTENSIONS)

#: Without letters and digits that people take for one another.
READABLE = "".join(
    sorted(set(string.ascii_letters + string.digits) - set("0O1lI5S2Z8B"))
)


def generate() -> dict:
    """Return new secrets; those that a person types are shorter."""
    return {
        "ami_user": "odoo",
        "ami_secret": secrets.token_urlsafe(24),
        "ari_user": "odoo",
        "ari_secret": secrets.token_urlsafe(24),
        "trunk_secret": secrets.token_urlsafe(24),
        "extensions": {number: readable(16) for number in EXTENSIONS},
        "passwords": {login: readable(12) for login in LOGINS},
        "admin_passwd": secrets.token_urlsafe(24),
        "pg_password": secrets.token_urlsafe(24),
    }


def readable(length: int) -> str:
    """Return a random password that is easily read and typed."""
    return "".join(secrets.choice(READABLE) for _position in range(length))


def read(settings: Settings) -> dict:
    """Return the run's secrets; the first call generates them."""
    path = settings.secrets_file
    if not path.is_file():
        users.make_folder(path.parent)
        partial = path.with_suffix(".partial")
        partial.touch(0o600)
        partial.write_text(json.dumps(generate(), indent=2) + "\n")
        users.own(partial).rename(path)
    return json.loads(path.read_text())
