"""Diagnosis, hazards and explanation as plain text, as the command line prints them."""

from __future__ import annotations

from collections.abc import Sequence

from explainer.language import say, translator
from explainer.types import Diagnosis, Explanation, Fix, Hazard, Sentence


def joined(sentences: Sequence[Sentence], lang: str) -> str:
    """Sentences one after the other: Chinese needs no space between them."""
    return ("" if lang == "zh" else " ").join(say(item, lang) for item in sentences)


def diagnosis_text(found: Diagnosis, lang: str, *, markdown: bool = False) -> str:
    """Where and what; what was got; by which rule and how it came to that; every fix with its diff."""
    blocks = [(found.where, found.what), found.got, (*found.reason, *found.story)]
    lines = [joined(block, lang) for block in blocks if block]
    if found.torch:
        lines.append(f"({found.torch})")
    for fix in found.fixes:
        diff = fix.diff.rstrip("\n")
        lines += ["", fix_title(fix, lang), f"```diff\n{diff}\n```" if markdown else diff]
    if found.unfinished:
        _ = translator(lang)
        lines += ["", _("The search for a change that makes it pass was stopped: with one of them it ran without an end.")]
    return "\n".join(lines)


def fix_title(fix: Fix, lang: str) -> str:
    _ = translator(lang)
    return _("Fix (re-run, passes): {fix}", fix=fix_words(fix, lang))


def fix_words(fix: Fix, lang: str) -> str:
    """All that it changes."""
    return joined((fix.message, *fix.also), lang)


def message_of(found: Diagnosis, lang: str) -> str:
    """The diagnosis in one paragraph, without its fixes."""
    return joined((found.where, found.what, *found.got, *found.reason, *found.story), lang)


def line_texts(found: Explanation, lang: str) -> dict[int, str]:
    """What each line does, by its number: what the viewer tells beside the code."""
    return {note.line: joined(note.text, lang) for note in found.lines}


def hazards_text(hazards: Sequence[Hazard], lang: str) -> str:
    _ = translator(lang)
    lines = [_("Worth a look:")]
    for hazard in hazards:
        place = "" if hazard.line is None else _("line {line}", line=hazard.line) + ": "
        lines.append(f"- {place}" + joined((hazard.message, hazard.why, hazard.advice), lang))
    return "\n".join(lines)


def explanation_text(found: Explanation, lang: str, *, markdown: bool = False) -> str:
    """The summary, then the lines with their numbers."""
    width = len(str(max((note.line for note in found.lines), default=0)))
    start = "- " if markdown else ""
    notes = [f"{start}{note.line:>{width}}  {joined(note.text, lang)}" for note in found.lines]
    return "\n".join([joined(found.summary, lang), "", *notes])
