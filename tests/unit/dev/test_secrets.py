"""Secrets are generated once, are strong, and only their owner reads them."""

import stat

import pytest

from dev import secrets_file
from dev.settings import Settings


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Settings with everything below a folder of the test's own."""
    monkeypatch.setattr(secrets_file.users, "own", lambda path, mode=None: path)
    return Settings(checkout=tmp_path, prefix=tmp_path)


def test_the_first_call_generates_and_the_next_reads(settings):
    assert secrets_file.read(settings) == secrets_file.read(settings)


def test_only_the_owner_reads_the_file(settings):
    secrets_file.read(settings)
    assert stat.S_IMODE(settings.secrets_file.stat().st_mode) == 0o600


def test_no_two_secrets_are_alike():
    secrets = secrets_file.generate()
    texts = [value for name, value in secrets.items() if isinstance(value, str)]
    texts += [*secrets["extensions"].values(), *secrets["passwords"].values()]
    users = {secrets["ami_user"], secrets["ari_user"]}
    strong = [text for text in texts if text not in users]
    assert len(set(strong)) == len(strong)
    assert min(map(len, strong)) >= 12


def test_passwords_are_easily_read():
    password = secrets_file.readable(200)
    assert len(password) == 200
    assert not set(password) & set("0O1lI")
