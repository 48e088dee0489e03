"""Scripted SIP phones: baresip without audio hardware, one folder and process a phone.

The tone that a phone sends comes from a generator, what it hears goes into a file. The
demonstration has one phone that answers by itself (`start`); tests take as many `Phone`
objects as they need and do with them what a person would do:

    with Phone("1987", secret, folder, sip_port=5060, answer="manual") as phone:
        phone.wait_registered()
        phone.wait_ringing()
        phone.answer()
        phone.wait_established()
        phone.hang_up()
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from . import apt, processes, users
from .settings import Settings
from .steps import StepFailed

PACKAGES = ("baresip-core",)

#: The demonstration's phone that answers by itself, and the tone that it sends.
DEMONSTRATION = "1987"
DEMONSTRATION_TONE = 1000

#: Where Debian's package puts the modules, for any machine.
MODULES = "/usr/lib/baresip/modules"

#: How a phone takes a call: by its own setting, when the call says so, or when told to.
ANSWERS = ("auto", "headers", "manual")

CONFIG = """\
poll_method epoll
sip_listen {listen}:{port}
net_interface {listen}
rtp_ports {rtp_start}-{rtp_end}
statmode_default off
audio_source ausine,{tone}
audio_player aubridge,nowhere
audio_alert aubridge,nowhere
ausrc_srate 48000
ausrc_channels 2
module_path {modules}
module g711.so
module ausine.so
module aubridge.so
module uuid.so
module account.so
module menu.so
module ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""

#: Puts what is heard and what is sent into files.
RECORDER = """\
snd_path {recordings}
module sndfile.so
"""

ACCOUNT = (
    "<sip:{number}@{domain};transport=udp>;auth_user={number};auth_pass={secret}"
    ";regint={expires};answermode={mode};audio_codecs=pcmu,pcma\n"
)


def install(settings: Settings) -> None:
    """Install baresip on the machine."""
    apt.need(lambda: shutil.which("baresip"), PACKAGES, settings.install_log)


def prepare(
    folder: Path,
    number: str,
    secret: str,
    *,
    domain: str,
    listen: str = "127.0.0.1",
    port: int = 0,
    control: int,
    rtp: tuple[int, int] = (12000, 12999),
    mode: str = "auto",
    tone: int = DEMONSTRATION_TONE,
    expires: int = 60,
    record: bool = True,
) -> Path:
    """Write the folder of one phone.

    :param domain: host and port of the PBX
    :param mode: baresip's own: ``auto`` answers at once, ``manual`` rings
    :param control: port on which the phone takes commands
    :param record: write what it hears and sends into ``recordings``
    """
    users.make_folder(folder, 0o700)
    config = CONFIG.format(
        listen=listen,
        port=port,
        rtp_start=rtp[0],
        rtp_end=rtp[1],
        tone=tone,
        modules=MODULES,
        control=control,
    )
    if record:
        recordings = users.make_folder(folder / "recordings", 0o700)
        config += RECORDER.format(recordings=recordings)
    account = ACCOUNT.format(
        number=number, domain=domain, secret=secret, mode=mode, expires=expires
    )
    for name, text in {"config": config, "accounts": account, "contacts": ""}.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        users.own(path)
    return folder


def command(folder: Path, *, trace: bool = False) -> list[str]:
    """Return what starts the phone of a folder.

    :param trace: print each SIP message
    """
    program = shutil.which("baresip")
    if not program:
        raise StepFailed("baresip is missing", hint="apt-get install baresip-core")
    # By the line, so that whoever reads the log sees what has happened.
    return ["stdbuf", "-oL", program, "-4", *(["-s"] * trace), "-f", str(folder)]


def start(settings: Settings, secret: str) -> None:
    """Start the demonstration's phone, which answers by itself."""
    folder = settings.run / "phones" / DEMONSTRATION
    if processes.pid(settings, f"phone-{DEMONSTRATION}"):
        return
    address = settings.address
    prepare(
        folder,
        DEMONSTRATION,
        secret,
        domain=f"{address}:{settings.sip_port}",
        listen=address,
        control=free_port(),
        record=False,
    )
    processes.start(settings, f"phone-{DEMONSTRATION}", command(folder))


def stop(settings: Settings) -> None:
    """Stop the demonstration's phone."""
    processes.stop(settings, f"phone-{DEMONSTRATION}")


