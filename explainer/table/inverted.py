"""Rows of MobileNet's tables, a bottleneck by its numbers t, c, n, s, written out as blocks in brackets.

A block is a 1×1 convolution to t times as many channels, a depthwise one, and a 1×1 one without activation; the input is added
where the stride is 1 and the channels stay. With t = 1 the first is left out. The repetitions behind the first widen
other channels, so they are a line of their own.

Source: Sandler et al. 2018, arXiv:1801.04381, tables 1 and 2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from explainer.table.record import Cells
from explainer.types import sentence

NORMED = "BN, ReLU6"
WRITTEN_OUT = sentence(
    "Bottlenecks with an expansion are written out as in MobileNetV2: 1×1 to the expanded channels, depthwise, 1×1 without"
    " activation, and the input added where the stride is 1 and the channels stay. BN follows every convolution."
)
_NAMED = re.compile(
    r"^\s*(?:bottle ?neck|bneck|inverted (?:residual|bottleneck)|倒残差\w*|瓶颈\w*)[\s,]*(\d)?\s*x?\s*\d?\s*$", re.I
)


def written_out(cells: Mapping[str, str], channels: int) -> list[Cells]:
    """The lines of a row that names a bottleneck and says all its numbers, behind ``channels``; empty for any other row.

    >>> [line.operation for line in written_out({"operation": "bottleneck", "expand": "6", "channels": "24", "stride": "2"}, 16)]
    ['[1×1, 96, BN, ReLU6; 3×3 depthwise conv, stride 2, BN, ReLU6; 1×1, 24, BN]']
    """
    named = _NAMED.match(cells.get("operation", ""))
    numbers = [cells.get(name, default) for name, default in (("expand", ""), ("channels", ""), ("stride", "1"), ("repeat", "1"))]
    wide = cells.get("exp size", "")
    if named is None or not channels or not all(number.isdigit() for number in (wide or numbers[0], *numbers[1:])):
        return []
    made, stride, repeat = (int(number) for number in numbers[1:])
    kernel = int(named[1] or (cells.get("kernel") or "3")[0])
    after = f"BN, {cells['then']}" if cells.get("then") else NORMED

    def block(before: int, step: int, count: int) -> Cells:
        hidden = int(wide) if wide else int(numbers[0]) * before
        parts = [f"1×1, {hidden}, {after}"] if hidden != before else []
        parts += [f"{kernel}×{kernel} depthwise conv{f', stride {step}' if step > 1 else ''}, {after}", f"1×1, {made}, BN"]
        times = f" × {count}" if count > 1 else ""
        around = "identity" if step == 1 and before == made else "none"
        return Cells(operation=f"[{'; '.join(parts)}]{times}", shortcut=around)

    first = block(channels, stride, repeat if stride == 1 and channels == made else 1)
    rest = [] if repeat == 1 or (stride == 1 and channels == made) else [block(made, 1, repeat - 1)]
    return [first, *rest]
