"""The engine with a PBX on real sockets, and stand-ins for Odoo and PostgreSQL."""

import asyncio
import functools
import time
from contextlib import asynccontextmanager

import captures
import fake_ami
import fakes
import pytest
from fake_ami import wait_until
from loops import run

from connector import link
from connector.ami import AmiClient
from connector.ari import AriError
from connector.core import events
from connector.core.backoff import Backoff
from connector.core.values import Command, OpenCall
from connector.link import Timing
from connector.runner import Runner

KEY = "440ebfff-c11d-45ad-ace9-9b986633fa2b"
OTHER = "e8606456-dcb2-4df0-95a4-6894d93265b8"

QUICK = Timing(
    gather=0.005,
    rescan=0.2,
    lock=0.05,
    settings=5.0,
    keep_alive=0.2,
    neutralized=0.1,
    contacts=5.0,
    contacts_settle=0.02,
    recordings=0.3,
    recordings_settle=0.02,
    audit=5.0,
    audit_age=0.0,
    grace=0.1,
    farewell=0.5,
)


class Rig:
    """A connector, its database and a PBX."""

    def __init__(self, server, timing=QUICK, database=None, gateway=None):
        self.server = server
        self.database = database or fakes.FakeDatabase()
        self.listener = fakes.FakeListener(self.database)
        self.gateway = gateway or fakes.FakeGateway(fakes.settings(server.port))
        self.ari = fakes.FakeAri()
        self.runner = Runner(
            "test",
            self.gateway,
            self.listener,
            ami_factory=functools.partial(
                AmiClient,
                ping_interval=0.1,
                answer_timeout=0.4,
                backoff=Backoff(0.02, 0.1),
            ),
            ari_factory=self.ari,
            timing=timing,
        )

    async def __aenter__(self):
        self.task = asyncio.ensure_future(self.runner.run())
        return self

    async def __aexit__(self, *__):
        started = time.monotonic()
        self.runner.stop()
        await asyncio.wait_for(self.task, 3)
        assert time.monotonic() - started < 2

    @property
    def link(self):
        return self.runner.links.get(1)

    async def ready(self):
        await wait_until(lambda: self.link is not None and self.link.ready)
        return self.link

    def command(self, *commands):
        self.gateway.pending += commands
        self.database.notify("1")

    def connection(self):
        return self.server.connections[-1]


@asynccontextmanager
async def rig(**options):
    async with fake_ami.running() as server, Rig(server, **options) as made:
        yield made


def leg(**more):
    return {"Uniqueid": KEY, "Linkedid": KEY, "Channel": "PJSIP/1986-00000001", **more}


def dialed(**more):
    return {"DestUniqueid": KEY, "DestLinkedid": KEY, **more}


def replay(server, capture):
    """Make the PBX answer an Originate as a real one did."""
    (old,) = captures.call_keys(capture)
    messages = [m for m in captures.messages(capture) if "Event" in m]

    def handler(connection, headers):
        server.success(connection, headers, "Message: Originate successfully queued")
        for message in messages:
            connection.send(
                *(
                    f"{name}: {value}".replace(old, headers["ChannelId"])
                    for name, value in message.items()
                )
            )

    return handler


def test_a_call_from_command_to_end():
    """NOTIFY, claim, record, Originate, events in order, DBDel after the end."""

    async def test():
        async with rig() as r:
            r.server.on["originate"] = replay(r.server, "agent_first_answered")
            await r.ready()
            r.command(fakes.originate(7, KEY))
            await wait_until(lambda: r.gateway.of(events.CallEnded))
            await wait_until(lambda: "DBDel" in r.server.names())
            assert r.gateway.names(KEY) == [
                "AgentDialed",
                "AgentRinging",
                "AgentAnswered",
                "CustomerDialed",
                "CustomerRinging",
                "CustomerAnswered",
                "CallEnded",
            ]
            assert r.gateway.of(events.CommandDone) == [events.CommandDone(7)]
            names = r.server.names()
            assert names.index("DBPut") + 1 == names.index("Originate")
            assert names.count("Originate") == 1
            (put,) = [h for __, h in r.server.asked if h["Action"] == "DBPut"]
            assert put["Key"] == KEY
            assert put["Val"].startswith("sent|")
            assert r.gateway.threads == {"callcenter.test"}

    run(test)


def test_record_and_originate_leave_together():
    """Writing the record first costs no round trip."""

    async def test():
        async with rig() as r:
            # the record's answer comes late: the Originate doesn't wait for it
            r.server.on["dbput"] = r.server.silence
            await r.ready()
            r.command(fakes.originate(7, KEY))
            started = time.monotonic()
            await wait_until(lambda: "Originate" in r.server.names())
            assert time.monotonic() - started < 0.1

    run(test)


