"""Whether phones are there: from contact states to domain events.

A phone has as many contacts as its aor allows; between a registration and the next it
may have an old and a new one for a moment. The best of them counts. A contact that
isn't qualified yet says nothing for itself, its answer follows within milliseconds;
only a list of contacts (asked later) counts it as reachable, for where nobody
qualifies.

What is told need not arrive: Odoo may not know the extension yet, and another connector
may have told it other things. So whoever takes a snapshot says what Odoo holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .actions import EXTENSION_NUMBER
from .events import PhoneChanged

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


def round_trip(value: str) -> float | None:
    """Milliseconds of a ``RoundtripUsec``; None for none.

    >>> round_trip("718"), round_trip("0"), round_trip("N/A")
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
    """Follows the contacts of one PBX's extensions and tells what changed.

    >>> tracker = PhoneTracker()
    >>> row = {"Event": "ContactList", "Endpoint": "1986", "Uri": "sip:1986@10.0.0.1"}
    >>> held = {"1986": "not_registered", "1987": "reachable", "1988": "not_registered"}
    >>> told = tracker.snapshot([{**row, "Status": "Reachable"}], held, 1.0)
    >>> [(event.extension, event.state) for event in told]
    [('1986', 'reachable'), ('1987', 'not_registered')]
    """

    def __init__(self):
        self._contacts: dict[str, dict[str, _Contact]] = {}
        #: state, address and user agent as they were told, or as Odoo holds them
        self._told: dict[str, tuple[str, str, str]] = {}
        self._rtt: dict[str, float | None] = {}

    def feed(self, message: Message, at: float) -> list[PhoneChanged]:
        """Take a ``ContactStatus`` event of an extension; others say nothing."""
        if message.get("Event") != "ContactStatus":
            return []
        name = message.get("EndpointName") or message.get("AOR") or ""
        uri = message.get("URI", "")
        status = message.get("ContactStatus", "")
        if not EXTENSION_NUMBER.fullmatch(name) or not uri:
            return []
        contacts = self._contacts.setdefault(name, {})
        if status in ("Removed", "Deleted"):
            contacts.pop(uri, None)
        elif status in ("Reachable", "Unreachable", "NonQualified"):
            known = contacts.get(uri)
            contacts[uri] = _Contact(
                uri,
                status,
                round_trip(message.get("RoundtripUsec", "")),
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

    def snapshot(
        self, messages: Iterable[Message], held: Mapping[str, str], at: float
    ) -> list[PhoneChanged]:
        """Take a whole ``PJSIPShowContacts`` answer: a phone not in it is gone.

        :param held: the state that Odoo holds of each extension that it knows. What
            differs is told, whatever was told before; of others nothing is.
        """
        contacts: dict[str, dict[str, _Contact]] = {}
        for message in messages:
            name, contact = self._read_row(message)
            if contact is not None:
                contacts.setdefault(name, {})[contact.uri] = contact
        self._contacts = contacts
        self._told = {
            name: self._told[name]
            if name in self._told and self._told[name][0] == state
            else (state, "", "")
            for name, state in held.items()
        }
        self._rtt = {name: self._rtt.get(name) for name in held}
        return [event for name in sorted(held) for event in self._tell(name, at)]

    @staticmethod
    def _read_row(message: Message) -> tuple[str, _Contact | None]:
        """Return a row's extension and contact; none for another kind of row."""
        if message.get("Event") != "ContactList":
            return "", None
        name = message.get("Endpoint") or message.get("ObjectName") or ""
        name = name.partition("/")[0].partition(";")[0]
        uri = message.get("Uri", "")
        if not EXTENSION_NUMBER.fullmatch(name) or not uri:
            return "", None
        status = message.get("Status", "")
        if status in ("NonQualified", "Unknown", "Created"):
            status = "Reachable"
        return name, _Contact(
            uri,
            status,
            round_trip(message.get("RoundtripUsec", "")),
            _address(uri),
            message.get("UserAgent", "")[:80],
            message.get("RegExpire") or message.get("ExpirationTime") or "",
        )

    def unreachable(self) -> list[str]:
        """Return the extensions whose phones are registered, but don't answer."""
        return [name for name, told in self._told.items() if told[0] == "unreachable"]

    def expiry(self, name: str) -> str:
        """Return when an extension's registrations end: new with each REGISTER."""
        contacts = self._contacts.get(name, {}).values()
        return ",".join(sorted(contact.expires for contact in contacts))

    def _tell(self, name: str, at: float) -> list[PhoneChanged]:
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
        self._told[name] = told
        self._rtt[name] = rtt
        return [PhoneChanged(name, state, rtt, address, user_agent, at)]

    @staticmethod
    def _best(contacts: dict[str, _Contact] | None) -> _Contact | None:
        if not contacts:
            return None
        order = {"Reachable": 0, "NonQualified": 1}
        return min(contacts.values(), key=lambda c: order.get(c.status, 2))
