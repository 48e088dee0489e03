"""The private apt: checked by Debian's keys, with nothing of the machine changed."""

import subprocess

import pytest

from dev import apt
from dev.steps import StepFailed

TARGETS = """\
Packages|main|bookworm-security|Debian|http://mirror.example/debian-security
Translations|main|bookworm|Debian|http://mirror.example/translations
Packages|contrib|bookworm|Debian|http://mirror.example/contrib
Packages|main|bookworm|Somebody|http://vendor.example/debian
Packages|main|bookworm|Debian|http://mirror.example/debian
"""

DEPENDS = """\
odoo-19
  Depends: python3-babel
 |Depends: fonts-dejavu-core
 |Depends: fonts-freefont-ttf
  Depends: fonts-noto-core
  Depends: fonts-inconsolata
  Depends: libjs-jquery
"""


@pytest.fixture
def bookworm(monkeypatch):
    """A machine with Debian 12."""
    monkeypatch.setattr(apt, "_os_release", lambda: {"VERSION_CODENAME": "bookworm"})


@pytest.fixture
def private(tmp_path):
    """A private apt in a folder of the test's own."""
    return apt.PrivateApt(tmp_path, "sid", tmp_path / "log")


def answer(monkeypatch, text):
    """Let every program print a text."""
    done = subprocess.CompletedProcess([], 0, stdout=text, stderr="")
    monkeypatch.setattr(apt.subprocess, "run", lambda *args, **options: done)


def test_the_mirror_is_the_machines_own(bookworm, monkeypatch):
    answer(monkeypatch, TARGETS)
    assert apt.mirror() == "http://mirror.example/debian"


def test_the_mirror_before_any_index_was_fetched(bookworm, monkeypatch):
    answer(monkeypatch, "Packages|main|bookworm||http://mirror.example/debian\n")
    assert apt.mirror() == "http://mirror.example/debian"


def test_a_machine_without_a_mirror_is_told(bookworm, monkeypatch):
    answer(monkeypatch, "")
    with pytest.raises(StepFailed, match="no Debian mirror"):
        apt.mirror()


def test_dependencies_by_name_without_alternatives(private, monkeypatch):
    answer(monkeypatch, DEPENDS)
    found = private.depends("odoo-19", "(libjs|fonts)-.*")
    assert found == ["fonts-inconsolata", "libjs-jquery"]


def test_a_package_that_is_missing_is_explained(private, monkeypatch):
    monkeypatch.setattr(apt, "mirror", lambda: "http://mirror.example/debian")
    answer(monkeypatch, "odoo-19:\n  Candidate: (none)\n")
    with pytest.raises(StepFailed, match="no package odoo-19"):
        private.candidate("odoo-19")


def test_the_configuration_touches_nothing_of_the_machine(private, monkeypatch):
    monkeypatch.setattr(apt, "mirror", lambda: "http://mirror.example/debian")
    private._write_configuration()
    text = (private.folder / "apt.conf").read_text()
    for name in ("State", "State::status", "Cache", "Etc::sourcelist"):
        assert f'Dir::{name} "{private.folder}' in text
    sources = (private.folder / "sources.list").read_text()
    assert sources.startswith(f"deb [signed-by={apt.KEYRING}] ")
    assert "trusted" not in sources


@pytest.fixture
def mirror_of_one(tmp_path, monkeypatch):
    """An apt-get that knows one package of ten bytes, and notes each fetch."""
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "apt-get"
    program.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        "*--print-uris*) echo \"'http://mirror.example/p.deb' p.deb 10 SHA256:x\" ;;\n"
        f"*) printf 0123456789 > p.deb; echo fetched >> {tmp_path}/fetches ;;\n"
        "esac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return tmp_path / "fetches"


@pytest.mark.parametrize("there", [None, b"01234", b"0123456789"])
def test_a_download_that_broke_is_not_taken_for_whole(private, mirror_of_one, there):
    """What is missing or cut is fetched again; what is whole is not."""
    archives = private.folder / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    if there is not None:
        (archives / "p.deb").write_bytes(there)
    (path,) = private.fetch(["p"], "a package")
    assert path.read_bytes() == b"0123456789"
    assert mirror_of_one.exists() == (there != b"0123456789")