def free_port() -> int:
    """Return a port for streams that nobody uses now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main(arguments: Sequence[str] | None = None) -> None:
    """Become the phone of one extension: the container's way to start one."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("number")
    parser.add_argument("--domain", required=True, help="host:port of the PBX")
    parser.add_argument("--secrets", type=Path, required=True, help="secrets.json")
    parser.add_argument("--folder", type=Path, default=Path.home() / "phone")
    options = parser.parse_args(arguments)
    secrets = json.loads(options.secrets.read_text(encoding="utf-8"))
    # By address: baresip asks name servers only, never /etc/hosts.
    host, _, port = options.domain.partition(":")
    prepare(
        options.folder,
        options.number,
        secrets["extensions"][options.number],
        domain=f"{socket.gethostbyname(host)}:{port or 5060}",
        listen=socket.gethostbyname(socket.gethostname()),
        control=free_port(),
        record=False,
    )
    argv = command(options.folder)
    os.execvp(argv[0], argv)  # noqa: S606


class PhoneError(Exception):
    """A phone that did not do what it was told, or not in time."""


class Phone:
    """One phone for tests.

    :param number: of the extension, also its SIP user
    :param folder: of its own; made when it is missing
    :param answer: ``auto`` answers each call at once, ``headers`` only those whose
        INVITE asks for it (Call-Info: answer-after, Alert-Info: alert-autoanswer),
        ``manual`` rings until `answer` is called
    :param tone_hz: pitch of the tone that it sends
    """

    def __init__(
        self,
        number: str,
        secret: str,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        sip_port: int = 5060,
        answer: str = "auto",
        tone_hz: int = DEMONSTRATION_TONE,
        expires: int = 60,
    ):
        if answer not in ANSWERS:
            raise ValueError(f"answer={answer!r} is none of {ANSWERS}")
        self.number = number
        self.secret = secret
        self.folder = Path(folder)
        self.domain = f"{host}:{sip_port}"
        self.host = host
        self.mode = answer
        self.tone_hz = tone_hz
        self.expires = expires
        #: (seconds of the monotonic clock, type, event) of all that happened.
        self.events: list[tuple[float, str, dict]] = []
        self._process: subprocess.Popen | None = None
        self._control: _Control | None = None
        self._changed = threading.Condition()

    def __enter__(self) -> "Phone":
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    # Process

    def start(self, timeout: float = 10) -> None:
        """Start the phone; it registers by itself."""
        control = free_port()
        prepare(
            self.folder,
            self.number,
            self.secret,
            domain=self.domain,
            listen=self.host,
            control=control,
            mode="auto" if self.mode == "auto" else "manual",
            tone=self.tone_hz,
            expires=self.expires,
        )
        for path in (self.folder / "recordings").glob("*.wav"):
            path.unlink()  # of an earlier phone in this folder
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command(self.folder, trace=True),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                start_new_session=True,
                **users.popen_options(),
            )
        deadline = time.monotonic() + timeout
        while self._control is None:
            try:
                self._control = _Control(control, self._note)
            except OSError:
                if self._process.poll() is not None:
                    raise PhoneError(f"{self.number} ended at its start") from None
                if time.monotonic() > deadline:
                    raise PhoneError(f"{self.number} takes no commands") from None
                time.sleep(0.02)

    def stop(self, timeout: float = 10) -> None:
        """Take leave of the PBX and end."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
        self._close()

    def kill(self) -> None:
        """End at once, as a phone whose cable was cut: the PBX isn't told."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._close()

    def _close(self) -> None:
        self._process = None
        if self._control is not None:
            self._control.close()
            self._control = None

    # What a person does

    def answer(self) -> None:
        """Pick up."""
        self._command("accept")

    def hang_up(self) -> None:
        """Hang up, or reject while it rings."""
        self._command("hangup")

    def dial(self, number: str) -> None:
        """Call a number by hand."""
        self._command("dial", f"sip:{number}@{self.domain}")

    def _command(self, name: str, parameters: str = "") -> None:
        if self._control is None:
            raise PhoneError(f"{self.number} isn't running")
        self._control.send({"command": name, "params": parameters})

    # What can be seen and heard

    @property
    def log(self) -> Path:
        """What the phone printed, SIP messages included."""
        return self.folder / "phone.log"

    @property
    def recordings(self) -> list[Path]:
        """What was heard, one file a call, oldest first."""
        found = (self.folder / "recordings").glob("dump-*-dec.wav")
        return sorted(found, key=lambda path: path.stat().st_mtime_ns)

    @property
    def invites(self) -> list[dict[str, list[str]]]:
        """The headers of each INVITE that came in, by lower-case name, oldest first."""
        return parse_invites(self._text())

    def _text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def last_invite(self) -> dict[str, list[str]]:
        """The headers of the last INVITE that came in; empty before the first."""
        return (self.invites or [{}])[-1]

    def seen(self, *types: str) -> list[dict]:
        """Return the events of some types, oldest first."""
        return [event for _, type_, event in list(self.events) if type_ in types]

    def mark(self) -> int:
        """Return the place in `events` from which a later wait can start."""
        return len(self.events)

    def wait(self, *types: str, timeout: float = 10, since: int = 0) -> dict:
        """Wait for an event.

        :param since: place in `events` before which nothing counts, see `mark`
        :raise PhoneError: when it doesn't come in time
        """

        def find() -> dict | None:
            for _, type_, event in self.events[since:]:
                if type_ in types:
                    return event
            return None

        with self._changed:
            if not self._changed.wait_for(lambda: find() is not None, timeout):
                known = ", ".join(type_ for _, type_, _ in self.events) or "nothing"
                raise PhoneError(
                    f"{self.number}: no {' or '.join(types)} in {timeout} s; "
                    f"seen: {known}"
                )
            return find()

    def wait_registered(self, timeout: float = 10) -> None:
        """Wait until the PBX has accepted the phone.

        :raise PhoneError: when it refused, too
        """
        # From the log: the phone registers before it takes the first connection.
        status = re.compile(rf"{self.number}@\S+: (?:\{{.*?\}} )?(\d{{3}} .*)$", re.M)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            found = status.findall(self._text())
            if found and found[-1].startswith("200 "):
                return
            if found:
                raise PhoneError(f"{self.number}: refused: {found[-1]}")
            time.sleep(0.02)
        raise PhoneError(f"{self.number}: not registered in {timeout} s")

    def wait_ringing(self, timeout: float = 10, since: int = 0) -> dict:
        """Wait for a call to come in."""
        return self.wait("CALL_INCOMING", timeout=timeout, since=since)

    def wait_established(self, timeout: float = 10, since: int = 0) -> dict:
        """Wait until a call is up."""
        return self.wait("CALL_ESTABLISHED", timeout=timeout, since=since)

    def wait_closed(self, timeout: float = 10, since: int = 0) -> dict:
        """Wait until a call is over; ``param`` of the event says why."""
        return self.wait("CALL_CLOSED", timeout=timeout, since=since)

    def _note(self, event: dict) -> None:
        type_ = event.get("type", "")
        with self._changed:
            self.events.append((time.monotonic(), type_, event))
            self._changed.notify_all()
        told = type_ == "CALL_INCOMING" and self.mode == "headers"
        if told and asks_to_answer(self.last_invite):
            self.answer()


