"""An executor with one thread: what is given to it is done in order."""

import contextlib
import queue
import threading
from concurrent.futures import Executor, Future


class SerialExecutor(Executor):
    """Runs one call after the other on a daemon thread of its own.

    Unlike a ``ThreadPoolExecutor``'s, its thread never holds up the end of the
    process: a download from a PBX that hangs must not keep Odoo from stopping.
    """

    def __init__(self, name: str, **attributes):
        """Prepare; the thread starts with the first call.

        :param attributes: set on the thread (``dbname``: Odoo's log shows it)
        """
        self._name = name
        self._attributes = attributes
        self._queue: queue.SimpleQueue = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, fn, /, *args, **kwargs) -> Future:
        """Add a call.

        :raise RuntimeError: after :meth:`shutdown`
        """
        if self._closed:
            raise RuntimeError("closed")
        future: Future = Future()
        self._queue.put((future, fn, args, kwargs))
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name=self._name, daemon=True
            )
            vars(self._thread).update(self._attributes)
            self._thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the thread after the calls that were added."""
        self._closed = True
        if cancel_futures:
            with contextlib.suppress(queue.Empty):
                while True:
                    self._queue.get_nowait()[0].cancel()
        if self._thread is not None:
            self._queue.put(None)
            if wait:
                self._thread.join()

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            future, fn, args, kwargs = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)
            del future, fn, args, kwargs, item
