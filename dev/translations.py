"""The terms of the module and their translations, as `make translations` renews them.

Run as a program, it merges the module's terms into its translations. That half needs
polib, which is among Odoo's packages: the virtual environment's Python runs it.
"""

import subprocess
import sys
from pathlib import Path

from . import odoo, postgres, processes, steps, testing
from .settings import Settings


def refresh(settings: Settings) -> int:
    """Export the terms anew, and bring the translations up to them.

    :return: exit code
    """
    fast = testing.settings_of(settings, testing.FAST)
    started = not processes.pid(fast, "postgres")
    testing.note_ports(fast)
    try:
        testing.prepare_fast(fast)
        with steps.step("Exporting the terms"):
            exported = fast.run / f"{odoo.MODULE}.pot"
            exported.write_bytes(odoo.export_terms(fast))
    finally:
        if started:
            postgres.stop(fast)
    folder = settings.checkout / odoo.MODULE / "i18n"
    command = [settings.python, "-B", "-m", "dev.translations", exported, folder]
    return subprocess.run(command, cwd=settings.checkout, check=False).returncode


def merge(exported: Path, folder: Path) -> None:
    """Renew the template of a folder and all its translations; tell what changed."""
    import polib

    folder.mkdir(exist_ok=True)
    template = folder / exported.name
    terms = polib.pofile(str(exported), wrapwidth=78)
    # The date alone is no news.
    if not template.is_file() or list(polib.pofile(str(template))) != list(terms):
        template.write_text(exported.read_text())
    terms = polib.pofile(str(template), wrapwidth=78)
    for path in sorted(folder.glob("*.po")):
        translated = polib.pofile(str(path), wrapwidth=78)
        new, gone = merge_terms(terms, translated)
        translated.save()
        lines = [f"{path.name}: {len(new)} new terms, {len(gone)} gone"]
        lines += [f"  new: {term}" for term in new]
        lines += [f"  gone: {term} = {text}" for term, text in gone.items()]
        steps.say("\n".join(lines))


def merge_terms(terms: list, translated: list) -> tuple[list[str], dict[str, str]]:
    """Give a translation exactly the terms of a template, sorted.

    A term keeps its translation when nothing but its white space has changed, as when
    the file it stands in is laid out anew.

    :param terms: polib's file of the template
    :param translated: polib's file of the translation, which is changed
    :return: the terms that were not there before, and what was there of those gone
    """
    known = {collapse(entry.msgid): entry.msgstr for entry in translated}
    present = {collapse(entry.msgid): entry for entry in terms}
    for key, entry in present.items():
        entry.msgstr = known.get(key, "")
    translated[:] = sorted(terms, key=lambda entry: entry.msgid)
    date = "POT-Creation-Date"
    translated.metadata[date] = terms.metadata[date]
    new = [key for key in present if key not in known]
    return new, {key: text for key, text in known.items() if key not in present}


def collapse(text: str) -> str:
    """Return a text with single spaces.

    >>> collapse("one\\n    two")
    'one two'
    """
    return " ".join(text.split())


if __name__ == "__main__":
    merge(*map(Path, sys.argv[1:]))
