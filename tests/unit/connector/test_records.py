"""Call records as the dialplan writes them, and as nobody should."""

import pytest

from connector.core import events, records

KEY = "440ebfff-c11d-45ad-ace9-9b986633fa2b"
DIAL = 1795425852.134


def end(status, cause, tech, answered="", ring="12"):
    fields = ["end", "1795425856.033", KEY, status, cause, tech, f"{DIAL:.3f}"]
    return records.parse(
        f"/calls/{KEY}", "|".join([*fields, answered, ring, "", "PJSIP/trunk-1"])
    )


@pytest.mark.parametrize(
    ("record", "cause", "sip"),
    [
        (end("ANSWER", "16", "SIP 200 OK", "1795425853.137"), 16, 200),
        (end("BUSY", "17", "SIP 486 Busy Here"), 17, 486),
        (end("NOANSWER", "16", "SIP 180 Ringing"), 0, 0),
        (end("CHANUNAVAIL", "1", "SIP 404 Not Found", ring=""), 1, 404),
        (end("CHANUNAVAIL", "21", "SIP 603 Decline"), 21, 603),
        (end("NOANSWER", "19", "SIP 480 Temporarily Unavailable"), 19, 480),
        (end("CANCEL", "0", "SIP 180 Ringing"), 16, 0),
    ],
)
def test_ends(record, cause, sip):
    """The same cause and status as the events of such a call give."""
    told = records.events_of_record(record)
    ended = told[-1]
    assert isinstance(told[0], events.CustomerDialed)
    reason = "agent_cancel" if record.dial_status == "CANCEL" else "customer"
    assert (ended.cause, ended.sip_code, ended.reason) == (cause, sip, reason)
    assert ended.dialed_at == DIAL
    assert ended.at == 1795425856.033


def test_trunk_unreachable():
    """A dial time, but no leg: the customer wasn't reached."""
    (ended,) = records.events_of_record(end("CHANUNAVAIL", "3", "", ring=""))
    assert (ended.reason, ended.dialed_at, ended.cause) == ("trunk", None, 3)


def test_hung_up_before_anything_was_dialled():
    """A dial time, but no dial: the agent was gone."""
    (ended,) = records.events_of_record(end("", "0", "", ring=""))
    assert (ended.reason, ended.dialed_at) == ("agent_cancel", None)


def test_states():
    assert records.events_of_record(records.parse(KEY, records.sent(DIAL))) == []
    (dialed,) = records.events_of_record(records.parse(KEY, f"dial|{DIAL}|86"))
    assert dialed.at == DIAL
    told = records.events_of_record(records.parse(KEY, f"answer|{DIAL}|{KEY}"))
    assert isinstance(told[-1], events.CustomerAnswered)


@pytest.mark.parametrize(
    ("more", "dialed_at"),
    [(f"|{DIAL}", DIAL), ("", DIAL + 3), ("|", DIAL + 3), ("|soon", DIAL + 3)],
)
def test_answer_tells_when_it_was_dialled(more, dialed_at):
    """Records of an older dialplan don't: the answer is the next best then."""
    record = records.parse(KEY, f"answer|{DIAL + 3:.3f}|{KEY}{more}")
    dialed, answered = records.events_of_record(record)
    assert dialed.at == pytest.approx(dialed_at)
    assert answered.at == pytest.approx(DIAL + 3)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "|",
        "end",
        "end|",
        "end||||||||||",
        "end|NaN|x",
        "end|1e999|x",
        "end|-1|x",
        "answer|１７９５４２５８５２.1|x",
        "sent|99999999999999999999",
        "DIAL|1795425852.134|86",
        "\x00\r\n\r\nAction: Command",
        "x" * 100_000,
    ],
)
def test_broken(value):
    record = records.parse(KEY, value)
    assert record.state == "broken"
    assert records.events_of_record(record) == []


@pytest.mark.parametrize("key", ["", "/calls/", "a/b/c", "'; DROP TABLE", "x" * 5000])
def test_foreign_keys(key):
    record = records.parse(key, "sent|1795425852.134")
    assert record.state == "broken"
    assert len(record.call_key) <= 80


def test_garbled_end_still_ends():
    """A truncated end is an end: an agent must not hang in a call."""
    (ended,) = records.events_of_record(records.parse(KEY, "end|1795425856.0|x|WHAT"))
    assert (ended.reason, ended.cause, ended.sip_code) == ("trunk", 0, 0)
    record = records.parse(KEY, f"end|1795425856.0|x|BUSY|9999|486|{DIAL}|soon|-3")
    ended = records.events_of_record(record)[-1]
    assert (ended.cause, ended.sip_code, ended.ringing_at) == (0, 486, None)