def test_command_without_notification():
    """The row is the truth, NOTIFY a hint."""

    async def test():
        async with rig() as r:
            await r.ready()
            r.gateway.pending.append(fakes.originate(7, KEY))
            await wait_until(lambda: "Originate" in r.server.names())

    run(test)


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        ({"number": "10086&PJSIP/1987"}, "number"),
        ({"number": "1\r\nAction: Command"}, "number"),
        ({"trunk": "carrier,30"}, "trunk"),
        ({"extension": "1986)"}, "extension"),
        ({"caller_id": '"x" <1>;y'}, "caller_id"),
        ({"agent_timeout": None}, "seconds"),
    ],
)
def test_hostile_payload(payload, detail):
    """Refused before anything is sent; the call ends, the agent is free."""

    async def test():
        async with rig() as r:
            await r.ready()
            r.command(fakes.originate(7, KEY, **payload))
            await wait_until(lambda: r.gateway.of(events.CallEnded))
            (failed,) = r.gateway.of(events.CommandFailed)
            assert (failed.code, failed.detail) == ("invalid", detail)
            assert r.gateway.of(events.CallEnded)[0].reason == "not_sent"
            assert "Originate" not in r.server.names()
            assert "DBPut" not in r.server.names()

    run(test)


def test_unknown_and_incomplete_commands():
    async def test():
        async with rig() as r:
            await r.ready()
            r.command(
                Command(1, "explode", "", {}, 5.0),
                Command(2, "originate", KEY, {}, 5.0),
                fakes.originate(3, OTHER, seconds_left=-0.1),
            )
            await wait_until(lambda: len(r.gateway.of(events.CommandFailed)) == 3)
            codes = {e.command_id: e.code for e in r.gateway.of(events.CommandFailed)}
            assert codes == {1: "invalid", 2: "invalid", 3: "expired"}
            ended = {e.call_key: e.reason for e in r.gateway.of(events.CallEnded)}
            assert ended == {KEY: "not_sent", OTHER: "not_sent"}

    run(test)


def test_refused_by_the_pbx():
    async def test():
        async with rig() as r:
            r.server.on["originate"] = r.server.error("Permission denied")
            await r.ready()
            r.command(fakes.originate(7, KEY))
            await wait_until(lambda: r.gateway.of(events.CallEnded))
            (failed,) = r.gateway.of(events.CommandFailed)
            assert (failed.code, failed.detail) == ("refused", "Permission denied")

    run(test)


def test_link_falls_before_the_answer():
    """Never sent again; when the PBX has no trace of it, the call ends."""

    async def test():
        async with rig() as r:
            r.server.on["originate"] = lambda connection, __: connection.drop()
            await r.ready()
            r.command(fakes.originate(7, KEY))
            await wait_until(lambda: r.gateway.of(events.CallEnded))
            assert r.gateway.of(events.CallEnded)[0].reason == "not_sent"
            (failed,) = r.gateway.of(events.CommandFailed)
            assert failed == events.CommandFailed(7, "not_sent", "")
            assert r.server.names().count("Originate") == 1

    run(test)


def channel_row(state="Up", **more):
    values = leg(ChannelStateDesc=state, **more)
    return ["Event: CoreShowChannel", *(f"{k}: {v}" for k, v in values.items())]


def test_link_falls_and_the_call_lives():
    """Its channel is on the PBX: the call goes on, the command was carried out."""

    async def test():
        async with rig() as r:

            def originate(connection, headers):
                r.server.on["coreshowchannels"] = r.server.rows(
                    "CoreShowChannelsComplete", channel_row()
                )
                connection.drop()

            r.server.on["originate"] = originate
            await r.ready()
            r.command(fakes.originate(7, KEY))
            await wait_until(lambda: len(r.server.connections) == 2)
            await r.ready()
            await asyncio.sleep(0.25)
            assert r.gateway.of(events.CallEnded) == []
            r.connection().event("Hangup", **leg(Cause="17", TechCause="486"))
            await wait_until(lambda: r.gateway.of(events.CallEnded))
            assert r.gateway.of(events.CallEnded)[0].reason == "agent_busy"
            assert r.gateway.of(events.CommandDone) == [events.CommandDone(7)]

    run(test)


def test_given_up_call_that_comes_late_is_hung_up():
    """An Originate that stood in a buffer must not ring anybody for long."""

    async def test():
        async with rig() as r:
            r.server.on["originate"] = lambda connection, __: connection.drop()
            await r.ready()
            r.command(fakes.originate(7, KEY))
            await wait_until(lambda: r.gateway.of(events.CallEnded))
            r.connection().event("Newchannel", **leg())
            await wait_until(lambda: "Hangup" in r.server.names())
            assert r.gateway.names(KEY) == ["CallEnded"]

    run(test)


def record_row(value, key=KEY):
    return ["Event: DBGetTreeResponse", f"Key: /calls/{key}", f"Val: {value}"]


