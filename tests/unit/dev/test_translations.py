"""Translations follow the terms."""

import polib
import pytest

from dev.translations import merge_terms


def make_file(**entries):
    """A file of polib with these terms and their translations."""
    file = polib.POFile(wrapwidth=78)
    file.metadata = {"POT-Creation-Date": entries.pop("date", "2026-01-01")}
    for msgid, msgstr in entries.items():
        file.append(polib.POEntry(msgid=msgid, msgstr=msgstr))
    return file


@pytest.fixture
def translated():
    return make_file(Busy="忙线", Call="呼叫", **{"Hang up\n    now": "立即挂断"})


def test_terms_keep_their_translations(translated):
    terms = make_file(Call="", Busy="", date="2026-02-02", **{"Hang up now": ""})
    new, gone = merge_terms(terms, translated)
    assert (new, gone) == ([], {})
    assert {entry.msgid: entry.msgstr for entry in translated} == {
        "Busy": "忙线",
        "Call": "呼叫",
        "Hang up now": "立即挂断",
    }
    assert [entry.msgid for entry in translated] == ["Busy", "Call", "Hang up now"]
    assert translated.metadata["POT-Creation-Date"] == "2026-02-02"


def test_new_and_gone_terms_are_told(translated):
    terms = make_file(Call="", Dial="")
    new, gone = merge_terms(terms, translated)
    assert new == ["Dial"]
    assert gone == {"Busy": "忙线", "Hang up now": "立即挂断"}
    assert {entry.msgid for entry in translated} == {"Call", "Dial"}
