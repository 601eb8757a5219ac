"""Brings both catalogues up to date with the templates in the source: ``python -m explainer.locale.update``."""

from __future__ import annotations

import ast
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from explainer.language import LANGUAGES, LOCALE_DIR

ROOT = LOCALE_DIR.parent.parent
SOURCES = ("app.py", "pages", "ui", "blocks", "explainer")
ERRORS = ("BlocklensError", "InvalidLayer", "InvalidInput", "TooLarge", "Cancelled", "SandboxRefused", "SandboxStopped")
KEYWORDS = frozenset(("_", "msg", "sentence", *ERRORS))

# Babel's own header carries the time of the run, which would change the files with every update.
HEADER = """msgid ""
msgstr ""
"Language: {lang}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def extract() -> Catalog:
    """Every template in the source, with the files it stands in."""
    catalogue = Catalog(project="Blocklens", domain="blocklens", charset="utf-8")
    for path in python_files():
        for line, template in templates_in(path.read_text(encoding="utf-8")):
            catalogue.add(template, locations=[(path.relative_to(ROOT).as_posix(), line)])
    return catalogue


def templates_in(source: str) -> list[tuple[int, str]]:
    """The line and the text of every template in a file. Babel's own reader does not look inside f-strings.

    >>> templates_in("f'<b>{_(1)}</b>' + _('Run')")
    [(1, 'Run')]
    """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args]
    marked = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in KEYWORDS]
    firsts = [(call.lineno, call.args[0]) for call in marked]
    constants = [(line, first.value) for line, first in firsts if isinstance(first, ast.Constant)]
    return sorted((line, value) for line, value in constants if isinstance(value, str))


def python_files() -> list[Path]:
    found = [
        path for source in SOURCES for path in ((ROOT / source,) if source.endswith(".py") else (ROOT / source).rglob("*.py"))
    ]
    return sorted(path for path in found if path.is_file())


def read(lang: str) -> Catalog:
    """The committed catalogue of a language, empty if there is none yet."""
    path = po_path(lang)
    if not path.exists():
        return Catalog(locale=lang, domain="blocklens", charset="utf-8")
    with path.open("rb") as source:
        return read_po(source, locale=lang, domain="blocklens")


def po_path(lang: str) -> Path:
    return LOCALE_DIR / lang / "LC_MESSAGES" / "blocklens.po"


def update(lang: str) -> int:
    """Writes the catalogue with new templates added and stale ones removed; returns how many are still untranslated."""
    catalogue = read(lang)
    catalogue.update(extract(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    for message in catalogue:
        if lang == "en" and message.id:
            message.string = message.id
        message.flags.discard("python-format")
        message.flags.discard("python-brace-format")
    with po_path(lang).open("wb") as target:
        target.write(HEADER.format(lang=lang).encode())
        write_po(target, catalogue, width=120, sort_output=True, omit_header=True, include_lineno=False)
    return sum(1 for message in catalogue if message.id and not message.string)


if __name__ == "__main__":
    for lang in LANGUAGES:
        print(f"{po_path(lang).relative_to(ROOT)}: {update(lang)} without a translation")
