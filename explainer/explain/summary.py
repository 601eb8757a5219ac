"""A module in three sentences: what it is, what is special or dear in it, what goes in and out and what it costs."""

from __future__ import annotations

from collections import defaultdict
from math import prod

from explainer.cost import macs_of, totals
from explainer.diagnosis.case import code_path
from explainer.explain.idioms import (
    Joins,
    Residual,
    bottleneck,
    conv_norm_act,
    described,
    is_depthwise,
    is_pointwise,
    joins,
    listed,
    parallel_join,
    residuals,
    separable,
    squeeze,
    widths,
    with_weights,
    working,
)  # fmt: skip
from explainer.gates import branches_of
from explainer.hazards.view import View
from explainer.labels import times
from explainer.types import Gate, Op, Sentence, sentence

_MOST_PLACES = 4


def summarise(view: View) -> tuple[Sentence, ...]:
    """Three sentences; of a forward that failed, how far it came."""
    trace = view.trace
    if trace.failure is not None:
        done = len(trace.ops)
        return (
            sentence(
                "{name} runs {count} operations and then stops; what follows is explained up to there.",
                name=trace.name,
                count=done,
            ),
        )
    first = what_it_is(view)
    return (first, second(view, first), costs(view))


def what_it_is(view: View) -> Sentence:
    """The largest idiom that the dataflow shows."""
    found, joined = residuals(view), joins(view)
    attention = [gate for gate in view.gates if gate.kind == "token-to-token"]
    if attention:
        return _attention(view, attention, len(found))
    if found:
        return _residual(view, found)
    if joined.scales or joined.dense or joined.parts:
        return _joined(view, joined)
    gates = [gate for gate in view.gates if gate.values is not None]
    if gates:
        return _gated(view, gates[0])
    return _plain_kind(view)


def _joined(view: View, found: Joins) -> Sentence:
    if len(found.scales) == 1:
        return sentence("Maps from before a smaller scale are joined to those that come back from it.")
    if found.scales:
        return sentence(
            "A U shape: maps from before a smaller scale are joined to those that come back from it, in {count} places.",
            count=len(found.scales),
        )  # fmt: skip
    if len(found.dense) == 1:
        return sentence(
            "New maps are joined to those they were computed from, which gives {made!s}.",
            made=view.shape(found.dense[0].outputs[0]),
        )
    if found.dense:
        return sentence(
            "Dense connections: in {count} places new maps are joined to those they were computed from, up to {made!s}.",
            count=len(found.dense), made=view.shape(found.dense[-1].outputs[0]),
        )  # fmt: skip
    return sentence("One part of the channels goes around the layers and is joined to what the other part became.")


def _plain_kind(view: View) -> Sentence:
    pair, layers = separable(view), working(view.live_ops)
    if pair is not None and len(layers) == 2:
        return sentence(
            "A depthwise separable convolution: {first} sees each channel by itself, {second} mixes {a} channels into {b}.",
            first=described(view, pair[0]), second=described(view, pair[1]),
            a=widths(view, pair[1])[0], b=widths(view, pair[1])[1],
        )  # fmt: skip
    join = parallel_join(view)
    if join is not None:
        return sentence(
            "Parallel branches: {count} ways are computed side by side and joined to {made!s}.",
            count=len(join.inputs), made=view.shape(join.outputs[0]),
        )  # fmt: skip
    names = listed(view, view.live_ops)
    rows = conv_norm_act(view)
    if rows and len(rows) == len(layers):
        return sentence("Convolutions, each with normalisation and activation: {layers}.", layers=names)
    if names:
        return sentence("Layers with weights, in the order in which they first run: {layers}.", layers=names)
    return sentence("No layers with weights of the usual kinds: {count} operations on numbers.", count=len(view.live_ops))


