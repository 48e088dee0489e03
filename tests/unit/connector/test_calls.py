"""Recorded calls replayed: what each must tell, once and no more."""

import random

import captures
import pytest

from connector.core import events, records
from connector.core.calls import CallTracker, Channel

SET_UP = ["AgentDialed", "AgentRinging", "AgentAnswered", "CustomerDialed"]

# capture: events after the set-up, cause, SIP code
AGENT_FIRST = {
    "answered": (["CustomerRinging", "CustomerAnswered"], 16, 200),
    "busy": (["CustomerRinging"], 17, 486),
    "noanswer": (["CustomerRinging"], 0, 0),
    "invalid_number": ([], 1, 404),
    "power_off": (["CustomerRinging"], 19, 480),
    "rejected": (["CustomerRinging"], 21, 403),
    "congestion": ([], 34, 503),
    "dest_out_of_order": ([], 27, 502),
    "early_media_then_404": ([], 1, 404),
}


def replay(messages, keys):
    tracker = CallTracker()
    for key in keys:
        tracker.expect(key)
    told = [event for message in messages for event in tracker.feed(message)]
    return tracker, told


def names(told):
    return [type(event).__name__ for event in told]


@pytest.mark.parametrize("name", AGENT_FIRST)
def test_agent_first(name):
    """The sequence, the cause and the SIP status of each kind of end."""
    capture = f"agent_first_{name}"
    key = captures.call_keys(capture)[0]
    tracker, told = replay(captures.messages(capture), [key])
    middle, cause, sip = AGENT_FIRST[name]
    assert names(told) == [*SET_UP, *middle, "CallEnded"]
    assert {event.call_key for event in told} == {key}
    assert [event.at for event in told] == sorted(event.at for event in told)
    ended = told[-1]
    assert (ended.cause, ended.sip_code, ended.reason) == (cause, sip, "customer")
    assert ended.dialed_at == told[3].at
    assert ended.uniqueid == told[3].uniqueid != key
    assert told[3].channel.startswith("PJSIP/carrier-")
    ringing = [e.at for e in told if isinstance(e, events.CustomerRinging)]
    assert ended.ringing_at == (ringing[0] if ringing else None)
    answered = [e.at for e in told if isinstance(e, events.CustomerAnswered)]
    assert ended.answered_at == (answered[0] if answered else None)
    assert tracker.call_keys() == []


def test_answered_times():
    """Two seconds until the answer, five of talk, by the PBX's clock."""
    key = captures.call_keys("agent_first_answered")[0]
    __, told = replay(captures.messages("agent_first_answered"), [key])
    ended = told[-1]
    assert ended.answered_at - ended.dialed_at == pytest.approx(2.0, abs=0.02)
    assert ended.at - ended.answered_at == pytest.approx(5.0, abs=0.05)


@pytest.mark.parametrize("name", AGENT_FIRST)
def test_every_message_twice(name):
    """A message that comes twice tells nothing new."""
    capture = f"agent_first_{name}"
    keys = captures.call_keys(capture)
    messages = captures.messages(capture)
    __, once = replay(messages, keys)
    __, twice = replay([m for m in messages for __ in range(2)], keys)
    assert twice == once


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("name", ["answered", "busy", "rejected"])
def test_neighbours_swapped(name, seed):
    """Messages of the same few milliseconds in another order: the same story."""
    capture = f"agent_first_{name}"
    keys = captures.call_keys(capture)
    messages = [m for m in captures.messages(capture) if m.get("Event") != "CEL"]
    rng = random.Random(seed)
    middle = len(messages) // 2
    for index in range(middle, len(messages) - 1):
        near, far = messages[index : index + 2]
        if "Timestamp" not in near or "Timestamp" not in far:
            continue
        apart = abs(float(near["Timestamp"]) - float(far["Timestamp"]))
        if apart < 0.002 and rng.random() < 0.5:
            messages[index : index + 2] = [far, near]
    __, told = replay(messages, keys)
    middle, cause, sip = AGENT_FIRST[name]
    assert sorted(names(told)) == sorted([*SET_UP, *middle, "CallEnded"])
    assert isinstance(told[-1], events.CallEnded)
    assert (told[-1].cause, told[-1].sip_code) == (cause, sip)


