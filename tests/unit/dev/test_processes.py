"""Only what was started here is stopped: known by its pid and the time of its start."""

import json
import os
import subprocess
import sys
import time

import pytest

from dev import processes, users
from dev.settings import Settings
from dev.steps import StepFailed


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Settings with everything below a folder of the test's own."""
    monkeypatch.setattr(users, "popen_options", dict)
    monkeypatch.setattr(users, "own", lambda path, mode=None: path)
    return Settings(checkout=tmp_path, prefix=tmp_path)


def start(settings, code, name="server"):
    """Start a server that runs some Python."""
    users.make_folder(settings.run)
    return processes.start(settings, name, [sys.executable, "-c", code])


def test_a_server_is_started_once_and_stopped(settings):
    number = start(settings, "import time; time.sleep(60)")
    assert start(settings, "import time; time.sleep(60)") == number
    assert processes.pid(settings, "server") == number
    processes.stop(settings, "server")
    assert processes.pid(settings, "server") is None
    assert processes.names(settings) == []


def test_another_process_with_the_same_pid_is_left_alone(settings):
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        processes.note(settings, "server", other.pid)
        path = settings.pids / "server.json"
        path.write_text(json.dumps({"pid": other.pid, "started": "1"}))
        processes.stop(settings, "server")
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_server_that_does_not_stop_is_killed(settings, monkeypatch, capsys):
    monkeypatch.setattr(processes, "STOP_LIMIT", 0.5)
    code = "import signal, time; signal.signal(15, signal.SIG_IGN)"
    start(settings, f"{code}; print('up', flush=True); time.sleep(60)")
    wait_for_text(settings, "up")
    processes.stop(settings, "server")
    assert processes.pid(settings, "server") is None
    assert "killed" in capsys.readouterr().err


def test_the_whole_group_is_killed(settings):
    code = (
        "import subprocess, sys, time;"
        "c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(c.pid, flush=True); time.sleep(60)"
    )
    start(settings, code)
    child = int(wait_for_text(settings, "\n"))
    processes.kill(settings, "server")
    deadline = time.monotonic() + 5
    while processes.start_time(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes.start_time(child) is None


def test_a_server_that_ends_at_its_start_shows_its_last_words(settings):
    start(settings, "raise SystemExit('no such file')")
    with pytest.raises(StepFailed, match="no such file"):
        processes.wait_until(settings, "server", lambda: False)


def test_a_server_that_never_answers_is_named(settings):
    start(settings, "import time; time.sleep(60)")
    try:
        with pytest.raises(StepFailed, match="server does not answer"):
            processes.wait_until(settings, "server", lambda: False, limit=0.2)
    finally:
        processes.kill(settings, "server")


def test_nothing_secret_of_ours_is_handed_on(settings, monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "hidden")
    start(settings, "import os; print(sorted(os.environ), flush=True)")
    assert "SOME_TOKEN" not in wait_for_text(settings, "]")


def test_the_start_of_a_process_that_is_gone():
    assert processes.start_time(os.getpid())
    assert processes.start_time(2**22 + 1) is None


def wait_for_text(settings, text):
    """Return the server's log as soon as it has some text."""
    path = settings.logs / "server.log"
    deadline = time.monotonic() + 5
    while text not in path.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    return path.read_text()
