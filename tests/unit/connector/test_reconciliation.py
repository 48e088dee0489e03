"""What became of the open calls while nobody listened."""

import pytest

from connector.core import records
from connector.core.calls import CallTracker, Channel
from connector.core.reconciliation import FOREIGN_AGE, reconcile, stale_records
from connector.core.values import OpenCall

KEY = "440ebfff-c11d-45ad-ace9-9b986633fa2b"
AGENT = Channel(KEY, KEY, "PJSIP/1001-00000001", "Up")
SEEN = 1795425700.0
NOW = 1795425800.0


def run(state, channels, value, final=True, seen_at=SEEN):
    found = {KEY: records.parse(KEY, value)} if value is not None else {}
    tracker = CallTracker()
    calls = [OpenCall(KEY, state, 9.0)]
    outcome = reconcile(tracker, calls, channels, found, seen_at, NOW, final)
    return tracker, outcome


TIMES = "1795425614.455|1795425616.464|4||PJSIP/carrier-00000002"
END = f"end|1795425621.5|{KEY}|ANSWER|16|SIP 200 OK|{TIMES}"


def test_ended_meanwhile():
    __, outcome = run("done", [], END)
    ended = outcome.events[-1]
    assert (ended.reason, ended.at, ended.cause) == ("customer", 1795425621.5, 16)
    assert ended.answered_at == 1795425616.464


def test_end_wins_over_a_channel_that_lingers():
    tracker, outcome = run("done", [AGENT], END)
    assert outcome.events[-1].reason == "customer"
    assert tracker.call_keys() == []


def test_goes_on():
    tracker, outcome = run("done", [AGENT], "sent|1795425614.4")
    assert outcome.events == []
    assert tracker.call_keys() == [KEY]
    assert tracker.agent_channel(KEY) == AGENT.name


@pytest.mark.parametrize(
    ("value", "dialed", "answered"),
    [
        ("dial|1795425614.4|86", 1795425614.4, None),
        ("answer|1795425616.4|x", 1795425616.4, 1795425616.4),
    ],
)
def test_killed_in_the_call(value, dialed, answered):
    """No channel, no end: it ended when the link was last known to be up."""
    __, outcome = run("done", [], value, final=False)
    ended = outcome.events[-1]
    assert (ended.reason, ended.at) == ("lost", SEEN)
    assert (ended.dialed_at, ended.answered_at) == (dialed, answered)


def test_killed_while_nobody_listened():
    """Never before the last thing that is known of it."""
    __, outcome = run("done", [], "answer|1795425616.4|x", seen_at=0.0)
    assert outcome.events[-1].at == 1795425616.4


def test_not_sent():
    """No trace at all: looked for twice, then closed."""
    tracker, outcome = run("sent", [], None, final=False)
    assert (outcome.events, outcome.doubtful) == ([], [KEY])
    assert KEY in tracker
    __, outcome = run("sent", [], None)
    assert outcome.events[-1].reason == "not_sent"
    assert outcome.events[-1].dialed_at is None
    assert outcome.events[-1].at == SEEN
    __, outcome = run("sent", [], None, seen_at=0.0)
    assert outcome.events[-1].at == NOW


@pytest.mark.parametrize("state", ["sent", "done"])
def test_agent_was_rung_in_the_gap(state):
    """The record stands at ``sent``: that no customer was dialled is all we know."""
    __, outcome = run(state, [], "sent|1795425614.4")
    ended = outcome.events[-1]
    assert (ended.reason, ended.dialed_at) == ("lost", None)


def test_pending_is_left_alone():
    tracker, outcome = run("pending", [], None)
    assert outcome.events == []
    assert tracker.call_keys() == []


def test_broken_record():
    __, outcome = run("done", [], "garbage")
    assert outcome.events[-1].reason == "lost"
    tracker, outcome = run("done", [AGENT], "garbage")
    assert outcome.events == []
    assert KEY in tracker


def test_stale_records():
    now = 1795425614.0 + FOREIGN_AGE + 10
    keys = [f"440ebfff-c11d-45ad-ace9-9b986633fa{n:02d}" for n in range(6)]
    found = {
        key: records.parse(key, value)
        for key, value in zip(
            keys,
            [
                "end|1795425614|x",  # old, of nobody
                f"end|{now:.0f}|x",  # new, perhaps another database's
                f"end|{now:.0f}|x",  # ours, committed
                "answer|1795425614|x",  # old, but its channel lives
                "sent|1795425614",  # old, its channel is gone
                "end|1795425614|x",  # still open in Odoo
            ],
            strict=True,
        )
    }
    channels = [Channel(keys[3], keys[3], "PJSIP/1", "Up")]
    assert stale_records(found, [keys[5]], channels, [keys[2]], now) == [
        keys[0],
        keys[2],
        keys[4],
    ]
