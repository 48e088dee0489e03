import asyncio
import threading
from unittest.mock import patch

import psycopg2

from odoo.tests import tagged
from odoo.tests.common import BaseCase
from odoo.tools import config, mute_logger

from ..connector import server


class Runner:
    """Stands for the engine of one database: runs until it is stopped."""

    def __init__(self, dbname):
        self.dbname = dbname
        self.running = False
        self._stop = asyncio.Event()

    async def run(self):
        self.running = True
        await self._stop.wait()
        self.running = False

    def stop(self):
        self._stop.set()


@tagged("post_install", "-at_install", "callcenter")
class TestConnector(BaseCase):
    """Which databases are served, whatever PostgreSQL answers."""

    def setUp(self):
        super().setUp()
        self.patch(server, "RESCAN_ALL", 0.01)
        self.patch(server, "RESCAN", 0.01)
        self.answer = {}
        self.looked = threading.Semaphore(0)
        self.runners = []
        self.connector = server.Connector(self._names, self._make_runner)
        thread = threading.Thread(target=self.connector.run)
        thread.start()
        self.addCleanup(thread.join, 3)
        self.addCleanup(self.connector.stop)

    def _names(self):
        self.looked.release()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def _make_runner(self, dbname):
        self.runners.append(Runner(dbname))
        return self.runners[-1]

    def _look(self, answer):
        """Have it look a few times; return the databases that are served then."""
        self.answer = answer
        for _time in range(3):
            self.assertTrue(self.looked.acquire(timeout=3))
        while self.looked.acquire(blocking=False):
            pass
        self.assertTrue(self.looked.acquire(timeout=3))
        return [runner.dbname for runner in self.runners if runner.running]

    def test_a_database_is_served_from_its_installation_to_its_end(self):
        self.assertEqual(self._look({"a": False, "b": None}), [])
        self.assertEqual(self._look({"a": True, "b": True}), ["a", "b"])
        self.assertEqual(self._look({"a": False, "b": True}), ["b"])
        self.assertEqual(self._look({}), [])

    @mute_logger("odoo.addons.callcenter_outbound.connector.server")
    def test_what_cannot_be_told_changes_nothing(self):
        """A runner that ends would lose the events that it still has to apply."""
        self.assertEqual(self._look({"a": True}), ["a"])
        for answer in ({"a": None}, psycopg2.OperationalError("down"), OSError("no")):
            with self.subTest(answer=answer):
                self.assertEqual(self._look(answer), ["a"])
        self.assertEqual(self._look({"a": True}), ["a"])
        self.assertEqual(len(self.runners), 1)


@tagged("post_install", "-at_install", "callcenter")
class TestDatabases(BaseCase):
    """What PostgreSQL is asked, and what an error means."""

    def setUp(self):
        super().setUp()
        (self.dbname,) = config["db_name"]
        self.connect = psycopg2.connect
        self.patch(psycopg2, "connect", self._connect)
        self.failing = set()

    def _connect(self, **info):
        if info["database"] in self.failing:
            raise psycopg2.OperationalError("too many clients")
        return self.connect(**info)

    def _look(self, *names):
        self.enterContext(patch.dict(config.options, {"db_name": list(names)}))
        return server.databases()

    def test_installed(self):
        self.assertEqual(self._look(self.dbname), {self.dbname: True})

    def test_all(self):
        self.assertIs(self._look().get(self.dbname), True)

    def test_one_that_is_gone(self):
        self.assertEqual(self._look("no such database"), {})

    def test_one_that_is_no_odoo(self):
        self.assertEqual(self._look("postgres"), {"postgres": False})

    def test_one_that_does_not_answer(self):
        self.failing.add(self.dbname)
        self.assertEqual(self._look(self.dbname), {self.dbname: None})

    def test_no_catalogue(self):
        self.failing.add("postgres")
        with self.assertRaises(psycopg2.OperationalError):
            self._look(self.dbname)
