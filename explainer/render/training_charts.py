"""A training in pictures: loss and accuracy as it goes on, the mean gate of each class, how much the classes differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import floor, log10

from explainer.language import Translator, translator
from explainer.render.line_chart import CLASS_STYLE, Axis, Line, Panel, chart
from explainer.training.progress import Progress, Seen
from explainer.training.record import CLASSES, GateMeans, Net

Pair = tuple[str, str]
"""The drawing for a wide place and the one for a narrow place."""
_LEAST_LOSS = 1e-4
_SMOOTH = 0.85
_SHARE = Axis(0.0, 1.0, ((0.0, "0"), (0.5, "50 %"), (1.0, "100 %")))


def net_name(net: Net, _: Translator) -> str:
    return {"with": _("with the block"), "without": _("without")}[net]


def curves_chart(progress: Progress, lang: str) -> Pair:
    """Loss and test accuracy of the networks, so far."""
    _ = translator(lang)
    panels = [_losses(progress, _), _accuracies(progress, _)]
    label = _("The loss of every batch and the test accuracy after each round, of both networks.")
    return chart(panels, 2, (480, 210), label), chart(panels, 1, (340, 200), label)


def _losses(progress: Progress, _: Translator) -> Panel:
    """The loss of every batch, faint, and its running mean, on a logarithmic axis."""
    steps = progress.start.steps if progress.start else 1
    lines = []
    for net, seen in progress.nets.items():
        raw = [(float(place + 1), _log(loss)) for place, loss in enumerate(seen.losses)]
        mean = accumulate(seen.losses, lambda old, new: _SMOOTH * old + (1 - _SMOOTH) * new)
        smooth = [(float(place + 1), _log(loss)) for place, loss in enumerate(mean)]
        lines += [Line(tuple(raw), f"{net} faint", ""), Line(tuple(smooth), net, net_name(net, _))]
    low = floor(min((y for line in lines for _x, y in line.points), default=-1.0))
    ticks = tuple((float(power), f"{10.0**power:g}") for power in range(min(low, -1), 1))
    y = Axis(float(min(low, -1)), 0.6, ticks)
    return Panel(_("Loss"), _counted(steps, _("batches")), y, tuple(lines), _legend(progress.nets, _))


def _accuracies(progress: Progress, _: Translator) -> Panel:
    """The share of test pictures named rightly after each round; the axis stretches what is near 100 %."""
    count = progress.start.test_count if progress.start else 1
    lines = [
        Line(
            tuple((float(place + 1), _stretched(right, count)) for place, right in enumerate(seen.correct)), net, net_name(net, _)
        )
        for net, seen in progress.nets.items()
    ]
    ticks = tuple((-log10(1 - share), f"{share * 100:g} %") for share in (0.0, 0.5, 0.9, 0.99))
    y = Axis(0.0, _stretched(count, count), (*ticks, (_stretched(count, count), "100 %")))
    x = _counted(progress.recipe.epochs, _("rounds"), first=1)
    return Panel(_("Test pictures named rightly"), x, y, tuple(lines), _legend(progress.nets, _))


def gates_chart(gates: Sequence[GateMeans], lang: str, *, in_order: bool = False) -> Pair:
    """A panel for each stage with a line per class: the mean gate of every unit, in order or sorted by its mean over the classes.

    All panels span the same height, so that the distance between two lines means the same in each.
    """
    _ = translator(lang)
    span = max((_largest(gate) - _least(gate) for gate in gates), default=0.0) * 1.1 or 0.02
    panels = [_gate_panel(gate, span, in_order, _) for gate in gates]
    label = _("The mean gate of each class, unit by unit, in a panel for each stage.")
    return (
        chart(panels, 2, (480, 200), label, CLASS_STYLE),
        chart(panels, 1, (340, 180), label, CLASS_STYLE),
    )


def _gate_panel(gate: GateMeans, span: float, in_order: bool, _: Translator) -> Panel:
    count = len(gate.means[0])
    overall = [sum(row[unit] for row in gate.means) / CLASSES for unit in range(count)]
    order = range(count) if in_order else sorted(range(count), key=overall.__getitem__)
    middle = (_least(gate) + _largest(gate)) / 2
    low = (
        min(max(middle - span / 2, 0.0), max(1.0 - span, 0.0)) if _least(gate) >= 0 and _largest(gate) <= 1 else middle - span / 2
    )
    step = next(size for size in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100, 1e9) if span / size < 5)
    first = -(-low // step) * step
    digits = max(0, -floor(log10(step)))
    ticks = tuple(
        (first + place * step, f"{first + place * step:.{digits}f}") for place in range(6) if first + place * step <= low + span
    )
    lines = [
        Line(tuple((float(x), row[unit]) for x, unit in enumerate(order)), f"k{number} thin", _("digit {number}", number=number))
        for number, row in enumerate(gate.means)
    ]
    lines.append(Line(tuple((float(x), overall[unit]) for x, unit in enumerate(order)), "all", _("all digits")))
    axis = Axis(0.0, float(max(count - 1, 1)), ((0.0, "1"), (float(max(count - 1, 1)), str(count))), unit_word(gate, _, in_order))
    return Panel(_("Stage {number}", number=gate.stage + 1), axis, Axis(low, low + span, ticks), tuple(lines))


def unit_word(gate: GateMeans, _: Translator, in_order: bool) -> str:
    """What stands on the axis of a gate's units."""
    if gate.kind == "channel":
        return _("channel") if in_order else _("channels, sorted by their mean")
    if gate.kind == "elementwise":
        return _("channel, mean of its places") if in_order else _("channels, sorted by their mean")
    return _("place") if in_order else _("places, sorted by their mean")


