"""Whether trunks are there: from the PBX's lists to domain events."""

from collections.abc import Iterable, Mapping

from .events import TrunkChanged
from .phones import notable, round_trip

Message = Mapping[str, str]

#: Asterisk's names of a registration's states -> ours, but for Registered
_REGISTRATIONS = {"Rejected": "rejected"}
_CONTACTS = {"Reachable": "reachable", "Unreachable": "unreachable"}


def registrations(rows: Iterable[Message]) -> dict[str, str]:
    """Return the state of each outbound registration, by its trunk.

    >>> row = {"Event": "OutboundRegistrationDetail", "ObjectName": "carrier-reg-0"}
    >>> registrations([{**row, "Status": "Registered"}])
    {'carrier': 'Registered'}
    """
    found = {}
    for row in rows:
        name, end, __ = row.get("ObjectName", "").rpartition("-reg-0")
        if row.get("Event") == "OutboundRegistrationDetail" and end:
            found[name] = row.get("Status", "")
    return found


class TrunkTracker:
    """Tells which of one PBX's trunks changed.

    >>> tracker = TrunkTracker()
    >>> contact = {"Event": "ContactStatusDetail", "Status": "Reachable"}
    >>> contact["RoundtripUsec"] = "12000"
    >>> tracker.snapshot({"carrier": [contact]}, {}, 1.0)
    [TrunkChanged(trunk='carrier', state='reachable', rtt_ms=12.0, at=1.0)]
    >>> tracker.snapshot({"carrier": [contact]}, {}, 2.0)
    []
    >>> tracker.snapshot({"carrier": [contact]}, {"carrier": "Rejected"}, 3.0)
    [TrunkChanged(trunk='carrier', state='rejected', rtt_ms=None, at=3.0)]
    """

    def __init__(self):
        self._told: dict[str, tuple[str, float | None]] = {}

    def unknown(self) -> list[str]:
        """Return the trunks that nobody has asked yet whether they are there."""
        return [name for name, told in self._told.items() if told[0] == "unknown"]

    def forget(self) -> None:
        """Forget what was told: tell all again."""
        self._told.clear()

    def snapshot(
        self,
        trunks: Mapping[str, Iterable[Message]],
        registered: Mapping[str, str],
        at: float,
    ) -> list[TrunkChanged]:
        """Take the rows of each trunk's ``PJSIPShowEndpoint``; tell what changed.

        :param registered: as :func:`registrations` returns it
        """
        events = []
        for name, rows in trunks.items():
            state, rtt = _state(rows, registered.get(name))
            told = self._told.get(name)
            if told is None or told[0] != state or notable(told[1], rtt):
                self._told[name] = (state, rtt)
                events.append(TrunkChanged(name, state, rtt, at))
        return events


def _state(rows: Iterable[Message], registration: str | None):
    if registration not in (None, "Registered"):
        return _REGISTRATIONS.get(registration, "not_registered"), None
    for row in rows:
        if row.get("Event") == "ContactStatusDetail":
            state = _CONTACTS.get(row.get("Status", ""), "unknown")
            rtt = round_trip(row.get("RoundtripUsec", ""))
            return state, rtt if state == "reachable" else None
    return "unknown", None
