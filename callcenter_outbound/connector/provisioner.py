"""Reloads: brings one PBX to hold what Odoo wants, and reads back what it holds.

::

    gateway.sections_wanted ─┐
    GetConfig of our files ──┴▶ plan (core) ──▶ UpdateConfig …, Reload ──▶ read back
    files, endpoints, log-ins, queues ──▶ SectionsRead / ReloadDone ──▶ Odoo

Asterisk says that all is well even when it refused a value. So nothing is believed:
after each reload, after each connect and every few minutes it is read what the PBX has
in its files and what it works with.
"""

import asyncio
import contextlib
import logging
import math
import time
from typing import TYPE_CHECKING

from .ami import AmiClient, AmiError, AmiRefused
from .core import actions, provisioning, trunks
from .core.actions import ActionError
from .core.events import CommandFailed, ReloadDone, ReloadProgress, SectionsRead
from .core.provisioning import EXTENSION, TRUNK, HeldFile, Live, SectionHeld, Step
from .core.queues import differences
from .core.values import Command

if TYPE_CHECKING:
    from .link import PbxLink

_logger = logging.getLogger(__name__)

#: Seconds: to write a file, to read a list, to reload.
WRITE, LIST, RELOAD = 20.0, 30.0, 120.0
#: How many times longer than usual the PBX may be silent while it gathers a list.
PATIENCE = 4.0
#: Reading back by itself takes at most one part in so many of the PBX's time.
SHARE = 100
#: Progress is told no oftener than this (s).
PROGRESS = 0.25
#: What the PBX answers when its user may not do this.
DENIED = "Permission denied"