class _Control:
    """The connection over which a phone takes commands and tells events.

    Messages are JSON in netstrings: ``12:{"event":1},``.
    """

    def __init__(self, port: int, on_event: Callable[[dict], None]):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self._socket.settimeout(None)
        self._on_event = on_event
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def send(self, message: dict) -> None:
        """Send a command."""
        data = json.dumps(message).encode()
        self._socket.sendall(b"%d:%s," % (len(data), data))

    def close(self) -> None:
        """End the connection."""
        with contextlib.suppress(OSError):  # the phone may have ended first
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def _read(self) -> None:
        data = b""
        while True:
            try:
                part = self._socket.recv(65536)
            except OSError:
                return
            if not part:
                return
            messages, data = split_netstrings(data + part)
            for text in messages:
                message = json.loads(text)
                if message.get("event"):
                    self._on_event(message)


def split_netstrings(data: bytes) -> tuple[list[bytes], bytes]:
    """Return the whole netstrings at the start of data, and what is left.

    >>> split_netstrings(b"2:ab,1:c,5:de")
    ([b'ab', b'c'], b'5:de')
    """
    found = []
    while True:
        head, colon, rest = data.partition(b":")
        if not colon or len(rest) <= int(head):
            return found, data
        found.append(rest[: int(head)])
        data = rest[int(head) + 1 :]


def parse_invites(trace: str) -> list[dict[str, list[str]]]:
    """Return the headers of each received INVITE in a trace of SIP messages."""
    arrow = r"UDP \S+ -> \S+\r?\n"
    pattern = re.compile(
        rf"{arrow}INVITE (?P<uri>\S+) SIP/2\.0\r?\n(?P<head>.*?)\r?\n\r?\n", re.S
    )
    invites = []
    for match in pattern.finditer(trace):
        headers: dict[str, list[str]] = {":uri": [match["uri"]]}
        for line in match["head"].splitlines():
            name, _, value = line.partition(":")
            headers.setdefault(name.strip().lower(), []).append(value.strip())
        # Its own INVITEs are in the trace as well; they carry its own user agent.
        if "baresip" not in headers.get("user-agent", [""])[0]:
            invites.append(headers)
    return invites


def asks_to_answer(headers: dict[str, Sequence[str]]) -> bool:
    """Tell whether an INVITE asks the phone to answer by itself, at once."""
    call_info = " ".join(headers.get("call-info", []))
    alert_info = " ".join(headers.get("alert-info", []))
    return bool(
        re.search(r"answer-after=0\b", call_info)
        or re.search(r"info=(alert-autoanswer|auto-answer)\b", alert_info, re.I)
    )


if __name__ == "__main__":
    main()