def test_ended_while_nobody_listened():
    """Closed from the call record at the next start; the record is then removed."""

    async def test():
        async with fake_ami.running() as server:
            end = "1795425621.5|x|BUSY|17|SIP 486 Busy|1795425614.455||12||"
            server.on["dbgettree"] = server.rows(
                "DBGetTreeComplete", record_row(f"end|{end}")
            )
            gateway = fakes.FakeGateway(fakes.settings(server.port))
            gateway.open[KEY] = OpenCall(KEY, "done", 9.0)
            async with Rig(server, gateway=gateway) as r:
                await wait_until(lambda: r.gateway.of(events.CallEnded))
                assert r.gateway.names(KEY) == [
                    "CustomerDialed",
                    "CustomerRinging",
                    "CallEnded",
                ]
                # before the PBX is called online, so that nobody dials meanwhile
                order = [type(e).__name__ for e in r.gateway.applied]
                assert order.index("CallEnded") < order.index("PbxChanged")
                await wait_until(lambda: "DBDel" in server.names())
                (removed,) = [h for __, h in server.asked if h["Action"] == "DBDel"]
                assert removed["Key"] == KEY

    run(test)


def test_asterisk_killed_in_a_call():
    """Talk counts until the link was last known to be up."""

    async def test():
        async with rig() as r:
            await r.ready()
            answered = time.time() - 5
            r.gateway.open[KEY] = OpenCall(KEY, "done", 9.0)
            r.server.on["dbgettree"] = r.server.rows(
                "DBGetTreeComplete", record_row(f"answer|{answered:.3f}|{KEY}")
            )
            dropped = time.time()
            r.connection().drop()
            await wait_until(lambda: r.gateway.of(events.CallEnded))
            (ended,) = r.gateway.of(events.CallEnded)
            assert ended.reason == "lost"
            assert ended.answered_at == pytest.approx(answered, abs=0.001)
            assert ended.at == pytest.approx(dropped, abs=0.3)

    run(test)


def test_messages_during_the_snapshot_are_kept():
    """What comes while the snapshot is taken follows it, in order."""

    async def test():
        async with fake_ami.running() as server:
            gateway = fakes.FakeGateway(fakes.settings(server.port))
            gateway.open[KEY] = OpenCall(KEY, "done", 1.0)

            def channels(connection, headers):
                server.rows("CoreShowChannelsComplete", channel_row("Ringing"))(
                    connection, headers
                )
                connection.event("DialState", **dialed(DialStatus="RINGING"))
                connection.event("Hangup", **leg(Cause="21", TechCause="603"))

            server.on["coreshowchannels"] = channels
            async with Rig(server, gateway=gateway) as r:
                await wait_until(lambda: r.gateway.of(events.CallEnded))
                assert r.gateway.names(KEY) == ["AgentRinging", "CallEnded"]
                assert r.gateway.of(events.CallEnded)[0].reason == "agent_rejected"

    run(test)


def test_messages_of_a_session_that_never_got_online_are_dropped():
    async def test():
        async with fake_ami.running() as server:
            server.booted = False
            async with Rig(server) as r:
                await wait_until(lambda: "Login" in server.names())
                r.connection().event("DialState", **dialed(DialStatus="RINGING"))
                r.connection().drop()
                await wait_until(lambda: server.names().count("Login") == 2)
                r.connection().event("DialState", **dialed(DialStatus="RINGING"))
                await asyncio.sleep(0.05)
                assert r.link._held == []

    run(test)


def test_a_snapshot_that_takes_too_long_begins_anew(monkeypatch):
    """What is held back has its bounds; a new snapshot has what was let go."""
    monkeypatch.setattr(link, "HELD", 20)

    async def test():
        async with fake_ami.running() as server:
            gateway = fakes.FakeGateway(fakes.settings(server.port))
            gateway.open[KEY] = OpenCall(KEY, "done", 1.0)
            asked = []

            def channels(connection, headers):
                asked.append(headers)
                if len(asked) > 1:
                    server.rows("CoreShowChannelsComplete", channel_row("Ringing"))(
                        connection, headers
                    )
                for __ in range(21 if len(asked) == 1 else 1):
                    connection.event("DialState", **dialed(DialStatus="RINGING"))

            server.on["coreshowchannels"] = channels
            async with Rig(server, gateway=gateway) as r:
                await r.ready()
                assert len(asked) == 2
                await wait_until(lambda: r.gateway.of(events.AgentRinging))
                assert r.link._held == []

    run(test)


