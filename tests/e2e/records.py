"""Odoo's records as a program outside reads them: over XML-RPC."""

import time
import xmlrpc.client
from datetime import UTC, datetime


class Records:
    """The models of one database, as one user sees them."""

    def __init__(self, url: str, database: str, login: str, password: str):
        self._database = database
        self._password = password
        common = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common")
        self._uid = common.authenticate(database, login, password, {})
        assert self._uid, f"{login} can't log in"
        self._models = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/object")

    def call(self, model: str, method: str, *arguments, **keywords):
        """Call a method of a model and return what it returns.

        :raise xmlrpc.client.Fault: what Odoo refused, with its message
        """
        return self._models.execute_kw(
            self._database,
            self._uid,
            self._password,
            model,
            method,
            arguments,
            keywords,
        )

    def search(self, model: str, *domain, fields=(), **keywords) -> list[dict]:
        """Return the records that match, as dicts."""
        return self.call(
            model, "search_read", list(domain), fields=list(fields), **keywords
        )

    def one(self, model: str, *domain, fields=()) -> dict:
        """Return the one record that matches."""
        (record,) = self.search(model, *domain, fields=fields)
        return record

    def create(self, model: str, **values) -> int:
        """Create a record and return its id."""
        (record_id,) = self.call(model, "create", [values])
        return record_id

    def write(self, model: str, record_id: int, **values) -> None:
        """Change a record."""
        self.call(model, "write", [record_id], values)

    def wait_one(self, model: str, *domain, fields=(), timeout: float = 15) -> dict:
        """Wait until exactly one record matches, and return it.

        :raise TimeoutError: when none does in time
        """
        deadline = time.monotonic() + timeout
        while len(found := self.search(model, *domain, fields=fields)) != 1:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(found)} {model} match {domain}")
            time.sleep(0.1)
        return found[0]


def seconds(value: str) -> float:
    """Return a date and time as Odoo gives it (UTC) as unix seconds."""
    moment = datetime.strptime(value, "%Y-%m-%d %H:%M:%S")
    return moment.replace(tzinfo=UTC).timestamp()
