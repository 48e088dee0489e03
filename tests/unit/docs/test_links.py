"""The documents point to what is there."""

import re
import subprocess
from pathlib import Path

import pytest

from dev.settings import CHECKOUT

#: The address in a Markdown link or picture.
LINK = re.compile(r"\]\(([^)\s]+)\)")


def documents():
    """Return the Markdown files of the project, as git knows them."""
    done = subprocess.run(
        ["git", "ls-files", "*.md"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [CHECKOUT / name for name in done.stdout.split()]


def test_there_are_documents():
    assert CHECKOUT / "README.md" in documents()


@pytest.mark.parametrize("document", documents(), ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(document: Path):
    links = LINK.findall(document.read_text(encoding="utf-8"))
    relative = [link.partition("#")[0] for link in links if "://" not in link]
    missing = [name for name in relative if not (document.parent / name).exists()]
    assert missing == []