def test_hang_up():
    """At the agent's channel; of a call that is over it is done at once."""

    async def test():
        async with rig() as r:
            await r.ready()
            r.command(fakes.originate(1, KEY))
            await wait_until(lambda: r.gateway.of(events.CommandDone))
            r.connection().event("Newchannel", **leg())
            await wait_until(lambda: r.gateway.of(events.AgentDialed))
            r.command(Command(2, "hangup", KEY, {}, 5.0))
            r.command(Command(3, "hangup", OTHER, {}, 5.0))
            await wait_until(lambda: len(r.gateway.of(events.CommandDone)) == 3)
            (asked,) = [h for __, h in r.server.asked if h["Action"] == "Hangup"]
            assert asked["Channel"] == "PJSIP/1986-00000001"

    run(test)


def test_hang_up_before_there_is_a_channel():
    """Two clicks in a row: the channel is hung up as soon as it is there."""

    async def test():
        async with rig() as r:
            await r.ready()
            r.command(fakes.originate(1, KEY), Command(2, "hangup", KEY, {}, 5.0))
            await wait_until(lambda: "Originate" in r.server.names())
            await asyncio.sleep(0.05)
            assert "Hangup" not in r.server.names()
            r.connection().event("Newchannel", **leg())
            await wait_until(lambda: "Hangup" in r.server.names())
            await wait_until(lambda: len(r.gateway.of(events.CommandDone)) == 2)

    run(test)


def test_hang_up_of_a_call_that_never_came():
    async def test():
        async with rig() as r:
            await r.ready()
            r.command(fakes.originate(1, KEY), Command(2, "hangup", KEY, {}, 5.0))
            await wait_until(lambda: "Originate" in r.server.names())
            r.connection().event(
                "OriginateResponse", Uniqueid=KEY, Response="Failure", Reason="0"
            )
            await wait_until(lambda: len(r.gateway.of(events.CommandDone)) == 2)
            assert r.gateway.of(events.CallEnded)

    run(test)


@pytest.mark.parametrize("answered", [True, False])
def test_echo(answered):
    """A test call: its command tells whether the phone answered."""

    async def test():
        async with rig() as r:
            await r.ready()
            r.command(Command(4, "echo", KEY, {"extension": "1987"}, 5.0))
            await wait_until(lambda: "Originate" in r.server.names())
            (asked,) = [h for __, h in r.server.asked if h["Action"] == "Originate"]
            assert (asked["Channel"], asked["Context"]) == ("PJSIP/1987", "echo")
            r.connection().event(
                "OriginateResponse",
                Uniqueid=KEY,
                Response="Success" if answered else "Failure",
                Reason="4" if answered else "0",
            )
            if answered:
                r.connection().event("Hangup", **leg(Cause="16"))
            kinds = (events.CommandDone, events.CommandFailed)
            await wait_until(lambda: r.gateway.of(*kinds))
            await asyncio.sleep(0.05)
            if answered:
                assert r.gateway.of(*kinds) == [events.CommandDone(4)]
            else:
                failed = events.CommandFailed(4, "agent_unreachable", "")
                assert r.gateway.of(*kinds) == [failed]
            assert r.gateway.names(KEY) == []
            assert r.link.tracker.call_keys() == []

    run(test)


def test_states_of_the_pbx():
    """Online after the snapshot, with the version; offline when the link falls."""

    async def test():
        async with rig() as r:
            r.server.on["coresettings"] = lambda connection, headers: r.server.success(
                connection, headers, "AsteriskVersion: 22.10.1"
            )
            await r.ready()
            r.server.mute = True
            await wait_until(lambda: len(r.gateway.of(events.PbxChanged)) > 1)
            first, second = r.gateway.of(events.PbxChanged)[:2]
            assert (first.state, first.version) == ("online", "22.10.1")
            assert (second.state, second.error) == ("offline", "timeout")

    run(test)


def test_wrong_secret_then_settings_changed():
    """Reported; a change of the settings is tried at once."""

    async def test():
        async with fake_ami.running() as server:
            gateway = fakes.FakeGateway(fakes.settings(server.port, secret="wrong"))
            async with Rig(server, gateway=gateway) as r:
                await wait_until(lambda: gateway.of(events.PbxChanged))
                (told,) = gateway.of(events.PbxChanged)
                assert (told.state, told.error) == ("refused", "secret")
                gateway.pbxs = [fakes.settings(server.port, revision="2")]
                r.database.notify("settings")
                await r.ready()
                assert server.names().count("Login") == 2

    run(test)


def test_pbx_added_and_archived():
    async def test():
        async with fake_ami.running() as server:
            gateway = fakes.FakeGateway()
            async with Rig(server, gateway=gateway) as r:
                await wait_until(lambda: r.listener.pipe)
                gateway.pbxs = [fakes.settings(server.port)]
                await asyncio.sleep(0.05)
                r.database.notify("settings")
                await r.ready()
                assert set(r.database.locks) == {1}
                gateway.pbxs = []
                r.database.notify("settings")
                await wait_until(lambda: not r.database.locks)
                await wait_until(lambda: server.connections[-1].lost)
                assert r.runner.links == {}

    run(test)


