"""AMI: the link to a PBX. The only file that imports panoramisk.

panoramisk brings the protocol's grammar and its bookkeeping of answers; what it does
when a connection falls, hangs or lies is replaced here, because a call centre can't
live with an Originate that is sent a second time after a reconnect. What each override
closes is said where it stands, and forced in the tests.
"""

import asyncio
import contextlib
import logging
import math
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from panoramisk import actions as panoramisk_actions
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager
from panoramisk.message import Message

from .core import actions
from .core.backoff import Backoff
from .core.values import PbxSettings

_logger = logging.getLogger(__name__)

BANNER = b"Asterisk Call Manager/"
END = b"\r\n\r\n"
#: no message is longer; a peer that sends more without an end speaks another protocol
MAX_MESSAGE = 1 << 20


class AmiError(Exception):
    """Something went wrong between us and a PBX."""


class AmiOffline(AmiError):
    """The action was not sent: there is no link."""


class AmiRefused(AmiError):
    """The PBX answered with an error; its text is the message."""


class OutcomeUnknown(AmiError):
    """The action was sent, the link fell before its answer: it may have been done."""


class AmiTimeout(OutcomeUnknown):
    """The action was sent, no answer came in time: it may have been done, or will."""


@dataclass(frozen=True, slots=True)
class AmiState:
    """State of a link, with the codes of :class:`.core.events.PbxChanged`."""

    state: str
    error: str = ""
    detail: str = ""


class _Request(panoramisk_actions.Action):
    """An action that waits for its answer.

    panoramisk guesses from texts whether an answer has a list; here the caller says.
    """

    def __init__(self, action: actions.Action, complete_event: str = ""):
        super().__init__({"Action": action.name})
        self.data = action.encode(self.action_id)
        self.complete_event = complete_event
        self.answered = False
        self.rows: list[dict[str, str]] = []

    def __str__(self) -> str:
        """Name the action; its values may be secrets."""
        return f"{self['Action']} {self.action_id}"

    # what the parent takes from its headers
    @property
    def id(self) -> str:
        """Return the ActionID."""
        return self["ActionID"]

    action_id = id  # noqa: A003 - names of the parent

    def add_message(self, message: Message) -> bool:
        """Take a message with this ActionID; tell whether it was for us."""
        row = _plain(message)
        if "Event" not in row:
            if self.answered:
                return True
            self.answered = True
            if not message.success:
                self.fail(AmiRefused(row.get("Message") or "error"))
            elif not self.complete_event:
                self.succeed(row)
            return True
        if not self.complete_event:
            # what follows an answer (OriginateResponse) is an event like any other
            return False
        if row["Event"] == self.complete_event:
            self.succeed(self.rows)
        else:
            self.rows.append(row)
        return True

    def succeed(self, result) -> None:
        """Give the answer to who waits for it."""
        if not self.future.done():
            self.future.set_result(result)

    def fail(self, error: Exception) -> None:
        """Give an error to who waits for the answer."""
        if not self.future.done():
            self.future.set_exception(error)


def _plain(message: Message) -> dict[str, str]:
    """Return a message's headers; of one that comes several times the first."""
    return {
        name: value if isinstance(value, str) else value[0]
        for name, value in message.items()
    }


