"""The commands behind the Makefile: `python3 -m dev.main COMMAND`."""

import os
import shutil
import signal
import socket
import sys
import time
from dataclasses import replace

from . import (
    asterisk,
    browser,
    node,
    odoo,
    phones,
    postgres,
    processes,
    python,
    sources,
    steps,
    testing,
    translations,
    users,
)
from .settings import Settings, from_environment, taken_ports
from .stack import Stack, lock
from .steps import StepFailed

#: The name under which `make run` itself is noted.
WATCHER = "make-run"

#: Seconds that `make stop` gives `make run` to stop everything.
STOP_LIMIT = 90


def install(settings: Settings, requirements: str = python.RUNTIME) -> None:
    """Fetch and unpack what `make run` needs.

    :param requirements: the list of Python packages
    """
    settings.prefix.mkdir(parents=True, exist_ok=True)
    sources.check_prefix(settings)
    message = f"another command is installing into {settings.prefix}; let it finish"
    with lock(settings.prefix / "install.lock", message):
        postgres.install(settings)
        phones.install(settings)
        asterisk.install(settings)
        odoo.install(settings, requirements)


def install_tests(settings: Settings) -> None:
    """Fetch what the tests need beyond that."""
    install(settings, python.DEVELOPMENT)
    with lock(settings.prefix / "install.lock", "another command is installing"):
        node.install(settings)
        browser.install(settings)


def run(settings: Settings) -> None:
    """Start everything, print the address, and stop everything at the end."""
    stack = Stack(settings)
    if processes.pid(settings, WATCHER):
        steps.say("It runs already.")
        print_welcome(stack)
        return
    began = time.monotonic()
    check_machine(settings)
    install(settings)
    users.make_folder(settings.run)
    processes.note(settings, WATCHER, os.getpid())
    try:
        stack.prepare()
        stack.start_all()
        steps.say(f"\n{ready_text(time.monotonic() - began)}")
        print_welcome(stack)
        watch(stack)
    finally:
        stop_all(stack)


def ready_text(seconds: float) -> str:
    """Return how long the start took, downloads counted apart."""
    downloads = sum(steps.download_times)
    if not downloads:
        return f"Ready after {seconds:.0f} s."
    return (
        f"Ready after {seconds - downloads:.0f} s, and {downloads:.0f} s of downloads."
    )


def check_machine(settings: Settings) -> None:
    """Look for what would make a start fail, and say it plainly.

    :raise StepFailed: for a port that is taken
    """
    stop_leftovers(settings)
    taken = taken_ports(settings)
    if taken:
        listed = ", ".join(f"{port} ({name})" for name, port in taken.items())
        name, port = next(iter(taken.items()))
        example = f"make run {name}={port + 1000}"
        raise StepFailed(
            f"another program uses the port {listed}",
            hint=f"stop it, or take another port with that variable: {example}",
        )
    host = socket.gethostname()
    try:
        socket.gethostbyname(host)
    except OSError:
        steps.warn(
            f"the machine's own name, {host}, does not resolve: the PBX answers "
            f"seconds late. Add a line to /etc/hosts: 127.0.1.1 {host}"
        )


def stop_leftovers(settings: Settings) -> None:
    """Stop what an earlier `make run` left behind, when it was killed itself."""
    left = [name for name in processes.names(settings) if processes.pid(settings, name)]
    if left:
        steps.say(f"Stopping what an earlier run left behind: {', '.join(left)}")
        Stack(settings).stop_all()


def print_welcome(stack: Stack) -> None:
    """Print the address, the log-ins, and how to stop."""
    settings, secrets = stack.settings, stack.secrets
    passwords = secrets["passwords"]
    roles = {
        "manager": "manager",
        "supervisor": "supervisor",
        "1986": "agent, with the phone in the browser",
        "1987": "agent, with a simulated phone that answers by itself",
        "1988": "agent, for a softphone of your own",
        "admin": "administrator of Odoo",
    }
    lines = ["", f"  {settings.odoo_url}", "", "  log-in        password"]
    lines += [f"  {name:12}  {passwords[name]}  {role}" for name, role in roles.items()]
    server = f"{settings.sip_domain}:{settings.sip_port}"
    secret = secrets["extensions"]["1988"]
    lines += [
        "",
        f"  Your own softphone: user 1988, password {secret}, server {server} (UDP)",
        f"  Logs: {settings.logs}",
        "  Stop: Ctrl-C here, or `make stop` in another terminal",
    ]
    steps.say("\n".join(lines))
    if settings.listen != "127.0.0.1":
        steps.say(open_network_text(settings))


def open_network_text(settings: Settings) -> str:
    """Return what an open address needs."""
    return f"""
  LISTEN={settings.listen} opens this to the network:
  - Odoo on TCP {settings.odoo_port}, unencrypted: put a TLS proxy before it.
  - SIP on UDP {settings.sip_port}, and voice on UDP {settings.rtp_start} to \
{settings.rtp_end}: let your firewall
    pass them from the phones' network alone.
  - Phones register with {settings.sip_domain}:{settings.sip_port}; SIP_DOMAIN= names
    another address or host name of this machine.
  - A phone in a browser on another machine needs https, and wss:// to
    127.0.0.1:{settings.ari_port}/ws through the same proxy; run with its address,
    WEBSOCKET_URL=wss://…
  AMI, ARI and PostgreSQL stay on 127.0.0.1."""