def test_one_leader_and_a_successor():
    """Of two connectors one leads; the other takes over when it ends."""

    async def test():
        async with fake_ami.running() as server:
            database = fakes.FakeDatabase()
            first = Rig(server, database=database)
            second = Rig(server, database=database)
            async with second, first:
                await wait_until(lambda: database.locks)
                await asyncio.sleep(0.3)
                assert len(server.connections) == 1
                leader = next(r for r in (first, second) if r.link.leads)
                other = second if leader is first else first
                assert not other.link.leads
                leader.runner.stop()
                await wait_until(lambda: other.link.leads)
                await other.ready()
                assert other.gateway.abandoned >= 1

    run(test)


def test_postgresql_goes_away():
    """The link is dropped: another may lead by now. No busy loop; then up again."""

    async def test():
        async with rig() as r:
            await r.ready()
            before = r.listener.connects
            r.listener.break_()
            await wait_until(lambda: r.server.connections[-1].lost)
            await asyncio.sleep(1.2)
            assert r.listener.connects - before <= 3
            r.listener.down = False
            await r.ready()
            assert len(r.server.connections) == 2

    run(test)


def test_database_away_for_a_batch():
    """Events wait, in order, and none is lost."""

    async def test():
        async with rig() as r:
            r.server.on["originate"] = replay(r.server, "agent_first_busy")
            await r.ready()
            await wait_until(lambda: r.gateway.of(events.PbxChanged))
            r.gateway.fail_apply = 3
            r.command(fakes.originate(7, KEY))
            await wait_until(lambda: r.gateway.of(events.CallEnded))
            assert r.gateway.names(KEY)[0] == "AgentDialed"
            assert len(r.gateway.names(KEY)) == 6

    run(test)


def test_events_survive_the_loss_of_postgresql():
    """What could not be applied is applied after the reconnect."""

    async def test():
        async with rig() as r:
            await r.ready()
            await wait_until(lambda: r.gateway.of(events.PbxChanged))
            r.command(fakes.originate(7, KEY))
            await wait_until(lambda: r.gateway.of(events.CommandDone))
            r.gateway.fail_apply = 1000
            r.connection().event(
                "OriginateResponse", Uniqueid=KEY, Response="Failure", Reason="5"
            )
            await asyncio.sleep(0.05)
            r.listener.break_()
            await wait_until(lambda: r.runner.leftovers)
            r.gateway.fail_apply = 0
            r.listener.down = False
            await wait_until(lambda: r.gateway.of(events.CallEnded))
            assert r.gateway.of(events.CallEnded)[0].reason == "agent_busy"

    run(test)


def test_what_is_left_keeps_the_pbxs_clock():
    """Applied before the PBX is met again, with the offset of when it was heard."""

    async def test():
        async with fake_ami.running() as server:
            server.clock_ahead = 100.0
            async with Rig(server) as r:
                await r.ready()
                await wait_until(lambda: r.gateway.of(events.PbxChanged))
                r.command(fakes.originate(7, KEY))
                await wait_until(lambda: r.gateway.of(events.CommandDone))
                r.gateway.fail_apply = 1000
                r.connection().event(
                    "OriginateResponse", Uniqueid=KEY, Response="Failure", Reason="5"
                )
                await asyncio.sleep(0.05)
                r.listener.break_()
                await wait_until(lambda: r.runner.leftovers)
                server.mute = True
                r.gateway.fail_apply = 0
                r.listener.down = False
                await wait_until(lambda: r.gateway.of(events.CallEnded))
                assert offset_of(r, events.CallEnded) == pytest.approx(-100.0, abs=0.5)

    run(test)


def offset_of(r, kind):
    """Return the offset with which an event was applied."""
    (offset,) = [
        offset
        for __, batch, offset in r.gateway.batches
        if any(isinstance(event, kind) for event in batch)
    ]
    return offset


def test_new_settings_keep_the_pbxs_clock():
    """What waits is applied with the offset that was measured before."""

    async def test():
        async with fake_ami.running() as server:
            server.clock_ahead = 100.0
            async with Rig(server) as r:
                await r.ready()
                await wait_until(lambda: r.gateway.of(events.PbxChanged))
                r.gateway.fail_apply = 1000
                status = {"URI": "sip:1@10.0.0.1", "ContactStatus": "Unreachable"}
                r.connection().event("ContactStatus", EndpointName="1986", **status)
                await wait_until(lambda: r.gateway.fail_apply < 1000)
                server.mute = True
                r.gateway.pbxs = [fakes.settings(server.port, revision="2")]
                r.database.notify("settings")
                await wait_until(lambda: len(server.connections) == 2)
                r.link.emit([events.AgentDialed(KEY, time.time() + 100.0)])
                r.gateway.fail_apply = 0
                await wait_until(lambda: r.gateway.of(events.AgentDialed))
                assert offset_of(r, events.AgentDialed) == pytest.approx(-100, abs=0.5)

    run(test)