class Provisioner:
    """Reloads and read-backs of one link, one at a time."""

    def __init__(self, link: "PbxLink"):
        """Prepare; :meth:`loop` and :meth:`reload` work."""
        self.link = link
        self._lock = asyncio.Lock()
        #: set: what the PBX holds is to be read now
        self.read_wanted = asyncio.Event()
        #: set: the trunks' states are to be read now
        self.trunks_wanted = asyncio.Event()
        #: not set while the PBX reloads: new calls would wait, and might come too late
        self.calls_allowed = asyncio.Event()
        self.calls_allowed.set()
        self._told: tuple[SectionHeld, ...] | None = None
        self._trunks = trunks.TrunkTracker()
        self._names: list[str] = []
        self._fault = ""

    def offline(self) -> None:
        """Note that the link fell: nothing that was read counts any more."""
        self._told = None
        self._trunks.forget()

    # -- what the PBX holds

    async def loop(self) -> None:
        """Read back after each connect and every few minutes."""
        link = self.link
        pause = 0.0
        while True:
            await link.wait(self.read_wanted, max(link.timing.sections, pause))
            if not link.ready:
                continue
            try:
                async with self._lock:
                    began = time.monotonic()
                    await self._read_back(link.client)
                    # a PBX with thousands of phones has other things to do
                    pause = SHARE * (time.monotonic() - began)
                self._fault = ""
            except (AmiError, ActionError) as error:
                self._complain("What PBX %s holds can't be read: %s", error)
            except Exception:
                _logger.exception("Reading back PBX %s failed", link.settings.name)

    def _complain(self, text: str, error: Exception) -> None:
        """Log a fault once, not each time it is met."""
        level = logging.DEBUG if str(error) == self._fault else logging.WARNING
        self._fault = str(error)
        _logger.log(level, text, self.link.settings.name, error)

    async def _read_back(self, client: AmiClient) -> None:
        sections = await self._read(client)
        if client is self.link.client and sections != self._told:
            self._told = sections
            self.link.emit([SectionsRead(sections)])
        await self._assert_members(client)
        self.trunks_wanted.set()

    async def _read(self, client: AmiClient) -> tuple[SectionHeld, ...]:
        """Return all that the PBX holds, with what it refused."""
        in_work = self.link.runner.in_work
        files = await self._read_files(client)
        held = await in_work(provisioning.held_sections, files)
        self._names = [s.name for s in held if s.kind == TRUNK and s.value]
        # thousands of rows: the PBX is silent while it gathers them
        with client.slow(PATIENCE):
            endpoints = await self._list(
                client, actions.pjsip_show_endpoints(), "EndpointListComplete"
            )
            auths = await self._list(
                client, actions.pjsip_show_auths(), "AuthListComplete"
            )
        live = Live(
            endpoints,
            auths,
            await self._list(client, actions.queue_status(), "QueueStatusComplete"),
            await self._read_trunks(client),
        )
        sections = await in_work(provisioning.with_problems, held, live)
        sections += await self._read_left_over(client, held, live)
        return tuple(sections)

    async def _read_files(self, client: AmiClient) -> list[HeldFile]:
        """Return our files that exist."""
        files = []
        for name_of in (provisioning.extension_file, provisioning.queue_file):
            # they are made one after the other
            for number in range(provisioning.MAX_FILES):
                file = await self._read_file(client, name_of(number))
                if file is None:
                    break
                files.append(file)
        trunk_file = await self._read_file(client, provisioning.TRUNKS_FILE)
        if trunk_file is not None:
            files.append(trunk_file)
        return files

    async def _read_file(self, client: AmiClient, name: str) -> HeldFile | None:
        try:
            answer = await client.ask(provisioning.get_config(name), WRITE)
        except AmiRefused as error:
            if "not found" in str(error):
                return None
            raise
        return provisioning.parse_file(name, answer)

    @staticmethod
    async def _list(client: AmiClient, action: actions.Action, complete: str):
        try:
            return await client.ask_list(action, complete, LIST)
        except AmiRefused as error:
            # an empty list is refused
            if str(error).startswith(("No ", "Unable to retrieve endpoint")):
                return []
            raise

    async def _read_trunks(self, client: AmiClient):
        return {
            name: await self._list(
                client, actions.pjsip_show_trunk(name), "EndpointDetailComplete"
            )
            for name in self._names
        }

    async def _read_left_over(
        self, client: AmiClient, held: list[SectionHeld], live: Live
    ) -> list[SectionHeld]:
        """Return extensions that are in no file any more and still can register."""
        numbers = provisioning.left_over(held, live)
        if not numbers:
            return []
        # what an administrator has of his own is none of Odoo's business
        everything = await self._read_file(client, "pjsip_wizard.conf")
        others = {section.name for section in everything.sections} if everything else ()
        return [
            SectionHeld(EXTENSION, number, None, "left", "left")
            for number in numbers
            if number not in others
        ]

    # -- reload

    async def reload(self, command: Command) -> None:
        """Make the PBX hold what Odoo wants; read back what came of it.

        :raise AmiError: the link fell, or the PBX refused to read its files
        """
        link = self.link
        async with self._lock:
            client = link.client
            wanted = await link.runner.in_gateway(
                link.gateway.sections_wanted, link.pbx_id
            )
            try:
                files = await self._read_files(client)
                plan = await link.runner.in_work(provisioning.plan, wanted, files)
                _logger.info(
                    "Reload of PBX %s: %s changes", link.settings.name, plan.changes
                )
                await self._carry_out(client, command, plan)
                await self._register(client)
                sections = await self._read(client)
            except AmiRefused as error:
                link.emit([CommandFailed(command.id, "refused", str(error)[:200])])
                self.read_wanted.set()
                return
            except _FileRefused as error:
                link.emit([CommandFailed(command.id, "files", str(error)[:200])])
                self.read_wanted.set()
                return
            invalid = {
                (value.kind, value.name): SectionHeld(
                    value.kind, value.name, value, "invalid"
                )
                for value, __ in plan.invalid
            }
            kept = (s for s in sections if (s.kind, s.name) not in invalid)
            self._told = (*kept, *invalid.values())
            link.emit([ReloadDone(command.id, self._told)])
            await self._assert_members(client)
            self.trunks_wanted.set()

    async def _carry_out(self, client: AmiClient, command: Command, plan) -> None:
        done, told_at = 0, 0.0
        for step in plan.steps:
            if time.monotonic() - told_at > PROGRESS:
                told_at = time.monotonic()
                self.link.emit([ReloadProgress(command.id, done, plan.changes)])
            await self._take(client, step)
            done += step.changes

    async def _take(self, client: AmiClient, step: Step) -> None:
        """Carry out one step of a reload.

        :raise _FileRefused: the PBX can't write the file
        """
        if step.slow:
            self.calls_allowed.clear()
            try:
                with client.slow(math.inf):
                    await client.ask(step.action, RELOAD)
            finally:
                self.calls_allowed.set()
            return
        try:
            await client.ask(step.action, WRITE)
        except AmiRefused as error:
            if DENIED in str(error):
                raise
            file = step.action.get("DstFilename") or step.action.get("Filename")
            raise _FileRefused(f"{file}: {error}") from error

    # -- trunks

    async def trunks_loop(self) -> None:
        """Follow the states of the trunks."""
        link = self.link
        while True:
            if await link.wait(self.trunks_wanted, link.timing.contacts):
                await asyncio.sleep(link.timing.contacts_settle)
                self.trunks_wanted.clear()
            if not link.ready:
                continue
            try:
                await self._follow_trunks(link.client)
            except (AmiError, ActionError) as error:
                _logger.debug("No trunks of PBX %s: %s", link.settings.name, error)
            except Exception:
                _logger.exception("Trunks of PBX %s failed", link.settings.name)

    async def _follow_trunks(self, client: AmiClient) -> None:
        found = await self._read_trunks(client)
        registered = await self._registrations(client) if found else {}
        if client is self.link.client and self.link.ready:
            self.link.emit(self._trunks.snapshot(found, registered, client.pbx_now))
            # Asterisk asks for the first time within half a minute
            for name in set(self._trunks.unknown()) & set(found):
                with contextlib.suppress(AmiRefused):
                    await client.ask(actions.pjsip_qualify_trunk(name))

    async def _registrations(self, client: AmiClient) -> dict[str, str]:
        return trunks.registrations(
            await self._list(
                client,
                actions.pjsip_show_registrations(),
                "OutboundRegistrationDetailComplete",
            )
        )

    async def _register(self, client: AmiClient) -> None:
        """Register now: a carrier's refusal is final, also after a new secret."""
        for name, status in (await self._registrations(client)).items():
            if status != "Registered":
                with contextlib.suppress(AmiRefused, ActionError):
                    await client.ask(actions.pjsip_register(name))

    # -- queues

    async def _assert_members(self, client: AmiClient) -> None:
        """Make the queues have those who are signed in."""
        link = self.link
        rows = await self._list(client, actions.queue_status(), "QueueStatusComplete")
        members = await link.runner.in_gateway(link.gateway.queue_members, link.pbx_id)
        for action in differences(rows, members):
            with contextlib.suppress(AmiRefused):
                await client.ask(action)

    async def follow_agent(self, command: Command) -> None:
        """Tell the queues what an agent did: signed in or out, paused, went on.

        A queue that the PBX does not have yet is made up for after the next reload.

        :raise AmiError: it was not told; the next connect makes up for it
        """
        payload = command.payload
        extension = payload.get("extension")
        if not extension:
            return
        for queue in payload.get("left_queues") or ():
            await self._leave(queue, extension)
        for queue in payload.get("queues") or ():
            if command.kind == "sign_out":
                await self._leave(queue, extension)
            else:
                await self._join(queue, extension, bool(payload.get("paused")))

    async def _leave(self, queue: str, extension: str) -> None:
        for action in (
            # those whom the queue's file has stay in it, paused
            actions.queue_remove(queue, extension),
            actions.queue_pause(extension, True, queue),
        ):
            with contextlib.suppress(AmiRefused):
                await self._ask(action)

    async def _join(self, queue: str, extension: str, paused: bool) -> None:
        try:
            await self._ask(actions.queue_pause(extension, paused, queue))
        except AmiRefused:
            with contextlib.suppress(AmiRefused):
                await self._ask(actions.queue_add(queue, extension, paused))

    async def _ask(self, action: actions.Action) -> None:
        await self.link.client.ask(action)


class _FileRefused(AmiError):
    """The PBX can't write a file of ours."""
