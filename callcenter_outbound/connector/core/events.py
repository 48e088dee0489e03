"""Domain events: what a call centre wants to know of a PBX, in a dozen sentences.

All are frozen values. ``at`` is the PBX's own clock in unix seconds, and so are the
other times; only :class:`PbxChanged` has Odoo's. ``call_key`` is the id that Odoo chose
for the call before it was made: the agent's leg has it as channel id, and every leg of
the call as linked id.
"""

from dataclasses import dataclass, field

from .provisioning import SectionHeld

#: Why a call ended. ``customer``: its outcome is the customer's side's (answered, busy
#: …). ``agent_cancel``: the agent hung up before the customer was dialled, or before he
#: answered. ``lost``: nobody knows. All others mean that the customer was never
#: dialled, ``agent_rejected`` because the agent's phone turned the ring away.
REASONS = (
    "customer",
    "agent_no_answer",
    "agent_busy",
    "agent_unreachable",
    "agent_rejected",
    "agent_cancel",
    "trunk",
    "not_sent",
    "lost",
)


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """Anything that the gateway applies."""


@dataclass(frozen=True, slots=True)
class CallEvent(DomainEvent):
    """Something that happened in a call."""

    call_key: str
    at: float


@dataclass(frozen=True, slots=True)
class AgentDialed(CallEvent):
    """The PBX calls the agent's phone."""


@dataclass(frozen=True, slots=True)
class AgentRinging(CallEvent):
    """The agent's phone rings."""


@dataclass(frozen=True, slots=True)
class AgentAnswered(CallEvent):
    """The agent picked up (or the phone did by itself)."""


@dataclass(frozen=True, slots=True)
class CustomerDialed(CallEvent):
    """The customer is called; ``uniqueid`` and ``channel`` are that leg's."""

    uniqueid: str
    channel: str


@dataclass(frozen=True, slots=True)
class CustomerRinging(CallEvent):
    """The customer's phone rings."""


@dataclass(frozen=True, slots=True)
class CustomerAnswered(CallEvent):
    """The customer's side picked up: a person, a machine or a fax."""


@dataclass(frozen=True, slots=True)
class CallEnded(CallEvent):
    """The call is over; carries the whole of its story, so that it stands alone.

    ``dialed_at`` is None when the customer was never reached. ``cause`` is Q.850, 0
    where the PBX gave none (a customer who lets it ring); ``sip_code`` is the final
    SIP status of the customer's leg (the agent's, if the customer was never dialled),
    0 for none. ``reason`` is one of :data:`REASONS`.
    """

    dialed_at: float | None
    ringing_at: float | None
    answered_at: float | None
    uniqueid: str
    cause: int
    sip_code: int
    reason: str


@dataclass(frozen=True, slots=True)
class PhoneChanged(DomainEvent):
    """State of an extension's phone: reachable, unreachable or not_registered."""

    extension: str
    state: str
    rtt_ms: float | None
    address: str
    user_agent: str
    at: float


@dataclass(frozen=True, slots=True)
class TrunkChanged(DomainEvent):
    """State of a trunk, by its section name.

    ``state``: reachable, unreachable, not_registered, rejected or unknown (no answer
    to the first question yet).
    """

    trunk: str
    state: str
    rtt_ms: float | None
    at: float


@dataclass(frozen=True, slots=True)
class SectionsRead(DomainEvent):
    """All that the PBX holds of what Odoo writes, as it was read back."""

    sections: tuple[SectionHeld, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReloadProgress(DomainEvent):
    """How many of a reload's changes are written."""

    command_id: int
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ReloadDone(DomainEvent):
    """A reload is over; ``sections`` is all that the PBX holds now."""

    command_id: int
    sections: tuple[SectionHeld, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PbxChanged(DomainEvent):
    """State of the link to the PBX: online, offline or refused.

    ``error`` is a code: empty, connection, secret, tls, timeout or protocol.
    ``detail`` is for an administrator's eyes, in English, without secrets. ``version``
    is Asterisk's, known while online. ``at`` is Odoo's clock: a PBX that can't be
    reached has none.
    """

    state: str
    error: str
    detail: str
    version: str
    at: float


@dataclass(frozen=True, slots=True)
class CommandDone(DomainEvent):
    """The PBX took a command."""

    command_id: int


@dataclass(frozen=True, slots=True)
class CommandFailed(DomainEvent):
    """A command could not be carried out; it is never tried again.

    ``code``: invalid (refused by us), refused (by the PBX), offline (there was no
    link), expired, not_sent (the link fell; the PBX never got it), unknown (the link
    fell; a hang-up, test call or reload may have been carried out), lost (a test call
    or reload that was on when the link fell), files (the PBX can't write the files of
    a reload), or one of :data:`REASONS` that a test call ended for.
    """

    command_id: int
    code: str
    detail: str
