"""Reloads by the engine, with a PBX that keeps files, refuses, and goes away."""

import asyncio

import pytest
from fake_ami import wait_until
from fake_config import FakeConfig, Refused
from loops import run
from test_runner import rig

from connector.core import actions, events
from connector.core.provisioning import ExtensionWanted, GroupWanted, SectionHeld
from connector.core.queues import Member
from connector.core.values import Command

SECRET = "s3cret-of-a-test"
FILE = "odoo/pjsip_wizard_000.conf"
ONE = ExtensionWanted("1001", SECRET)
TWO = ExtensionWanted("1002", SECRET)


class Pbx:
    """Makes a fake PBX keep files, and work with them after a reload.

    ``ignores`` are extensions that it refuses in silence.
    """

    def __init__(self, server):
        self.files = FakeConfig({FILE: "", "odoo/queues_000.conf": ""})
        self.server = server
        self.live = {}
        self.ignores = set()
        for name in ("getconfig", "createconfig", "updateconfig"):
            server.on[name] = self.config
        server.on["reload"] = self.reload
        server.on["pjsipshowendpoints"] = self.endpoints
        server.on["pjsipshowauths"] = self.auths

    def config(self, connection, headers):
        lines = self.server.lines[-1]
        pairs = tuple(line.partition(": ")[::2] for line in lines)
        values = tuple(p for p in pairs if p[0] not in ("Action", "ActionID"))
        try:
            answer = self.files.carry_out(actions.Action(headers["Action"], values))
        except Refused as error:
            self.server.error(str(error))(connection, headers)
            return
        answer.pop("Response")
        more = [f"{name}: {value}" for name, value in answer.items()]
        self.server.success(connection, headers, *more)

    def reload(self, connection, headers):
        self.live = {}
        for file in self.files.files:
            for name, template, __, lines in self.files.files[file]:
                if not template and name.isdecimal() and name not in self.ignores:
                    self.live[name] = dict(lines)
        self.server.success(connection, headers, "Message: Module Reloaded")

    def endpoints(self, connection, headers):
        rows = [
            ["Event: EndpointList", f"ObjectName: {name}", "Transport: transport-udp"]
            for name in self.live
        ]
        self.server.rows("EndpointListComplete", *rows)(connection, headers)

    def auths(self, connection, headers):
        rows = [
            [
                "Event: AuthList",
                f"ObjectName: {name}-iauth",
                f"Username: {name}",
                f"Password: {lines['inbound_auth/password']}",
            ]
            for name, lines in self.live.items()
        ]
        self.server.rows("AuthListComplete", *rows)(connection, headers)


def reload(number=7):
    return Command(number, "reload", "", {}, 5.0)


def held(event):
    return {(s.name, s.value, s.problem) for s in event.sections}


def test_from_command_to_done():
    """Written, reloaded, read back; a second time nothing is written."""

    async def test():
        async with rig() as r:
            pbx = Pbx(r.server)
            await r.ready()
            await wait_until(lambda: r.gateway.of(events.SectionsRead))
            assert r.gateway.of(events.SectionsRead)[0].sections == ()
            r.gateway.wanted = [ONE, TWO]
            r.command(reload())
            await wait_until(lambda: r.gateway.of(events.ReloadDone))
            done = r.gateway.of(events.ReloadDone)[0]
            assert held(done) == {("1001", ONE, ""), ("1002", TWO, "")}
            assert r.gateway.of(events.ReloadProgress) == [
                events.ReloadProgress(7, 0, 2)
            ]
            writes = pbx.files.writes
            r.command(reload(8))
            await wait_until(lambda: len(r.gateway.of(events.ReloadDone)) == 2)
            assert pbx.files.writes == writes
            assert r.server.names().count("Reload") == 2

    run(test)


