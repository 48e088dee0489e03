"""All parts of one run together, in the order in which they need each other."""

import fcntl
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from . import (
    asterisk,
    carrier,
    odoo,
    phones,
    postgres,
    processes,
    secrets_file,
    sources,
    steps,
    users,
)
from .settings import Settings
from .steps import StepFailed

#: The parts in the order of their start.
PARTS = ("postgres", "carrier", "pbx", "phones", "odoo")

#: The database that tests and benchmarks are given copies of.
TEMPLATE = "callcenter_template"


class Stack:
    """The parts of one run: prepared, started and stopped, each or all."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def secrets(self) -> dict:
        """The run's secrets and passwords."""
        return secrets_file.read(self.settings)

    def prepare(self) -> None:
        """Write what the parts need; PostgreSQL runs from here on."""
        self.prepare_parts()
        odoo.prepare(self.settings)

    def prepare_parts(self) -> None:
        """Write what the parts other than Odoo need."""
        users.make_folder(self.settings.run)
        sources.mirror(self.settings)
        postgres.prepare(self.settings)
        self.start("postgres")
        carrier.prepare(self.settings)
        asterisk.prepare(self.settings)

    def start(self, part: str) -> None:
        """Start a part, and wait until it answers. One that runs is left alone."""
        self._verb(part, "start")()

    def stop(self, part: str) -> None:
        """Stop a part as an administrator would."""
        self._verb(part, "stop")()

    def kill(self, part: str) -> None:
        """End a part at once, as a crash does."""
        processes.kill(self.settings, self.process_name(part))

    def restart(self, part: str) -> None:
        """Stop a part and start it again."""
        self.stop(part)
        self.start(part)

    def start_all(self) -> None:
        """Start all parts."""
        for part in PARTS:
            with steps.step(f"Starting {part}"):
                self.start(part)

    def start_fresh(self) -> None:
        """Start all parts with a new copy of the demonstration, and no calls yet.

        What is copied is installed once for a prefix, and updated when it must be.
        """
        self.stop_all(keep=("postgres",))
        for name in (asterisk.NAME, carrier.NAME):
            shutil.rmtree(self.settings.run / name, ignore_errors=True)
        self.prepare_parts()
        odoo.prepare(replace(self.settings, database=TEMPLATE))
        odoo.write_configuration(self.settings, with_connector=True)
        odoo.copy_database(self.settings, TEMPLATE)
        self.start_all()

    def ensure_all(self) -> None:
        """Start the parts that do not run."""
        for part in PARTS:
            if not processes.pid(self.settings, self.process_name(part)):
                self.start(part)

    def stop_all(self, keep: Sequence[str] = ()) -> None:
        """Stop all parts, the last one first.

        :param keep: parts that go on
        """
        for part in reversed(PARTS):
            if part not in keep:
                self.stop(part)

    def dead(self) -> list[str]:
        """Return the parts that were started and run no more."""
        noted = processes.names(self.settings)
        return [name for name in noted if not processes.pid(self.settings, name)]

    def log(self, part: str) -> Path:
        """Return the log file of a part."""
        return self.settings.logs / f"{self.process_name(part)}.log"

    def process_name(self, part: str) -> str:
        """Return the name under which a part's process is noted."""
        return f"phone-{phones.DEMONSTRATION}" if part == "phones" else part

    def _verb(self, part: str, verb: str) -> Callable[[], None]:
        if part == "phones" and verb == "start":
            secret = self.secrets["extensions"][phones.DEMONSTRATION]
            return lambda: phones.start(self.settings, secret)
        modules = {
            "postgres": postgres,
            "carrier": carrier,
            "pbx": asterisk,
            "phones": phones,
            "odoo": odoo,
        }
        return lambda: getattr(modules[part], verb)(self.settings)


@contextmanager
def lock(path: Path, message: str) -> Iterator[None]:
    """Keep others from doing the same in the same folder at once.

    :param message: what to say when another one is at it
    :raise StepFailed: then
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StepFailed(message) from None
        yield
