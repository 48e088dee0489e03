"""A failed step says what failed, where its log is, and what to try."""

import doctest
import sys

import pytest

from dev import steps
from dev.stack import lock
from dev.steps import StepFailed


def test_doctests():
    assert doctest.testmod(steps).failed == 0


def test_a_failed_command_tells_everything(tmp_path):
    log = tmp_path / "log/install.log"
    code = "import sys; print('mirror not found'); sys.exit(3)"
    with pytest.raises(StepFailed) as caught:
        steps.run([sys.executable, "-c", code], log, hint="look at the mirror")
    text = str(caught.value)
    assert "exit code 3" in text
    assert "mirror not found" in text
    assert str(log) in text
    assert "look at the mirror" in text


def test_only_the_failed_command_is_quoted(tmp_path):
    log = tmp_path / "install.log"
    steps.run([sys.executable, "-c", "print('earlier')"], log)
    with pytest.raises(StepFailed) as caught:
        steps.run([sys.executable, "-c", "raise SystemExit(1)"], log)
    assert "earlier" not in str(caught.value)
    assert "earlier" in log.read_text()


def test_a_missing_program_is_named(tmp_path):
    with pytest.raises(StepFailed, match="no-such-program is not installed"):
        steps.run(["no-such-program"], tmp_path / "log")


def test_a_step_tells_its_size_and_time(capsys):
    with steps.step("Fetching", 122_533_504):
        pass
    out = capsys.readouterr().out
    assert "Fetching (123 MB)" in out
    assert "done in" in out


def test_two_at_once_are_kept_apart(tmp_path):
    path = tmp_path / "lock"
    refused = pytest.raises(StepFailed, match="wait")
    with lock(path, "wait"), refused, lock(path, "wait"):
        pass
    with lock(tmp_path / "lock", "wait"):
        pass
