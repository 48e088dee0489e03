"""The connector's engine against a real Asterisk, with a stand-in for Odoo.

What the unit tests force on a fake PBX happens here to a real one: killed in a call,
stopped in its tracks, a wrong secret. Its own PBX and carrier, so that nobody minds.
"""

import os
import signal
import time
import uuid

import pytest

from connector.ari import AriClient
from connector.core import events
from dev import asterisk, carrier, processes
from tests.e2e.engine import Engine, Machines, phone_states
from tests.unit.connector import fakes

#: number of the simulated carrier: pitch 05, kind, seconds, talk
ANSWERS = "862155050102"
TALKS_ON = "862155050000"
LET_RING = "862155052000"

OUTCOMES = {
    "busy": ("862155051100", 17, 486),
    "rings, nobody answers": (LET_RING, 0, 0),
    "vacant": ("862155053000", 1, 404),
    "powered off": ("862155054100", 19, 480),
    "rejected": ("862155057100", 21, 603),
    "congestion": ("862155058000", 34, 503),
    "early media, then vacant": ("862155059000", 1, 404),
    "rejected with 403": ("862155059300", 21, 403),
    "out of order": ("862155059400", 27, 502),
}


@pytest.fixture(scope="module")
def machines(settings):
    made = Machines(settings, "connector-run", voice=23000)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def engine(machines):
    with Engine(machines.pbx()) as running:
        yield running.wait_online()


@pytest.fixture
def phone(machines, engine):
    with machines.phone() as running:
        running.wait_registered()
        engine.wait(lambda: phone_states(engine, "1987")[-1:] == ["reachable"])
        yield running
    # so that the next test's engine doesn't find the old one
    engine.wait(lambda: phone_states(engine, "1987")[-1] != "reachable")


def test_answered_recorded_and_cleaned_up(machines, engine, phone):
    """Times as the carrier has them; record and recording are gone from the PBX."""
    key = engine.dial(ANSWERS)
    ended = engine.wait_ended(key)
    engine.gateway.expected.add(key)
    assert engine.gateway.names(key) == [
        "AgentDialed",
        "AgentRinging",
        "AgentAnswered",
        "CustomerDialed",
        "CustomerRinging",
        "CustomerAnswered",
        "CallEnded",
    ]
    assert (ended.reason, ended.cause, ended.sip_code) == ("customer", 16, 200)
    (call,) = machines.carrier_log.wait(ANSWERS)
    assert ended.at - ended.answered_at == pytest.approx(call.talk_seconds, abs=0.1)
    engine.wait(lambda: key in engine.gateway.recordings)
    assert engine.gateway.recordings[key][:4] == b"RIFF"
    assert len(engine.gateway.recordings[key]) > 16_000
    engine.wait(lambda: key not in machines.ask("database show calls"))
    stored = AriClient(machines.pbx())
    engine.wait(lambda: key not in stored.recordings())


@pytest.mark.parametrize("name", OUTCOMES)
def test_outcomes(engine, phone, name):
    """Every way in which a customer isn't reached, by cause and SIP status."""
    number, cause, sip = OUTCOMES[name]
    key = engine.dial(number)
    ended = engine.wait_ended(key)
    assert ended.reason == "customer"
    assert ended.dialed_at
    assert ended.answered_at is None
    if name == "rejected":
        # an Asterisk between us and the carrier makes it 403
        assert (ended.cause, ended.sip_code) in ((21, 603), (21, 403))
    else:
        assert (ended.cause, ended.sip_code) == (cause, sip)


def test_hang_up_while_it_rings(engine, phone):
    key = engine.dial(LET_RING, dial_timeout=30)
    engine.wait_for(events.CustomerRinging, key)
    engine.send("hangup", key)
    ended = engine.wait_ended(key)
    assert (ended.reason, ended.cause, ended.sip_code) == ("agent_cancel", 16, 0)


def test_agent_hung_up_while_it_rang_and_nobody_listened(machines, phone):
    """What the next connector reads in the call record is what events would tell."""
    with Engine(machines.pbx()) as first:
        first.wait_online()
        first.wait(lambda: phone_states(first, "1987")[-1:] == ["reachable"])
        key = first.dial(LET_RING, dial_timeout=30)
        first.wait_for(events.CustomerRinging, key)
        open_calls = dict(first.gateway.open)
    phone.hang_up()
    second = fakes.FakeGateway(machines.pbx())
    second.open = open_calls
    with Engine(gateway=second) as successor:
        ended = successor.wait_ended(key)
    assert (ended.reason, ended.cause, ended.sip_code) == ("agent_cancel", 16, 0)


