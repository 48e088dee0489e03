"""The AMI link under faults: each of panoramisk's weaknesses forced, none seen.

All tests talk to a server over real sockets. ``once`` in a name means that an action
reached the server a single time.
"""

import asyncio
import logging
import math
import ssl
import time

import fake_ami
import pytest
from fake_ami import wait_until
from loops import run

from connector import ami
from connector.core import actions
from connector.core.backoff import Backoff
from connector.core.values import PbxSettings

KEY = "440ebfff-c11d-45ad-ace9-9b986633fa2b"
ORIGINATE = actions.originate(KEY, "1986", "8621550000", "carrier")


class Link:
    """A client with what it told."""

    def __init__(self, server, secret="secret", **options):
        self.messages = []
        self.states = []
        values = {
            "backoff": Backoff(0.02, 0.1),
            "ping_interval": 0.1,
            "answer_timeout": 0.4,
            "refused_delay": 60.0,
        }
        tls = options.pop("ami_tls", False)
        port = options.pop("port", None) or server.port
        self.client = ami.AmiClient(
            PbxSettings(1, "pbx", "127.0.0.1", port, "odoo", secret, tls),
            self.messages.append,
            self.states.append,
            **{**values, **options},
        )

    async def __aenter__(self):
        self.task = asyncio.ensure_future(self.client.run())
        return self

    async def __aexit__(self, *__):
        self.client.stop()
        await asyncio.wait_for(self.task, 1)

    async def online(self):
        await wait_until(lambda: self.client.online)
        return self.client

    def events(self, name):
        return [m for m in self.messages if m["Event"] == name]


def test_online_means_fully_booted():
    """Neither the socket nor the log-in's answer is enough."""

    async def test():
        async with fake_ami.running() as server:
            server.booted = False
            async with Link(server) as link:
                await wait_until(lambda: "Login" in server.names())
                await asyncio.sleep(0.1)
                assert not link.client.online
                with pytest.raises(ami.AmiOffline):
                    await link.client.ask(actions.ping())
                server.connections[0].event("FullyBooted")
                await link.online()
                assert link.states == [ami.AmiState("online")]

    run(test)


def test_never_booted_is_reported():
    async def test():
        async with fake_ami.running() as server:
            server.booted = False
            async with Link(server, boot_timeout=0.1) as link:
                await wait_until(lambda: link.states)
                assert link.states[0].error == "protocol"

    run(test)


def test_ask_returns_the_answer_and_leaves_the_event():
    """Originate resolves at its Response; OriginateResponse is an event, in order."""

    async def test():
        async with fake_ami.running() as server:

            def originate(connection, headers):
                server.success(connection, headers, "Message: queued")
                ours = {"ActionID": headers["ActionID"]}
                connection.event("Newchannel", Uniqueid=KEY)
                connection.event("OriginateResponse", Response="Failure", **ours)

            server.on["originate"] = originate
            async with Link(server) as link:
                client = await link.online()
                answer = await client.ask(ORIGINATE)
                assert answer["Message"] == "queued"
                await wait_until(lambda: link.events("OriginateResponse"))
                names = [m["Event"] for m in link.messages]
                assert names == ["FullyBooted", "Newchannel", "OriginateResponse"]

    run(test)


def test_ask_list():
    async def test():
        async with fake_ami.running() as server:
            rows = [["Event: CoreShowChannel", f"Uniqueid: {n}"] for n in range(3)]
            server.on["coreshowchannels"] = server.rows(
                "CoreShowChannelsComplete", *rows
            )
            async with Link(server) as link:
                client = await link.online()
                got = await client.ask_list(
                    actions.core_show_channels(), "CoreShowChannelsComplete"
                )
                assert [row["Uniqueid"] for row in got] == ["0", "1", "2"]
                assert link.events("CoreShowChannel") == []
                got = await client.ask_list(actions.db_get_tree(), "DBGetTreeComplete")
                assert got == []
                server.on["dbgettree"] = server.error("Permission denied")
                with pytest.raises(ami.AmiRefused, match="Permission denied"):
                    await client.ask_list(actions.db_get_tree(), "DBGetTreeComplete")

    run(test)


def test_unanswered_action_is_sent_once():
    """Weakness: sent again after the reconnect, with the same ActionID."""

    async def test():
        async with fake_ami.running() as server:
            server.on["originate"] = server.silence
            async with Link(server) as link:
                client = await link.online()
                asking = asyncio.ensure_future(client.ask(ORIGINATE, 5))
                await wait_until(lambda: "Originate" in server.names())
                started = time.monotonic()
                server.connections[0].drop()
                with pytest.raises(ami.OutcomeUnknown):
                    await asking
                assert time.monotonic() - started < 0.5
                await wait_until(lambda: len(server.connections) == 2)
                await link.online()
                await client.ask(actions.ping())
                await asyncio.sleep(0.15)
                assert server.names().count("Originate") == 1

    run(test)