def _residual(view: View, found: tuple[Residual, ...]) -> Sentence:
    everything = listed(view, view.live_ops)
    if len(found) > 1:
        return sentence("A network with {count} residual sums: {layers}.", count=len(found), layers=everything)
    only = found[0]
    inside = {op.id for op in (*only.main, *only.short)}
    if any(op.id not in inside for op in working(view.live_ops)):
        return sentence("A residual sum over a part of the layers: {layers}.", layers=everything)
    inner, main, short = bottleneck(view, only), listed(view, only.main), listed(view, only.short)
    if inner is not None:
        return _bottleneck(view, only, inner)
    if not main:
        return sentence("A residual block: what comes in is added to what is computed from it.")
    if not only.short:
        return sentence("A residual block: what enters the main path ({main}) is added to what leaves it.", main=main)
    convs = working(only.short)
    if len(convs) == 1 and is_pointwise(view, convs[0]):
        a, b = widths(view, convs[0])
        return sentence(
            "A residual block: the main path ({main}) and a 1×1 shortcut that matches {a} to {b} channels are added.",
            main=main,
            a=a,
            b=b,
        )
    through = with_weights(view, only.short)
    if not short and through:
        return sentence(
            "A residual block: the main path ({main}) and a shortcut through {short} are added.", main=main, short=through
        )
    if not short:
        return sentence("A residual block: the main path ({main}) and a shortcut without weights are added.", main=main)
    return sentence("A residual block: the main path ({main}) and the shortcut ({short}) are added.", main=main, short=short)


def _bottleneck(view: View, residual: Residual, inner: tuple[int, int, int]) -> Sentence:
    before, middle, after = inner
    window = next(op for op in residual.main if op.base_name.startswith("conv") and not is_pointwise(view, op))
    kernel = times(view.shape(window.inputs[1])[2:])
    if middle > before and is_depthwise(view, window):
        return sentence(
            "An inverted residual: {before} channels are widened to {middle}, a depthwise {kernel} convolution sees each by"
            " itself, and they are narrowed to {after} and added to the input.",
            before=before, middle=middle, kernel=kernel, after=after,
        )  # fmt: skip
    if middle < before or middle < after:
        return sentence(
            "A bottleneck block: {before} channels are narrowed to {middle} for the {kernel} convolution and widened to {after},"
            " then added to the shortcut.",
            before=before, middle=middle, kernel=kernel, after=after,
        )  # fmt: skip
    return sentence("A residual block: the main path ({main}) and the shortcut are added.", main=listed(view, residual.main))


def _attention(view: View, found: list[Gate], sums: int) -> Sentence:
    shape = found[0].shape
    if len(found) > 1 and not sums:
        return sentence("Attention in {count} places, one after the other or side by side.", count=len(found))
    if len({gate.shape[-2:] for gate in found}) > 1:
        return sentence("Attention in {count} places and {sums} residual sums.", count=len(found), sums=sums)
    if len(found) > 1:
        return sentence(
            "Attention in {count} places, among {queries} × {keys} positions, and {sums} residual sums.",
            count=len(found), queries=shape[-2], keys=shape[-1], sums=sums,
        )  # fmt: skip
    if view.trace.values[found[0].target].origin == "parameter":
        return sentence(
            "Attention to learned vectors: each of {queries} positions weighs {keys} of them by weights of shape {shape!s} and"
            " sums them.",
            queries=shape[-2], keys=shape[-1], shape=shape,
        )  # fmt: skip
    if among_channels(view, found[0]):
        return sentence(
            "Attention among channels: each of {count} channels weighs all {count} by weights of shape {shape!s} and sums them.",
            count=shape[-1], shape=shape,
        )  # fmt: skip
    if sums:
        return sentence(
            "Attention with a residual sum: each of {queries} positions weighs {keys} positions by weights of shape {shape!s}.",
            queries=shape[-2], keys=shape[-1], shape=shape,
        )  # fmt: skip
    return sentence(
        "Attention: each of {queries} positions weighs {keys} positions by weights of shape {shape!s} and sums them.",
        queries=shape[-2], keys=shape[-1], shape=shape,
    )  # fmt: skip


def among_channels(view: View, gate: Gate) -> bool:
    """Whether the rows that attention weighs are channels: those of a map whose positions were laid out along the other axis."""
    value, op = gate.target, view.trace.ops[gate.op]
    shape, axis = view.shape(value), -2 if op.inputs and op.inputs[-1] == gate.target else -1
    made = view.flow.producer(value)
    while made is not None and made.base_name in ("transpose", "permute", "mT") and len(shape) == 3:
        value, axis = made.inputs[0], -3 - axis
        made = view.flow.producer(value)
    if made is None or made.base_name not in ("view", "reshape", "flatten") or len(view.shape(value)) != 3:
        return False
    before, after = view.shape(made.inputs[0]), view.shape(value)
    return len(before) > 3 and after[1] == before[1] and prod(before[2:]) == after[2] and axis == -2