def test_state_of_the_pbx_is_told_in_odoos_clock():
    """One that can't be reached has no clock."""

    async def test():
        async with fake_ami.running() as server:
            server.clock_ahead = 100.0
            async with Rig(server) as r:
                await r.ready()
                r.server.mute = True
                await wait_until(lambda: len(r.gateway.of(events.PbxChanged)) > 1)
                for told in r.gateway.of(events.PbxChanged):
                    assert told.at == pytest.approx(time.time(), abs=3)

    run(test)


def test_events_gather_while_a_batch_is_applied():
    """A slow database makes batches larger, not the queue longer."""

    async def test():
        async with rig() as r:
            await r.ready()
            await wait_until(lambda: r.gateway.of(events.PbxChanged))
            r.gateway.slow = 0.1
            before = len(r.gateway.batches)
            for number in range(200):
                r.connection().event(
                    "ContactStatus",
                    EndpointName=f"{2000 + number}",
                    URI=f"sip:{number}@10.0.0.1",
                    ContactStatus="Reachable",
                    RoundtripUsec="1000",
                )
            await wait_until(lambda: len(r.gateway.of(events.PhoneChanged)) == 200)
            assert len(r.gateway.batches) - before < 10

    run(test)


def test_latency_from_event_to_database():
    async def test():
        async with rig() as r:
            await r.ready()
            await wait_until(lambda: r.gateway.of(events.PbxChanged))
            delays = []
            for number in range(20):
                sent = time.monotonic()
                before = len(r.gateway.batches)
                r.connection().event(
                    "ContactStatus",
                    EndpointName=f"{2000 + number}",
                    URI=f"sip:{number}@10.0.0.1",
                    ContactStatus="Reachable",
                )
                await wait_until(lambda n=before: len(r.gateway.batches) > n)
                delays.append(r.gateway.batches[before][0] - sent)
            assert sorted(delays)[10] < 0.05

    run(test)


def test_neutralized_database():
    """A copy never dials, and never even connects to the PBX."""

    async def test():
        async with fake_ami.running() as server:
            gateway = fakes.FakeGateway(fakes.settings(server.port))
            gateway.neutralized = True
            gateway.pending.append(fakes.originate(7, KEY))
            async with Rig(server, gateway=gateway):
                await asyncio.sleep(0.3)
                assert server.connections == []
                assert len(gateway.pending) == 1

    run(test)


def test_database_that_becomes_a_copy():
    """Neutralized while it is served: the PBX is let go."""

    async def test():
        async with rig() as r:
            await r.ready()
            r.gateway.neutralized = True
            r.database.notify("settings")
            await wait_until(lambda: not r.database.locks)
            await wait_until(lambda: r.server.connections[-1].lost)

    run(test)


def test_commands_expire_while_the_pbx_is_away():
    async def test():
        async with fake_ami.running() as server:
            port = server.port
        gateway = fakes.FakeGateway(fakes.settings(port))
        gateway.pending.append(fakes.originate(7, KEY))
        server = type("Gone", (), {"port": port, "connections": []})
        async with Rig(server, gateway=gateway):
            await wait_until(lambda: gateway.abandoned >= 2)
            assert len(gateway.pending) == 1  # never claimed: it would be lost
            assert gateway.of(events.PbxChanged)[0].error == "connection"

    run(test)


def test_call_that_died_unseen_is_found():
    """An audit closes what has no channel any more."""

    async def test():
        timing = Timing(
            **{
                **{f: getattr(QUICK, f) for f in Timing.__slots__},
                "audit": 0.1,
            }
        )
        async with rig(timing=timing) as r:
            await r.ready()
            r.gateway.open[KEY] = OpenCall(KEY, "done", 100.0)
            await wait_until(lambda: r.gateway.of(events.CallEnded))
            assert r.gateway.of(events.CallEnded)[0].reason == "lost"
            assert r.gateway.of(events.CallEnded)[0].at == pytest.approx(
                time.time(), abs=1
            )

    run(test)


def test_an_end_that_odoo_cannot_take_stays_on_the_pbx():
    """Its record is the only copy; it is tried again after the next connect alone."""

    async def test():
        timing = Timing(
            **{
                **{f: getattr(QUICK, f) for f in Timing.__slots__},
                "audit": 0.05,
            }
        )
        async with rig(timing=timing) as r:
            r.gateway.bad = events.CallEnded
            r.server.on["originate"] = replay(r.server, "agent_first_busy")
            await r.ready()
            r.command(fakes.originate(7, KEY))
            await wait_until(lambda: r.gateway.rejected)
            r.server.on["dbgettree"] = r.server.rows(
                "DBGetTreeComplete",
                record_row(f"end|{time.time():.3f}|x|BUSY|17|SIP 486 Busy|||12||"),
            )
            r.gateway.open[KEY] = OpenCall(KEY, "done", 100.0)
            await asyncio.sleep(0.4)
            assert len(r.gateway.rejected) == 1
            assert "DBDel" not in r.server.names()
            r.connection().drop()
            await wait_until(lambda: len(r.gateway.rejected) == 2)
            r.gateway.bad = ()
            r.connection().drop()
            await wait_until(lambda: r.gateway.of(events.CallEnded))
            await wait_until(lambda: "DBDel" in r.server.names())

    run(test)


