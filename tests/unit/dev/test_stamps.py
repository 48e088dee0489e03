"""A step runs again when anything that it depends on has changed, and only then."""

import pytest

from dev.stamps import Stamp, digest


@pytest.fixture
def folder(tmp_path):
    """A folder of sources."""
    (tmp_path / "sources/views").mkdir(parents=True)
    (tmp_path / "sources/views/a.xml").write_text("<odoo/>")
    return tmp_path / "sources"


def test_a_step_that_was_done_is_skipped(tmp_path, folder):
    stamp = Stamp(tmp_path / "stamps/step", ["text", folder])
    assert not stamp.is_fresh()
    stamp.write()
    assert Stamp(tmp_path / "stamps/step", ["text", folder]).is_fresh()


@pytest.mark.parametrize("change", ["content", "name", "new file", "text"])
def test_every_change_counts(tmp_path, folder, change):
    Stamp(tmp_path / "stamp", ["text", folder]).write()
    text = "text"
    if change == "content":
        (folder / "views/a.xml").write_text("<odoo></odoo>")
    elif change == "name":
        (folder / "views/a.xml").rename(folder / "views/b.xml")
    elif change == "new file":
        (folder / "b.py").touch()
    else:
        text = "another text"
    assert not Stamp(tmp_path / "stamp", [text, folder]).is_fresh()


def test_what_python_leaves_behind_does_not_count(folder):
    before = digest([folder])
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__/a.pyc").touch()
    assert digest([folder]) == before


def test_texts_are_kept_apart():
    assert digest(["ab", "c"]) != digest(["a", "bc"])