def watch(stack: Stack) -> None:
    """Wait until somebody stops us; tell when a part ends before."""
    told = set()
    while True:
        for name in set(stack.dead()) - told:
            told.add(name)
            steps.warn(f"{name} has ended; its log: {stack.settings.logs}/{name}.log")
        time.sleep(0.5)


def stop(settings: Settings) -> None:
    """Stop what `make run` started, and `make run` itself."""
    watcher = processes.pid(settings, WATCHER)
    stack = Stack(settings)
    if watcher:
        os.kill(watcher, signal.SIGTERM)
        deadline = time.monotonic() + STOP_LIMIT
        while processes.pid(settings, WATCHER) and time.monotonic() < deadline:
            time.sleep(0.1)
    left = [name for name in processes.names(settings) if processes.pid(settings, name)]
    if left:
        stop_all(stack)
    steps.say("Stopped." if watcher or left else "Nothing of this is running.")


def stop_all(stack: Stack) -> None:
    """Stop every part; a second Ctrl-C must not leave half of them behind."""
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    steps.say("\nStopping …")
    stack.stop_all()
    (stack.settings.pids / f"{WATCHER}.json").unlink(missing_ok=True)
    signal.signal(signal.SIGINT, handler)


def update(settings: Settings) -> None:
    """Forget which packages were fetched, so that newer ones are looked for."""
    for name in ("odoo", "asterisk"):
        (settings.stamps / name).unlink(missing_ok=True)
    steps.say("The next `make run` looks for newer packages of Odoo and Asterisk.")


def clean(settings: Settings) -> None:
    """Stop everything, and take away all that was fetched and made."""
    for folder in sorted(settings.prefix.glob("*run/pids")):
        Stack(replace(settings, run_name=folder.parent.name)).stop_all()
    if not settings.prefix.is_dir():
        return
    # A wrong PREFIX must not cost anybody a folder of theirs.
    if not {"downloads", "stamps"} & {path.name for path in settings.prefix.iterdir()}:
        message = f"{settings.prefix} does not look like a folder of ours; it stays"
        raise StepFailed(message, hint="remove it by hand, if it is")
    with steps.step(f"Removing {settings.prefix}"):
        shutil.rmtree(settings.prefix)


def test(settings: Settings) -> int:
    """Run all tests; return pytest's exit code."""
    install_tests(settings)
    return testing.run_all(settings)


def test_fast(settings: Settings) -> int:
    """Run the inner loop; return pytest's exit code."""
    install_tests(settings)
    return testing.run_fast(settings, os.environ.get("K", ""))


def lint(settings: Settings) -> int:
    """Run the linters; return pytest's exit code."""
    install_tests(settings)
    return testing.run_pytest(settings, ["tests/lint"])


def format_sources(settings: Settings) -> None:
    """Lay out the sources as the linters want them."""
    install_tests(settings)
    module = settings.checkout / odoo.MODULE
    ruff = settings.python.parent / "ruff"
    log = settings.install_log
    steps.run([ruff, "format", "--quiet", settings.checkout], log)
    prettier = settings.node_modules / "prettier/bin/prettier.cjs"
    configuration = settings.node_modules.parent / "prettier.config.mjs"
    command = [node.program(settings), prettier, "--config", configuration]
    command += ["--ignore-path", settings.checkout / ".prettierignore", "--write"]
    steps.run([*command, f"{module}/**/*.{{js,scss,xml}}"], log)


def translate(settings: Settings) -> int:
    """Export the module's terms, and bring its translations up to them."""
    install_tests(settings)
    return translations.refresh(settings)


def bench(settings: Settings) -> int:
    """Run the benchmarks; return their exit code."""
    install_tests(settings)
    return testing.run_bench(settings, os.environ.get("ONLY", ""))


COMMANDS = {
    "install": install,
    "run": run,
    "stop": stop,
    "test": test,
    "test-fast": test_fast,
    "lint": lint,
    "format": format_sources,
    "translations": translate,
    "bench": bench,
    "update": update,
    "clean": clean,
}


def main(arguments: list[str]) -> int:
    """Run a command; return the exit code."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        steps.say(f"one of these is needed: {', '.join(COMMANDS)}")
        return 2
    # What root installs is for the servers' user to read.
    os.umask(0o022)
    # Also SIGINT, which a shell's background job ignores unless told otherwise.
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _interrupt)
    try:
        return COMMANDS[arguments[0]](from_environment()) or 0
    except KeyboardInterrupt:
        return 0 if arguments[0] == "run" else 130
    except (StepFailed, ValueError) as error:
        print(f"\nFailed: {error}", file=sys.stderr, flush=True)
        return 1


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