# -- phones


def contact_row(status="Reachable", expires="100", name="1986"):
    values = {
        "Endpoint": name,
        "Uri": f"sip:{name}@10.0.0.1:5060",
        "Status": status,
        "RoundtripUsec": "4000" if status == "Reachable" else "0",
        "UserAgent": "baresip v2",
        "RegExpire": expires,
    }
    return ["Event: ContactList", *(f"{k}: {v}" for k, v in values.items())]


def test_phone_registers():
    """The event tells at once; the list then adds the user agent."""

    async def test():
        async with rig() as r:
            await r.ready()
            r.server.on["pjsipshowcontacts"] = r.server.rows(
                "ContactListComplete", contact_row()
            )
            uri = "sip:1986@10.0.0.1:5060"
            status = {"EndpointName": "1986", "URI": uri}
            r.connection().event(
                "ContactStatus", ContactStatus="NonQualified", **status
            )
            r.connection().event(
                "ContactStatus",
                ContactStatus="Reachable",
                RoundtripUsec="4000",
                **status,
            )
            await wait_until(lambda: len(r.gateway.of(events.PhoneChanged)) == 2)
            first, second = r.gateway.of(events.PhoneChanged)
            assert (first.state, first.rtt_ms, first.user_agent) == (
                "reachable",
                4.0,
                "",
            )
            assert second.user_agent == "baresip v2"

    run(test)


def test_unreachable_phone_that_registers_anew():
    """Asterisk would refuse calls until the next qualify: one is asked for."""

    async def test():
        timing = Timing(
            **{
                **{f: getattr(QUICK, f) for f in Timing.__slots__},
                "contacts": 0.05,
            }
        )
        async with rig(timing=timing) as r:
            r.server.on["pjsipshowcontacts"] = r.server.rows(
                "ContactListComplete", contact_row("Unreachable", "100")
            )
            await r.ready()
            await asyncio.sleep(0.2)
            assert "PJSIPQualify" not in r.server.names()
            r.server.on["pjsipshowcontacts"] = r.server.rows(
                "ContactListComplete", contact_row("Unreachable", "200")
            )
            await wait_until(lambda: "PJSIPQualify" in r.server.names())
            await asyncio.sleep(0.2)
            assert r.server.names().count("PJSIPQualify") == 1

    run(test)


def test_phone_that_left_while_nobody_listened():
    """A new connector tells what differs from what Odoo holds."""

    async def test():
        async with fake_ami.running() as server:
            server.on["pjsipshowcontacts"] = server.error("No Contacts found")
            gateway = fakes.FakeGateway(fakes.settings(server.port))
            gateway.phones = {"1986": "reachable", "1987": "not_registered"}
            async with Rig(server, gateway=gateway) as r:
                await r.ready()
                await wait_until(lambda: gateway.of(events.PhoneChanged))
                (told,) = gateway.of(events.PhoneChanged)
                assert (told.extension, told.state) == ("1986", "not_registered")

    run(test)


def test_extension_that_comes_after_its_phone():
    """Registered before Odoo knew it: told when the settings are read again."""

    async def test():
        async with rig() as r:
            r.gateway.phones = {}
            r.server.on["pjsipshowcontacts"] = r.server.rows(
                "ContactListComplete", contact_row()
            )
            await r.ready()
            followed = r.gateway.followed
            assert followed
            assert r.gateway.of(events.PhoneChanged) == []
            r.gateway.phones = {"1986": "not_registered"}
            r.database.notify("settings")
            await wait_until(lambda: r.gateway.phones["1986"] == "reachable")
            assert r.gateway.followed == followed + 1

    run(test)


def test_only_the_leader_follows_phones():
    async def test():
        async with fake_ami.running() as server:
            database = fakes.FakeDatabase()
            database.locks[1] = "another connector"
            async with Rig(server, database=database) as r:
                await wait_until(lambda: r.link is not None)
                database.notify("settings")
                await asyncio.sleep(0.2)
                assert r.gateway.followed == 0

    run(test)


# -- recordings


def recording_rig(server, expected=(KEY,)):
    gateway = fakes.FakeGateway(fakes.settings(server.port, ari_url="http://pbx"))
    gateway.expected = set(expected)
    return Rig(server, gateway=gateway)


