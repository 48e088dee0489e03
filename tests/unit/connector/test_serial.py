"""One thread, in order."""

import threading
import time

import pytest

from connector.serial import SerialExecutor


def test_order_and_results():
    done = []
    executor = SerialExecutor("test", dbname="some")
    futures = [executor.submit(done.append, number) for number in range(100)]
    futures[-1].result(1)
    assert done == list(range(100))
    name = executor.submit(lambda: threading.current_thread().dbname)
    assert name.result(1) == "some"
    executor.shutdown()


def test_error_is_the_callers():
    executor = SerialExecutor("test")
    with pytest.raises(ZeroDivisionError):
        executor.submit(lambda: 1 / 0).result(1)
    assert executor.submit(lambda: 1).result(1) == 1
    executor.shutdown()


def test_shutdown_does_not_wait():
    executor = SerialExecutor("test")
    executor.submit(time.sleep, 0.5)
    waiting = executor.submit(print)
    time.sleep(0.05)
    began = time.monotonic()
    executor.shutdown(wait=False, cancel_futures=True)
    assert time.monotonic() - began < 0.2
    assert waiting.cancelled()
    with pytest.raises(RuntimeError):
        executor.submit(print)