def test_two_clicks_in_a_row(machines, engine, phone):
    """Dial and hang up at once: nothing reaches the carrier, the agent is free."""
    key = str(uuid.uuid4())
    before = len(machines.carrier_log.calls())
    values = {"number": TALKS_ON, "trunk": "carrier", "extension": "1988"}
    limits = {"agent_timeout": 5, "dial_timeout": 5}
    with machines.phone("1988", "manual") as ringing:
        ringing.wait_registered()
        engine.wait(lambda: phone_states(engine, "1988")[-1:] == ["reachable"])
        engine.send("originate", key, **values, **limits)
        engine.send("hangup", key)
        ended = engine.wait_ended(key)
    assert ended.dialed_at is None
    assert ended.reason == "agent_cancel"
    assert len(machines.carrier_log.calls()) == before


def test_agent_does_not_pick_up(machines, engine):
    with machines.phone("1988", "manual") as ringing:
        ringing.wait_registered()
        engine.wait(lambda: phone_states(engine, "1988")[-1:] == ["reachable"])
        key = engine.dial(ANSWERS, extension="1988", agent_timeout=2)
        ended = engine.wait_ended(key)
        assert (ended.reason, ended.dialed_at) == ("agent_no_answer", None)
        engine.wait(lambda: key not in machines.ask("database show calls"))
        # and one that is turned away
        mark = ringing.mark()
        key = engine.dial(ANSWERS, extension="1988")
        ringing.wait_ringing(since=mark)
        ringing.hang_up()
        ended = engine.wait_ended(key)
        assert ended.dialed_at is None
        assert ended.reason in ("agent_rejected", "agent_busy")


def test_agent_without_a_phone(engine):
    key = engine.dial(ANSWERS, extension="1986")
    ended = engine.wait_ended(key, timeout=3)
    assert (ended.reason, ended.dialed_at) == ("agent_unreachable", None)


def test_phone_asked_to_answer_by_itself(machines, engine):
    with machines.phone("1988", "headers") as waiting:
        waiting.wait_registered()
        engine.wait(lambda: phone_states(engine, "1988")[-1:] == ["reachable"])
        key = engine.dial(ANSWERS, extension="1988", auto_answer=True)
        engine.wait_for(events.CustomerAnswered, key)
        engine.wait_ended(key)


def test_trunk_that_is_away(machines, engine, phone):
    """Not the customer's outcome."""

    def trunk_is(state):
        return f" {state} " in machines.ask("pjsip show aor carrier")

    engine.wait(lambda: trunk_is("Avail"), timeout=60)
    carrier.stop(machines.settings)
    machines.ask("pjsip qualify carrier")
    try:
        engine.wait(lambda: trunk_is("Unavail"), timeout=60)
        key = engine.dial(ANSWERS)
        ended = engine.wait_ended(key)
        assert (ended.reason, ended.dialed_at) == ("trunk", None)
    finally:
        carrier.start(machines.settings)
        machines.ask("pjsip qualify carrier")
    engine.wait(lambda: trunk_is("Avail"), timeout=60)


def test_echo(engine, phone):
    number = engine.send("echo", str(uuid.uuid4()), extension="1987", agent_timeout=5)
    engine.wait(lambda: events.CommandDone(number) in engine.applied)
    phone.wait_established()
    phone.hang_up()
    number = engine.send("echo", str(uuid.uuid4()), extension="1986", agent_timeout=5)
    engine.wait(lambda: engine.gateway.of(events.CommandFailed))
    assert engine.gateway.of(events.CommandFailed)[0].code == "agent_unreachable"


def test_killed_in_a_call(machines, engine, phone):
    """kill -9 of the PBX while two talk: the call ends, and never comes back."""
    key = engine.dial(TALKS_ON)
    answered = engine.wait_for(events.CustomerAnswered, key)
    time.sleep(1.0)
    killed_at = time.time()
    processes.kill(machines.settings, "pbx")
    engine.wait(lambda: engine.state() == "offline")
    asterisk.start(machines.settings)
    ended = engine.wait_ended(key)
    assert ended.reason == "lost"
    assert ended.answered_at == answered.at
    assert ended.at == pytest.approx(killed_at, abs=1.0)
    engine.wait_online()
    engine.wait(lambda: key not in machines.ask("database show calls"))
    # the phone registers anew sooner or later; here it is made to
    phone.stop()
    phone.start()
    phone.wait_registered()
    engine.wait(lambda: phone_states(engine, "1987")[-1] == "reachable")
    key = engine.dial(ANSWERS)
    assert engine.wait_ended(key).answered_at