def share_chart(gates: Sequence[GateMeans], lang: str) -> Pair:
    """How much classes differ, stage by stage: the spread of the class means, and the share of all variance that it is."""
    _ = translator(lang)
    spreads = [(float(gate.stage + 1), gate.between**0.5) for gate in gates]
    shares = [(float(gate.stage + 1), gate.share) for gate in gates if gate.share is not None]
    chance = [(float(gate.stage + 1), gate.shuffled) for gate in gates if gate.shuffled is not None]
    x = Axis(0.7, gates[-1].stage + 1.3, tuple((float(gate.stage + 1), str(gate.stage + 1)) for gate in gates), _("stage"))
    top = max(y for _x, y in spreads) * 1.15 or 0.01
    panels = [
        Panel(_("Spread between classes"), x, Axis(0.0, top, _even_ticks(top)), (Line(tuple(spreads), "with", "", dots=True),)),
        Panel(
            _("Share of the variance"), x, _SHARE,
            (Line(tuple(chance), "without", _("classes dealt at random"), dots=True), Line(tuple(shares), "with", "", dots=True)),
            (("with", _("between classes")), ("without", _("by chance"))),
        ),
    ]  # fmt: skip
    label = _("How much the gates differ between classes, stage by stage.")
    return chart(panels, 2, (480, 200), label), chart(panels, 1, (340, 180), label)


def seeds_chart(found: Sequence[tuple[int, Sequence[GateMeans]]], lang: str) -> Pair:
    """The spread between classes and its share of the variance, stage by stage: a line for every seed."""
    _ = translator(lang)
    stages = [gate.stage + 1 for gate in found[0][1]]
    x = Axis(0.7, stages[-1] + 0.3, tuple((float(stage), str(stage)) for stage in stages), _("stage"))
    names = [_("seed {seed}", seed=seed) for seed, _track in found]
    spreads = [tuple((float(g.stage + 1), g.between**0.5) for g in track) for _seed, track in found]
    shares = [tuple((float(g.stage + 1), g.share) for g in track if g.share is not None) for _seed, track in found]
    top = max(y for points in spreads for _x, y in points) * 1.15 or 0.01
    panels = [
        Panel(_("Spread between classes"), x, Axis(0.0, top, _even_ticks(top)), _seed_lines(spreads, names)),
        Panel(_("Share of the variance"), x, _SHARE, _seed_lines(shares, names)),
    ]
    label = _("How much the gates differ between classes, stage by stage, a line for every seed.")
    return chart(panels, 2, (480, 200), label), chart(panels, 1, (340, 180), label)


def _seed_lines(found: Sequence[tuple[tuple[float, float], ...]], names: Sequence[str]) -> tuple[Line, ...]:
    return tuple(Line(points, "with thin", name, dots=True) for points, name in zip(found, names, strict=True))


def _even_ticks(top: float) -> tuple[tuple[float, str], ...]:
    step = 10 ** floor(log10(top))
    step = next(size for size in (step / 5, step / 2, step, step * 2, step * 5) if top / size <= 5)
    return tuple((place * step, f"{place * step:.3g}") for place in range(int(top / step) + 1))


def _largest(gate: GateMeans) -> float:
    return max(max(row) for row in gate.means)


def _least(gate: GateMeans) -> float:
    return min(min(row) for row in gate.means)


def _legend(nets: Mapping[Net, Seen], _: Translator) -> tuple[tuple[str, str], ...]:
    return tuple((net, net_name(net, _)) for net in nets)


def _counted(last: int, title: str, first: int = 0) -> Axis:
    step = next(size for size in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if last / size <= 6)
    values = range(step, last + 1, step)
    return Axis(float(first), float(max(last, first + 1)), tuple((float(value), str(value)) for value in values), title)


def _log(loss: float) -> float:
    return log10(max(abs(loss), _LEAST_LOSS))


def _stretched(right: int, count: int) -> float:
    """-log10 of the share that is wrong; half a picture for none."""
    return -log10(max(1 - right / count, 0.5 / count))
