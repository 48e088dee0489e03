"""Folders that the servers' user cannot pass are found."""

import os

import pytest

from dev import users

#: Nobody of this machine.
STRANGER = 54321


@pytest.fixture
def folder(tmp_path):
    """A folder inside others that everybody may pass."""
    path = tmp_path / "home/checkout"
    path.mkdir(parents=True)
    for each in (path, *path.parents):
        if each.owner() == tmp_path.owner() and each.is_relative_to(tmp_path):
            each.chmod(0o755)
    return path


def closed(path, folder):
    """Return the first closed folder at or below the test's own."""
    found = users.closed_folder(path, STRANGER, STRANGER)
    return found if found and found.is_relative_to(folder) else None


def test_an_open_path(folder):
    assert closed(folder, folder.parent) is None


@pytest.mark.parametrize("mode", [0o700, 0o750, 0o754])
def test_a_closed_parent_is_named(folder, mode):
    folder.parent.chmod(mode)
    found = users.closed_folder(folder, STRANGER, STRANGER)
    # The folders of pytest itself are closed as well.
    assert found is not None
    assert found in (folder.parent, *folder.parent.parents)


def test_the_owner_passes(folder):
    folder.parent.chmod(0o700)
    status = folder.stat()
    assert users.closed_folder(folder, status.st_uid, status.st_gid) is None


def test_what_does_not_exist_yet_is_not_closed(folder):
    status = folder.stat()
    path = folder / "var/run"
    assert users.closed_folder(path, status.st_uid, status.st_gid) is None


def test_everybody_may_read_a_mirror(folder):
    file = folder / "a.py"
    file.touch()
    file.chmod(0o600)
    folder.chmod(0o700)
    users.open_all(folder)
    assert file.stat().st_mode & 0o777 == 0o644
    assert folder.stat().st_mode & 0o777 == 0o755


def test_a_folder_is_made_for_the_servers(tmp_path, monkeypatch):
    given = []
    monkeypatch.setattr(
        users, "own", lambda path, mode=None: given.append(path) or path
    )
    assert users.make_folder(tmp_path / "run") == tmp_path / "run"
    assert given == [tmp_path / "run"]


@pytest.mark.skipif(os.geteuid() != 0, reason="asks what root does")
def test_root_starts_servers_as_somebody_else():
    options = users.popen_options()
    assert options["user"] != 0
    assert options["extra_groups"] == []
