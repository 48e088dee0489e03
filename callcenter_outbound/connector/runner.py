"""The engine of one database: from commands to a PBX, from its events to Odoo.

::

    NOTIFY ──▶ Runner ──▶ PbxLink (one a PBX, if we lead it) ──▶ AmiClient ──▶ Asterisk
                              │  ▲ tracker, phones (core)            │
                 gateway ◀────┘  └───────────── messages ◀───────────┘

All of it runs on one event loop; whatever blocks (Odoo, PostgreSQL, HTTP) runs on
threads of its own, one each, so that the order of events is the order of transactions.
Everything is injected: the tests run it without Odoo, PostgreSQL and Asterisk.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

from .ami import AmiClient
from .ari import AriClient
from .core.backoff import Backoff
from .core.events import DomainEvent
from .core.values import NOTIFY_SETTINGS, Gateway, PbxSettings
from .link import PbxLink, Timing
from .pg import Listener, ListenerError
from .serial import SerialExecutor

_logger = logging.getLogger(__name__)


class Runner:
    """Leads the PBXs of one database, as far as nobody else does."""

    def __init__(
        self,
        dbname: str,
        gateway: Gateway,
        listener: Listener,
        *,
        ami_factory: Callable[..., AmiClient] = AmiClient,
        ari_factory: Callable[[PbxSettings], AriClient] = AriClient,
        clock: Callable[[], float] = time.time,
        timing: Timing | None = None,
    ):
        """Prepare; :meth:`run` runs.

        :param clock: Odoo's clock, unix seconds
        """
        self.dbname = dbname
        self.gateway = gateway
        self.listener = listener
        self.ami_factory = ami_factory
        self.ari_factory = ari_factory
        self.clock = clock
        self.timing = timing or Timing()
        self.links: dict[int, PbxLink] = {}
        #: events that could not be applied before PostgreSQL went away, with Odoo's
        #: clock less that of the PBX
        self.leftovers: dict[int, tuple[list[DomainEvent], float]] = {}
        self._stopping = False
        self._wake = asyncio.Event()
        self._readable = False
        self._settings_changed = False
        self._broken: Exception | None = None
        self._gateway_thread = SerialExecutor(f"callcenter.{dbname}", dbname=dbname)
        self._files_thread = SerialExecutor(f"callcenter.{dbname}.files", dbname=dbname)
        self._pg_thread = SerialExecutor(f"callcenter.{dbname}.pg", dbname=dbname)
        self._work_thread = SerialExecutor(f"callcenter.{dbname}.work", dbname=dbname)

    # -- threads

    async def in_gateway(self, function, *args):
        """Run a gateway call on the database's thread, after those before it."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._gateway_thread, function, *args)

    async def in_files(self, function, *args):
        """Run a transfer of a file, beside the events."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._files_thread, function, *args)

    async def in_work(self, function, *args):
        """Compare what thousands of extensions are made of, beside the events."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._work_thread, function, *args)

    async def in_pg(self, function, *args):
        """Run a call on the listener.

        While it waits for its own answer a notification may come with it: look.
        """
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._pg_thread, function, *args)
        finally:
            self._readable = True
            self._wake.set()

    # -- life

    def stop(self) -> None:
        """Make :meth:`run` return soon. On the loop's thread."""
        self._stopping = True
        self._wake.set()

    def broken(self, error: Exception) -> None:
        """Note that the listener's connection is gone."""
        self._broken = self._broken or error
        self._wake.set()

    async def run(self) -> None:
        """Lead until :meth:`stop`; never raises for a fault of the world."""
        backoff = Backoff(0.5, 15.0)
        try:
            while not self._stopping:
                delay = 0.0
                try:
                    self._broken = None
                    await self.in_pg(self.listener.connect)
                    if await self.in_gateway(self.gateway.is_neutralized):
                        _logger.warning("This database is neutralized: nothing is led")
                        delay = self.timing.neutralized
                    else:
                        await self._listen(backoff)
                except ListenerError as error:
                    _logger.warning("The connector lost PostgreSQL: %s", error)
                except Exception:
                    _logger.exception("The connector failed, and will start again")
                finally:
                    await self._drop_links()
                    with contextlib.suppress(Exception):
                        await self.in_pg(self.listener.close)
                await self._sleep(delay or backoff.next())
        finally:
            self.gateway.stop()
            for thread in (
                self._gateway_thread,
                self._files_thread,
                self._pg_thread,
                self._work_thread,
            ):
                thread.shutdown(wait=False, cancel_futures=True)

    async def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._stopping and (left := end - time.monotonic()) > 0:
            self._wake.clear()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), left)

    async def _listen(self, backoff: Backoff) -> None:
        """Follow NOTIFY and settings until the listener breaks or we stop."""
        loop = asyncio.get_running_loop()
        if not await self._read_settings():
            return
        backoff.reset()
        fileno = self.listener.fileno()
        now = time.monotonic()
        settings_at = now + self.timing.settings
        alive_at = now + self.timing.keep_alive
        watching = False
        try:
            while not self._stopping:
                if self._broken is not None:
                    raise self._broken
                if not watching:
                    loop.add_reader(fileno, self._on_readable, fileno)
                watching = True
                now = time.monotonic()
                wait = max(0.0, min(settings_at, alive_at) - now)
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait)
                self._wake.clear()
                if self._readable:
                    watching = False
                    loop.remove_reader(fileno)
                    await self._poll(loop)
                now = time.monotonic()
                if now >= alive_at:
                    alive_at = now + self.timing.keep_alive
                    await self.in_pg(self.listener.keep_alive)
                if self._settings_changed or now >= settings_at:
                    settings_at = now + self.timing.settings
                    if not await self._read_settings():
                        return
        finally:
            loop.remove_reader(fileno)

    def _on_readable(self, fileno: int) -> None:
        # level-triggered: not again before it was read
        asyncio.get_running_loop().remove_reader(fileno)
        self._readable = True
        self._wake.set()

    async def _poll(self, loop) -> None:
        # not by in_pg, which would ask for the next poll
        self._readable = False
        payloads = await loop.run_in_executor(self._pg_thread, self.listener.poll)
        for payload in set(payloads):
            if payload == NOTIFY_SETTINGS:
                self._settings_changed = True
            elif payload.isdecimal() and int(payload) in self.links:
                self.links[int(payload)].look_for_commands()

    async def _read_settings(self) -> bool:
        """Follow the settings; tell whether this database may be served still."""
        self._settings_changed = False
        if await self.in_gateway(self.gateway.is_neutralized):
            return False
        wanted = {
            settings.id: settings
            for settings in await self.in_gateway(self.gateway.load_pbxs)
        }
        for pbx_id in [pbx_id for pbx_id in self.links if pbx_id not in wanted]:
            await self.links.pop(pbx_id).stop()
        for pbx_id, settings in wanted.items():
            if pbx_id in self.links:
                self.links[pbx_id].update(settings)
            else:
                self.links[pbx_id] = PbxLink(self, settings)
                self.links[pbx_id].start()
        return True

    async def _drop_links(self) -> None:
        links, self.links = list(self.links.values()), {}
        if links:
            await asyncio.gather(
                *(link.stop() for link in links), return_exceptions=True
            )