def test_recording_is_fetched_stored_deleted():
    """One of a call that hasn't ended, or of nobody, is left where it is."""

    async def test():
        async with fake_ami.running() as server:
            r = recording_rig(server)
            r.ari.stored = {KEY: b"RIFF...", OTHER: b"not ended"}
            async with r:
                await wait_until(lambda: KEY not in r.ari.stored)
                assert r.gateway.recordings == {KEY: b"RIFF..."}
                assert OTHER in r.ari.stored
                assert r.ari.fetched == [KEY]

    run(test)


def test_recording_that_odoo_would_not_take():
    """Not deleted; tried again."""

    async def test():
        async with fake_ami.running() as server:
            r = recording_rig(server)
            r.ari.stored = {KEY: b"RIFF"}
            r.gateway.refuse_recordings = 1
            async with r:
                await wait_until(lambda: r.ari.fetched == [KEY])
                await asyncio.sleep(0.05)
                assert KEY in r.ari.stored
                await wait_until(lambda: KEY not in r.ari.stored)

    run(test)


def test_recordings_wait_for_ari(caplog):
    """A fault is told once, and gone over again."""

    async def test():
        async with fake_ami.running() as server:
            r = recording_rig(server)
            r.ari.stored = {KEY: b"RIFF"}
            r.ari.error = AriError("refused", "401")
            async with r:
                await wait_until(lambda: "can't be fetched" in caplog.text)
                await asyncio.sleep(0.7)
                r.ari.error = None
                await wait_until(lambda: KEY in r.gateway.recordings)

    run(test)
    assert caplog.text.count("can't be fetched") == 1


@pytest.mark.parametrize(
    "bad",
    [
        AriError("status", "500"),
        AriError("size", "too large"),
        AriError("name"),
        b"no recording",
    ],
    ids=["status", "size", "name", "content"],
)
def test_a_bad_recording_holds_up_no_other(caplog, bad):
    """Left alone, and not asked for each minute; tried again after a reconnect."""

    async def test():
        async with fake_ami.running() as server:
            r = recording_rig(server, expected=(KEY, OTHER))
            r.ari.stored = {KEY: bad, OTHER: b"RIFF"}
            async with r:
                await wait_until(lambda: OTHER not in r.ari.stored)
                r.ari.stored[OTHER] = b"RIFF again"
                r.gateway.expected.add(OTHER)
                await wait_until(lambda: OTHER not in r.ari.stored)
                assert r.ari.fetched.count(KEY) == 1
                assert r.gateway.recordings == {OTHER: b"RIFF again"}
                r.ari.stored[KEY] = b"RIFF"
                r.connection().drop()
                await wait_until(lambda: KEY in r.gateway.recordings)

    run(test)
    assert caplog.text.count("stays on the PBX") == 1


def test_a_pbx_that_goes_away_in_a_fetch_is_no_fault_of_the_recording():
    async def test():
        async with fake_ami.running() as server:
            r = recording_rig(server)
            r.ari.stored = {KEY: AriError("timeout")}
            async with r:
                await wait_until(lambda: r.ari.fetched == [KEY])
                r.ari.stored[KEY] = b"RIFF"
                await wait_until(lambda: KEY in r.gateway.recordings)

    run(test)


def test_slow_recording_holds_up_no_event():
    async def test():
        async with fake_ami.running() as server:
            r = recording_rig(server)
            r.ari.stored = {KEY: b"RIFF"}
            r.ari.delay = 0.5
            async with r:
                await r.ready()
                await asyncio.sleep(0.1)
                started = time.monotonic()
                before = len(r.gateway.batches)
                r.connection().event(
                    "ContactStatus",
                    EndpointName="1986",
                    URI="sip:1986@10.0.0.1",
                    ContactStatus="Reachable",
                )
                await wait_until(lambda: len(r.gateway.batches) > before)
                assert time.monotonic() - started < 0.2

    run(test)


# -- the end


def test_stop_hands_over_what_came():
    """Events that were on their way are applied before the connector ends."""

    async def test():
        async with rig() as r:
            await r.ready()
            await wait_until(lambda: r.gateway.of(events.PbxChanged))
            r.gateway.slow = 0.1
            r.command(fakes.originate(7, KEY))
            await wait_until(lambda: "Originate" in r.server.names())
            await asyncio.sleep(0.02)
        assert events.CommandDone(7) in r.gateway.applied
        assert r.gateway.stopped
        assert r.database.locks == {}

    run(test)


def test_stop_while_the_database_hangs():
    async def test():
        async with rig() as r:
            await r.ready()
            await wait_until(lambda: r.gateway.of(events.PbxChanged))
            r.gateway.slow = 2.0
            r.connection().event(
                "ContactStatus",
                EndpointName="1986",
                URI="sip:1986@10.0.0.1",
                ContactStatus="Reachable",
            )
            await asyncio.sleep(0.1)

    run(test)