def test_connector_away_while_a_call_ends(machines):
    """The next one learns from the PBX's call record what became of the call."""
    with Engine(machines.pbx()) as first, machines.phone() as phone:
        first.wait_online()
        phone.wait_registered()
        first.wait(lambda: phone_states(first, "1987")[-1:] == ["reachable"])
        key = first.dial(ANSWERS)
        first.wait_for(events.CustomerAnswered, key)
        first.loop.call_soon_threadsafe(first.runner.stop)
        first.thread.join(3)
        (call,) = machines.carrier_log.wait(
            ANSWERS, count=len(machines.carrier_log.calls(ANSWERS)) + 1
        )[-1:]
        assert key not in [e.call_key for e in first.gateway.of(events.CallEnded)]
        second = fakes.FakeGateway(machines.pbx())
        second.open = dict(first.gateway.open)
        with Engine(gateway=second) as successor:
            ended = successor.wait_ended(key)
            assert (ended.cause, ended.sip_code) == (16, 200)
            talked = ended.at - ended.answered_at
            assert talked == pytest.approx(call.talk_seconds, abs=0.1)
            total = ended.at - ended.dialed_at
            assert total == pytest.approx(call.end - call.start, abs=0.2)
            successor.wait(lambda: key not in machines.ask("database show calls"))


def test_stopped_in_its_tracks(machines, engine, phone):
    """A PBX that stands still: noticed in seconds; it goes on where it was."""
    key = engine.dial(TALKS_ON)
    engine.wait_for(events.CustomerAnswered, key)
    began = time.monotonic()
    os.kill(machines.pid(), signal.SIGSTOP)
    try:
        engine.wait(lambda: engine.state() == "offline")
        assert time.monotonic() - began < 5
        assert engine.gateway.of(events.PbxChanged)[-1].error == "timeout"
    finally:
        os.kill(machines.pid(), signal.SIGCONT)
    engine.wait_online()
    assert key not in [e.call_key for e in engine.gateway.of(events.CallEnded)]
    engine.send("hangup", key)
    ended = engine.wait_ended(key)
    assert (ended.reason, ended.cause) == ("customer", 16)


def test_originate_into_a_pbx_that_stands_still(machines, engine, phone):
    """Sent, not answered: never sent twice, and not left to ring later."""
    os.kill(machines.pid(), signal.SIGSTOP)
    try:
        key = engine.dial(TALKS_ON)
        engine.wait(lambda: engine.state() == "offline")
    finally:
        os.kill(machines.pid(), signal.SIGCONT)
    engine.wait_online()
    # Asterisk finds the action in its buffer when it wakes up: either it is seen and
    # the call goes on, or it was given up before
    time.sleep(3)
    channels = machines.ask("core show channels concise")
    if key in {e.call_key for e in engine.gateway.of(events.CallEnded)}:
        assert "1987" not in channels
    else:
        assert channels.count("PJSIP/1987") == 1
        engine.send("hangup", key)
        engine.wait_ended(key)


def test_wrong_secret(machines):
    gateway = fakes.FakeGateway(machines.pbx(ami_secret="not the secret"))
    with Engine(gateway=gateway) as refused:
        refused.wait(lambda: refused.state() == "refused")
        assert gateway.of(events.PbxChanged)[-1].error == "secret"
        gateway.pbxs = [machines.pbx(revision="2")]
        refused.database.notify("settings")
        refused.wait_online()
        version = gateway.of(events.PbxChanged)[-1].version
        assert version.startswith("22.")


def test_phone_that_dies_and_registers_again(machines, engine):
    """Its state and round trip; after a new REGISTER it can be called at once."""
    with machines.phone() as dying:
        dying.wait_registered()
        engine.wait(lambda: phone_states(engine, "1987")[-1:] == ["reachable"])
        told = engine.gateway.of(events.PhoneChanged)
        engine.wait(
            lambda: [e for e in engine.gateway.of(events.PhoneChanged) if e.user_agent]
        )
        assert told[-1].rtt_ms is not None
        dying.kill()
        machines.ask("pjsip qualify 1987")
        engine.wait(lambda: phone_states(engine, "1987")[-1] == "unreachable")
    with machines.phone() as back:
        back.wait_registered()
        engine.wait(lambda: phone_states(engine, "1987")[-1] == "reachable")
        assert engine.wait_ended(engine.dial(ANSWERS)).answered_at
