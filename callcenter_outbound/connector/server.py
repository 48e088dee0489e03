"""Starts and stops the connector inside an Odoo server.

Threaded servers get a thread, prefork servers a worker process of its own; the command
``odoo callcenter_connector`` runs it alone. Only where the module is in
``server_wide_modules``: installed alone it starts nothing, so that an administrator
decides which of several servers lead.
"""

import asyncio
import contextlib
import logging
import os
import select
import threading
import time

import psycopg2

from odoo.service import server
from odoo.sql_db import connection_info_for
from odoo.tools import config

from .gateway import Gateway
from .pg import Listener
from .runner import Runner

_logger = logging.getLogger(__name__)

MODULE = "callcenter_outbound"
#: seconds between two looks at which databases there are: those that are configured,
#: and all that PostgreSQL has
RESCAN = 5.0
RESCAN_ALL = 30.0
#: seconds of a prefork worker's slice, after which Odoo looks at its limits
SLICE = 2.0
#: seconds that stopping may take
STOP_LIMIT = 3.0


def wanted() -> bool:
    """Tell whether this server should run a connector."""
    return (
        MODULE in config["server_wide_modules"]
        and not config["test_enable"]
        and not config["stop_after_init"]
    )


def databases() -> dict[str, bool | None]:
    """Tell of the databases of this server whether the module is installed in them.

    Cheap: one short connection each, no registry. Looked at are those that are
    configured, or all that are Odoo's; one that was dropped isn't among them.

    :return: by name; None where it can't be told, because the database doesn't answer
        or the module is being upgraded
    :raise psycopg2.Error: when PostgreSQL doesn't answer
    """
    catalogue = _catalogue()
    names = config["db_name"] or [
        name for name, is_odoos in catalogue.items() if is_odoos
    ]
    return {name: _is_installed(name) for name in sorted(names) if name in catalogue}


def _catalogue() -> dict[str, bool]:
    """Return the names of all databases, and which of them may be Odoo's.

    Unlike ``odoo.service.db.list_dbs``, which gives an empty list for an error.
    """
    rows = _query(
        "postgres",
        "SELECT datname, datallowconn AND NOT datistemplate"
        " AND datname NOT IN ('postgres', %s)"
        " AND datdba = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
        " FROM pg_database",
        (config["db_template"],),
    )
    return dict(rows)


def _is_installed(dbname: str) -> bool | None:
    try:
        ((has_tables,),) = _query(
            dbname,
            "SELECT to_regclass('callcenter_pbx') IS NOT NULL"
            " AND to_regclass('ir_module_module') IS NOT NULL",
        )
        if not has_tables:
            return False
        rows = _query(
            dbname, "SELECT state FROM ir_module_module WHERE name = %s", (MODULE,)
        )
    except psycopg2.Error as error:
        _logger.debug("Database %s can't be looked at: %s", dbname, error)
        return None
    states = [state for (state,) in rows]
    return None if states == ["to upgrade"] else states == ["installed"]


def _query(dbname: str, query: str, parameters=()) -> list[tuple]:
    __, info = connection_info_for(dbname)
    connection = psycopg2.connect(**{"connect_timeout": 10, **info})
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def make_runner(dbname: str) -> Runner:
    """Return the runner of a database."""
    __, info = connection_info_for(dbname)
    return Runner(dbname, Gateway(dbname), Listener(info))


