"""A campaign to play: its customers, its calls, and what must come of them.

The figures that a case must show are counted here from two things alone: what the
carrier wrote down, and what the test noted that it did. The module's code has no part
in it.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from tests.e2e.carrier import CarrierCall

#: Results that the manager makes, by outcome.
RESULTS = {
    "Cooperative": "Answered",
    "No time": "Answered",
    "Wrong number": "Answered",
    "Busy": "Unanswered",
    "Vacant number": "Unanswered",
}
DONE = ("done_success", "done_mismatch", "done_failed")


def results_of(outcome: str) -> list[str]:
    """Return the results that the page offers for a call that went so."""
    return [name for name, its_outcome in RESULTS.items() if its_outcome == outcome]


@dataclass(frozen=True)
class Person:
    """A customer, whose number tells the carrier what happens."""

    name: str
    phone: str
    city: str

    @property
    def number(self) -> str:
        """The digits that the carrier sees."""
        return re.sub(r"\D", "", self.phone)


@dataclass(frozen=True)
class Attempt:
    """One call that the agent makes, and what is saved of it."""

    person: Person
    #: None: left unsaved.
    result: str | None = None
    status: str | None = None
    note: str = ""
    #: What the agent makes of the customer's city first; None: leaves it.
    city: str | None = None
    #: What the customer answers to the questions.
    answers: tuple[str, ...] = ()
    #: The agent hangs up while it rings.
    gives_up: bool = False
    #: Whether it is made with the phone in the browser.
    in_browser: bool = False


@dataclass(frozen=True)
class Campaign:
    """A plan, the customers of its package, and the calls in their order."""

    plan: str
    package: str
    people: tuple[Person, ...]
    attempts: tuple[Attempt, ...]


@dataclass
class Figures:
    """What the statistics must say of some calls."""

    data_volume: int = 0
    dials: int = 0
    answered: int = 0
    reached: int = 0
    unsaved: int = 0
    follow_up: int = 0
    done: int = 0
    success: int = 0
    passed: int = 0
    total_seconds: float = 0.0
    talk_seconds: float = 0.0
    results: Counter = field(default_factory=Counter)

    @property
    def contact_rate(self) -> float:
        """Customers reached / data volume."""
        return share(self.reached, self.data_volume)

    @property
    def answer_rate(self) -> float:
        """Answered calls / calls made."""
        return share(self.answered, self.dials)

    @property
    def effective_contact_rate(self) -> float:
        """Done (success) / data volume."""
        return share(self.success, self.data_volume)


def share(part: int, whole: int) -> float:
    """Return a part of a whole; 0 of nothing."""
    return part / whole if whole else 0.0


Played = tuple[Attempt, CarrierCall]


def match(attempts: Sequence[Attempt], lines: Sequence[CarrierCall]) -> list[Played]:
    """Give each call that was made its line of the carrier's log.

    :raise AssertionError: when the carrier saw more calls, or fewer
    """
    assert len(attempts) == len(lines), (attempts, lines)
    by_number = {}
    for line in sorted(lines, key=lambda line: line.start):
        by_number.setdefault(line.number, []).append(line)
    return [(attempt, by_number[attempt.person.number].pop(0)) for attempt in attempts]


def figures(played: Sequence[Played], passed: Sequence[str] = ()) -> Figures:
    """Count what the statistics must say of these calls.

    :param played: calls in the order they were made
    :param passed: names of the customers whose inspection passed
    """
    last_status = {}
    for attempt, __ in played:
        if attempt.status:
            last_status[attempt.person] = attempt.status
    statuses = Counter(last_status.values())
    numbers = {line.number for __, line in played}
    return Figures(
        data_volume=len(numbers),
        dials=len(played),
        answered=sum(line.answer is not None for __, line in played),
        reached=len({line.number for __, line in played if line.answer is not None}),
        unsaved=sum(attempt.result is None for attempt, __ in played),
        follow_up=statuses["follow_up"],
        done=sum(statuses[status] for status in DONE),
        success=statuses["done_success"],
        passed=sum(
            status == "done_success" and person.name in passed
            for person, status in last_status.items()
        ),
        total_seconds=sum(line.end - line.start for __, line in played),
        talk_seconds=sum(line.talk_seconds for __, line in played),
        results=Counter(attempt.result for attempt, __ in played if attempt.result),
    )


def by_key(
    played: Sequence[Played], zone: ZoneInfo, key: Callable[[datetime], str]
) -> dict[str, list[Played]]:
    """Cut calls into days or hours, by the carrier's clock.

    :param key: what a local time belongs to
    """
    cut = {}
    for attempt, line in played:
        moment = datetime.fromtimestamp(line.start, zone)
        cut.setdefault(key(moment), []).append((attempt, line))
    return cut


# The cases ----------------------------------------------------------------------------

ZHANG = Person("Zhang Wei", "+86 21 5530 0100", "Xian")
#: Rings for four seconds: the first time the agent does not wait so long.
EMMA = Person("Emma Clark", "+86 21 5531 0400", "Shanghai")
LIU = Person("Liu Wen", "+86 21 5532 0103", "Shanghai")
ANNA = Person("Anna Schmidt", "+86 21 5533 1100", "Suzhou")
CHEN = Person("Chen Jie", "+86 21 5534 0100", "Hangzhou")

#: The walk-through's: 5 customers, 6 calls, 4 answered, 1 left unsaved, 4 done.
SEED_CASE = Campaign(
    plan="Spring offer",
    package="Spring customers",
    people=(ZHANG, EMMA, LIU, ANNA, CHEN),
    attempts=(
        Attempt(
            ZHANG,
            "Cooperative",
            "done_success",
            "Asks for the price list",
            "Xi'an",
            answers=("A price list on paper", "In May"),
        ),
        Attempt(EMMA, gives_up=True),
        Attempt(ANNA, "Busy", "follow_up", "Try in the afternoon"),
        Attempt(LIU, "Cooperative", "done_success", city="Suzhou"),
        Attempt(CHEN, "Wrong number", "done_mismatch", "A bakery"),
        Attempt(EMMA, "No time", "done_success", city="Ningbo", in_browser=True),
    ),
)

#: What the carrier does, by the number's last four digits, and the results that suit.
BEHAVIOURS = {
    "0100": ("Cooperative", "No time", "Wrong number"),
    "0102": ("Cooperative", "No time", "Wrong number"),
    "9100": ("Wrong number",),
    "1100": ("Busy",),
    "3000": ("Vacant number",),
    "4000": ("Busy", "Vacant number"),
    "7100": ("Busy",),
}
MOST_CALLS = 8


def draw_case(seed: int) -> Campaign:
    """Draw a campaign with other numbers of customers, calls and outcomes."""
    rng = random.Random(seed)
    people = tuple(
        Person(
            # Without digits, by which the agent's search finds numbers too.
            f"Customer {chr(ord('A') + number)} of the draw",
            f"+86 21 55{40 + number:02d} {rng.choice(tuple(BEHAVIOURS))}",
            rng.choice(("Suzhou", "Wuxi", "Nantong")),
        )
        for number in range(rng.randint(3, 7))
    )
    # The last of them may be left untouched.
    called = people[: rng.randint(len(people) - 1, len(people))]
    turns = [(person, True) for person in called]
    turns += [(person, False) for person in called if rng.random() < 0.4]
    turns = turns[:MOST_CALLS]
    rng.shuffle(turns)
    # Who is done leaves the list: the last call of each is the one that may end it.
    last = {person: place for place, (person, __) in enumerate(turns)}
    attempts = tuple(
        _draw_attempt(rng, person, is_last=last[person] == place)
        for place, (person, __) in enumerate(turns)
    )
    return Campaign(f"Drawn {seed}", f"Drawn customers {seed}", people, attempts)


def _draw_attempt(rng, person: Person, *, is_last: bool) -> Attempt:
    if rng.random() < 0.2:
        return Attempt(person, in_browser=True)
    results = BEHAVIOURS[person.number[-4:]]
    endings = ("follow_up", *DONE) if is_last else ("follow_up", "in_progress")
    return Attempt(
        person,
        rng.choice(results),
        rng.choice(endings),
        city=rng.choice((None, "Changzhou")),
        in_browser=True,
    )
