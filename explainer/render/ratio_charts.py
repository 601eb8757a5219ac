"""The reduction ratio in pictures: what a block costs at each, and how well a network learns with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, log2, log10
from statistics import fmean

from explainer.language import translator
from explainer.render.line_chart import Axis, Line, Panel, chart
from explainer.render.training_charts import Pair
from explainer.training.reduction import Ratio


def cost_chart(found: Sequence[Ratio], lang: str) -> Pair:
    """Parameters and multiply-adds against the ratio, both axes logarithmic."""
    _ = translator(lang)
    x = _ratio_axis([ratio.reduction for ratio in found])
    panels = [
        _cost_panel(_("Parameters"), [(ratio.reduction, ratio.param_count) for ratio in found], x),
        _cost_panel(_("Multiply-adds (MACs)"), [(ratio.reduction, ratio.macs) for ratio in found], x),
    ]
    label = _("Parameters and multiply-adds of the block against its reduction ratio.")
    return chart(panels, 2, (320, 230), label), chart(panels, 1, (340, 180), label)


def _cost_panel(title: str, points: list[tuple[int, int]], x: Axis) -> Panel:
    low, high = min(value for _r, value in points), max(value for _r, value in points)
    bottom, top = log10(max(low, 1)) - 0.15, log10(max(high, 1)) + 0.15
    powers = range(floor(bottom), floor(top) + 1)
    marks = [mark * 10**power for power in powers for mark in ((1,) if top - bottom > 1.5 else (1, 2, 5))]
    ticks = tuple((log10(mark), _short(mark)) for mark in marks if mark > 0 and bottom <= log10(mark) <= top)
    line = Line(tuple((log2(r), log10(max(value, 1))) for r, value in points), "with", "", dots=True)
    return Panel(title, x, Axis(bottom, top, ticks), (line,))


def accuracy_chart(found: Mapping[int, Sequence[float]], without: Sequence[float], lang: str) -> Pair:
    """The test accuracy at each ratio: a dot for every seed, their means joined; and of the network without the block."""
    _ = translator(lang)
    values = [value for several in found.values() for value in several] + list(without)
    low, high = min(values), max(values)
    margin = max((high - low) * 0.15, 0.002)
    y = Axis(low - margin, min(high + margin, 1.0 + margin / 2), _percent_ticks(low - margin, min(high + margin, 1.0)))
    means = tuple((log2(r), fmean(several)) for r, several in found.items())
    dots = tuple((log2(r), value) for r, several in found.items() for value in several)
    lines = [Line((dot,), "with", f"{dot[1] * 100:.2f} %") for dot in dots] + [Line(means, "with", _("mean over the seeds"))]
    x = _ratio_axis(list(found))
    if without:
        level = fmean(without)
        lines.append(
            Line(((x.low, level), (x.high, level)), "without", _("without the block: {mean} %", mean=f"{level * 100:.2f}"))
        )
    legend = (("with", _("with the block")), *((("without", _("without")),) if without else ()))
    panel = Panel(_("Test accuracy"), x, y, tuple(lines), legend)
    label = _("The test accuracy at each reduction ratio, a dot for every seed.")
    return chart([panel], 1, (640, 250), label), chart([panel], 1, (340, 210), label)


def _ratio_axis(reductions: Sequence[int]) -> Axis:
    ticks = tuple((log2(reduction), str(reduction)) for reduction in reductions)
    return Axis(log2(min(reductions)) - 0.3, log2(max(reductions)) + 0.3, ticks, "r")


def _percent_ticks(low: float, high: float) -> tuple[tuple[float, str], ...]:
    step = next(size for size in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 1.0) if (high - low) / size <= 5)
    digits = 1 if step < 0.01 else 0
    first = floor(low / step) + 1
    return tuple((n * step, f"{n * step * 100:.{digits}f} %") for n in range(first, first + 7) if n * step <= high + 1e-9)


def _short(number: float) -> str:
    for power, letter in ((9, "G"), (6, "M"), (3, "k")):
        if number >= 10**power:
            return f"{number / 10**power:g}{letter}"
    return f"{number:g}"
