"""The engine's way to Odoo's models: no other file of the engine knows of them."""

import logging
import random
import threading
from contextlib import contextmanager

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .core.values import OpenCall

_logger = logging.getLogger(__name__)

#: The database is away, or a module is being upgraded: its tables will fit again.
WAIT_FOR = (
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
    psycopg2.errors.UndefinedColumn,
    psycopg2.errors.UndefinedTable,
)
#: Bounds of the pause before a collided transaction is tried again (s).
RETRY_PAUSE = (0.002, 0.02)


class Stopped(Exception):
    """The gateway was stopped while a transaction waited to be tried again."""


class Gateway:
    """Each method is one transaction (or a few) on the database, as superuser.

    All are synchronous; the runner calls them on one thread, so that the order of the
    events is kept.
    """

    def __init__(self, dbname):
        self.dbname = dbname
        self._stopping = threading.Event()

    def stop(self):
        """Make a transaction that waits to be tried again raise :class:`Stopped`."""
        self._stopping.set()

    def is_neutralized(self):
        """:return: whether the database is a copy that must never dial"""
        with self._transaction() as env:
            return bool(env["ir.config_parameter"].get_param("database.is_neutralized"))

    def load_pbxs(self):
        """:return: list of :class:`PbxSettings` of the active PBXs"""
        return self._retrying(
            lambda env: [
                pbx._connector_settings() for pbx in env["callcenter.pbx"].search([])
            ]
        )

    def follow_phones(self, pbx_id):
        """Bring the agents in line with their phones: either may be another now."""
        self._retrying(
            lambda env: env["callcenter.agent"]._follow_phones_of(
                env["callcenter.pbx"].browse(pbx_id)
            )
        )

    def phone_states(self, pbx_id):
        """:return: dict of extension number -> the phone's state that Odoo holds"""
        return self._retrying(
            lambda env: env["callcenter.extension"]._read_states(
                env["callcenter.pbx"].browse(pbx_id)
            )
        )

    def apply(self, pbx_id, events, clock_offset):
        """Apply a batch of domain events, in order; set aside those that can't be.

        :param events: sequence of domain events of the PBX ``pbx_id``
        :param clock_offset: Odoo's clock less the PBX's, in seconds
        :return: list of the events that were set aside
        :raise psycopg2.Error: one of :data:`WAIT_FOR`; the batch has to come again
        """
        if not events:
            return []
        try:
            self._retrying(
                lambda env: (
                    env["callcenter.pbx"]
                    .browse(pbx_id)
                    ._apply_events(events, clock_offset)
                )
            )
        except (*WAIT_FOR, Stopped):
            raise
        except Exception as error:
            if len(events) == 1:
                self._set_aside(pbx_id, events[0], error)
                return list(events)
            middle = len(events) // 2
            return [
                *self.apply(pbx_id, events[:middle], clock_offset),
                *self.apply(pbx_id, events[middle:], clock_offset),
            ]
        return []

    def claim_commands(self, pbx_id, limit=50, kinds=()):
        """Take pending commands; they are marked as sent before this returns.

        :param kinds: only these, none for all
        :return: list of :class:`Command`, oldest first
        """
        return self._retrying(
            lambda env: env["callcenter.command"]._claim(
                env["callcenter.pbx"].browse(pbx_id), limit, kinds
            )
        )

    def end_broken_reload(self, pbx_id):
        """Fail the reload that an earlier link has begun and not ended."""
        self._retrying(
            lambda env: env["callcenter.pbx"].browse(pbx_id)._end_broken_reload()
        )

    def sections_wanted(self, pbx_id):
        """:return: list of what the PBX must hold"""
        return self._retrying(
            lambda env: env["callcenter.pbx.section"]._read_wanted(
                env["callcenter.pbx"].browse(pbx_id)
            )
        )

    def queue_members(self, pbx_id):
        """:return: list of :class:`Member`: who takes calls of which queue"""
        return self._retrying(
            lambda env: env["callcenter.agent.group"]._read_members(
                env["callcenter.pbx"].browse(pbx_id)
            )
        )

    def abandon_commands(self, pbx_id):
        """Fail the commands whose deadline has passed; let agents come and go."""
        self._retrying(
            lambda env: env["callcenter.command"]._abandon(
                env["callcenter.pbx"].browse(pbx_id)
            )
        )

    def open_calls(self, pbx_id):
        """:return: list of :class:`OpenCall`: the calls that have not ended"""
        return self._retrying(
            lambda env: [
                OpenCall(call_key=key, command_state=state, age_seconds=age)
                for key, state, age in env["callcenter.call"]._read_open(pbx_id)
            ]
        )

    def recordings_expected(self, pbx_id, names):
        """:return: which of ``names`` on the PBX may be fetched now"""
        return self._retrying(
            lambda env: env["callcenter.call"]._expecting_recordings(
                env["callcenter.pbx"].browse(pbx_id), names
            )
        )

    def store_recording(self, pbx_id, call_key, content):
        """Attach a recording to its call.

        :param content: the WAV file's bytes
        :return: whether it is in Odoo now, so that the PBX's may be deleted; false
            while the PBX may still write it
        :raise ValueError: when it is no recording, or there is no such call
        """

        def store(env):
            call = env["callcenter.call"].search(
                [
                    ("pbx_id", "=", pbx_id),
                    ("uniqueid", "=", call_key),
                    ("kind", "=", "main"),
                ]
            )
            if not call:
                raise ValueError("there is no such call")
            return bool(call.recording_attachment_id) or call._store_recording(content)

        return self._retrying(store)

    # Transactions ----------------------------------------------------------------

    @contextmanager
    def _transaction(self):
        threading.current_thread().dbname = self.dbname
        registry = Registry(self.dbname).check_signaling()
        with registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})
            cr.flush()
        registry.signal_changes()

    def _retrying(self, work):
        """Run ``work(env)`` in a transaction, again after each collision, at once.

        Odoo's own ``retrying`` sleeps whole seconds and gives up after five tries: a
        single collision would hold up all events behind it.

        :raise Stopped: when the gateway is stopped between two tries
        """
        while True:
            try:
                with self._transaction() as env:
                    return work(env)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
                _logger.debug("Trying again after %s", type(error).__name__)
            pause = random.uniform(*RETRY_PAUSE)
            if self._stopping.wait(pause):
                raise Stopped

    def _set_aside(self, pbx_id, event, error):
        """Keep an event that can't be applied where a manager sees it."""
        _logger.error(
            "An event of PBX %s could not be applied and was set aside: %s",
            pbx_id,
            type(event).__name__,
            exc_info=error,
        )
        self._retrying(
            lambda env: env["callcenter.rejected.event"].create(
                {
                    "pbx_id": pbx_id,
                    "kind": type(event).__name__,
                    "content": repr(event),
                    "error": f"{type(error).__name__}: {error}",
                }
            )
        )
