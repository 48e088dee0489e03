"""Values that cross the border between the engine and Odoo.

They carry no behaviour: the gateway makes them from records, the runner reads them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .events import DomainEvent
from .provisioning import Wanted
from .queues import Member

#: PostgreSQL channel by which a transaction wakes the connector. The payload is a PBX's
#: id (look for commands) or :data:`NOTIFY_SETTINGS` (read the settings again).
NOTIFY_CHANNEL = "callcenter_outbound"
NOTIFY_SETTINGS = "settings"
#: First key of the session advisory locks; the second is the PBX's id. Who holds it,
#: leads the PBX.
LOCK_CLASS = 0x43434F42


@dataclass(frozen=True, slots=True)
class PbxSettings:
    """How to reach one PBX. Secrets never show up in ``repr`` and so in no log."""

    id: int
    name: str
    ami_host: str
    ami_port: int
    ami_user: str
    ami_secret: str = field(repr=False)
    ami_tls: bool = False
    #: address of the PBX's HTTP server, with or without ``/ari``; empty: no recordings
    ari_url: str = ""
    ari_user: str = ""
    ari_secret: str = field(default="", repr=False)
    #: changes whenever one of the values above does; a change means: connect anew
    revision: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A claimed row of the outbox: it is carried out at most once.

    ``kind`` and its ``payload``:

    - ``originate``: extension, number, trunk, caller_id, agent_timeout, dial_timeout
      (seconds), record, auto_answer
    - ``hangup``: nothing; the call is ``call_key``
    - ``echo``: extension, auto_answer, agent_timeout
    - ``reload``: nothing; what the PBX must hold is asked for when it begins
    - ``sign_in``, ``sign_out``, ``pause``, ``resume``: extension, joins (whether the
      phone is no member of its queues but while its agent is signed in), queues (of
      the agent's groups that take incoming calls: those that he is signed in to, or
      just was), left_queues (the others, for ``sign_in``) and paused; what else there
      is, is Odoo's own
    - ``settle``: nothing for the PBX
    """

    id: int
    kind: str
    call_key: str
    payload: Mapping[str, Any]
    #: until the deadline, by PostgreSQL's clock at the moment of the claim
    seconds_left: float


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that Odoo holds for not ended.

    ``command_state`` is that of its originate command: pending, sent, done, failed.
    """

    call_key: str
    command_state: str
    age_seconds: float


class Gateway(Protocol):
    """What the runner asks of Odoo. Each method is one transaction and blocks.

    All are called on the database's single gateway thread, in order; only
    ``recordings_expected`` and ``store_recording`` come on a thread of their own, so
    that a large file never holds up the events of a call.
    """

    def stop(self) -> None:
        """Make a transaction that waits to be tried again give up (another thread)."""

    def is_neutralized(self) -> bool:
        """Tell whether this database is a copy that must never dial."""

    def load_pbxs(self) -> list[PbxSettings]:
        """Return the PBXs that a connector should lead."""

    def follow_phones(self, pbx_id: int) -> None:
        """Bring the agents of this PBX in line with the phones that they have now."""

    def phone_states(self, pbx_id: int) -> dict[str, str]:
        """Return the state that Odoo holds of each extension, by its number."""

    def apply(
        self, pbx_id: int, events: Sequence[DomainEvent], clock_offset: float
    ) -> list[DomainEvent]:
        """Apply a batch in order; return, when it is committed, what was set aside.

        Applying is idempotent. ``clock_offset`` is in seconds, Odoo's clock less the
        PBX's. Collisions are retried, a batch that can't be applied is split, inside:
        an exception means that the database can't take it now, and that the same batch
        will come again.
        """

    def claim_commands(
        self, pbx_id: int, limit: int = 50, kinds: Sequence[str] = ()
    ) -> list[Command]:
        """Fail expired commands, then move pending ones to sent and return them.

        ``kinds``: only these, none for all.

        Committed before anything is sent: a command is carried out at most once.
        """

    def end_broken_reload(self, pbx_id: int) -> None:
        """Fail the reload that an earlier link has begun and not ended."""

    def sections_wanted(self, pbx_id: int) -> list[Wanted]:
        """Return what the PBX must hold."""

    def queue_members(self, pbx_id: int) -> list[Member]:
        """Return who of the PBX's agents takes calls of which queue."""

    def abandon_commands(self, pbx_id: int) -> None:
        """Fail the pending commands whose deadline is past.

        While there is no link: agents' commands are applied without the PBX.
        """

    def open_calls(self, pbx_id: int) -> list[OpenCall]:
        """Return the calls of this PBX that haven't ended."""

    def recordings_expected(self, pbx_id: int, names: list[str]) -> list[str]:
        """Return those of ``names`` whose call has ended, so that they may be fetched.

        One that Odoo has already is among them: its deletion must have failed.
        """

    def store_recording(self, pbx_id: int, call_key: str, content: bytes) -> bool:
        """Store a recording; tell whether it may be deleted on the PBX.

        False for one that the PBX may still write: it has to come again later.

        :raise ValueError: it is no recording, or nobody's
        """