def test_what_was_refused_in_silence_is_told():
    async def test():
        async with rig() as r:
            pbx = Pbx(r.server)
            pbx.ignores = {"1002"}
            await r.ready()
            r.gateway.wanted = [ONE, TWO, ExtensionWanted("1003", "short")]
            r.command(reload())
            await wait_until(lambda: r.gateway.of(events.ReloadDone))
            assert {
                (name, problem)
                for name, __, problem in held(r.gateway.of(events.ReloadDone)[0])
            } == {("1001", ""), ("1002", "missing"), ("1003", "invalid")}

    run(test)


@pytest.mark.parametrize(
    ("action", "text", "code", "detail"),
    [
        ("updateconfig", "Permission denied", "refused", "Permission denied"),
        ("reload", "No such module", "refused", "No such module"),
        ("getconfig", "Permission denied", "refused", "Permission denied"),
        (
            "updateconfig",
            "Save of config failed",
            "files",
            f"{FILE}: Save of config failed",
        ),
    ],
)
def test_a_pbx_that_refuses(action, text, code, detail):
    """The reload fails with its words, and it is read what became of it."""

    async def test():
        async with rig() as r:
            Pbx(r.server)
            await r.ready()
            await wait_until(lambda: r.gateway.of(events.SectionsRead))
            r.server.on[action] = r.server.error(text)
            r.gateway.wanted = [ONE]
            r.command(reload())
            await wait_until(lambda: r.gateway.of(events.CommandFailed))
            assert r.gateway.of(events.CommandFailed) == [
                events.CommandFailed(7, code, detail)
            ]
            if action == "reload":
                # written, but not taken up
                await wait_until(lambda: len(r.gateway.of(events.SectionsRead)) == 2)
                last = r.gateway.of(events.SectionsRead)[-1]
                assert held(last) == {("1001", ONE, "missing")}

    run(test)


def test_the_link_falls_in_the_middle():
    """Said at once, never tried again; the next connect tells what was written."""

    async def test():
        async with rig() as r:
            pbx = Pbx(r.server)
            await r.ready()
            r.gateway.wanted = [ONE]
            r.server.on["reload"] = lambda connection, __: connection.drop()
            r.command(reload())
            await wait_until(lambda: r.gateway.of(events.CommandFailed))
            assert r.gateway.of(events.CommandFailed)[0].code == "unknown"
            await wait_until(lambda: r.gateway.broken_reloads == 2)
            await wait_until(
                lambda: (
                    held(r.gateway.of(events.SectionsRead)[-1])
                    == {("1001", ONE, "missing")}
                )
            )
            assert r.server.names().count("Reload") == 1
            r.server.on["reload"] = pbx.reload
            r.command(reload(8))
            await wait_until(lambda: r.gateway.of(events.ReloadDone))
            assert held(r.gateway.of(events.ReloadDone)[0]) == {("1001", ONE, "")}

    run(test)


def test_no_new_calls_while_the_pbx_reloads():
    """They would wait there past their deadline; hanging up is let through."""

    async def test():
        async with rig() as r:
            pbx = Pbx(r.server)
            link = await r.ready()
            going = []
            r.server.on["reload"] = lambda *asked: going.append(asked)
            r.gateway.wanted = [ONE]
            r.command(reload())
            await wait_until(lambda: going)
            echo = Command(8, "echo", "440ebfff-c11d-45ad-ace9-9b986633fa2b", {}, 5.0)
            agent = {"extension": "1001", "queues": ["group-1"]}
            r.command(
                echo,
                Command(9, "hangup", "x", {}, 5.0),
                Command(10, "sign_out", "", agent, 5.0),
            )
            for number in (9, 10):
                done = events.CommandDone(number)
                await wait_until(lambda done=done: done in r.gateway.applied)
            await asyncio.sleep(0.3)
            assert r.gateway.pending == [echo]
            pbx.reload(*going[0])
            await wait_until(lambda: not r.gateway.pending)
            assert link.provisioner.calls_allowed.is_set()

    run(test)


