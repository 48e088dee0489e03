"""The link to one PBX: who leads it, what it tells, what it is told.

::

    messages ──▶ tracker, phones (core) ──▶ events ──▶ gateway.apply, in batches
    gateway.claim_commands ──▶ commands ──▶ actions ──▶ AmiClient

Nothing is told before the PBX's state has been taken up after a connect: messages that
come meanwhile are held back, and follow in order.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .ami import (
    AmiClient,
    AmiError,
    AmiOffline,
    AmiRefused,
    AmiState,
    OutcomeUnknown,
)
from .ari import OF_ONE_RECORDING, AriClient, AriError
from .core import actions, records
from .core.actions import ActionError
from .core.backoff import Backoff
from .core.calls import CallTracker, Channel
from .core.events import (
    AgentAnswered,
    CallEnded,
    CallEvent,
    CommandDone,
    CommandFailed,
    DomainEvent,
    PbxChanged,
)
from .core.phones import PhoneTracker
from .core.reconciliation import reconcile, stale_records
from .core.values import Command, PbxSettings
from .pg import ListenerError
from .provisioner import Provisioner

if TYPE_CHECKING:
    from .runner import Runner

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """How often and how long, in seconds."""

    #: in a burst, events that come this close together are applied together
    gather: float = 0.008
    #: the first event after so long without any is applied at once
    calm: float = 0.1
    #: look for commands without having been told to
    rescan: float = 3.0
    #: try to become the leader
    lock: float = 1.0
    #: read the settings without having been told to
    settings: float = 60.0
    #: sign of life to PostgreSQL
    keep_alive: float = 10.0
    #: look again at a database that is a copy, or at one that failed
    neutralized: float = 60.0
    #: read the round trips of all phones
    contacts: float = 30.0
    #: wait for a phone's first qualify, for more phones
    contacts_settle: float = 0.4
    #: compare what the PBX holds, beside after each connect
    sections: float = 300.0
    #: look for recordings
    recordings: float = 60.0
    #: after the end of a call: its recording is taken when its file is 5 s old
    recordings_settle: float = 5.3
    #: look whether open calls still live
    audit: float = 60.0
    #: an open call younger than this is not looked for
    audit_age: float = 15.0
    #: before the second look for a call of which there is no trace
    grace: float = 2.0
    #: to hand over what was not applied yet, when stopping
    farewell: float = 1.0


BATCH = 500
CLAIM = 50
#: what an agent does: of the PBX only the queues are told
AGENT_COMMANDS = ("sign_in", "sign_out", "pause", "resume", "settle")
#: messages that are held back while a snapshot is taken; with more it is taken anew
HELD = 20_000


class PbxLink:
    """One PBX of one database: waits to lead it, then leads it."""

    def __init__(self, runner: "Runner", settings: PbxSettings):
        """Prepare; :meth:`start` starts."""
        self.runner = runner
        self.gateway = runner.gateway
        self.timing = runner.timing
        self.settings = settings
        self.pbx_id = settings.id
        self.leads = False
        self._wants_lead = False
        #: the PBX's state has been taken up, and commands may be sent
        self.ready = False
        self.client: AmiClient | None = None
        self.tracker = CallTracker()
        self.phones = PhoneTracker()
        self.provisioner = Provisioner(self)
        self._task: asyncio.Task | None = None
        self._tasks: set[asyncio.Task] = set()
        self._take_up_task: asyncio.Task | None = None
        self._restart = asyncio.Event()
        self._commands_wanted = asyncio.Event()
        self._contacts_wanted = asyncio.Event()
        self._recordings_wanted = asyncio.Event()
        self._has_events = asyncio.Event()
        self._events: list[DomainEvent]
        self._events, offset = runner.leftovers.pop(settings.id, ([], 0.0))
        #: Odoo's clock less the PBX's, of a client that is gone
        self._measured_offset = offset
        self._batch: list[DomainEvent] = []
        self._idle = asyncio.Event()
        # messages that came before the snapshot was taken up
        self._held: list[Mapping[str, str]] = []
        #: the PBX's clock when the link was last known to be up
        self._seen_at = 0.0
        # calls -> commands: to hang up as soon as there is a channel; test calls; sent
        # without an answer
        self._hangups: dict[str, int] = {}
        self._echoes: dict[str, int] = {}
        self._unknown: dict[str, int] = {}
        # calls that were given up: whatever of them comes to life is hung up
        self._given_up: set[str] = set()
        # calls whose end is committed and whose record may be there still
        self._done: set[str] = set()
        # calls whose end Odoo could not take: tried again after the next connect
        self._set_aside: set[str] = set()
        # recordings that are in Odoo, but not deleted yet
        self._stored: set[str] = set()
        # recordings that can't be had or aren't any: left alone until the next connect
        self._unusable: set[str] = set()
        self._expiry: dict[str, str] = {}

    # -- life

    def start(self) -> None:
        """Start."""
        self._task = asyncio.ensure_future(self._run())

    def update(self, settings: PbxSettings) -> None:
        """Take the settings as they were read again; connect anew if they changed.

        Extensions may have come, and agents may have others.
        """
        if settings.revision != self.settings.revision:
            self.settings = settings
            self._restart.set()
        if self.leads:
            self._spawn(self._follow_phones())
            self._contacts_wanted.set()

    def look_for_commands(self) -> None:
        """Look for commands now."""
        self._commands_wanted.set()

    async def stop(self) -> None:
        """End, having handed over what can be."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            await self._wait_for_lead()
            await self._lead()
        except asyncio.CancelledError:
            raise
        except ListenerError as error:
            self.runner.broken(error)
        except Exception as error:
            _logger.exception("The link to PBX %s failed", self.settings.name)
            self.runner.broken(error)
        finally:
            await self._end()

    async def _wait_for_lead(self) -> None:
        told = False
        listener = self.runner.listener
        self._wants_lead = True
        while not await self.runner.in_pg(listener.try_lock, self.pbx_id):
            if not told:
                self._tell("Another connector leads PBX %s of %s")
                told = True
            await asyncio.sleep(self.timing.lock)
        self.leads = True
        self._tell("This connector leads PBX %s of %s")

    async def _lead(self) -> None:
        await self.runner.in_gateway(self.gateway.abandon_commands, self.pbx_id)
        await self._follow_phones()
        if self._events:
            self._has_events.set()
        loops = [
            asyncio.ensure_future(loop())
            for loop in (
                self._apply_loop,
                self._command_loop,
                self._contacts_loop,
                self._recordings_loop,
                self._audit_loop,
                self.provisioner.loop,
                self.provisioner.trunks_loop,
                self._connect_loop,
            )
        ]
        self._tasks.update(loops)
        done, __ = await asyncio.wait(loops, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def _connect_loop(self) -> None:
        while True:
            self._restart.clear()
            client = self.client = self.runner.ami_factory(
                self.settings,
                self._on_message,
                self._on_state,
                clock=self.runner.clock,
                clock_offset=self._clock_offset,
            )
            running = asyncio.ensure_future(client.run())
            try:
                await self._restart.wait()
                _logger.info(
                    "Settings of PBX %s changed: connecting anew", self.settings.name
                )
            finally:
                client.stop()
                self._offline()
                running.cancel()
                await asyncio.wait([running])

    async def _end(self) -> None:
        self._offline()
        if self.client is not None:
            self.client.stop()
        # the last events may still be applied; what then remains is kept
        if self.leads and (self._events or self._batch):
            with contextlib.suppress(asyncio.TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(self._idle.wait(), self.timing.farewell)
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks))
        left = [e for e in self._batch + self._events if not isinstance(e, PbxChanged)]
        if left:
            self.runner.leftovers[self.pbx_id] = (left, self._clock_offset)
        if self._wants_lead:
            # also when we were stopped while the answer to the last try was on its way
            with contextlib.suppress(Exception):
                await self.runner.in_pg(self.runner.listener.unlock, self.pbx_id)
        if self.leads:
            self.leads = False
            self._tell("This connector leads PBX %s of %s no more")

    @property
    def _clock_offset(self) -> float:
        """Return Odoo's clock less the PBX's, as it was measured last."""
        if self.client is None:
            return self._measured_offset
        return self.client.clock_offset

    def _tell(self, text: str) -> None:
        _logger.info(text, self.settings.name, self.runner.dbname)

    def _spawn(self, coroutine) -> asyncio.Task:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._on_spawned_done)
        return task

    def _on_spawned_done(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _logger.error(
                "A task of PBX %s failed", self.settings.name, exc_info=task.exception()
            )

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        """Wait for an event at most so long; clear it; tell whether it was set."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(event.wait(), seconds)
        was_set = event.is_set()
        event.clear()
        return was_set

    # -- messages and states of the link

    def _on_state(self, state: AmiState) -> None:
        if state.state == "online":
            self._begin_take_up()
            return
        self._offline()
        self.emit(
            [
                PbxChanged(
                    state.state,
                    state.error,
                    state.detail,
                    "",
                    self.runner.clock(),
                )
            ]
        )

    def _offline(self) -> None:
        self.ready = False
        if self._take_up_task is not None:
            self._take_up_task.cancel()
            self._take_up_task = None
        self._held.clear()
        self.provisioner.offline()
        if self.client is not None:
            self._seen_at = max(self._seen_at, self.client.seen_at)

    def _begin_take_up(self) -> None:
        if self._take_up_task is not None:
            self._take_up_task.cancel()
        self._held.clear()
        self._take_up_task = self._spawn(self._take_up())

    def _on_message(self, message: Mapping[str, str]) -> None:
        if self.ready:
            self._handle(message)
        elif self._take_up_task is not None:
            self._held.append(message)
            if len(self._held) > HELD:
                # a later snapshot has what they tell
                _logger.warning("Snapshot of PBX %s begins anew", self.settings.name)
                self._begin_take_up()

    def _handle(self, message: Mapping[str, str]) -> None:
        try:
            self._translate(message)
        except Exception:
            # one message that nobody foresaw must not cost those after it
            _logger.exception("A message of PBX %s failed", self.settings.name)

    def _translate(self, message: Mapping[str, str]) -> None:
        name = message.get("Event")
        if name == "ContactStatus":
            at = records.timestamp(message.get("Timestamp", "")) or self.client.pbx_now
            self.emit(self.phones.feed(message, at))
            if not message.get("EndpointName", "").isdecimal():
                self.provisioner.trunks_wanted.set()
            if message.get("ContactStatus") in ("NonQualified", "Reachable"):
                self._contacts_wanted.set()
            return
        if name == "Registry":
            self.provisioner.trunks_wanted.set()
        self.emit(self.tracker.feed(message))
        if name == "Newchannel":
            self._on_newchannel(message)

    def _on_newchannel(self, message: Mapping[str, str]) -> None:
        key = message.get("Uniqueid", "")
        channel = message.get("Channel", "")
        if key in self._given_up:
            _logger.warning("Call %s comes late and is hung up", key)
            self._spawn(self._hang_up(key, channel))
        elif key in self._hangups:
            self._spawn(self._hang_up(key, channel, self._hangups.pop(key)))

    # -- events

    def emit(self, events: list[DomainEvent]) -> None:
        """Queue events for Odoo, with what follows from them for commands."""
        for event in events:
            if isinstance(event, CallEvent):
                if event.call_key in self._echoes:
                    self._emit_echo(event)
                    continue
                self._settle(event)
            self._events.append(event)
        if self._events:
            self._idle.clear()
            self._has_events.set()

    def _emit_echo(self, event: CallEvent) -> None:
        """Of a test call only its command's end is of interest."""
        command_id = self._echoes[event.call_key]
        if isinstance(event, AgentAnswered):
            self._echoes[event.call_key] = 0
            self._events.append(CommandDone(command_id))
        elif isinstance(event, CallEnded):
            del self._echoes[event.call_key]
            if command_id:
                self._events.append(CommandFailed(command_id, event.reason, ""))

    def _settle(self, event: CallEvent) -> None:
        """End commands whose end this event tells."""
        key = event.call_key
        ended = isinstance(event, CallEnded)
        command_id = self._unknown.pop(key, None)
        if command_id is not None:
            if ended and event.reason == "not_sent":
                self._events.append(CommandFailed(command_id, "not_sent", ""))
            else:
                self._events.append(CommandDone(command_id))
        if ended:
            command_id = self._hangups.pop(key, None)
            if command_id is not None:
                self._events.append(CommandDone(command_id))

    async def _apply_loop(self) -> None:
        backoff = Backoff(0.1, 5.0)
        applied_at = 0.0
        while True:
            await self._has_events.wait()
            if time.monotonic() - applied_at < self.timing.calm:
                await asyncio.sleep(self.timing.gather)
            self._batch = self._events[:BATCH]
            del self._events[:BATCH]
            if not self._events:
                self._has_events.clear()
            offset = self._clock_offset
            while self._batch:
                try:
                    set_aside = await self.runner.in_gateway(
                        self.gateway.apply, self.pbx_id, self._batch, offset
                    )
                except Exception as error:
                    # Odoo's database is away: nothing is dropped, the order is kept
                    delay = backoff.next()
                    _logger.warning(
                        "%s events of PBX %s wait for the database: %s",
                        len(self._batch),
                        self.settings.name,
                        type(error).__name__,
                    )
                    await asyncio.sleep(delay)
                    continue
                backoff.reset()
                applied_at = time.monotonic()
                batch, self._batch = self._batch, []
                self._on_applied(batch, set_aside)
            if not self._events:
                self._idle.set()

    def _on_applied(
        self, batch: list[DomainEvent], set_aside: list[DomainEvent]
    ) -> None:
        # the PBX's record of a call is the only copy of an end that was not applied
        self._set_aside.update(
            event.call_key for event in set_aside if isinstance(event, CallEnded)
        )
        ended = [
            event
            for event in batch
            if isinstance(event, CallEnded) and event.call_key not in self._set_aside
        ]
        if not ended:
            return
        self._done.update(event.call_key for event in ended)
        self._spawn(self._delete_records([event.call_key for event in ended]))
        if any(event.answered_at is not None for event in ended):
            self._recordings_wanted.set()

    async def _delete_records(self, keys: list[str]) -> None:
        """Remove call records whose end is committed; no harm if it fails."""
        for start in range(0, len(keys), CLAIM):
            some = keys[start : start + CLAIM]
            if not self.ready:
                return
            try:
                answers = await self.client.ask_all([actions.db_del(k) for k in some])
            except (AmiError, ActionError):
                return
            for key, answer in zip(some, answers, strict=True):
                # refused: there was none
                if not isinstance(answer, OutcomeUnknown):
                    self._done.discard(key)

    # -- after each connect

    async def _take_up(self) -> None:
        """Learn how the PBX is, tell what was missed, then let the stream run."""
        client = self.client
        backoff = Backoff(0.5, 5.0)
        while client.online:
            try:
                await self._snapshot(client)
                return
            except AmiError as error:
                _logger.warning(
                    "PBX %s gave no snapshot: %s", self.settings.name, error
                )
            except Exception:
                _logger.exception("Snapshot of PBX %s failed", self.settings.name)
            await asyncio.sleep(backoff.next())

    async def _snapshot(self, client: AmiClient) -> None:
        await self.runner.in_gateway(self.gateway.end_broken_reload, self.pbx_id)
        settings = await client.ask(actions.core_settings())
        version = settings.get("AsteriskVersion", "")
        if self._events or self._batch:
            # what is known already must be in Odoo before it is asked what is open
            await self._idle.wait()
        open_calls = await self.runner.in_gateway(self.gateway.open_calls, self.pbx_id)
        channels, found = await self._channels_and_records(client)
        held = await self.runner.in_gateway(self.gateway.phone_states, self.pbx_id)
        contacts = await self._contacts(client)
        keys = {call.call_key for call in open_calls}
        self._set_aside.clear()
        self._unusable.clear()
        for key in self.tracker.call_keys():
            if key not in keys:
                self.tracker.forget(key)
        for key in list(self._echoes):
            command_id = self._echoes.pop(key)
            if command_id:
                self._events.append(CommandFailed(command_id, "lost", ""))
        outcome = reconcile(
            self.tracker,
            open_calls,
            channels,
            found,
            self._seen_at,
            client.pbx_now,
            final=False,
        )
        self.emit(outcome.events)
        now = client.pbx_now
        self.emit(self.phones.snapshot(contacts, held, now))
        self.emit([PbxChanged("online", "", "", version, self.runner.clock())])
        held, self._held = self._held, []
        self.ready = True
        for message in held:
            self._handle(message)
        self._commands_wanted.set()
        self._recordings_wanted.set()
        self.provisioner.read_wanted.set()
        if outcome.doubtful:
            self._spawn(self._look_again(outcome.doubtful, self._seen_at))
        stale = stale_records(found, keys, channels, self._done, now)
        if stale:
            self._spawn(self._delete_records(stale))

    async def _channels_and_records(self, client: AmiClient):
        """Return the PBX's channels and call records, read in this order."""
        rows = await client.ask_list(
            actions.core_show_channels(), "CoreShowChannelsComplete"
        )
        channels = [
            Channel.of(row) for row in rows if row.get("Event") == "CoreShowChannel"
        ]
        rows = await client.ask_list(actions.db_get_tree(), "DBGetTreeComplete")
        return channels, records.parse_tree(rows)

    async def _look_again(self, keys: list[str], seen_at: float = 0.0) -> None:
        """Close the calls of which there is no trace after some time either.

        An action may have stood in a buffer; should the call come to life later
        nevertheless, it is hung up.

        :param seen_at: the PBX's clock before the gap, if there was one
        """
        await asyncio.sleep(self.timing.grace)
        client = self.client
        if not self.ready:
            return  # the next snapshot sees to them
        try:
            channels, found = await self._channels_and_records(client)
        except AmiError:
            return
        open_calls = await self.runner.in_gateway(self.gateway.open_calls, self.pbx_id)
        if not self.ready or client is not self.client:
            return
        # a call that was closed here meanwhile is gone from the tracker
        doubtful = [
            call
            for call in open_calls
            if call.call_key in keys and call.call_key in self.tracker
        ]
        outcome = reconcile(
            self.tracker, doubtful, channels, found, seen_at, client.pbx_now
        )
        self._given_up.update(
            event.call_key for event in outcome.events if isinstance(event, CallEnded)
        )
        self.emit(outcome.events)

    async def _audit_loop(self) -> None:
        """Make sure that no call stays open in Odoo whose channels are gone."""
        while True:
            await asyncio.sleep(self.timing.audit)
            if not self.ready:
                continue
            try:
                await self._audit()
            except AmiError as error:
                _logger.debug("No audit of PBX %s: %s", self.settings.name, error)
            except Exception:
                _logger.exception("Audit of PBX %s failed", self.settings.name)

    async def _audit(self) -> None:
        open_calls = await self.runner.in_gateway(self.gateway.open_calls, self.pbx_id)
        old = [
            call.call_key
            for call in open_calls
            if call.command_state != "pending"
            and call.age_seconds > self.timing.audit_age
            and call.call_key not in self._set_aside
        ]
        if not old:
            return
        rows = await self.client.ask_list(
            actions.core_show_channels(), "CoreShowChannelsComplete"
        )
        live = {row.get("Linkedid") for row in rows} | {r.get("Uniqueid") for r in rows}
        missing = [key for key in old if key not in live]
        if missing:
            for key in missing:
                self.tracker.expect(key)
            await self._look_again(missing)

    # -- commands

    async def _command_loop(self) -> None:
        while True:
            await self.wait(self._commands_wanted, self.timing.rescan)
            try:
                kinds = ()
                if not self.ready:
                    # nobody waits longer than the deadline
                    await self.runner.in_gateway(
                        self.gateway.abandon_commands, self.pbx_id
                    )
                    await asyncio.sleep(0.2)
                    continue
                if not self.provisioner.calls_allowed.is_set():
                    kinds = (*AGENT_COMMANDS, "hangup")
                commands = await self.runner.in_gateway(
                    self.gateway.claim_commands, self.pbx_id, CLAIM, kinds
                )
            except Exception as error:
                _logger.warning(
                    "Commands of PBX %s could not be read: %s",
                    self.settings.name,
                    type(error).__name__,
                )
                await asyncio.sleep(1)
                continue
            for command in commands:
                self._spawn(self._carry_out(command))
            if len(commands) >= CLAIM:
                self._commands_wanted.set()
            elif kinds:
                await asyncio.sleep(0.2)
                self._commands_wanted.set()

    async def _carry_out(self, command: Command) -> None:
        """Carry out a claimed command, once; say how it went."""
        handler = {
            "originate": self._originate,
            "hangup": self._on_hangup_command,
            "echo": self._echo,
            "reload": self.provisioner.reload,
            **dict.fromkeys(AGENT_COMMANDS, self._follow_agent),
        }.get(command.kind)
        try:
            if handler is None:
                raise ActionError("kind", command.kind[:40])
            if command.seconds_left <= 0:
                self._fail(command, "expired")
            else:
                await handler(command)
        except ActionError as error:
            _logger.warning("Command %s refused here: %s", command.id, error.code)
            self._fail(command, "invalid", error.code)
        except AmiOffline:
            self._fail(command, "offline")
        except AmiRefused as error:
            self._fail(command, "refused", str(error))
        except OutcomeUnknown as error:
            self._fail(command, "unknown", str(error))
        except (KeyError, TypeError) as error:
            _logger.warning("Command %s is incomplete: %r", command.id, error)
            self._fail(command, "invalid", repr(error))

    def _fail(self, command: Command, code: str, detail: str = "") -> None:
        """Tell that a command failed, and end the call that it would have made."""
        events: list[DomainEvent] = [CommandFailed(command.id, code, detail[:200])]
        self._echoes.pop(command.call_key, None)
        if command.kind == "originate":
            events += self.tracker.close(
                command.call_key, None, self.client.pbx_now, "not_sent"
            )
        elif command.kind == "echo":
            self.tracker.forget(command.call_key)
        self.emit(events)

    async def _originate(self, command: Command) -> None:
        wanted = command.payload
        key = command.call_key
        action = actions.originate(
            key,
            wanted["extension"],
            wanted["number"],
            wanted["trunk"],
            wanted.get("caller_id") or "",
            wanted["agent_timeout"],
            wanted["dial_timeout"],
            bool(wanted.get("record")),
            bool(wanted.get("auto_answer")),
        )
        record = actions.db_put(key, records.sent(self.client.pbx_now))
        self.tracker.expect(key)
        _logger.info(
            "Call %s: extension %s dials %s over %s",
            key,
            wanted["extension"],
            actions.mask(wanted["number"]),
            wanted["trunk"],
        )
        put, answer = await self.client.ask_all([record, action])
        if isinstance(put, Exception):
            _logger.warning("Call %s has no call record: %s", key, put)
        if isinstance(answer, OutcomeUnknown):
            # Never again on doubt: the next snapshot, or a second look, tells
            self._unknown[key] = command.id
            if self.ready:
                self._spawn(self._look_again([key]))
        elif isinstance(answer, Exception):
            raise answer
        else:
            self.emit([CommandDone(command.id)])

    async def _echo(self, command: Command) -> None:
        key = command.call_key
        action = actions.echo_call(
            key,
            command.payload["extension"],
            command.payload.get("agent_timeout") or 20,
            bool(command.payload.get("auto_answer")),
        )
        self.tracker.expect(key)
        self._echoes[key] = command.id
        await self.client.ask(action)

    async def _follow_agent(self, command: Command) -> None:
        try:
            await self.provisioner.follow_agent(command)
        except (AmiError, ActionError) as error:
            _logger.info("%s of an agent waits for the PBX: %s", command.kind, error)
        self.emit([CommandDone(command.id)])

    async def _on_hangup_command(self, command: Command) -> None:
        key = command.call_key
        channel = self.tracker.agent_channel(key)
        if channel:
            await self._hang_up(key, channel, command.id)
        elif key in self.tracker:
            # as soon as there is a channel
            self._hangups[key] = command.id
            self.tracker.agent_hangs_up(key)
        else:
            self.emit([CommandDone(command.id)])

    async def _hang_up(self, key: str, channel: str, command_id: int = 0) -> None:
        self.tracker.agent_hangs_up(key)
        event: DomainEvent = CommandDone(command_id)
        try:
            with contextlib.suppress(AmiRefused):  # gone already
                await self.client.ask(actions.hangup(channel))
        except (AmiError, ActionError) as error:
            event = CommandFailed(command_id, "unknown", str(error)[:200])
        if command_id:
            self.emit([event])

    # -- phones

    async def _contacts_loop(self) -> None:
        """Read all contacts now and then: round trips, user agents, expiry."""
        while True:
            if await self.wait(self._contacts_wanted, self.timing.contacts):
                await asyncio.sleep(self.timing.contacts_settle)
                self._contacts_wanted.clear()
            if not self.ready:
                continue
            try:
                await self._read_contacts()
            except AmiError as error:
                _logger.debug("No contacts of PBX %s: %s", self.settings.name, error)
            except Exception:
                _logger.exception("Contacts of PBX %s failed", self.settings.name)

    async def _contacts(self, client: AmiClient) -> list[Mapping[str, str]]:
        """Return the contacts of all phones."""
        try:
            return await client.ask_list(
                actions.pjsip_show_contacts(), "ContactListComplete"
            )
        except AmiRefused as error:
            if "No Contacts" not in str(error):
                raise
            return []

    async def _read_contacts(self) -> None:
        # Odoo's view first: while it is read, the PBX's may go on
        held = await self.runner.in_gateway(self.gateway.phone_states, self.pbx_id)
        contacts = await self._contacts(self.client)
        if not self.ready:
            return
        told = self.phones.snapshot(contacts, held, self.client.pbx_now)
        self.emit(told)
        expiry = {}
        for name in self.phones.unreachable():
            expiry[name] = self.phones.expiry(name)
            # It registered anew while it was unreachable: Asterisk would wait for the
            # next qualify, and refuse all calls until then
            if self._expiry.get(name, expiry[name]) != expiry[name]:
                with contextlib.suppress(AmiError, ActionError):
                    await self.client.ask(actions.pjsip_qualify(name))
        self._expiry = expiry
        for event in told:
            _logger.debug("Phone %s is %s", event.extension, event.state)

    async def _follow_phones(self) -> None:
        """Bring agents in line with their phones; settings may have changed both."""
        await self.runner.in_gateway(self.gateway.follow_phones, self.pbx_id)

    # -- recordings

    async def _recordings_loop(self) -> None:
        """Fetch recordings after a call, after each connect and every minute."""
        wait = self.timing.recordings
        retry = Backoff(5.0, self.timing.recordings)
        fault = ""
        while True:
            if await self.wait(self._recordings_wanted, wait):
                await asyncio.sleep(self.timing.recordings_settle)
            wait = self.timing.recordings
            if not self.ready or not self.settings.ari_url:
                continue
            try:
                complete = await self._fetch_recordings()
                fault = ""
            except AriError as error:
                complete = False
                if str(error) != fault:
                    _logger.warning(
                        "Recordings of PBX %s can't be fetched: %s",
                        self.settings.name,
                        error,
                    )
                fault = str(error)
            except Exception:
                complete = False
                _logger.exception("Recordings of PBX %s failed", self.settings.name)
            if complete:
                retry.reset()
            else:
                wait = min(wait, retry.next())

    async def _fetch_recordings(self) -> bool:
        """Fetch what Odoo lacks; tell whether nothing had to be left for later.

        :raise AriError: the PBX's recordings can't be had at all
        """
        runner = self.runner
        ari = runner.ari_factory(self.settings)
        try:
            names = await runner.in_files(ari.recordings)
            self._stored.intersection_update(names)
            self._unusable.intersection_update(names)
            names = [name for name in names if name not in self._unusable]
            missing = [name for name in names if name not in self._stored]
            expected = set()
            if missing:
                expected = set(
                    await runner.in_files(
                        self.gateway.recordings_expected, self.pbx_id, missing
                    )
                )
            complete = True
            for name in names:
                if name not in expected and name not in self._stored:
                    continue
                try:
                    complete &= await self._fetch_recording(ari, name)
                except (AriError, ValueError) as error:
                    if (
                        isinstance(error, AriError)
                        and error.code not in OF_ONE_RECORDING
                    ):
                        raise
                    # one bad recording must not hold up those behind it
                    self._unusable.add(name)
                    _logger.warning(
                        "The recording %s stays on the PBX: %s", name, error
                    )
            return complete
        finally:
            ari.close()

    async def _fetch_recording(self, ari: AriClient, name: str) -> bool:
        """Move a recording to Odoo; tell whether Odoo has it.

        :raise AriError:
        :raise ValueError: it is no recording
        """
        runner = self.runner
        if name not in self._stored:
            content = await runner.in_files(ari.fetch, name)
            if not await runner.in_files(
                self.gateway.store_recording, self.pbx_id, name, content
            ):
                return False
            self._stored.add(name)
        await runner.in_files(ari.delete, name)
        self._stored.discard(name)
        return True
