"""From AMI messages to the story of a call.

The agent's leg has the call key as unique id, the customer's leg is what that leg
dials; both have the key as linked id. What proves what was measured on Asterisk 22:
only a ``DialEnd`` ``ANSWER`` of the customer's leg is an answer, and why a call failed
is told by ``Cause`` and ``TechCause`` in the ``Hangup`` of the customer's leg, never
by a dial status (a vacant number and a phone that rings out are both ``NOANSWER``).

Messages of one moment come in any order (``OriginateResponse`` before or after the
agent's ``DialEnd``; the customer's ``Hangup`` before or after the agent's), so each
says its fact once, and a call ends when all of its legs are over.

>>> tracker = CallTracker()
>>> key = "440ebfff-c11d-45ad-ace9-9b986633fa2b"
>>> tracker.expect(key)
>>> leg = {"Linkedid": key, "Uniqueid": key, "Channel": "PJSIP/1001-00000001"}
>>> ringing = {"DestLinkedid": key, "DestUniqueid": key, "DialStatus": "RINGING"}
>>> messages = [
...     {"Event": "Newchannel", "Timestamp": "1795425614.1", **leg},
...     {"Event": "DialState", "Timestamp": "1795425614.2", **ringing},
...     {"Event": "DialState", "Timestamp": "1795425614.3", **ringing},
...     {"Event": "Newchannel", "Timestamp": "1795425614.4", "Uniqueid": "other"},
... ]
>>> [type(event).__name__ for m in messages for event in tracker.feed(m)]
['AgentDialed', 'AgentRinging']
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from . import records
from .events import (
    AgentAnswered,
    AgentDialed,
    AgentRinging,
    CallEnded,
    CallEvent,
    CustomerAnswered,
    CustomerDialed,
    CustomerRinging,
)
from .records import CallRecord

Message = Mapping[str, str]

# SIP status and Q.850 cause of an agent's phone that wasn't picked up
_BUSY_SIP = frozenset((486, 600))
_BUSY_CAUSES = frozenset((17,))
_REJECTED_SIP = frozenset((403, 603))
_REJECTED_CAUSES = frozenset((21,))
_UNREACHABLE_CAUSES = frozenset((1, 3, 20, 27, 34, 38, 41, 42))
# ``Reason`` of a failed OriginateResponse: 0 no such phone, 5 busy, 8 congestion; 1 and
# 3 are a phone that rang
_REASON_BUSY = 5
_REASONS_UNREACHABLE = frozenset((0, 8))


@dataclass(slots=True)
class _Call:
    """What is known of one call."""

    key: str
    #: name of the agent's channel
    channel: str = ""
    agent_dialed: bool = False
    agent_ringing: bool = False
    agent_answered: bool = False
    #: the agent's leg was hung up from its side, or its phone refused
    agent_hung_up: bool = False
    #: we hung up for the agent
    hangup_asked: bool = False
    agent_over_at: float | None = None
    agent_cause: int = 0
    agent_sip: int = 0
    #: '', 'ok', 'failed'; 'unknown' after a gap
    originate: str = ""
    originate_reason: int = 0
    customer_id: str = ""
    customer_channel: str = ""
    dialed_at: float | None = None
    ringing_at: float | None = None
    answered_at: float | None = None
    customer_over_at: float | None = None
    cause: int = 0
    sip: int = 0

    @property
    def agent_left(self) -> bool:
        """Tell whether the agent's side ended the call, once it had answered."""
        return self.agent_hung_up or self.hangup_asked


@dataclass(frozen=True, slots=True)
class Channel:
    """A row of CoreShowChannels."""

    uniqueid: str
    linkedid: str
    name: str
    #: Down, Ringing, Up …
    state: str

    @classmethod
    def of(cls, message: Message) -> "Channel":
        """Read a ``CoreShowChannel`` event."""
        return cls(
            message.get("Uniqueid", ""),
            message.get("Linkedid", ""),
            message.get("Channel", ""),
            message.get("ChannelStateDesc", ""),
        )


