"""The connector in a prefork server, and alone: who leads, and who takes over."""

import os
import re
import signal
import time
from contextlib import contextmanager

import pytest

from connector.core.values import LOCK_CLASS
from dev import odoo, postgres, processes
from dev.settings import first_port, free_ports

ALIVE = re.compile(r"Worker WorkerConnector \((\d+)\) alive")


def leaders(stack) -> int:
    """Return how many connectors lead a PBX of the run's database."""
    sql = (
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        f" AND classid = {LOCK_CLASS}"
    )
    return int(postgres.query(stack.settings, sql))


def wait(condition, timeout=20):
    """Wait until ``condition()`` is true; return the seconds that took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < timeout
        time.sleep(0.05)
    return time.monotonic() - began


@contextmanager
def server(stack, *options):
    """Run another kind of Odoo server instead of the usual one."""
    settings = stack.settings
    stack.stop("odoo")
    argv = odoo.command(settings, "server", "-d", settings.database, *options)
    processes.start(settings, "odoo", argv, odoo.environment(settings))
    try:
        processes.wait_until(settings, "odoo", lambda: odoo.answers(settings))
        yield
    finally:
        processes.stop(settings, "odoo")
        stack.start("odoo")


@contextmanager
def connector_alone(stack):
    """Run the connector as a process of its own."""
    settings = stack.settings
    addons = [settings.odoo_library / "odoo/addons", settings.source / "dev/addons"]
    path = ",".join(map(str, [*addons, settings.source]))
    argv = [settings.python, settings.odoo_bin, f"--addons-path={path}"]
    argv += ["callcenter_connector", "--config", settings.odoo_conf]
    argv += ["-d", settings.database]
    processes.start(settings, "connector", argv, odoo.environment(settings))
    try:
        yield
    finally:
        began = time.monotonic()
        processes.stop(settings, "connector")
        assert time.monotonic() - began < 5


def call(center):
    """Make a call by RPC, as the agent; return what became of it."""
    customer = center.new_customer("1987", "0001")
    center.make_ready("1987")
    center.log_in("1987").call("callcenter.task", "action_dial", [customer.task_id])
    return customer.wait_ended()


def test_prefork(stack, center):
    """A worker of its own leads; killed, the next one does; it stops at once."""
    (gevent,) = free_ports(1, first_port(stack.settings.run / "gevent"))
    with server(stack, "--workers", "2", "--gevent-port", str(gevent)):
        wait(lambda: leaders(stack) == 1)
        assert call(center)["outcome"] == "answered"
        worker = int(ALIVE.findall(stack.log("odoo").read_text())[-1])
        os.kill(worker, signal.SIGKILL)
        wait(lambda: leaders(stack) == 0, 5)
        wait(lambda: leaders(stack) == 1)
        assert call(center)["outcome"] == "answered"
        master = processes.pid(stack.settings, "odoo")
        os.kill(master, signal.SIGTERM)
        assert wait(lambda: leaders(stack) == 0) < 3


def test_alone(stack, center):
    """A server without the line starts none; the command does."""
    with server(stack, "--load", "base,rpc,web"):
        time.sleep(2)
        assert leaders(stack) == 0
        with connector_alone(stack):
            wait(lambda: leaders(stack) == 1)
            assert call(center)["outcome"] == "answered"
        wait(lambda: leaders(stack) == 0, 3)


def test_postgresql_restarted_in_a_call(stack, center):
    """The connector comes back by itself, and knows what became of the call."""
    customer = center.new_customer("1987", "0006")
    center.make_ready("1987")
    agent = center.log_in("1987")
    agent.call("callcenter.task", "action_dial", [customer.task_id])
    wait(lambda: customer.calls()[0]["state"] == "answered")
    stack.restart("postgres")
    wait(lambda: leaders(stack) == 1)
    ended = customer.wait_ended()
    assert (ended["outcome"], ended["reason"]) == ("answered", "customer")
    assert ended["talk_seconds"] == pytest.approx(6, abs=0.5)
    assert call(center)["outcome"] == "answered"


def test_a_standby_takes_over_in_a_call(stack, center, carrier_log):
    """The leader is killed while two talk: the call ends in Odoo all the same."""
    customer = center.new_customer("1987", "0206")
    center.make_ready("1987")
    with connector_alone(stack):
        log = processes.log_file(stack.settings, "connector")
        wait(lambda: "Another connector leads" in log.read_text())
        assert leaders(stack) == 1
        agent = center.log_in("1987")
        agent.call("callcenter.task", "action_dial", [customer.task_id])
        wait(lambda: customer.calls()[0]["state"] == "answered")
        stack.kill("odoo")
        wait(lambda: "This connector leads" in log.read_text(), 10)
        stack.start("odoo")
        ended = customer.wait_ended()
        assert (ended["outcome"], ended["reason"]) == ("answered", "customer")
        assert ended["talk_seconds"] == pytest.approx(6, abs=0.5)
        (line,) = carrier_log.wait(customer.number)
        total = pytest.approx(line.end - line.start, abs=0.35)
        assert ended["total_seconds"] == total