class _Protocol(AMIProtocol):
    """One connection."""

    def __init__(self, manager: "_Manager"):
        self.manager = manager

    def connection_made(self, transport):
        """Set up at once: the parent leaves that to a later callback."""
        result = super().connection_made(transport)
        self.factory = self.manager
        self.log = _logger
        self.buffer = b""
        self.manager.protocol = self
        return result

    def send(self, data, as_list=False):
        """Refuse: only requests, which have been checked, are sent."""
        raise NotImplementedError("use send_requests")

    def send_requests(self, requests: Sequence[_Request]) -> None:
        """Write several actions at once.

        :raise AmiOffline: on a connection that is closed (the parent swallows it)
        """
        if self.closed or self.transport.is_closing():
            raise AmiOffline("not connected")
        for request in requests:
            self.responses[request.id] = request
            request.future.add_done_callback(
                # an answer that nobody waits for any more is forgotten
                lambda __, key=request.id: self.responses.pop(key, None)
            )
        self.transport.write(b"".join(request.data for request in requests))

    def data_received(self, data):
        """Cut into messages, then decode: a chunk may end inside a character."""
        self.manager.heard()
        buffer = self.buffer + data
        if self.version is None:
            line, separator, rest = buffer.partition(b"\r\n")
            if not line.startswith(BANNER[: len(line)]) or len(line) > 200:
                self.manager.fail("protocol", "the peer is no Asterisk manager")
                return
            if not separator:
                self.buffer = buffer
                return
            self.version = line[len(BANNER) :].decode("ascii", "replace")
            buffer = rest
        *messages, self.buffer = buffer.split(END)
        if len(self.buffer) > MAX_MESSAGE:
            self.manager.fail("protocol", "a message without an end")
            return
        for raw in messages:
            if self.closed:
                return
            try:
                # between messages there may be one empty line more
                message = Message.from_line(raw.decode("utf-8", "replace").strip())
                if message is not None:
                    self.handle_message(message)
            except Exception:
                # else the rest of the chunk would be lost, and the connection with it
                _logger.exception("AMI message could not be handled")

    def handle_message(self, message):
        """Give a message to the request that it answers, or to the events."""
        request = self.responses.get(message.action_id)
        is_event = "event" in message
        if request is None and not is_event and message.action_id is None:
            # An error without ActionID: PBXs answer in order, it is for the oldest
            request = next((r for r in self.responses.values() if not r.answered), None)
        if request is not None and request.add_message(message):
            return
        if is_event:
            self.factory.dispatch(message)
            if message["event"].lower() == "shutdown":
                # the parent would close here and reconnect once more for the socket
                self.transport.abort()

    def connection_lost(self, exc):
        """Close; the reason is kept."""
        self.close()
        self.factory.connection_lost(exc)

    def close(self):
        """Fail what is unanswered: the parent would send it again later."""
        if self.closed:
            return
        self.closed = True
        for request in list(self.responses.values()):
            request.fail(OutcomeUnknown("the link fell before the answer"))
        self.responses.clear()
        # not close(): that waits for a peer which may be gone
        self.transport.abort()


class _Manager(Manager):
    """The life of one connection. When it is over, a new one is made for the next.

    Reconnecting is :meth:`AmiClient.run`'s: the parent plans it with a timer that
    ``close`` doesn't cancel.
    """

    def __init__(self, client: "AmiClient", **config):
        super().__init__(
            protocol_factory=lambda: _Protocol(self), log=_logger, **config
        )
        self.client = client
        self.stopping = False
        self.lost = self.loop.create_future()
        self.booted = asyncio.Event()
        self.heard_at = 0.0
        #: what we found ourselves, for the report: (error, detail)
        self.fault: tuple[str, str] | None = None

    def connect(self, *args, **kwargs):
        """Connect once.

        :raise AmiOffline: after ``close``
        """
        if self.stopping:
            raise AmiOffline("closed")
        return super().connect()

    def connection_made(self, f):
        """Do nothing more: errors are seen by who awaits ``connect``."""
        if self.stopping and self.protocol is not None:
            self.protocol.close()

    def connection_lost(self, exc):
        """Note the end; no reconnect is planned here."""
        if not self.lost.done():
            self.lost.set_result(exc)

    def heard(self) -> None:
        """Note that the peer lives."""
        self.heard_at = self.loop.time()
        self.client.note_seen()

    def fail(self, error: str, detail: str) -> None:
        """Give the connection up for a reason of our own."""
        self.fault = self.fault or (error, detail)
        if self.protocol is not None:
            self.protocol.transport.abort()

    async def send_awaiting_actions(self, *_):
        """Never send anything again."""
        self.awaiting_actions.clear()

    def send_action(self, action, as_list=None, **kwargs):
        """Refuse: see :meth:`request`."""
        raise NotImplementedError("use request")

    async def request(
        self,
        wanted: Sequence[actions.Action],
        timeout: float,
        complete_event: str = "",
    ) -> list:
        """Send actions back to back; return their answers or errors, in order.

        :param timeout: seconds for all of them
        :raise AmiOffline: when nothing was sent
        """
        requests = [_Request(action, complete_event) for action in wanted]
        if self.protocol is None:
            raise AmiOffline("not connected")
        self.protocol.send_requests(requests)
        futures = [request.future for request in requests]
        try:
            await asyncio.wait(futures, timeout=timeout)
            results = []
            for request in requests:
                if not request.future.done():
                    request.fail(AmiTimeout(f"no answer in {timeout:g} s"))
                error = request.future.exception()
                results.append(error or request.future.result())
            return results
        finally:
            for future in futures:
                if not future.cancel() and not future.cancelled():
                    future.exception()  # seen, or nobody wants it any more

    async def login(self, timeout: float) -> None:
        """Log in.

        :raise AmiRefused: the PBX doesn't know us (or our address)
        """
        settings = self.client.settings
        action = actions.login(settings.ami_user, settings.ami_secret)
        (answer,) = await self.request([action], timeout)
        if isinstance(answer, Exception):
            raise answer
        self.authenticated = True

    async def ping(self, timeout: float) -> None:
        """Ask for a sign of life and the PBX's clock; none: abort the connection."""
        asked = self.loop.time()
        before = self.client.clock()
        try:
            (answer,) = await self.request([actions.ping()], timeout)
        except AmiOffline:
            return
        after = self.client.clock()
        if isinstance(answer, AmiTimeout):
            silent = self.loop.time() - self.heard_at
            patience = self.client.patience(asked)
            if self.heard_at <= asked and silent > 0.9 * timeout * patience:
                # half open, or a PBX that stands still
                self.fail("timeout", f"no sign of life in {timeout:g} s")
        elif not isinstance(answer, Exception):
            self.client.measure_clock(answer.get("Timestamp", ""), before, after)

    def dispatch(self, event):
        """Hand an event to one plain callback: order is kept, no pattern is tried."""
        message = _plain(event)
        if message["Event"] == "FullyBooted":
            self.booted.set()
        self.client.on_message(message)
        return []

    def close(self):
        """End this connection for good."""
        self.stopping = True
        if self.protocol is not None:
            self.protocol.close()


