"""What the simulated carrier wrote down: its log of calls, and what it heard."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CarrierCall:
    """One line of the carrier's log. Times are its clock's, in seconds."""

    start: float
    number: str
    caller: str
    answer: float | None
    end: float
    #: answered, refused (by the carrier) or cancelled (by the caller).
    disposition: str
    sip_code: int
    #: carrier or caller.
    ended_by: str
    #: The file with what was heard from the caller; empty without an answer.
    heard: str

    @property
    def talk_seconds(self) -> float:
        """Seconds from the answer to the end."""
        return 0.0 if self.answer is None else self.end - self.answer


class CarrierLog:
    """The carrier's log of calls: one line for each that has ended."""

    def __init__(self, path: Path):
        self.path = Path(path)

    def calls(self, number: str = "") -> list[CarrierCall]:
        """Return the calls, oldest first: all, or those to one number (without +)."""
        if not self.path.exists():
            return []
        lines = self.path.read_text(encoding="utf-8").splitlines()
        found = [CarrierCall(**json.loads(line)) for line in lines]
        return [call for call in found if not number or call.number == number]

    def wait(
        self,
        number: str = "",
        count: int = 1,
        timeout: float = 10,
        sleep: Callable[[float], None] = time.sleep,
    ) -> list[CarrierCall]:
        """Wait until so many calls have ended, and return them.

        :raise TimeoutError: when they don't in time
        """
        deadline = time.monotonic() + timeout
        while len(found := self.calls(number)) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{len(found)} of {count} calls to {number or 'any'}"
                )
            sleep(0.05)
        return found
