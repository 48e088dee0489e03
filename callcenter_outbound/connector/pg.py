"""PostgreSQL as the connector needs it beside the ORM: wake-ups and leadership.

One connection per database, for as long as the connector lives: a session advisory lock
is held by it, and LISTEN belongs to it. When it falls, so does the leadership.
"""

import contextlib

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from .core.values import LOCK_CLASS, NOTIFY_CHANNEL

# A peer that is gone is noticed within a minute, also behind a NAT.
KEEPALIVES = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 20,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


class ListenerError(Exception):
    """The connection is gone: nothing is led any more."""


class Listener:
    """LISTEN and locks of one database.

    All methods but :meth:`fileno` may block and belong to one thread.
    """

    def __init__(self, connection_info: dict):
        """Prepare; :meth:`connect` connects.

        :param connection_info: keyword arguments of ``psycopg2.connect``
        """
        self.connection_info = connection_info
        self._connection = None

    def connect(self) -> None:
        """Connect and LISTEN.

        :raise ListenerError: the database can't be reached
        """
        self.close()
        try:
            connection = psycopg2.connect(**{**KEEPALIVES, **self.connection_info})
            connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
            self._connection = connection
            with connection.cursor() as cursor:
                # Odoo may be set to end sessions that idle; this one waits for a living
                cursor.execute(
                    "SELECT set_config(name, '0', false) FROM pg_settings"
                    " WHERE name = 'idle_session_timeout'"
                )
                cursor.execute(f"LISTEN {NOTIFY_CHANNEL}")
        except psycopg2.Error as error:
            self.close()
            raise ListenerError(str(error).strip()) from error

    def close(self) -> None:
        """Close: all locks are free."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg2.Error):
                connection.close()

    def fileno(self) -> int:
        """Return the socket to watch; -1 without a connection."""
        connection = self._connection
        if connection is None or connection.closed:
            return -1
        return connection.fileno()

    def poll(self) -> list[str]:
        """Return the payloads that have come, without waiting.

        :raise ListenerError: the connection is gone
        """
        connection = self._connection
        try:
            if connection is None:
                raise psycopg2.InterfaceError("not connected")
            connection.poll()
        except psycopg2.Error as error:
            raise ListenerError(str(error).strip()) from error
        payloads = [notify.payload for notify in connection.notifies]
        connection.notifies.clear()
        return payloads

    def keep_alive(self) -> None:
        """Ask for a sign of life.

        :raise ListenerError: there is none
        """
        self._ask("SELECT 1")

    def try_lock(self, pbx_id: int) -> bool:
        """Try to become the leader of a PBX; tell whether we are.

        :raise ListenerError: the connection is gone
        """
        return self._ask("SELECT pg_try_advisory_lock(%s, %s)", (LOCK_CLASS, pbx_id))

    def unlock(self, pbx_id: int) -> None:
        """Give the leadership of a PBX up.

        :raise ListenerError: the connection is gone (and the leadership with it)
        """
        self._ask("SELECT pg_advisory_unlock(%s, %s)", (LOCK_CLASS, pbx_id))

    def _ask(self, query, parameters=None):
        connection = self._connection
        try:
            if connection is None:
                raise psycopg2.InterfaceError("not connected")
            with connection.cursor() as cursor:
                cursor.execute(query, parameters)
                return cursor.fetchone()[0]
        except psycopg2.Error as error:
            raise ListenerError(str(error).strip()) from error