def test_drop_after_the_response_of_a_list():
    """Weakness: the answer had begun, then the link fell: never done."""

    async def test():
        async with fake_ami.running() as server:

            def begin(connection, headers):
                server.success(connection, headers, "EventList: start")
                connection.writer.close()

            server.on["coreshowchannels"] = begin
            async with Link(server) as link:
                client = await link.online()
                with pytest.raises(ami.OutcomeUnknown):
                    await client.ask_list(
                        actions.core_show_channels(), "CoreShowChannelsComplete"
                    )

    run(test)


def test_asked_while_down():
    """Weakness: swallowed, or sent when the link is up again."""

    async def test():
        async with fake_ami.running() as server, Link(server) as link:
            with pytest.raises(ami.AmiOffline):  # before the first connect
                await link.client.ask(ORIGINATE)
            client = await link.online()
            server.connections[0].drop()
            await wait_until(lambda: not client.online)
            with pytest.raises(ami.AmiOffline):
                await client.ask(ORIGINATE)
            await wait_until(lambda: len(server.connections) == 2)
            await link.online()
            await asyncio.sleep(0.1)
            assert "Originate" not in server.names()

    run(test)


def test_time_limit():
    """Weakness: no limit, and kept for ever."""

    async def test():
        async with fake_ami.running() as server:
            late = []
            server.on["dbput"] = lambda *args: late.append(args)
            async with Link(server) as link:
                client = await link.online()
                with pytest.raises(ami.AmiTimeout):
                    await client.ask(actions.db_put(KEY, "sent|1"), 0.05)
                await asyncio.sleep(0)
                waiting = client._manager.protocol.responses.values()
                assert "DBPut" not in [request["Action"] for request in waiting]
                # its late answer is nobody's, and harms nobody
                server.success(*late[0])
                server.on["dbput"] = server.success
                await client.ask(actions.db_put(KEY, "sent|2"))

    run(test)


def test_half_open_connection():
    """Weakness: unanswered pings are ignored; a mute PBX stays 'connected'."""

    async def test():
        async with fake_ami.running() as server, Link(server) as link:
            await link.online()
            server.mute = True
            await wait_until(lambda: link.states[-1].error == "timeout")
            assert not link.client.online
            server.mute = False
            await link.online()
            assert link.states[-1] == ami.AmiState("online")

    run(test)


def test_busy_connection_is_not_half_open():
    """A late Pong while events come is no reason to let go."""

    async def test():
        async with fake_ami.running() as server, Link(server) as link:
            client = await link.online()
            server.on["ping"] = server.silence
            for __ in range(12):
                server.connections[0].event("Newstate")
                await asyncio.sleep(0.1)
            assert client.online
            assert len(server.connections) == 1

    run(test)


def test_a_pbx_that_shuts_down_is_no_wrong_secret():
    """It refuses the log-in, and comes back in a moment."""

    async def test():
        async with fake_ami.running() as server:
            server.on["login"] = server.error("Asterisk is shutting down")
            async with Link(server) as link:
                await wait_until(lambda: link.states)
                assert link.states[0].state == "offline"
                server.on["login"] = server.login
                await link.online()

    run(test)


def test_silence_while_the_pbx_works_is_no_death():
    """One action after the other: a reload keeps the pings waiting."""

    async def test():
        async with fake_ami.running() as server, Link(server) as link:
            client = await link.online()
            with client.slow(math.inf):
                server.mute = True
                await asyncio.sleep(0.9)
                server.mute = False
            await asyncio.sleep(0.3)
            assert client.online
            assert len(server.connections) == 1
            with client.slow(2.0):
                server.mute = True
                await asyncio.sleep(0.6)
                assert client.online
                await wait_until(lambda: not client.online)

    run(test)


@pytest.mark.parametrize("fault", ["wrong", "line break"])
def test_wrong_secret(fault):
    """Weakness: swallowed, then tried again for ever, twice a second."""

    async def test():
        async with fake_ami.running() as server:
            secret = "wrong" if fault == "wrong" else "secret\r\nAction: Command"
            async with Link(server, secret) as link:
                await wait_until(lambda: link.states)
                state = link.states[0]
                assert (state.state, state.error) == ("refused", "secret")
                await asyncio.sleep(0.3)
                assert server.names().count("Login") <= 1
                assert "Command" not in server.names()
            assert link.task.done()

    run(test)


def test_secret_put_right():
    """Retried slowly: the PBX's side may have been put right."""

    async def test():
        async with (
            fake_ami.running("other") as server,
            Link(server, refused_delay=0.1) as link,
        ):
            await wait_until(lambda: link.states)
            server.secret = "secret"
            await link.online()

    run(test)


