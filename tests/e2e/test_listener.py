"""Leadership and wake-ups with a real PostgreSQL."""

import select
import time
from contextlib import contextmanager

import pytest

from connector.core.values import LOCK_CLASS, NOTIFY_CHANNEL
from connector.pg import Listener, ListenerError
from dev import postgres


@pytest.fixture
def info(settings, database_server):
    variables = postgres.environment(settings)
    return {
        "host": variables["PGHOST"],
        "port": variables["PGPORT"],
        "user": variables["PGUSER"],
        "password": variables["PGPASSWORD"],
        "dbname": "postgres",
    }


@contextmanager
def listening(info):
    listener = Listener(info)
    listener.connect()
    try:
        yield listener
    finally:
        listener.close()


def leaders(settings):
    sql = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        f" AND classid = {LOCK_CLASS} AND objid = 7"
    )
    return int(postgres.query(settings, sql))


def read_on(listener):
    """Read what comes: first the server's farewell, then the connection's end."""
    for _ in range(5):
        assert select.select([listener.fileno()], [], [], 2)[0]
        listener.poll()


def test_one_leads_until_it_is_gone(settings, info):
    with listening(info) as second:
        with listening(info) as first:
            assert first.try_lock(7)
            assert not second.try_lock(7)
            assert second.try_lock(8)
            assert leaders(settings) == 1
        end = time.monotonic() + 2
        while not second.try_lock(7):
            assert time.monotonic() < end
        second.unlock(7)
        assert leaders(settings) == 0


def test_notifications_come_after_the_commit(settings, info):
    with listening(info) as listener:
        postgres.query(settings, f"BEGIN; NOTIFY {NOTIFY_CHANNEL}, 'never'; ROLLBACK")
        assert listener.poll() == []
        postgres.query(settings, f"NOTIFY {NOTIFY_CHANNEL}, '7'")
        assert select.select([listener.fileno()], [], [], 2)[0]
        assert listener.poll() == ["7"]
        # one that comes with the answer to a question isn't lost either
        postgres.query(settings, f"NOTIFY {NOTIFY_CHANNEL}, 'settings'")
        listener.keep_alive()
        assert listener.poll() == ["settings"]


def test_connection_that_is_cut(settings, info):
    with listening(info) as listener:
        postgres.query(
            settings,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = 'postgres'"
            f" AND query LIKE 'LISTEN {NOTIFY_CHANNEL}%'",
        )
        with pytest.raises(ListenerError):
            read_on(listener)
        with pytest.raises(ListenerError):
            listener.try_lock(7)
        listener.connect()
        assert listener.try_lock(7)


def test_nobody_there():
    listener = Listener({"host": "127.0.0.1", "port": 1, "dbname": "x"})
    with pytest.raises(ListenerError):
        listener.connect()
    assert listener.fileno() == -1
