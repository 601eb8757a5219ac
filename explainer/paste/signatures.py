"""What a constructor says about its arguments beyond their names: the choices in an annotation, the words in a docstring."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args, get_origin

_LONGEST_HELP = 200
_ARGUMENT = re.compile(r"^\s*(?::param\s+)?(\w+)\s*(?:\([^()]*\))?\s*[:：]\s*(.+)$")


def choices_of(annotation: Any) -> tuple[str, ...]:
    """The expressions of a ``Literal``, also inside ``Optional``; empty for any other annotation."""
    if get_origin(annotation) is Literal:
        return tuple(repr(value) for value in get_args(annotation))
    inner = [choices_of(part) for part in get_args(annotation)]
    found = next(filter(None, inner), ())
    return (*found, "None") if found and type(None) in get_args(annotation) else found


def documented(makes: Any) -> dict[str, str]:
    """The first line about each argument in the docstring of a class or its constructor, in Google's or Sphinx's style."""
    found: dict[str, str] = {}
    for text in (getattr(makes, "__doc__", None), getattr(getattr(makes, "__init__", None), "__doc__", None)):
        for line in text.splitlines() if isinstance(text, str) else ():
            match = _ARGUMENT.match(line)
            if match:
                found.setdefault(match[1], match[2].strip()[:_LONGEST_HELP])
    return found
