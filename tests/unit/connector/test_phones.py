"""Phones as they register, die and come back, from recorded streams."""

import captures
import pytest

from connector.core.events import PhoneChanged
from connector.core.phones import PhoneTracker


def replay(tracker, name):
    told = []
    for message in captures.messages(name):
        told += tracker.feed(message, float(message.get("Timestamp", 0)))
    return told


def states(told):
    return [(event.extension, event.state) for event in told]


def test_register():
    told = replay(PhoneTracker(), "agent_phones_register")
    assert states(told) == [
        ("1001", "reachable"),
        ("1002", "reachable"),
        ("1003", "reachable"),
    ]
    assert told[0].rtt_ms == 0.605
    assert told[0].address == "127.0.0.3:5170"


def test_dies_and_comes_back():
    tracker = PhoneTracker()
    assert {s for __, s in states(replay(tracker, "agent_phone_dies"))} == {
        "unreachable"
    }
    assert sorted(tracker.unreachable()) == ["1001", "1002", "1003"]
    # a new registration replaces the dead contact
    assert {s for __, s in states(replay(tracker, "agent_phones_register"))} == {
        "reachable"
    }


def test_unregister():
    tracker = PhoneTracker()
    replay(tracker, "agent_phones_register")
    told = replay(tracker, "agent_phones_unregister_reregister")
    assert states(told)[:3] == [
        ("1002", "not_registered"),
        ("1001", "not_registered"),
        ("1003", "not_registered"),
    ]
    assert {s for __, s in states(told)[3:]} == {"reachable"}


def contact(name, status, usec="0", agent="baresip", uri=None):
    return {
        "Event": "ContactList",
        "Endpoint": name,
        "Uri": uri or f"sip:{name}@10.0.0.1:5060",
        "Status": status,
        "RoundtripUsec": usec,
        "UserAgent": agent,
    }


NOTHING = {"1986": "not_registered"}


def test_snapshot():
    """A list of contacts tells user agents, and what is gone."""
    tracker = PhoneTracker()
    (first,) = tracker.snapshot([contact("1986", "Reachable", "4000")], NOTHING, 1.0)
    assert first == PhoneChanged(
        "1986", "reachable", 4.0, "10.0.0.1:5060", "baresip", 1.0
    )
    held = {"1986": "reachable"}
    assert tracker.snapshot([contact("1986", "Reachable", "9000")], held, 2.0) == []
    (slow,) = tracker.snapshot([contact("1986", "Reachable", "90000")], held, 3.0)
    assert slow.rtt_ms == 90.0
    (gone,) = tracker.snapshot([], held, 4.0)
    assert gone.state == "not_registered"
    assert tracker.snapshot([], NOTHING, 5.0) == []


def test_never_qualified_is_reachable():
    """Where no qualify is set up a registration is all there is to know."""
    row = contact("1986", "NonQualified")
    (told,) = PhoneTracker().snapshot([row], NOTHING, 1.0)
    assert (told.state, told.rtt_ms) == ("reachable", None)


@pytest.mark.parametrize("held", ["reachable", "unreachable"])
def test_left_while_nobody_listened(held):
    """A fresh tracker knows of no phone: what Odoo holds is told otherwise."""
    (gone,) = PhoneTracker().snapshot([], {"1986": held}, 1.0)
    assert (gone.extension, gone.state) == ("1986", "not_registered")


def test_registered_before_odoo_knew_the_extension():
    """What was told and dropped is told again as soon as Odoo can take it."""
    tracker = PhoneTracker()
    assert len(replay(tracker, "agent_phones_register")) == 3
    rows = [contact(name, "Reachable") for name in ("1001", "1002", "1003")]
    assert tracker.snapshot(rows, {}, 1.0) == []
    (told,) = tracker.snapshot(rows, {"1002": "not_registered"}, 2.0)
    assert (told.extension, told.state) == ("1002", "reachable")
    assert tracker.snapshot(rows, {"1002": "reachable"}, 3.0) == []


def test_what_odoo_holds_wins_over_what_was_told():
    """Another connector may have told it otherwise meanwhile."""
    tracker = PhoneTracker()
    row = contact("1986", "Reachable")
    assert len(tracker.snapshot([row], NOTHING, 1.0)) == 1
    (again,) = tracker.snapshot([row], {"1986": "unreachable"}, 2.0)
    assert again.state == "reachable"


def test_trunks_are_no_phones():
    message = {
        "Event": "ContactStatus",
        "EndpointName": "carrier",
        "URI": "sip:10.0.0.1:5060",
        "ContactStatus": "Unreachable",
        "RoundtripUsec": "0",
    }
    tracker = PhoneTracker()
    assert tracker.feed(message, 1.0) == []
    assert tracker.snapshot([contact("carrier", "Reachable")], {}, 2.0) == []
