"""Write the secrets of docker-compose.yml into a folder, unless they are there.

    python3 -m dev.container_secrets /secrets

They have the form of those of `make run`. PostgreSQL's image wants its password in a
file of its own.
"""

import json
import sys
from pathlib import Path

from . import secrets_file


def write(folder: Path) -> dict:
    """Write the files that are missing, and return the secrets."""
    path = folder / "secrets.json"
    if not path.exists():
        partial = path.with_suffix(".partial")
        generated = secrets_file.generate()
        # Odoo's image passes it as an argument: a dash at its start would be an option.
        generated["pg_password"] = secrets_file.readable(32)
        partial.write_text(json.dumps(generated, indent=2) + "\n")
        # The volume is private to the system; each container has users of its own.
        partial.chmod(0o644)
        partial.replace(path)
    secrets = json.loads(path.read_text())
    password = folder / "pg_password"
    password.write_text(secrets["pg_password"])
    password.chmod(0o644)
    return secrets


def main() -> None:
    """Write the secrets, and print the log-ins."""
    for login, password in write(Path(sys.argv[1]))["passwords"].items():
        print(f"log-in {login}: {password}")


if __name__ == "__main__":
    main()
