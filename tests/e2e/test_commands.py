"""`make run` and `make stop` as a person uses them, in a folder of their own."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from dev.settings import PORTS, first_port, free_ports

#: What is installed once for all runs.
INSTALLED = ("asterisk", "downloads", "node", "odoo", "venv")

#: Seconds for a first start on a machine that is busy with other tests.
LIMIT = 400


@pytest.fixture(scope="module")
def folder(settings):
    """A prefix where everything is installed and nothing has run yet."""
    path = settings.prefix / "commands-test"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    for name in INSTALLED:
        (path / name).symlink_to(settings.prefix / name)
    shutil.copytree(settings.stamps, path / "stamps")
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def environment(folder):
    """The variables of a person who moves all ports."""
    singles = [name for name in PORTS if "RTP" not in name]
    free = free_ports(len(singles), first_port(folder))
    ports = dict(zip(singles, free, strict=True))
    voice = {"RTP_START": 23000, "RTP_END": 23099}
    carrier = {"CARRIER_RTP_START": 23100, "CARRIER_RTP_END": 23199}
    numbers = {**ports, **voice, **carrier}
    texts = {name: str(number) for name, number in numbers.items()}
    # What a make that runs these tests was told is not for the make that is tested.
    inherited = {name: os.environ[name] for name in os.environ if "MAKE" not in name}
    inherited.pop("MFLAGS", None)
    return {**inherited, "PREFIX": str(folder), **texts}


@pytest.fixture
def make(settings, environment):
    """A function that runs make to its end: what it printed, and its exit code."""

    def make(target, **variables):
        done = subprocess.run(
            ["make", target],
            cwd=settings.checkout,
            env={**environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        return done.stdout, done.returncode

    return make


@pytest.fixture
def make_run(settings, environment, folder):
    """A function that starts `make run` in a terminal and waits until it is ready."""
    started = []

    def make_run():
        output = folder / "output.txt"
        with output.open("w") as stream:
            process = subprocess.Popen(
                ["make", "run"],
                cwd=settings.checkout,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append(process)
        deadline = time.monotonic() + LIMIT
        while "Stop: Ctrl-C" not in output.read_text():
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.1)
        return process, output.read_text()

    yield make_run
    for process in started:
        # As a terminal does: to everything in the foreground.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        process.wait(LIMIT)


def servers_below(folder):
    """Return the command lines of all processes that work in a folder."""
    found = []
    for entry in os.scandir("/proc"):
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and os.readlink(f"{entry.path}/cwd").startswith(
                f"{folder}/run"
            ):
                with open(f"{entry.path}/cmdline") as stream:
                    found.append(stream.read().replace("\0", " "))
    return found


def test_run_and_stop(folder, make, make_run, tell_figure):
    """Twice: the first time installs the module, the second is quick."""
    process, text = make_run()
    for login in ("manager", "supervisor", "1986", "1987", "1988"):
        assert re.search(rf"^  {login} +\S{{12}}  ", text, re.MULTILINE)
    assert "make stop" in text
    assert len(servers_below(folder)) >= 5
    again, code = make("run")
    assert "runs already" in again
    assert code == 0
    os.killpg(process.pid, signal.SIGINT)
    process.wait(60)
    assert servers_below(folder) == []

    began = time.monotonic()
    process, text = make_run()
    seconds = time.monotonic() - began
    tell_figure(f"second `make run`: ready after {seconds:.1f} s (goal: 15 s)")
    assert seconds < 45
    said, code = make("stop")
    assert (said.strip(), code) == ("Stopped.", 0)
    assert process.wait(60) == 0
    assert servers_below(folder) == []


def test_nothing_to_stop(make):
    said, code = make("stop")
    assert ("Nothing of this is running" in said, code) == (True, 0)


def test_a_taken_port_is_named(make, environment):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = str(server.getsockname()[1])
        said, code = make("run", ARI_PORT=port)
    assert code
    assert f"{port} (ARI_PORT)" in said
    assert "make run ARI_PORT=" in said
    assert "Traceback" not in said


def test_a_bad_port_is_named(make):
    said, code = make("run", SIP_PORT="telephone")
    assert code
    assert "SIP_PORT=telephone is no port" in said
    assert "Traceback" not in said


def test_clean_takes_no_folder_that_is_not_ours(make, tmp_path):
    (tmp_path / "letters.txt").touch()
    said, code = make("clean", PREFIX=str(tmp_path))
    assert code
    assert "does not look like a folder of ours" in said
    assert (tmp_path / "letters.txt").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="asks what root does")
def test_a_closed_prefix_is_named_with_the_cure(make, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(0o700)
    said, code = make("run", PREFIX=str(closed / "var"))
    assert code
    assert "is closed to the user callcenter" in said
    assert "PREFIX=" in said
