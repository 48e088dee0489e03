"""Stamps: a step is skipped when the hash of all that it depends on is unchanged."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

#: Folders that no step depends on.
IGNORED = {"__pycache__", "node_modules", ".git", ".ruff_cache", ".pytest_cache"}


def files_below(folder: Path) -> Iterator[Path]:
    """Give every file of a folder, in a fixed order."""
    for path in sorted(folder.iterdir()):
        if path.name in IGNORED:
            continue
        if path.is_dir():
            yield from files_below(path)
        elif path.is_file():
            yield path


def digest(inputs: Iterable[str | Path]) -> str:
    """Return a hash of texts, files and whole folders (by name and content)."""
    total = hashlib.sha256()
    for item in inputs:
        if isinstance(item, Path) and item.is_dir():
            for path in files_below(item):
                total.update(f"{path.relative_to(item)}\0".encode())
                total.update(hashlib.sha256(path.read_bytes()).digest())
        elif isinstance(item, Path):
            total.update(hashlib.sha256(item.read_bytes()).digest())
        else:
            total.update(f"{item}\0".encode())
    return total.hexdigest()


class Stamp:
    """A file that holds the hash of what a finished step depended on."""

    def __init__(self, path: Path, inputs: Iterable[str | Path]) -> None:
        self.path = path
        self.digest = digest(inputs)

    def is_fresh(self) -> bool:
        """Tell whether the step was done with the same inputs."""
        return self.path.is_file() and self.path.read_text() == self.digest

    def write(self) -> None:
        """Note that the step is done. Called last, so a broken step runs again."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.digest)
