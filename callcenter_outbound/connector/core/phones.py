"""Whether phones and trunks are there: from contact states to domain events.

A phone has as many contacts as its aor allows; between a registration and the next it
may have an old and a new one for a moment. The best of them counts. A contact that
isn't qualified yet says nothing for itself, its answer follows within milliseconds;
only a list of contacts (asked later) counts it as reachable, for where nobody
qualifies.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .actions import EXTENSION_NUMBER, TRUNK_NAME
from .events import DomainEvent, PhoneChanged, TrunkChanged

Message = Mapping[str, str]

#: a round trip is told again when it changed by this much (ms, and as a fraction)
NOTABLE_MS = 10.0
NOTABLE_FRACTION = 0.25


@dataclass(slots=True)
class _Contact:
    uri: str
    status: str
    rtt_ms: float | None
    address: str = ""
    user_agent: str = ""
    expires: str = ""


def notable(old: float | None, new: float | None) -> bool:
    """Tell whether a round trip (ms) changed enough to be told.

    >>> notable(None, 3.0), notable(3.0, 9.0), notable(40.0, 52.0), notable(100, 112)
    (True, False, True, False)
    """
    if old is None or new is None:
        return old is not new
    return abs(new - old) >= max(NOTABLE_MS, NOTABLE_FRACTION * old)


def _rtt(value: str) -> float | None:
    """Milliseconds of a ``RoundtripUsec``; None for none.

    >>> _rtt("718"), _rtt("0"), _rtt("N/A")
    (0.718, None, None)
    """
    return int(value) / 1000 if value.isdecimal() and int(value) else None


def _address(uri: str) -> str:
    """Host and port of a contact's URI.

    >>> _address("sip:1001-0x55@127.0.0.3:5170;transport=udp")
    '127.0.0.3:5170'
    """
    return uri.rpartition("@")[2].partition(";")[0].removeprefix("sip:")[:64]


class PhoneTracker:
    """Follows the contacts of one PBX and tells what changed."""

    def __init__(self):
        self._contacts: dict[str, dict[str, _Contact]] = {}
        self._told: dict[str, tuple] = {}
        self._rtt: dict[str, float | None] = {}

    def feed(self, message: Message, at: float) -> list[DomainEvent]:
        """Take a ``ContactStatus`` event; others say nothing."""
        if message.get("Event") != "ContactStatus":
            return []
        name = message.get("EndpointName") or message.get("AOR") or ""
        uri = message.get("URI", "")
        status = message.get("ContactStatus", "")
        if not name or not uri:
            return []
        contacts = self._contacts.setdefault(name, {})
        if status in ("Removed", "Deleted"):
            contacts.pop(uri, None)
        elif status in ("Reachable", "Unreachable", "NonQualified"):
            known = contacts.get(uri)
            contacts[uri] = _Contact(
                uri,
                status,
                _rtt(message.get("RoundtripUsec", "")),
                _address(uri),
                known.user_agent if known else "",
                known.expires if known else "",
            )
        else:
            return []
        best = self._best(contacts)
        if best is not None and best.status == "NonQualified":
            return []
        return self._tell(name, at)

    def snapshot(self, messages: Iterable[Message], at: float) -> list[DomainEvent]:
        """Take a whole ``PJSIPShowContacts`` answer: a phone not in it is gone.

        It has the phones alone. Of trunks it takes ``ContactStatusDetail`` rows of a
        ``PJSIPShowEndpoint`` answer, and leaves those without any as they were.
        """
        contacts: dict[str, dict[str, _Contact]] = {}
        for message in messages:
            name, contact = self._read_row(message)
            if contact is not None:
                contacts.setdefault(name, {})[contact.uri] = contact
        for name, known in self._contacts.items():
            if not EXTENSION_NUMBER.fullmatch(name):
                contacts.setdefault(name, known)
        names = contacts.keys() | self._contacts.keys()
        names |= {name for name in self._told if EXTENSION_NUMBER.fullmatch(name)}
        self._contacts = contacts
        return [event for name in sorted(names) for event in self._tell(name, at)]

    @staticmethod
    def _read_row(message: Message) -> tuple[str, _Contact | None]:
        """Return a row's endpoint and contact; none for another kind of row."""
        if message.get("Event") == "ContactList":
            name = message.get("Endpoint") or message.get("ObjectName") or ""
            uri = message.get("Uri", "")
        elif message.get("Event") == "ContactStatusDetail":
            name = message.get("EndpointName") or message.get("AOR") or ""
            uri = message.get("URI", "")
        else:
            return "", None
        name = name.partition("/")[0].partition(";")[0]
        if not name or not uri:
            return "", None
        status = message.get("Status", "")
        if status in ("NonQualified", "Unknown", "Created"):
            status = "Reachable"
        return name, _Contact(
            uri,
            status,
            _rtt(message.get("RoundtripUsec", "")),
            _address(uri),
            message.get("UserAgent", "")[:80],
            message.get("RegExpire") or message.get("ExpirationTime") or "",
        )

    def unreachable(self) -> list[str]:
        """Return the extensions whose phones are registered, but don't answer."""
        return [
            name
            for name, told in self._told.items()
            if told[0] == "unreachable" and EXTENSION_NUMBER.fullmatch(name)
        ]

    def expiry(self, name: str) -> str:
        """Return when an endpoint's registrations end: new with each REGISTER."""
        contacts = self._contacts.get(name, {}).values()
        return ",".join(sorted(contact.expires for contact in contacts))

    def _tell(self, name: str, at: float) -> list[DomainEvent]:
        contacts = self._contacts.get(name)
        best = self._best(contacts)
        if not contacts:
            self._contacts.pop(name, None)
        state = "not_registered"
        if best is not None:
            state = "reachable" if best.status == "Reachable" else "unreachable"
        rtt = best.rtt_ms if best is not None and state == "reachable" else None
        address = best.address if best is not None else ""
        user_agent = best.user_agent if best is not None else ""
        told = (state, address, user_agent)
        if self._told.get(name) == told and not notable(self._rtt.get(name), rtt):
            return []
        if name not in self._told and state == "not_registered":
            return []
        self._told[name] = told
        self._rtt[name] = rtt
        if EXTENSION_NUMBER.fullmatch(name):
            return [PhoneChanged(name, state, rtt, address, user_agent, at)]
        if TRUNK_NAME.fullmatch(name):
            if state == "not_registered":
                state = "unreachable"
            return [TrunkChanged(name, state, rtt, at)]
        return []

    @staticmethod
    def _best(contacts: dict[str, _Contact] | None) -> _Contact | None:
        if not contacts:
            return None
        order = {"Reachable": 0, "NonQualified": 1}
        return min(contacts.values(), key=lambda c: order.get(c.status, 2))