def _gated(view: View, gate: Gate) -> Sentence:
    target = view.shape(gate.target)
    if squeeze(view, gate):
        return sentence(
            "Squeeze and excitation: every channel of {target!s} is averaged to one number, and from those numbers comes a weight"
            " for each channel.",
            target=target,
        )  # fmt: skip
    return gate_words(view, gate)


def gate_words(view: View, gate: Gate) -> Sentence:
    """What a gate weighs, by its kind."""
    target = view.shape(gate.target)
    branches = branches_of(gate, view.trace, view.flow)
    if branches:
        return sentence(
            "A mixture: weights {gate!s} say how much each of {count} branches of {target!s} counts.",
            gate=gate.shape, count=branches, target=target,
        )  # fmt: skip
    if gate.kind == "channel":
        return sentence(
            "A channel gate: weights {gate!s} multiply the channels of {target!s}.",
            gate=gate.shape,
            target=target,
        )
    if gate.kind == "spatial":
        return sentence(
            "A spatial gate: weights {gate!s} multiply every position of {target!s}, alike in all channels.",
            gate=gate.shape,
            target=target,
        )
    if gate.kind == "token-to-token":
        return sentence("Attention weights {gate!s} say how much each position takes from each other one.", gate=gate.shape)
    return sentence("A gate: weights {gate!s} multiply {target!s}.", gate=gate.shape, target=target)


def second(view: View, first: Sentence) -> Sentence:
    """A gate that the first sentence did not tell of; else where the work is."""
    gates = [gate for gate in view.gates if gate.values is not None and gate.kind != "token-to-token"]
    last = gate_words(view, gates[-1]) if gates else None
    has_more = residuals(view) or any((joins(view).dense, joins(view).scales, joins(view).parts)) or len(gates) > 1
    if last is not None and last != first and has_more:
        return last
    return _most_work(view)


def _most_work(view: View) -> Sentence:
    """Where the most multiply-adds are: in a layer, however often it is called, or in an op outside of layers."""
    work: dict[str, list[tuple[int, Op]]] = defaultdict(list)
    for op in view.live_ops:
        module = view.modules.get(op.scope)
        place = op.scope if module is not None and module.builtin else f"op {op.id}"
        work[place].append((macs_of(op, view.trace) or 0, op))
    amounts = {place: sum(macs for macs, _ in found) for place, found in work.items()}
    total, most = sum(amounts.values()), max(amounts.values(), default=0)
    if not total:
        return sentence("It needs no multiply-adds of the kinds that are counted.")
    alike = [place for place, amount in amounts.items() if amount == most]
    details = [_detail(view, place, [op for macs, op in work[place] if macs]) for place in alike[:_MOST_PLACES]]
    if len(alike) > 1:
        names = [detail if place not in view.modules else code_path(place) for place, detail in zip(alike, details, strict=False)]
        return sentence(
            "The most work is in {count} places alike ({names}): {share:.0%} of the multiply-adds each.",
            count=len(alike), names=", ".join(names) + (", …" if len(alike) > _MOST_PLACES else ""), share=most / total,
        )  # fmt: skip
    if alike[0] not in view.modules:
        return sentence("The most work is in {detail}: {share:.0%} of the multiply-adds.", detail=details[0], share=most / total)
    return sentence(
        "The most work is in {layer}, {detail}: {share:.0%} of the multiply-adds.",
        layer=code_path(alike[0]), detail=details[0], share=most / total,
    )  # fmt: skip


def _detail(view: View, place: str, ops: list[Op]) -> str:
    """The layer's numbers where all of its work is of one kind, else its class."""
    kinds = {described(view, op) for op in ops}
    return kinds.pop() if len(kinds) == 1 or place not in view.modules else view.modules[place].type_name


def costs(view: View) -> Sentence:
    trace, cost = view.trace, totals(view.trace)
    before = ", ".join(str(trace.shape(v)) for v in trace.inputs[:3]) or "–"
    after = ", ".join(str(trace.shape(v)) for v in trace.outputs[:3]) or "–"
    if cost.uncounted:
        return sentence(
            "{before} becomes {after}, with {params:,} parameters and at least {macs:,} multiply-adds; not counted: {names}.",
            before=before, after=after, params=cost.param_count, macs=cost.macs, names=", ".join(cost.uncounted),
        )  # fmt: skip
    return sentence(
        "{before} becomes {after}, with {params:,} parameters and {macs:,} multiply-adds.",
        before=before, after=after, params=cost.param_count, macs=cost.macs,
    )  # fmt: skip