def test_login_not_answered():
    async def test():
        async with fake_ami.running() as server:
            server.on["login"] = server.silence
            async with Link(server, answer_timeout=0.1) as link:
                await wait_until(lambda: link.states)
                state = link.states[0]
                assert (state.state, state.error) == ("offline", "timeout")

    run(test)


def test_drop_during_login():
    """No refusal: try again soon."""

    async def test():
        async with fake_ami.running() as server:
            login = server.on["login"]
            server.on["login"] = lambda connection, __: connection.drop()
            async with Link(server) as link:
                await wait_until(lambda: link.states)
                assert link.states[0].error == "connection"
                server.on["login"] = login
                await link.online()

    run(test)


def test_close_during_planned_reconnect():
    """Weakness: a planned reconnect isn't cancelled by close."""

    async def test():
        async with (
            fake_ami.running() as server,
            Link(server, backoff=Backoff(0.2, 0.2)) as link,
        ):
            await link.online()
            server.connections[0].drop()
            await wait_until(lambda: not link.client.online)
            link.client.stop()
            await asyncio.wait_for(link.task, 0.1)
            await asyncio.sleep(0.4)
            assert len(server.connections) == 1

    run(test)


def test_close_while_connecting():
    async def test():
        async with fake_ami.running() as server:
            for wait in (0, 0.0005, 0.001, 0.002, 0.004):
                link = Link(server)
                async with link:
                    await asyncio.sleep(wait)
                assert not link.client.online
            await asyncio.sleep(0.1)
            assert all(c.lost or c.writer.is_closing() for c in server.connections)

    run(test)


def test_line_break_in_a_value():
    """Weakness: sent as it is; a second action was executed."""

    async def test():
        async with fake_ami.running() as server, Link(server) as link:
            client = await link.online()
            for value in ("x\r\n\r\nAction: Command", "x\nA: b", "x\rA: b", "\0"):
                with pytest.raises(actions.ActionError):
                    await client.ask(actions.db_put(KEY, value))
            await client.ask(actions.db_put(KEY, "中文é"))
            assert server.lines[-1][-1] == "Val: 中文é" or "Ping" in str(server.lines)
            assert "Command" not in server.names()
            assert server.names().count("DBPut") == 1

    run(test)


def test_characters_cut_by_a_chunk():
    """Weakness: "中文é" became "" when a chunk ended inside a character."""

    async def test():
        async with fake_ami.running() as server, Link(server) as link:
            await link.online()
            raw = fake_ami.encode("Event: Test", "Name: 中文é", "Last: ü")
            for byte in raw * 2:
                server.connections[0].writer.write(bytes([byte]))
                await asyncio.sleep(0)
            await wait_until(lambda: len(link.events("Test")) == 2)
            assert [m["Name"] for m in link.events("Test")] == ["中文é"] * 2

    run(test)


def test_bytes_that_are_no_text():
    """A garbled name must not cost the message."""

    async def test():
        async with fake_ami.running() as server, Link(server) as link:
            await link.online()
            writer = server.connections[0].writer
            writer.write(b"Event: Test\r\nName: a\xffb\r\nEnd: 1\r\n\r\n")
            await wait_until(lambda: link.events("Test"))
            assert link.events("Test")[0]["Name"] == "a\ufffdb"
            assert link.events("Test")[0]["End"] == "1"

    run(test)


def test_callback_that_raises(caplog):
    """Weakness: the connection died, and the rest of the chunk with it."""

    async def test():
        async with fake_ami.running() as server:
            link = Link(server)
            got = []

            def on_message(message):
                got.append(message["Event"])
                if message["Event"] == "Bad":
                    raise ValueError("planted")

            link.client.on_message = on_message
            async with link:
                await link.online()
                chunk = b"".join(
                    fake_ami.encode(f"Event: {n}") for n in ("Bad", "Good")
                )
                server.connections[0].writer.write(chunk)
                await wait_until(lambda: got[-2:] == ["Bad", "Good"])
                assert link.client.online

    with caplog.at_level(logging.CRITICAL):
        run(test)


def test_order_is_kept():
    """Weakness: coroutine callbacks run as free tasks."""

    async def test():
        async with fake_ami.running() as server, Link(server) as link:
            await link.online()
            for number in range(500):
                server.connections[0].event("Test", Number=number)
            await wait_until(lambda: len(link.events("Test")) == 500)
            numbers = [int(m["Number"]) for m in link.events("Test")]
            assert numbers == list(range(500))

    run(test)


