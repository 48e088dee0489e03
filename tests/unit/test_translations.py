"""The module's translations are complete, and fit their terms.

That the template itself is fresh, Odoo's own exporter shows: see test_translations.py
among the module's tests.
"""

import re
from pathlib import Path

import polib
import pytest

FOLDER = Path(__file__).parents[2] / "callcenter_outbound/i18n"

#: Terms that are the same in the other language. Such a translation is left empty:
#: Odoo takes the term itself, and oca-checks-po wants it so.
SAME = {
    "zh_CN": {
        "%(before)s → %(after)s",
        "%s ms",
        "E.164",
        "ID",
        "OK",
        "OK (%(ms).0f ms)",
        "PBX",
        "UTF-16",
        "UTF-8",
        "XLSX",
        "http://127.0.0.1:8088",
        "wss://calls.example.com/ws",
    }
}

#: What Python and JavaScript put values in for. Without Python's flag " ", which nobody
#: uses: "100 % given" has no placeholder.
PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[-+#0]*[\d.]*[sdifgrxX%]")

#: Punctuation that Chinese text has in its own form: beside a Chinese letter the
#: Latin one is a slip.
HALF_WIDTH = re.compile(
    r"(?<=[\u4e00-\u9fff])[,;:!?()\"']|[,;:!?()\"'](?=[\u4e00-\u9fff])"
)

#: An attribute of markup: its quotation marks belong to the markup, not to the text.
ATTRIBUTE = re.compile(r'(?<==)"([^"<>]*)"(?=[\s/>])')


def read(name):
    return polib.pofile(str(FOLDER / name))


@pytest.fixture(scope="module")
def template():
    return read("callcenter_outbound.pot")


@pytest.fixture(
    params=sorted(path.stem for path in FOLDER.glob("*.po")), scope="module"
)
def language(request):
    return request.param


@pytest.fixture(scope="module")
def translation(language):
    return read(f"{language}.po")


def test_chinese_is_there():
    assert (FOLDER / "zh_CN.po").is_file()


def test_every_term_is_translated(template, translation, language):
    empty = {entry.msgid for entry in translation if not entry.msgstr}
    assert empty == SAME.get(language, set())
    terms = [entry.msgid for entry in template]
    assert [entry.msgid for entry in translation] == terms, (
        "other terms than in the template: run `make translations`"
    )


def test_nothing_is_fuzzy_or_obsolete(translation):
    assert not translation.fuzzy_entries()
    assert not translation.obsolete_entries()


def test_placeholders_are_kept(translation):
    for entry in translation.translated_entries():
        wanted = [match[0] for match in PLACEHOLDER.finditer(entry.msgid)]
        found = [match[0] for match in PLACEHOLDER.finditer(entry.msgstr)]
        if any(name.startswith("%(") for name in wanted):
            wanted, found = sorted(wanted), sorted(found)
        assert found == wanted, entry.msgid


def test_spaces_around_are_kept(translation):
    """Odoo's templates join a text to its neighbours by the space at its end."""
    for entry in translation.translated_entries():
        assert entry.msgstr == entry.msgstr.strip(), entry.msgid


def test_chinese_punctuation():
    for entry in read("zh_CN.po").translated_entries():
        slip = HALF_WIDTH.search(ATTRIBUTE.sub(r" \1 ", entry.msgstr))
        assert not slip, f"{entry.msgstr}: “{slip[0]}”"
