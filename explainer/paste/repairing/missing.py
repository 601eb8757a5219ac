"""A class line that was left out: ``super(BasicBlock, self)`` still names it, else it is ``Block``."""

from __future__ import annotations

import re

from explainer.paste.repairing.lines import Line

_SUPER = re.compile(r"super\s*\(\s*([A-Za-z_]\w*)\s*,\s*self\s*\)")


def put_class(text: str, lines: list[Line]) -> tuple[str, str]:
    """The text with a class line before its methods if they stand in none, and the name; an empty name if nothing is missing."""
    first = next((place for place, line in enumerate(lines) if line.kind == "def" and line.parameters[:1] == ("self",)), None)
    if first is None or any(line.kind == "class" for line in lines[:first]):
        return text, ""
    while first > 0 and _is_attribute(lines[first - 1], lines):
        first -= 1
    name = class_name(text)
    start = (lines[first].decorators or [lines[first].tokens])[0][0].start
    before = text[:start]
    space = "" if not before or before.endswith("\n") else "\n"
    margin = before[before.rfind("\n") + 1 :]
    if not margin.strip() and margin:
        before, space = before[: -len(margin)], ""
        return f"{before}{space}class {name}(nn.Module):\n{margin}{text[start:]}", name
    return f"{before}{space}class {name}(nn.Module):\n{text[start:]}", name


def class_name(text: str) -> str:
    """What a class is called whose line is missing."""
    found = _SUPER.search(text)
    return found[1] if found else "Block"


def _is_attribute(line: Line, lines: list[Line]) -> bool:
    """Whether a statement binds what methods read from ``self``."""
    names = {f"self.{name}" for name in line.writes}
    return line.kind == "simple" and bool(names) and any(names & other.reads for other in lines)