def test_shutdown_event():
    """Weakness: handled twice, and reconnected several times over."""

    async def test():
        async with fake_ami.running() as server, Link(server) as link:
            await link.online()
            server.connections[0].event("Shutdown", Shutdown="Cleanly")
            await wait_until(lambda: len(server.connections) == 2)
            await link.online()
            await asyncio.sleep(0.3)
            assert len(server.connections) == 2
            assert len(link.events("Shutdown")) == 1

    run(test)


def test_error_without_action_id():
    """Weakness: never done. PBXs answer in order, so it is the oldest's."""

    async def test():
        async with fake_ami.running() as server:

            def refuse(connection, headers):
                connection.send("Response: Error", "Message: Too many headers")

            server.on["updateconfig"] = refuse
            async with Link(server) as link:
                client = await link.online()
                answers = await client.ask_all(
                    [actions.Action("UpdateConfig"), actions.db_put(KEY, "x")]
                )
                assert isinstance(answers[0], ami.AmiRefused)
                assert answers[1]["Response"] == "Success"

    run(test)


def test_pbx_that_is_down_at_start():
    """Weakness: the first connect raises; an action before it, too."""

    async def test():
        async with fake_ami.running() as server:
            port = server.port
        async with Link(None, port=port) as link:
            await wait_until(lambda: link.states)
            assert link.states[0].error == "connection"
            await asyncio.sleep(0.3)
            assert len(link.states) == 1  # told once, not at each try
            async with fake_ami.running(port=port):
                await link.online()
                assert link.states[-1] == ami.AmiState("online")

    run(test)


def test_reconnects_once():
    """After ten drops there is one connection, not ten."""

    async def test():
        async with fake_ami.running() as server, Link(server) as link:
            for number in range(10):
                await wait_until(lambda n=number: len(server.connections) == n + 1)
                await link.online()
                server.connections[-1].drop()
                await wait_until(lambda: not link.client.online)
            await link.online()
            await asyncio.sleep(0.3)
            assert len(server.connections) == 11

    run(test)


@pytest.mark.parametrize("banner", [b"SSH-2.0-OpenSSH_9\r\n", b"\x15\x03\x03\x00\x02"])
def test_another_protocol(banner):
    async def test():
        async with fake_ami.running() as server:
            server.banner = banner
            async with Link(server) as link:
                await wait_until(lambda: link.states)
                assert link.states[0].error == "protocol"

    run(test)


def test_message_without_an_end(monkeypatch):
    async def test():
        async with fake_ami.running() as server, Link(server) as link:
            await link.online()
            server.connections[0].writer.write(b"x" * 40_000)
            await wait_until(lambda: link.states[-1].error == "protocol")

    monkeypatch.setattr(ami, "MAX_MESSAGE", 10_000)
    run(test)


def test_tls_with_an_unknown_certificate(tmp_path):
    """Reported as such, not as a PBX that is down."""
    import subprocess

    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes"),
            *("-days", "1", "-subj", "/CN=pbx", "-keyout", key, "-out", cert),
        ],
        check=True,
        capture_output=True,
    )

    async def test():
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(cert, key)
        server = fake_ami.FakeAmi()
        server.server = await asyncio.start_server(
            server._serve, "127.0.0.1", 0, ssl=context
        )
        async with Link(server, ami_tls=True) as link:
            await wait_until(lambda: link.states)
            assert (link.states[0].state, link.states[0].error) == ("offline", "tls")
        await server.stop()

    run(test)


def test_clock():
    """The PBX's clock, half a round trip exact."""

    async def test():
        async with fake_ami.running() as server:
            server.clock_ahead = 120.0
            async with Link(server) as link:
                client = await link.online()
                assert client.clock_offset == pytest.approx(-120.0, abs=0.05)
                assert client.pbx_now == pytest.approx(time.time() + 120, abs=0.05)
                assert client.seen_at == pytest.approx(client.pbx_now, abs=0.5)

    run(test)


def test_clock_takes_the_quickest_round_trip():
    settings = PbxSettings(1, "pbx", "127.0.0.1", 1, "odoo", "secret")
    client = ami.AmiClient(settings, print, print)
    client.measure_clock("1000.0", 1010.0, 1014.0)
    assert client.clock_offset == 12.0
    client.measure_clock("1020.0", 1030.0, 1030.002)
    assert client.clock_offset == pytest.approx(10.001)
    client.measure_clock("1030.0", 1040.0, 1048.0)
    assert client.clock_offset == pytest.approx(10.001)
    client.measure_clock("soon", 1.0, 2.0)
    assert client.clock_offset == pytest.approx(10.001)


def test_secret_in_no_log(caplog):
    async def test():
        async with fake_ami.running() as server:
            server.on["login"] = server.silence
            async with Link(server, "hunter2", answer_timeout=0.1) as link:
                await wait_until(lambda: link.states)

    with caplog.at_level(logging.DEBUG):
        run(test)
    assert "hunter2" not in caplog.text
    assert caplog.records