class AmiClient:
    """Keeps a link to one PBX.

    ``online`` means: logged in, and Asterisk fully booted. All methods belong to the
    event loop's thread.
    """

    def __init__(
        self,
        settings: PbxSettings,
        on_message: Callable[[Mapping[str, str]], None],
        on_state: Callable[[AmiState], None],
        *,
        clock: Callable[[], float] = time.time,
        clock_offset: float = 0.0,
        backoff: Backoff | None = None,
        ping_interval: float = 3.0,
        answer_timeout: float = 5.0,
        boot_timeout: float = 30.0,
        refused_delay: float = 60.0,
    ):
        """Prepare; nothing is done before :meth:`run`.

        :param on_message: gets every event, in order, as a mapping of headers. Called
            on the event loop's thread: it must not block.
        :param on_state: told when the link's state changes
        :param clock: Odoo's clock, unix seconds
        :param clock_offset: that clock less the PBX's, as it was measured last
        :param refused_delay: seconds to wait after a refused log-in (others back off)
        """
        self.settings = settings
        self.on_message = on_message
        self.on_state = on_state
        self.clock = clock
        self.backoff = backoff or Backoff(0.5, 10.0)
        self.ping_interval = ping_interval
        self.answer_timeout = answer_timeout
        self.boot_timeout = boot_timeout
        self.refused_delay = refused_delay
        self.online = False
        #: Odoo's clock less the PBX's, seconds
        self.clock_offset = clock_offset
        self._offsets: deque[tuple[float, float]] = deque(maxlen=10)
        self._seen: float | None = None
        self._manager: _Manager | None = None
        self._stop = asyncio.Event()
        self._last_state: AmiState | None = None
        self._slow: list[float] = []
        self._slow_until = 0.0

    @property
    def pbx_now(self) -> float:
        """Return the PBX's clock, unix seconds (estimated)."""
        return self.clock() - self.clock_offset

    @property
    def seen_at(self) -> float:
        """Return the PBX's clock when it was last heard; 0 if it never was."""
        return 0.0 if self._seen is None else self._seen - self.clock_offset

    @contextlib.contextmanager
    def slow(self, patience: float):
        """Don't take silence for death: an action keeps the PBX from answering others.

        Asterisk carries out one action of a connection after the other.

        :param patience: how many times longer than usual it may be silent
        """
        self._slow.append(patience)
        try:
            yield
        finally:
            self._slow.remove(patience)
            self._slow_until = asyncio.get_running_loop().time()

    def patience(self, since: float) -> float:
        """Return how many times longer than usual the PBX may be silent.

        :param since: the loop's clock; an action that ended later counts, too
        """
        if self._slow:
            return max(self._slow)
        return math.inf if self._slow_until >= since else 1.0

    def note_seen(self) -> None:
        """Note that something came."""
        self._seen = self.clock()

    def measure_clock(self, timestamp: str, before: float, after: float) -> None:
        """Take a Pong's clock; the quickest of the last pings counts.

        The PBX wrote its time somewhere between question and answer: half-way is the
        best guess, and half the round trip its largest error.
        """
        try:
            theirs = float(timestamp)
        except ValueError:
            return
        self._offsets.append((after - before, (before + after) / 2 - theirs))
        self.clock_offset = min(self._offsets)[1]

    async def run(self) -> None:
        """Keep the link up until :meth:`stop`."""
        while not self._stop.is_set():
            try:
                state = await self._session()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                _logger.exception("AMI link of PBX %s broke", self.settings.name)
                state = AmiState("offline", "protocol", type(error).__name__)
            finally:
                self._end_session()
            if self._stop.is_set():
                break
            self._report(state)
            delay = (
                self.refused_delay if state.state == "refused" else self.backoff.next()
            )
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._stop.wait(), delay)

    def stop(self) -> None:
        """End the link for good; :meth:`run` returns."""
        self._stop.set()
        self._end_session()

    def _end_session(self) -> None:
        self.online = False
        manager, self._manager = self._manager, None
        if manager is not None:
            manager.close()

    def _report(self, state: AmiState) -> None:
        if state == self._last_state:
            return
        self._last_state = state
        level = logging.INFO if state.state == "online" else logging.WARNING
        told = " ".join(filter(None, (state.state, state.error, state.detail)))
        _logger.log(level, "AMI link of PBX %s: %s", self.settings.name, told)
        self.on_state(state)

    async def _session(self) -> AmiState:
        """Connect, log in, stay; return why it is over."""
        settings = self.settings
        where = f"{settings.ami_host}:{settings.ami_port}"
        tls = ssl.create_default_context() if settings.ami_tls else False
        manager = self._manager = _Manager(
            self,
            loop=asyncio.get_running_loop(),
            host=settings.ami_host,
            port=settings.ami_port,
            ssl=tls,
        )
        try:
            await asyncio.wait_for(manager.connect(), self.answer_timeout)
        except TimeoutError:
            return AmiState("offline", "timeout", f"{where} doesn't answer")
        except ssl.SSLError as error:
            return AmiState("offline", "tls", f"{where}: {error.reason or error}")
        except (OSError, UnicodeError) as error:
            return AmiState("offline", "connection", f"{where}: {error}")
        try:
            await manager.login(self.answer_timeout)
        except AmiRefused as error:
            if "shutting down" in str(error):
                return AmiState("offline", "connection", f"{where}: {error}")
            return AmiState("refused", "secret", f"{where}: {error}")
        except actions.ActionError as error:
            return AmiState("refused", "secret", f"user or secret: {error.code}")
        except AmiTimeout:
            return AmiState("offline", "timeout", f"{where} doesn't answer the log-in")
        except AmiError as error:
            return self._over(manager, AmiState("offline", "connection", str(error)))
        await self._wait_until_booted(manager)
        if not manager.lost.done():
            self._offsets.clear()
            await manager.ping(self.answer_timeout)
        if not manager.lost.done():
            self.online = True
            self.backoff.reset()
            self._report(AmiState("online"))
        while not manager.lost.done():
            await asyncio.wait([manager.lost], timeout=self.ping_interval)
            if not manager.lost.done():
                await manager.ping(self.answer_timeout)
        return self._over(
            manager, AmiState("offline", "connection", f"{where}: the link fell")
        )

    async def _wait_until_booted(self, manager: _Manager) -> None:
        booted = asyncio.ensure_future(manager.booted.wait())
        try:
            done, __ = await asyncio.wait(
                [booted, manager.lost],
                timeout=self.boot_timeout,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            booted.cancel()
        if not done:
            manager.fail(
                "protocol", "no FullyBooted: may the user read class 'system'?"
            )
            await manager.lost

    @staticmethod
    def _over(manager: _Manager, state: AmiState) -> AmiState:
        if manager.fault:
            return AmiState("offline", *manager.fault)
        return state

    async def ask_all(
        self, wanted: Sequence[actions.Action], timeout: float = 5.0
    ) -> list:
        """Send actions back to back; return an answer or an error for each, in order.

        :raise AmiOffline: nothing was sent
        """
        if not self.online or self._manager is None:
            raise AmiOffline("no link to the PBX")
        return await self._manager.request(wanted, timeout)

    async def ask(
        self, action: actions.Action, timeout: float = 5.0
    ) -> Mapping[str, str]:
        """Send an action, return the headers of its answer.

        What Asterisk sends later for the same action (OriginateResponse) is an event.

        :param timeout: seconds
        :raise AmiOffline: not sent
        :raise AmiRefused: answered with an error
        :raise OutcomeUnknown: sent, but no answer came (:class:`AmiTimeout`: in time)
        """
        (answer,) = await self.ask_all([action], timeout)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def ask_list(
        self, action: actions.Action, complete_event: str, timeout: float = 15.0
    ) -> list[Mapping[str, str]]:
        """Send an action that answers with a list; return its rows.

        :param complete_event: the event that ends the list
        :raise AmiError: as :meth:`ask`
        """
        if not self.online or self._manager is None:
            raise AmiOffline("no link to the PBX")
        (answer,) = await self._manager.request([action], timeout, complete_event)
        if isinstance(answer, Exception):
            raise answer
        return answer
