"""Channels and groups as wiring: input channels left, output channels right, a line where one reads the other."""

from __future__ import annotations

from html import escape

_MOST = 12
_KEPT = 5
_STEP = 15
_LEFT, _RIGHT, _WIDTH = 52, 168, 220


def wiring_picture(inputs: int, outputs: int, groups: int, label: str) -> str:
    """An SVG; more than twelve channels are the first and the last five with an ellipsis between.

    Every second group has the class ``odd``, so that neighbours differ in colour.
    """
    left, right = _shown(inputs), _shown(outputs)
    height = max(len(left), len(right)) * _STEP
    ends = {
        side: [(channel, _group(channel, count, groups), height / 2 + (row - (len(found) - 1) / 2) * _STEP + 4)
               for row, channel in enumerate(found)]
        for side, found, count in (("left", left, inputs), ("right", right, outputs))
    }  # fmt: skip
    lines = {"even": "", "odd": ""}
    for _source, group, y in ends["left"]:
        for _target, other, v in ends["right"]:
            if group is not None and group == other:
                lines["odd" if group % 2 else "even"] += f"M{_LEFT} {y:g}L{_RIGHT} {v:g}"
    parts = [f'<path class="{name}" d="{path}"/>' for name, path in lines.items() if path]
    for side, x, anchor, shift in (("left", _LEFT, "end", -9), ("right", _RIGHT, "start", 9)):
        parts += [_end(x, y, channel, group, anchor, shift) for channel, group, y in ends[side]]
    box = f'viewBox="0 0 {_WIDTH} {height + 8}" role="img" aria-label="{escape(label, quote=True)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{"".join(parts)}</svg>'


def _shown(count: int) -> list[int | None]:
    if count <= _MOST:
        return list(range(count))
    return [*range(_KEPT), None, *range(count - _KEPT, count)]


def _group(channel: int | None, count: int, groups: int) -> int | None:
    return None if channel is None else channel * groups // count


def _end(x: int, y: float, channel: int | None, group: int | None, anchor: str, shift: int) -> str:
    text = f'<text x="{x + shift}" y="{y + 3.5:g}" text-anchor="{anchor}">{"…" if channel is None else channel}</text>'
    if group is None:
        return text
    return f'<circle class="{"odd" if group % 2 else "even"}" cx="{x}" cy="{y:g}" r="4.5"/>{text}'