def test_who_is_signed_in_is_asserted_after_a_connect():
    async def test():
        async with rig() as r:
            row = ["Event: QueueMember", "Queue: group-1", "Membership: static"]
            r.server.on["queuestatus"] = r.server.rows(
                "QueueStatusComplete",
                ["Event: QueueParams", "Queue: group-1"],
                [*row, "Location: PJSIP/1001", "Paused: 1"],
                [*row, "Location: PJSIP/1003", "Paused: 0"],
            )
            r.gateway.members = [Member("group-1", "1001"), Member("group-1", "1002")]
            await r.ready()
            await wait_until(lambda: r.server.names().count("QueuePause") == 2)
            told = [
                (h["Action"], h["Interface"], h["Paused"])
                for __, h in r.server.asked
                if h["Action"] in ("QueuePause", "QueueAdd")
            ]
            assert told == [
                ("QueuePause", "PJSIP/1001", "false"),
                ("QueueAdd", "PJSIP/1002", "false"),
                ("QueuePause", "PJSIP/1003", "true"),
            ]

    run(test)


def test_hostile_values_of_an_agents_command_are_refused_here():
    async def test():
        async with rig() as r:
            await r.ready()
            payload = {"extension": "1001\r\nAction: X", "queues": ["group-1"]}
            r.command(Command(1, "sign_in", "", payload, 5.0))
            payload = {"extension": "1001", "queues": ["group-1,x"]}
            r.command(Command(2, "sign_in", "", payload, 5.0))
            await wait_until(lambda: len(r.gateway.of(events.CommandDone)) == 2)
            assert "QueuePause" not in r.server.names()

    run(test)


def test_what_agents_do_is_told_to_their_queues():
    """Refused or not, it is done: the agent's state is Odoo's."""

    async def test():
        async with rig() as r:
            r.server.on["queueremove"] = r.server.error("Member not dynamic")
            payload = {"extension": "1001", "queues": ["group-1"]}
            more = {"left_queues": ["group-2"]}
            await r.ready()
            for number, (kind, values) in enumerate(
                (
                    ("sign_in", {**payload, **more}),
                    ("pause", {**payload, "paused": True}),
                    ("resume", payload),
                    ("sign_out", payload),
                    ("settle", {}),
                )
            ):
                r.command(Command(number, kind, "", values, 5.0))
                done = events.CommandDone(number)
                await wait_until(lambda done=done: done in r.gateway.applied)
            told = [
                (h["Queue"], h["Action"].removeprefix("Queue"), h.get("Paused"))
                for __, h in r.server.asked
                if h["Action"] in ("QueuePause", "QueueAdd", "QueueRemove")
            ]
            assert told == [
                ("group-2", "Remove", None),
                ("group-2", "Pause", "true"),
                ("group-1", "Pause", "false"),
                ("group-1", "Pause", "true"),
                ("group-1", "Pause", "false"),
                ("group-1", "Remove", None),
                ("group-1", "Pause", "true"),
            ]
            # a guest: the queue's file does not have him
            r.server.on["queuepause"] = r.server.error("Interface not found")
            r.command(Command(9, "sign_in", "", {**payload, "paused": True}, 5.0))
            await wait_until(lambda: "QueueAdd" in r.server.names())
            assert r.server.asked[-1][1]["Paused"] == "true"

    run(test)


def test_groups_are_reloaded_as_queues():
    async def test():
        async with rig() as r:
            pbx = Pbx(r.server)
            await r.ready()
            group = GroupWanted("group-1", "random", (("1001", "7001"),))
            r.gateway.wanted = [group]
            r.command(reload())
            await wait_until(lambda: r.gateway.of(events.ReloadDone))
            assert "QueueReload" in r.server.names()
            assert dict(pbx.files.files["odoo/queues_000.conf"][0][3])["member"]
            # this PBX says nothing of queues
            (section,) = r.gateway.of(events.ReloadDone)[0].sections
            assert section == SectionHeld("group", "group-1", group, "missing")

    run(test)