def test_agent_without_a_phone():
    """Only an OriginateResponse: the customer was never dialled."""
    key = captures.call_keys("agent_unregistered")[0]
    tracker, told = replay(captures.messages("agent_unregistered"), [key])
    assert names(told) == ["CallEnded"]
    assert told[0].reason == "agent_unreachable"
    assert told[0].dialed_at is None
    assert tracker.call_keys() == []


def test_second_call_of_a_busy_agent():
    """Two calls of one agent don't mix."""
    keys = captures.call_keys("agent_second_call")
    __, told = replay(captures.messages("agent_second_call"), keys[1:])
    assert {event.call_key for event in told} == {keys[1]}
    assert names(told) == [*SET_UP, "CustomerRinging", "CustomerAnswered", "CallEnded"]
    assert told[-1].at - told[-1].answered_at == pytest.approx(1.077, abs=0.01)


def test_unknown_calls_are_ignored():
    tracker, told = replay(captures.messages("agent_first_answered"), [])
    assert told == []
    assert tracker.call_keys() == []


# -- the agent's own phone, which no capture has: messages as Asterisk sends them

KEY = "440ebfff-c11d-45ad-ace9-9b986633fa2b"
LEG = {"Uniqueid": KEY, "Linkedid": KEY, "Channel": "PJSIP/1001-00000001"}
NEW = {"Event": "Newchannel", "Timestamp": "1795425614.1", **LEG}
RINGING = {
    "Event": "DialState",
    "Timestamp": "1795425614.2",
    "DestUniqueid": KEY,
    "DestLinkedid": KEY,
    "DialStatus": "RINGING",
}


def failure(reason):
    return {
        "Event": "OriginateResponse",
        "Timestamp": "1795425634.2",
        "Response": "Failure",
        "Reason": reason,
        "Uniqueid": KEY,
        "Channel": "PJSIP/1001",
    }


def gone(cause="0", tech=""):
    message = {"Event": "Hangup", "Timestamp": "1795425634.1", "Cause": cause, **LEG}
    return {**message, "TechCause": tech} if tech else message


ANSWERED = {
    "Event": "OriginateResponse",
    "Timestamp": "1795425614.3",
    "Response": "Success",
    "Reason": "4",
    "Uniqueid": KEY,
}
HANGS_UP = {"Event": "HangupRequest", "Timestamp": "1795425614.5", **LEG}


@pytest.mark.parametrize("turned", [False, True], ids=["hangup first", "hangup last"])
@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ((gone(), failure("3")), "agent_no_answer"),
        ((gone("16"), failure("1")), "agent_no_answer"),
        ((gone("17", "486"), failure("5")), "agent_busy"),
        ((gone("17"), failure("0")), "agent_busy"),
        ((gone("21", "603"), failure("0")), "agent_rejected"),
        ((gone("20"), failure("0")), "agent_no_answer"),
        ((gone("19", "480"), failure("0")), "agent_no_answer"),
        ((gone("0"), failure("5")), "agent_busy"),
    ],
)
def test_agent_does_not_answer(end, reason, turned):
    """The end of the own leg and the Originate's answer come in either order."""
    tracker, told = replay([NEW, RINGING, *(end[::-1] if turned else end)], [KEY])
    assert names(told) == ["AgentDialed", "AgentRinging", "CallEnded"]
    assert told[-1].reason == reason
    assert told[-1].dialed_at is None
    assert tracker.call_keys() == []


@pytest.mark.parametrize(
    "end",
    [
        (gone("20"), failure("0")),
        (gone("19", "480"), failure("0")),
        (gone(), failure("8")),
    ],
)
def test_a_phone_that_never_rang_was_out_of_reach(end):
    _, told = replay([NEW, *end], [KEY])
    assert names(told) == ["AgentDialed", "CallEnded"]
    assert told[-1].reason == "agent_unreachable"