class CallTracker:
    """Follows the calls that it was told to expect, and no other.

    Fed with every message of one AMI connection, in order. Ended calls are forgotten
    at once: whatever still comes for them belongs to an unknown call and is ignored.
    """

    def __init__(self):
        self._calls: dict[str, _Call] = {}
        # unique id of a customer's leg -> call; its linked id may change in a transfer
        self._legs: dict[str, _Call] = {}
        self._handlers = {
            "Newchannel": self._on_newchannel,
            "DialBegin": self._on_dial_begin,
            "DialState": self._on_dial_state,
            "DialEnd": self._on_dial_end,
            "OriginateResponse": self._on_originate_response,
            "HangupRequest": self._on_hangup_request,
            "Hangup": self._on_hangup,
        }

    def expect(self, call_key: str) -> None:
        """Follow a call from now on. Expecting it twice changes nothing."""
        if call_key not in self._calls:
            self._calls[call_key] = _Call(call_key)

    def forget(self, call_key: str) -> None:
        """Follow a call no more."""
        call = self._calls.pop(call_key, None)
        if call is not None:
            self._legs.pop(call.customer_id, None)

    def __contains__(self, call_key: str) -> bool:
        """Tell whether a call is followed."""
        return call_key in self._calls

    def call_keys(self) -> list[str]:
        """Return the keys of the calls that are followed."""
        return list(self._calls)

    def agent_channel(self, call_key: str) -> str:
        """Return the name of the agent's channel, empty if none is known."""
        call = self._calls.get(call_key)
        return call.channel if call is not None and call.agent_over_at is None else ""

    def agent_hangs_up(self, call_key: str) -> None:
        """Note that we are about to hang up for the agent."""
        call = self._calls.get(call_key)
        if call is not None:
            call.hangup_asked = True

    def feed(self, message: Message) -> list[CallEvent]:
        """Take the next message; return what it says that wasn't known."""
        handler = self._handlers.get(message.get("Event", ""))
        if handler is None:
            return []
        call = self._find(message)
        if call is None:
            return []
        at = records.timestamp(message.get("Timestamp", ""))
        if at is None:
            return []
        return handler(call, message, at)

    def _find(self, message: Message) -> _Call | None:
        for header in ("Uniqueid", "DestUniqueid", "Linkedid", "DestLinkedid"):
            value = message.get(header)
            if value:
                call = self._calls.get(value) or self._legs.get(value)
                if call is not None:
                    return call
        return None

    # -- the agent's side

    def _on_newchannel(self, call: _Call, message: Message, at: float):
        if message.get("Uniqueid") != call.key:
            return []
        return self._dial_agent(call, message.get("Channel", ""), at)

    def _dial_agent(self, call: _Call, channel: str, at: float) -> list[CallEvent]:
        call.channel = channel or call.channel
        if call.agent_dialed:
            return []
        call.agent_dialed = True
        return [AgentDialed(call.key, at)]

    def _ring_agent(self, call: _Call, at: float) -> list[CallEvent]:
        if call.agent_ringing or call.agent_answered:
            return []
        call.agent_ringing = True
        return [AgentRinging(call.key, at)]

    def _answer_agent(self, call: _Call, at: float) -> list[CallEvent]:
        if call.agent_answered:
            return []
        call.agent_answered = True
        return [AgentAnswered(call.key, at)]

    def _on_originate_response(self, call: _Call, message: Message, at: float):
        if message.get("Uniqueid") != call.key:
            return []
        if message.get("Response") == "Success":
            call.originate = "ok"
            return self._answer_agent(call, at)
        call.originate = "failed"
        reason = message.get("Reason", "")
        call.originate_reason = int(reason) if reason.isdecimal() else 0
        return self._end_if_over(call, at)

    # -- dialing: without a caller's channel it is the agent's phone that is dialled,
    # -- by the agent's leg the customer's

    def _on_dial_begin(self, call: _Call, message: Message, at: float):
        if message.get("Uniqueid") == call.key:
            return self._dial_customer(call, message, at)
        if self._is_agent_dialed(call, message):
            return self._dial_agent(call, message.get("DestChannel", ""), at)
        return []

    def _on_dial_state(self, call: _Call, message: Message, at: float):
        status = message.get("DialStatus", "")
        if self._is_agent_dialed(call, message):
            return self._ring_agent(call, at) if status == "RINGING" else []
        if message.get("Uniqueid") != call.key:
            return []
        events = self._dial_customer(call, message, at)
        if message.get("DestUniqueid") != call.customer_id:
            return events
        if status == "RINGING" and call.ringing_at is None:
            call.ringing_at = at
            events.append(CustomerRinging(call.key, at))
        return events

    def _on_dial_end(self, call: _Call, message: Message, at: float):
        answered = message.get("DialStatus") == "ANSWER"
        if self._is_agent_dialed(call, message):
            return self._answer_agent(call, at) if answered else []
        if message.get("Uniqueid") != call.key:
            return []
        events = self._dial_customer(call, message, at)
        if message.get("DestUniqueid") != call.customer_id:
            return events
        if answered and call.answered_at is None:
            call.answered_at = at
            events.append(CustomerAnswered(call.key, at))
        return events

    @staticmethod
    def _is_agent_dialed(call: _Call, message: Message) -> bool:
        return message.get("DestUniqueid") == call.key and not message.get("Uniqueid")

    def _dial_customer(self, call: _Call, message: Message, at: float):
        """Take the first leg that the agent's leg dials for the customer's."""
        events: list[CallEvent] = []
        uniqueid = message.get("DestUniqueid", "")
        if call.customer_id or not uniqueid:
            return events
        # that the agent answered is implied; its own message may come later
        events += self._answer_agent(call, at)
        call.customer_id = uniqueid
        call.customer_channel = message.get("DestChannel", "")
        self._legs[uniqueid] = call
        if call.dialed_at is None:
            call.dialed_at = at
        events.append(
            CustomerDialed(call.key, call.dialed_at, uniqueid, call.customer_channel)
        )
        return events

    # -- the end

    def _on_hangup_request(self, call: _Call, message: Message, at: float):
        uniqueid = message.get("Uniqueid")
        if uniqueid == call.key:
            call.agent_hung_up = True
        elif uniqueid and uniqueid == call.customer_id:
            self._note_cause(call, message)
        return []

    def _note_cause(self, call: _Call, message: Message) -> None:
        call.cause = records.cause_code(message.get("Cause", "")) or call.cause
        call.sip = records.sip_code(message.get("TechCause", "")) or call.sip

    def _on_hangup(self, call: _Call, message: Message, at: float):
        uniqueid = message.get("Uniqueid")
        if uniqueid == call.key:
            call.channel = message.get("Channel", "") or call.channel
            call.agent_over_at = at
            call.agent_cause = records.cause_code(message.get("Cause", ""))
            call.agent_sip = records.sip_code(message.get("TechCause", ""))
        elif uniqueid and uniqueid == call.customer_id:
            call.customer_over_at = at
            self._note_cause(call, message)
        else:
            return []
        return self._end_if_over(call, at)

    def _end_if_over(self, call: _Call, at: float) -> list[CallEvent]:
        if call.customer_id:
            over = call.agent_over_at is not None and call.customer_over_at is not None
        elif call.agent_over_at is not None:
            # A phone that wasn't picked up: the reason may follow in OriginateResponse
            over = call.agent_answered or call.originate != ""
        else:
            over = call.originate == "failed" and not call.channel
        if not over:
            return []
        self.forget(call.key)
        return [self._ended(call, at)]

    def _ended(self, call: _Call, at: float) -> CallEnded:
        if call.customer_id or call.dialed_at is not None:
            cause, sip = call.cause, call.sip
            if call.customer_over_at is None:
                # its end fell into a gap; the dialplan hands it on to the agent's leg
                cause, sip = call.agent_cause, call.agent_sip
            if call.answered_at is not None:
                sip = 200
            # a cancelled leg has no final SIP status: one that has was quicker
            cancelled = call.agent_left and not sip
            return CallEnded(
                call.key,
                call.customer_over_at or call.agent_over_at or at,
                call.dialed_at,
                call.ringing_at,
                call.answered_at,
                call.customer_id,
                cause,
                sip,
                "agent_cancel" if cancelled else "customer",
            )
        return CallEnded(
            call.key,
            call.agent_over_at or at,
            None,
            None,
            None,
            "",
            call.agent_cause,
            call.agent_sip,
            self._agent_reason(call),
        )

    @staticmethod
    def _agent_reason(call: _Call) -> str:
        """Tell why the customer was never dialled."""
        sip, cause, reason = call.agent_sip, call.agent_cause, call.originate_reason
        failed = call.originate == "failed"
        if call.agent_answered:
            return "agent_cancel" if call.agent_left else "trunk"
        if call.hangup_asked:
            return "agent_cancel"
        if sip in _BUSY_SIP or cause in _BUSY_CAUSES:
            return "agent_busy"
        if sip in _REJECTED_SIP or cause in _REJECTED_CAUSES:
            return "agent_rejected"
        if failed and reason == _REASON_BUSY:
            return "agent_busy"
        unreachable = (
            sip >= 400
            or cause in _UNREACHABLE_CAUSES
            or (failed and reason in _REASONS_UNREACHABLE)
        )
        # A phone that rang was reached, whatever Asterisk says when its time is over.
        if unreachable and not call.agent_ringing:
            return "agent_unreachable"
        return "agent_rejected" if call.agent_hung_up else "agent_no_answer"

    # -- after a gap

    def adopt(
        self, call_key: str, channels: Iterable[Channel], record: CallRecord | None
    ) -> list[CallEvent]:
        """Take up a call that goes on after a gap; return what was missed.

        :param channels: those of the call, from a snapshot
        :param record: its call record, if there is one
        """
        self.expect(call_key)
        call = self._calls[call_key]
        call.originate = call.originate or "unknown"
        agent = next((c for c in channels if c.uniqueid == call_key), None)
        customer = next((c for c in channels if c.uniqueid != call_key), None)
        if agent is not None:
            call.channel = agent.name
            call.agent_dialed = True
        proven = record is not None and record.state in ("dial", "answer")
        events: list[CallEvent] = []
        at = record.at if record is not None else 0.0
        if proven:
            events += self._answer_agent(call, at)
            if customer is not None and not call.customer_id:
                call.customer_id = customer.uniqueid
                call.customer_channel = customer.name
                self._legs[customer.uniqueid] = call
            if call.dialed_at is None:
                call.dialed_at = record.dialed_at
                events.append(
                    CustomerDialed(
                        call_key,
                        call.dialed_at,
                        call.customer_id,
                        call.customer_channel,
                    )
                )
            if record.answered_at is not None and call.answered_at is None:
                call.answered_at = record.answered_at
                events.append(CustomerAnswered(call_key, record.answered_at))
        if agent is None and call.agent_over_at is None:
            # transferred: the customer talks on without the agent's leg
            call.agent_over_at = at
        return events

    def close(
        self,
        call_key: str,
        record: CallRecord | None,
        at: float,
        reason: str,
    ) -> list[CallEvent]:
        """End a call whose end was missed; return what was missed with it.

        :param record: its call record; one in state ``end`` tells everything
        :param at: the PBX's clock when the call was last known to live
        :param reason: for a call whose record doesn't tell: ``lost``, ``not_sent``
        """
        call = self._calls.get(call_key) or _Call(call_key)
        self.forget(call_key)
        events = records.events_of_record(record) if record is not None else []
        if not events or not isinstance(events[-1], CallEnded):
            known = record if record is not None and record.at else None
            dialed_at = call.dialed_at or (known.dialed_at if known else None)
            answered_at = call.answered_at or (known.answered_at if known else None)
            events.append(
                CallEnded(
                    call_key,
                    max(at, known.at if known else 0.0),
                    dialed_at,
                    call.ringing_at,
                    answered_at,
                    call.customer_id,
                    call.cause,
                    200 if answered_at is not None else call.sip,
                    reason,
                )
            )
        # what this tracker saw before the gap is finer than what the record tells
        return [self._refined(call, event) for event in events]

    @staticmethod
    def _refined(call: _Call, event: CallEvent) -> CallEvent:
        if isinstance(event, CustomerDialed) and call.customer_id:
            return CustomerDialed(
                event.call_key,
                call.dialed_at or event.at,
                call.customer_id,
                call.customer_channel,
            )
        if isinstance(event, CallEnded):
            return CallEnded(
                event.call_key,
                event.at,
                call.dialed_at or event.dialed_at,
                call.ringing_at or event.ringing_at,
                call.answered_at or event.answered_at,
                call.customer_id or event.uniqueid,
                event.cause,
                event.sip_code,
                event.reason,
            )
        return event