class Connector:
    """Runs a runner for each database, on an event loop of its own."""

    def __init__(self, names=databases, runner_factory=make_runner):
        """Prepare.

        :param names: as :func:`databases`; asked again every few seconds, on a thread
        """
        self._names = names
        self._runner_factory = runner_factory
        self._runners: dict[str, tuple[Runner, asyncio.Task]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task | None = None
        self._stop: asyncio.Event | None = None
        self._stopped = threading.Event()
        self._asked_to_stop = False

    # -- on the loop's thread

    def open(self) -> None:
        """Make the loop and the main task; both live until :meth:`close`."""
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._main = self._loop.create_task(self._serve())

    def run_slice(self, seconds: float | None = None) -> bool:
        """Run for so long, or until stopped; tell whether there is more to do."""
        waiting = asyncio.wait([self._main], timeout=seconds)
        self._loop.run_until_complete(waiting)
        return not self._main.done()

    def close(self) -> None:
        """Close the loop."""
        with contextlib.suppress(Exception):
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()
        self._stopped.set()

    def run(self) -> None:
        """Run until stopped."""
        self.open()
        try:
            while self.run_slice():
                pass
        finally:
            self.close()

    async def _serve(self) -> None:
        if self._asked_to_stop:
            return
        try:
            while not self._stop.is_set():
                await self._look_at_databases()
                pause = RESCAN if config["db_name"] else RESCAN_ALL
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), pause)
        finally:
            await self._end(list(self._runners))

    async def _look_at_databases(self) -> None:
        try:
            found = await self._loop.run_in_executor(None, self._names)
        except psycopg2.Error as error:
            _logger.warning(
                "The databases can't be looked at: %s", type(error).__name__
            )
            return
        except Exception:
            _logger.exception("The databases can't be looked at")
            return
        if self._stop.is_set():
            return
        for dbname, installed in found.items():
            if installed and dbname not in self._runners:
                _logger.info("The connector serves database %s", dbname)
                runner = self._runner_factory(dbname)
                self._runners[dbname] = (runner, self._loop.create_task(runner.run()))
        # One that can't be told is kept: it comes back by itself, with what it still
        # has to apply.
        await self._end(
            name for name in list(self._runners) if found.get(name, False) is False
        )

    async def _end(self, names) -> None:
        ending = []
        for dbname in names:
            runner, task = self._runners.pop(dbname)
            runner.stop()
            ending.append(task)
        if ending:
            __, late = await asyncio.wait(ending, timeout=STOP_LIMIT)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=0.5)

    # -- from any thread

    def stop(self) -> None:
        """Ask to stop; returns at once."""
        self._asked_to_stop = True
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # closed already
                loop.call_soon_threadsafe(self._stop.set)

    def wait(self, seconds: float) -> bool:
        """Wait until it has stopped; tell whether it has."""
        return self._stopped.wait(seconds)


def start_thread() -> Connector:
    """Run a connector on a thread of this process until the server stops."""
    connector = Connector()
    thread = threading.Thread(target=connector.run, name="callcenter.connector")
    # Odoo's shutdown waits one second for others, and reckons their time as requests'
    thread.daemon = True
    thread.type = "callcenter"
    thread.start()

    def stop():
        connector.stop()
        connector.wait(STOP_LIMIT)

    server.CommonServer.on_stop(stop)
    return connector


class WorkerConnector(server.Worker):
    """The connector as a worker of a prefork server.

    It works in slices, between which Odoo looks after parent and limits; loop, sockets
    and locks stay open from one to the next.
    """

    def __init__(self, multi):
        """Prepare, in the parent."""
        super().__init__(multi)
        # it may wait for a slow database: its slices say nothing of its health
        self.watchdog_timeout = None
        self.connector = None

    def sleep(self):
        """Don't: the slice waits."""
        with contextlib.suppress(OSError, select.error):
            while select.select([self.wakeup_fd_r], [], [], 0)[0]:
                os.read(self.wakeup_fd_r, 4096)

    def process_work(self):
        """Run a slice."""
        if self.connector is None:
            threading.current_thread().type = "callcenter"
            self.connector = Connector()
            self.connector.open()
        if not self.connector.run_slice(SLICE):
            self.alive = False

    def signal_handler(self, sig, frame):
        """End the slice, too."""
        result = super().signal_handler(sig, frame)
        if self.connector is not None:
            self.connector.stop()
        return result

    def signal_time_expired_handler(self, n, stack):
        """Ask for an orderly end; the parent starts another."""
        _logger.info("The connector reached its limit of CPU time")
        self.alive = False
        if self.connector is not None:
            self.connector.stop()

    def start(self):
        """Begin, in the child."""
        result = super().start()
        if self.multi.socket:
            self.multi.socket.close()
        return result

    def stop(self):
        """End, in the child: locks and calls are handed over."""
        if self.connector is None:
            return
        self.connector.stop()
        end = time.monotonic() + STOP_LIMIT
        while time.monotonic() < end and self.connector.run_slice(0.2):
            pass
        self.connector.close()


def install_hooks() -> None:
    """Make Odoo's servers start a connector, once a process."""
    if getattr(server, "_callcenter_hooked", False):
        return
    server._callcenter_hooked = True
    threaded_start = server.ThreadedServer.start
    process_spawn = server.PreforkServer.process_spawn
    worker_pop = server.PreforkServer.worker_pop

    def start(self, stop=False):
        threaded_start(self, stop=stop)
        if not stop and wanted():
            start_thread()

    def spawn(self):
        process_spawn(self)
        if not hasattr(self, "workers_callcenter"):
            self.workers_callcenter = {}
        if wanted() and not self.workers_callcenter:
            self.worker_spawn(WorkerConnector, self.workers_callcenter)

    def pop(self, pid):
        getattr(self, "workers_callcenter", {}).pop(pid, None)
        return worker_pop(self, pid)

    server.ThreadedServer.start = start
    server.PreforkServer.process_spawn = spawn
    server.PreforkServer.worker_pop = pop
