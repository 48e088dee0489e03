"""A running system of the benchmarks' own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests

from dev import postgres, processes, testing
from dev.settings import from_environment
from dev.stack import Stack


@contextmanager
def running_stack(start: Callable[[Stack], None]) -> Iterator[Stack]:
    """The parts that `start` starts, on ports and in a folder of their own.

    All are stopped at the end; the database server too, unless it ran before.
    """
    settings = testing.settings_of(from_environment(), testing.BENCH)
    testing.note_ports(settings)
    stack = Stack(settings)
    began = not processes.pid(settings, "postgres")
    try:
        start(stack)
        yield stack
    finally:
        stack.stop_all(keep=("postgres",))
        if began:
            postgres.stop(settings)


class Session:
    """Odoo's web client as its requests go: one connection, one session."""

    def __init__(self, stack, login):
        self._url = stack.settings.odoo_url
        self._http = requests.Session()
        credentials = {
            "db": stack.settings.database,
            "login": login,
            "password": stack.secrets["passwords"][login],
        }
        self._post("/web/session/authenticate", credentials)

    def call(self, model, method, *arguments):
        """Call a method over JSON-RPC and return what it returns."""
        params = {"model": model, "method": method, "args": arguments, "kwargs": {}}
        return self._post(f"/web/dataset/call_kw/{model}/{method}", params)

    def _post(self, path, params):
        body = {"jsonrpc": "2.0", "params": params}
        answer = self._http.post(self._url + path, json=body, timeout=30).json()
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer["result"]
