"""Progress for a person: what is being done, how large it is, how long it took."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path


class StepFailed(Exception):
    """A step that could not be done: what failed, where its log is, what to try."""

    def __init__(self, message: str, log: Path | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.log = log
        self.hint = hint

    def __str__(self) -> str:
        lines = [self.args[0]]
        if self.log:
            lines.append(f"  its log: {self.log}")
        if self.hint:
            lines.append(f"  what to try: {self.hint}")
        return "\n".join(lines)


def say(text: str) -> None:
    """Print one line at once, so that it is seen before the work it announces."""
    print(text, flush=True)


def warn(text: str) -> None:
    """Print a warning."""
    print(f"  warning: {text}", file=sys.stderr, flush=True)


def megabytes(size: int) -> str:
    """Return a size as people read it.

    >>> megabytes(122_533_504), megabytes(40_000)
    ('123 MB', '0.04 MB')
    """
    value = size / 1e6
    return f"{value:.0f} MB" if value >= 10 else f"{value:.2g} MB"


#: Seconds that downloads took, which depend on the network and not on us.
download_times: list[float] = []


@contextmanager
def step(title: str, size: int | None = None) -> Iterator[None]:
    """Announce a step, and tell its time when it is done.

    :param size: of what is downloaded
    """
    say(f"· {title}" + (f" ({megabytes(size)})" if size else "") + " …")
    began = time.monotonic()
    yield
    seconds = time.monotonic() - began
    if size:
        download_times.append(seconds)
    say(f"  done in {seconds:.1f} s")


def run(
    argv: Sequence[str | os.PathLike],
    log: Path,
    *,
    hint: str = "",
    env: Mapping[str, str] | None = None,
    **options,
) -> None:
    """Run a command with its output in a log file.

    :param hint: what to try when it fails
    :param env: variables that are added to the environment
    :raise StepFailed: with the last lines of the output
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stream:
        began = stream.tell()
        try:
            code = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                check=False,
                **options,
            ).returncode
        except FileNotFoundError as error:
            raise StepFailed(f"{argv[0]} is not installed", log, hint) from error
    if code:
        command = Path(argv[0]).name
        lines = tail(log, began)
        raise StepFailed(f"{command} failed (exit code {code}):\n{lines}", log, hint)


def tail(log: Path, offset: int = 0, lines: int = 12) -> str:
    """Return the last lines of a log file, indented."""
    with log.open("rb") as stream:
        stream.seek(offset)
        text = stream.read().decode(errors="replace")
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