def test_trunk_without_a_leg():
    """The agent answered, the trunk made no leg: not the customer's outcome."""
    __, told = replay([NEW, RINGING, ANSWERED, gone("3")], [KEY])
    assert (told[-1].reason, told[-1].dialed_at) == ("trunk", None)


def test_agent_hangs_up_before_the_customer_is_dialled():
    __, told = replay([NEW, RINGING, ANSWERED, HANGS_UP, gone("16")], [KEY])
    assert (told[-1].reason, told[-1].dialed_at) == ("agent_cancel", None)


DIALED = {
    "Event": "DialBegin",
    "Timestamp": "1795425614.4",
    "Uniqueid": KEY,
    "DestUniqueid": "pbx-1.1",
    "DestChannel": "PJSIP/carrier-00000002",
}


def customer_gone(cause, tech=""):
    return {**gone(cause, tech), "Uniqueid": "pbx-1.1", "Linkedid": KEY}


@pytest.mark.parametrize("by", ["phone", "click"])
def test_agent_hangs_up_while_the_customers_phone_rings(by):
    """Nobody's outcome but the agent's; the record of such a call says the same."""
    tracker = CallTracker()
    tracker.expect(KEY)
    ringing = {**DIALED, "Event": "DialState", "DialStatus": "RINGING"}
    for message in (NEW, RINGING, ANSWERED, DIALED, ringing):
        tracker.feed(message)
    if by == "phone":
        tracker.feed(HANGS_UP)
    else:
        tracker.agent_hangs_up(KEY)
    tracker.feed(customer_gone("16"))
    (ended,) = tracker.feed(gone("0"))
    assert (ended.reason, ended.cause, ended.sip_code) == ("agent_cancel", 16, 0)
    assert ended.dialed_at == 1795425614.4
    assert ended.answered_at is None
    value = f"end|1795425634.1|{KEY}|CANCEL|0|SIP 180 Ringing|1795425614.4||12||"
    recorded = records.events_of_record(records.parse(KEY, value))[-1]
    assert (recorded.reason, recorded.cause, recorded.sip_code) == (
        ended.reason,
        ended.cause,
        ended.sip_code,
    )


def test_customer_who_was_quicker_than_the_agents_hang_up():
    """The carrier's word came before the agent's: it was busy."""
    tracker = CallTracker()
    tracker.expect(KEY)
    for message in (NEW, RINGING, ANSWERED, DIALED, customer_gone("17", "486")):
        tracker.feed(message)
    tracker.agent_hangs_up(KEY)
    (ended,) = tracker.feed(gone("17", "486"))
    assert (ended.reason, ended.cause) == ("customer", 17)


def test_agent_hangs_up_in_the_talk():
    answered = {**DIALED, "Event": "DialEnd", "DialStatus": "ANSWER"}
    story = [NEW, ANSWERED, DIALED, answered, HANGS_UP, customer_gone("16"), gone("16")]
    __, told = replay(story, [KEY])
    assert (told[-1].reason, told[-1].sip_code) == ("customer", 200)


def test_adopted_call_whose_agent_hangs_up():
    """The end of the customer's leg fell into a gap."""
    tracker = CallTracker()
    tracker.adopt(KEY, [AGENT], records.parse(KEY, "dial|1795425614.500|86"))
    assert tracker.feed(HANGS_UP) == []
    (ended,) = tracker.feed(gone("0"))
    assert ended.reason == "agent_cancel"


def test_hangup_that_we_asked_for():
    tracker = CallTracker()
    tracker.expect(KEY)
    tracker.feed(NEW)
    assert tracker.agent_channel(KEY) == "PJSIP/1001-00000001"
    tracker.agent_hangs_up(KEY)
    assert tracker.feed(gone("0")) == []
    (ended,) = tracker.feed(failure("3"))
    assert ended.reason == "agent_cancel"


