"""The test runs: which pytest is called with what, and the settings they share."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace

from . import odoo, postgres, processes, sources, stack, steps, users
from .settings import PORTS, VOICE_PORTS, Settings, for_tests

#: The run folders of `make test`, of `make test-fast` and of `make bench`.
TEST, FAST, BENCH = VOICE_PORTS

#: What the inner loop leaves out: a browser takes longer than all the others.
QUICK = "not test_js and not tour"

#: Pytest's exit code when no test was chosen.
NO_TESTS = 5

#: The kinds of tests, those that tell soonest first.
KINDS = ("lint", "unit", "odoo", "e2e")


def settings_of(settings: Settings, run_name: str) -> Settings:
    """Return the settings of a run by the name of its folder.

    Its ports are those it runs on; when nothing runs, free ones.
    """
    if run_name == settings.run_name:
        return settings
    own = for_tests(settings, run_name)
    noted = own.run / "ports.json"
    alive = any(processes.pid(own, name) for name in processes.names(own))
    if alive and noted.is_file():
        return replace(own, **json.loads(noted.read_text()))
    return own


def note_ports(settings: Settings) -> None:
    """Write down the ports of a run, for those who join it."""
    users.make_folder(settings.run)
    ports = {field: getattr(settings, field) for field in PORTS.values()}
    (settings.run / "ports.json").write_text(json.dumps(ports))


def run_pytest(settings: Settings, arguments: list[str]) -> int:
    """Run pytest with the virtual environment's Python; return its exit code."""
    environment = {**os.environ, "PREFIX": str(settings.prefix)}
    command = [settings.python, "-B", "-m", "pytest", *arguments]
    return subprocess.run(
        command, cwd=settings.checkout, env=environment, check=False
    ).returncode


def run_all(settings: Settings) -> int:
    """Run lint, unit, Odoo and end-to-end tests in one session."""
    message = "other tests are running in the same folder; let them finish"
    with stack.lock(settings.prefix / f"{TEST}.lock", message):
        return run_pytest(settings, [f"tests/{name}" for name in KINDS])


def run_fast(settings: Settings, only: str) -> int:
    """Run the unit tests, and the Odoo tests on a database that is kept ready.

    :param only: an expression for the names of the tests, as `pytest -k` takes it
    """
    chosen = ["-k", only or QUICK]
    codes = [run_pytest(settings, ["tests/unit", *chosen])]
    fast = settings_of(settings, FAST)
    started = not processes.pid(fast, "postgres")
    note_ports(fast)
    try:
        prepare_fast(fast)
        codes.append(run_odoo_tests(fast, chosen))
    finally:
        if started:
            postgres.stop(fast)
    # Nothing chosen here may be something chosen there.
    return max((code for code in codes if code != NO_TESTS), default=NO_TESTS)


def prepare_fast(settings: Settings) -> None:
    """Bring the database of the inner loop up to the sources."""
    sources.mirror(settings)
    postgres.prepare(settings)
    postgres.start(settings)
    odoo.write_configuration(settings, with_connector=False)
    odoo.bring_up_to_date(settings, "--with-demo")


def run_odoo_tests(settings: Settings, chosen: Sequence[str]) -> int:
    """Run the module's tests by pytest-odoo; return pytest's exit code."""
    # pyproject.toml is for the other tests: it keeps pytest-odoo out, for one.
    options = ["-c", os.devnull, f"--rootdir={settings.source}", "--odoo-http"]
    options += [f"--odoo-config={settings.odoo_conf}", "-p", "no:cacheprovider"]
    options.append(f"--odoo-database={settings.database}")
    folder = settings.source / odoo.MODULE / "tests"
    command = [settings.python, "-m", "pytest", *options, *chosen, folder]
    return subprocess.run(
        command,
        cwd=settings.source,
        env={**os.environ, **odoo.environment(settings)},
        check=False,
        **users.popen_options(),
    ).returncode


def run_bench(settings: Settings, only: str) -> int:
    """Run the benchmarks, or the one of that name; return their exit code."""
    names = sorted(
        path.stem for path in (settings.checkout / "bench").glob("bench_*.py")
    )
    if only and f"bench_{only}" not in names:
        known = ", ".join(name.removeprefix("bench_") for name in names)
        steps.say(f"no benchmark is called {only}; there are: {known}")
        return 2
    environment = {**os.environ, "PREFIX": str(settings.prefix)}
    chosen = [f"bench_{only}"] if only else names
    codes = [
        subprocess.run(
            [settings.python, "-B", "-m", f"bench.{name}"],
            cwd=settings.checkout,
            env=environment,
            check=False,
        ).returncode
        for name in chosen
    ]
    return max(codes, default=0)
