"""The call record that the Asterisk dialplan keeps in astdb, family ``calls``.

Its key is the call key; its value says how far the call came::

    sent|<time>                         written by us before the Originate
    dial|<time>|<number>                the agent answered, the customer is dialled
    answer|<time>|<linked id>|<dial time>       the customer answered
    end|<time>|<linked id>|<DIALSTATUS>|<HANGUPCAUSE>|<SIP 486 Busy>|<dial time>|
        <answer time>|<ring ms>|<progress ms>|<peer channel>

Times are the PBX's clock. The dialplan is not ours alone to change, and astdb can be
written by anybody on the PBX: what can't be read becomes a value that says so.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .actions import ActionError, check_call_key
from .events import (
    CallEnded,
    CallEvent,
    CustomerAnswered,
    CustomerDialed,
    CustomerRinging,
)

STATES = ("sent", "dial", "answer", "end")
_SIP = re.compile(r"(?:SIP )?([1-6][0-9]{2})\b")
_TIME = re.compile(r"[0-9]{9,11}(?:\.[0-9]{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call record as read. ``state`` is ``broken`` when it could not be."""

    call_key: str
    state: str
    #: when it was written
    at: float = 0.0
    dialed_at: float | None = None
    ringing_at: float | None = None
    answered_at: float | None = None
    dial_status: str = ""
    cause: int = 0
    sip_code: int = 0


def sip_code(tech_cause: str) -> int:
    """Return the final SIP status in a ``TechCause``, 0 if there is none.

    >>> sip_code("486"), sip_code("SIP 404 Not Found"), sip_code("SIP 180 Ringing")
    (486, 404, 0)
    >>> sip_code(""), sip_code("Q.850 17")
    (0, 0)
    """
    match = _SIP.match(tech_cause)
    code = int(match[1]) if match else 0
    return code if code >= 200 else 0


def cause_code(cause: str) -> int:
    """Return a Q.850 cause, 0 if it is none.

    >>> cause_code("17"), cause_code(""), cause_code("999"), cause_code("-1")
    (17, 0, 0, 0)
    """
    return (
        int(cause)
        if re.fullmatch(r"[0-9]{1,3}", cause, re.A) and (int(cause) < 128)
        else 0
    )


def timestamp(value: str) -> float | None:
    """Return unix seconds, None for anything that is no time.

    >>> timestamp("1795425614.457125"), timestamp(""), timestamp("nan")
    (1795425614.457125, None, None)
    """
    return float(value) if _TIME.fullmatch(value) else None


def sent(at: float) -> str:
    """Return the value of a record that is written before an Originate.

    >>> sent(1795425614.4571)
    'sent|1795425614.457'
    """
    return f"sent|{at:.3f}"


def _milliseconds(value: str) -> float | None:
    return int(value) / 1000 if re.fullmatch(r"[0-9]{1,7}", value, re.A) else None


def parse(key: str, value: str) -> CallRecord:
    """Read a record; never raises.

    :param key: as DBGetTree gives it (``/calls/<key>``) or bare

    >>> key = "440ebfff-c11d-45ad-ace9-9b986633fa2b"
    >>> parse(key, "sent|1795425614.457")
    CallRecord(call_key='440ebfff-c11d-45ad-ace9-9b986633fa2b', state='sent', \
at=1795425614.457, dialed_at=None, ringing_at=None, answered_at=None, \
dial_status='', cause=0, sip_code=0)
    >>> parse(key, "hello").state, parse("x", "sent|1795425614.457").state
    ('broken', 'broken')
    """
    key = str(key).rpartition("/")[2]
    try:
        check_call_key(key)
    except ActionError:
        return CallRecord(key[:80], "broken")
    fields = str(value).split("|")
    state = fields[0]
    at = timestamp(fields[1]) if len(fields) > 1 else None
    if state not in STATES or at is None:
        return CallRecord(key, "broken")
    if state == "sent":
        return CallRecord(key, state, at)
    if state == "dial":
        return CallRecord(key, state, at, dialed_at=at)
    if state == "answer":
        # without the time of the dial the answer is the next best we know
        dialed_at = timestamp(fields[3]) if len(fields) > 3 else None
        return CallRecord(key, state, at, dialed_at=dialed_at or at, answered_at=at)
    fields += [""] * (11 - len(fields))
    __, __, __, status, cause, tech, dialed, answered, ring, __, __ = fields[:11]
    dialed_at = timestamp(dialed)
    answered_at = timestamp(answered)
    if answered_at is not None and dialed_at is None:
        dialed_at = answered_at
    ring_seconds = _milliseconds(ring)
    ringing_at = None
    if dialed_at is not None and ring_seconds is not None:
        ringing_at = dialed_at + ring_seconds
    code = sip_code(tech)
    number = cause_code(cause)
    if answered_at is not None:
        code = 200
    elif not code and status == "NOANSWER":
        # Our time limit: HANGUPCAUSE is the agent's leg's, the customer's has none
        number = 0
    elif not code and status == "CANCEL":
        # The agent hung up while it rang: as the customer's leg tells it
        number = 16
    return CallRecord(
        key, state, at, dialed_at, ringing_at, answered_at, status, number, code
    )


def reached_customer(record: CallRecord) -> bool:
    """Tell whether the customer was dialled.

    ``DIALTS`` is set before ``Dial``: with an unreachable trunk there is a dial time
    but no leg, hence no SIP answer.
    """
    if record.dialed_at is None:
        return False
    return not (
        record.dial_status in ("", "CHANUNAVAIL")
        and record.state == "end"
        and record.answered_at is None
        and not record.sip_code
    )


def events_of_record(record: CallRecord) -> list[CallEvent]:
    """Return what a record proves, in order. Empty when it proves nothing.

    ``end`` closes the call; the other states say how far it had come.

    >>> key = "440ebfff-c11d-45ad-ace9-9b986633fa2b"
    >>> value = "end|1795425856.033|x|BUSY|17|SIP 486 Busy|1795425852.1||12||"
    >>> [type(event).__name__ for event in events_of_record(parse(key, value))]
    ['CustomerDialed', 'CustomerRinging', 'CallEnded']
    """
    key = record.call_key
    events: list[CallEvent] = []
    reached = reached_customer(record)
    if reached:
        events.append(CustomerDialed(key, record.dialed_at, "", ""))
        if record.ringing_at is not None:
            events.append(CustomerRinging(key, record.ringing_at))
        if record.answered_at is not None:
            events.append(CustomerAnswered(key, record.answered_at))
    if record.state == "end":
        events.append(
            CallEnded(
                key,
                record.at,
                record.dialed_at if reached else None,
                record.ringing_at if reached else None,
                record.answered_at,
                "",
                record.cause,
                record.sip_code,
                _reason(record, reached),
            )
        )
    return events


def _reason(record: CallRecord, reached: bool) -> str:
    """Tell why a call ended, as its events would have."""
    if reached:
        return "agent_cancel" if record.dial_status == "CANCEL" else "customer"
    # hung up after the dial time was taken and before there was anything to dial
    never_dialed = record.dialed_at is not None and not record.dial_status
    return "agent_cancel" if never_dialed else "trunk"


def parse_tree(items: list[Mapping[str, str]]) -> dict[str, CallRecord]:
    """Return the records of a DBGetTree answer by key; broken ones under theirs."""
    records = {}
    for item in items:
        if item.get("Event") != "DBGetTreeResponse":
            continue
        record = parse(item.get("Key", ""), item.get("Val", ""))
        records[record.call_key] = record
    return records