def test_messages_without_sense():
    """A message with a header missing or garbled says nothing, and breaks nothing."""
    tracker = CallTracker()
    tracker.expect(KEY)
    for message in (
        {},
        {"Event": "Hangup"},
        {"Event": "Hangup", "Uniqueid": KEY},
        {"Event": "Hangup", "Uniqueid": KEY, "Timestamp": "soon"},
        {"Event": "DialBegin", "Uniqueid": KEY, "Timestamp": "1795425614.1"},
        {**failure("many"), "Uniqueid": ""},
    ):
        assert tracker.feed(message) == []
    assert tracker.call_keys() == [KEY]


# -- after a gap

AGENT = Channel(KEY, KEY, "PJSIP/1001-00000001", "Up")
CUSTOMER = Channel("pbx-1.1", KEY, "PJSIP/carrier-00000002", "Ringing")


def test_adopted_call_goes_on():
    """What the record proves is told, the rest comes by events."""
    tracker = CallTracker()
    record = records.parse(KEY, "dial|1795425614.500|8621550000")
    told = tracker.adopt(KEY, [AGENT, CUSTOMER], record)
    assert names(told) == ["AgentAnswered", "CustomerDialed"]
    assert told[1].uniqueid == "pbx-1.1"
    busy = {
        "Event": "Hangup",
        "Timestamp": "1795425620.1",
        "Uniqueid": "pbx-1.1",
        "Linkedid": KEY,
        "Cause": "17",
        "TechCause": "486",
    }
    assert tracker.feed(busy) == []
    (ended,) = tracker.feed(gone("17", "486"))
    assert (ended.cause, ended.sip_code, ended.dialed_at) == (17, 486, 1795425614.5)


def test_adopted_call_whose_customer_is_gone():
    """The dialplan hands the customer's cause on to the agent's leg."""
    tracker = CallTracker()
    tracker.adopt(KEY, [AGENT], records.parse(KEY, "dial|1795425614.500|86"))
    (ended,) = tracker.feed(gone("17", "486"))
    assert (ended.reason, ended.cause, ended.sip_code) == ("customer", 17, 486)


def test_adopted_call_counts_from_the_dial():
    tracker = CallTracker()
    record = records.parse(KEY, "answer|1795425616.000|x|1795425612.500")
    tracker.adopt(KEY, [AGENT, CUSTOMER], record)
    tracker.feed(customer_gone("16"))
    (ended,) = tracker.feed(gone("16"))
    assert (ended.dialed_at, ended.answered_at) == (1795425612.5, 1795425616.0)


def test_adopting_tells_only_what_is_new():
    tracker = CallTracker()
    record = records.parse(KEY, "answer|1795425616.000|x")
    first = tracker.adopt(KEY, [AGENT, CUSTOMER], record)
    assert names(first)[-1] == "CustomerAnswered"
    assert tracker.adopt(KEY, [AGENT, CUSTOMER], record) == []


def test_closed_with_what_was_seen_before():
    """The record gives the end, this connector's own memory the customer's leg."""
    key = captures.call_keys("agent_first_answered")[0]
    messages = captures.messages("agent_first_answered")
    cut = next(i for i, m in enumerate(messages) if m.get("Event") == "HangupRequest")
    tracker, told = replay(messages[:cut], [key])
    dialed = next(e for e in told if isinstance(e, events.CustomerDialed))
    value = f"end|1795425621.500|{key}|ANSWER|16|SIP 200 OK|1795425614.455|"
    value += "1795425616.464|4||PJSIP/carrier-00000001"
    missed = tracker.close(key, records.parse(key, value), 0.0, "lost")
    ended = missed[-1]
    assert ended.uniqueid == dialed.uniqueid
    assert ended.dialed_at == dialed.at
    assert (ended.at, ended.cause, ended.sip_code) == (1795425621.5, 16, 200)
    assert tracker.call_keys() == []
