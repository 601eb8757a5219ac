"""A module in three sentences: what it is, what is special or dear in it, what goes in and out and what it costs."""

from __future__ import annotations

from explainer.cost import macs_of, totals
from explainer.explain.idioms import (
    Residual,
    bottleneck,
    conv_norm_act,
    dense_joins,
    is_depthwise,
    is_pointwise,
    listed,
    parallel_join,
    residuals,
    separable,
    squeeze,
    widths,
    working,
)  # fmt: skip
from explainer.hazards.view import View
from explainer.labels import detail_of, times
from explainer.types import Gate, Sentence, sentence


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
    return (first, second(view), costs(view))


def what_it_is(view: View) -> Sentence:
    """The largest idiom that the dataflow shows."""
    found = residuals(view)
    attention = [gate for gate in view.gates if gate.kind == "token-to-token"]
    if attention and found:
        return _transformer(view, attention, len(found))
    if found:
        return _residual(view, found)
    if attention:
        return _attention(view, attention[0])
    joins = dense_joins(view)
    if joins:
        made = view.shape(joins[-1].outputs[0])
        return sentence(
            "A dense block: {count} times new maps are joined to those they were computed from, up to {made!s}.",
            count=len(joins),
            made=made,
        )
    gates = [gate for gate in view.gates if gate.values is not None]
    if gates:
        return _gated(view, gates[0])
    return _plain_kind(view)


def _plain_kind(view: View) -> Sentence:
    pair = separable(view)
    if pair is not None:
        return sentence(
            "A depthwise separable convolution: {first} sees each channel by itself, {second} mixes {a} channels into {b}.",
            first=detail_of(pair[0], view.trace), second=detail_of(pair[1], view.trace), a=widths(view, pair[1])[0], b=widths(view, pair[1])[1],
        )  # fmt: skip
    join = parallel_join(view)
    if join is not None:
        return sentence(
            "Parallel branches: {count} ways are computed side by side and joined to {made!s}.",
            count=len(join.inputs),
            made=view.shape(join.outputs[0]),
        )
    rows = conv_norm_act(view)
    layers = listed(view, view.live_ops)
    if rows and len(rows) == len(working(view.live_ops)):
        return sentence(
            "{count} times convolution, normalisation and activation in a row: {layers}.", count=len(rows), layers=layers
        )
    if layers:
        return sentence("A chain of layers: {layers}.", layers=layers)
    return sentence(
        "{name} has no layers with weights of the usual kinds: {count} operations on numbers.",
        name=view.trace.name,
        count=len(view.live_ops),
    )


def _residual(view: View, found: tuple[Residual, ...]) -> Sentence:
    if len(found) > 1:
        return sentence(
            "{count} residual sums one after the other, with {layers} in all.",
            count=len(found),
            layers=listed(view, view.live_ops),
        )
    only = found[0]
    inner = bottleneck(view, only)
    main = listed(view, only.main)
    if inner is not None:
        return _bottleneck(view, only, inner)
    short = listed(view, only.short)
    if not main:
        return sentence("A residual block: what comes in is added to what is computed from it.")
    if not only.short:
        return sentence("A residual block: the input itself is added to the main path ({main}).", main=main)
    convs = working(only.short)
    if len(convs) == 1 and is_pointwise(view, convs[0]):
        a, b = widths(view, convs[0])
        return sentence(
            "A residual block: the main path ({main}) and a 1×1 shortcut that matches {a} to {b} channels are added.",
            main=main,
            a=a,
            b=b,
        )
    return sentence(
        "A residual block: the main path ({main}) and the shortcut ({short}) are added.", main=main, short=short or "–"
    )


def _bottleneck(view: View, residual: Residual, inner: tuple[int, int, int]) -> Sentence:
    before, middle, after = inner
    window = [op for op in residual.main if op.base_name.startswith("conv") and not is_pointwise(view, op)][0]
    kernel = times(view.shape(window.inputs[1])[2:])
    if middle > before and is_depthwise(view, window):
        return sentence(
            "An inverted residual: {before} channels are widened to {middle}, a depthwise {kernel} convolution sees each by itself, and"
            " they are narrowed to {after} and added to the input.",
            before=before, middle=middle, kernel=kernel, after=after,
        )  # fmt: skip
    if middle < before or middle < after:
        return sentence(
            "A bottleneck block: {before} channels are narrowed to {middle} for the {kernel} convolution and widened to {after}, then added"
            " to the shortcut.",
            before=before, middle=middle, kernel=kernel, after=after,
        )  # fmt: skip
    return sentence("A residual block: the main path ({main}) and the shortcut are added.", main=listed(view, residual.main))


def _transformer(view: View, attention: list[Gate], sums: int) -> Sentence:
    shape = attention[0].shape
    return sentence(
        "{count} times attention among {queries} × {keys} tokens, with {sums} residual sums around it and the other layers.",
        count=len(attention), queries=shape[-2], keys=shape[-1], sums=sums,
    )  # fmt: skip


def _attention(view: View, gate: Gate) -> Sentence:
    return sentence(
        "Attention: each of {queries} positions weighs {keys} others, by weights of shape {shape!s}, and sums them.",
        queries=gate.shape[-2], keys=gate.shape[-1], shape=gate.shape,
    )  # fmt: skip


def _gated(view: View, gate: Gate) -> Sentence:
    target = view.shape(gate.target)
    if squeeze(view, gate):
        return sentence(
            "Squeeze and excitation: every channel of {target!s} is averaged to one number, and from those numbers comes a weight for each"
            " channel.",
            target=target,
        )  # fmt: skip
    return gate_words(gate, target)


def gate_words(gate: Gate, target: tuple[int, ...]) -> Sentence:
    """What a gate weighs, by its kind."""
    if gate.kind == "channel":
        return sentence(
            "A channel gate: weights {gate!s} between 0 and 1 multiply the channels of {target!s}.",
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


def second(view: View) -> Sentence:
    """A gate that the first sentence did not tell of; else where the work is."""
    gates = [gate for gate in view.gates if gate.values is not None and gate.kind != "token-to-token"]
    if gates and (residuals(view) or dense_joins(view) or len(gates) > 1):
        return gate_words(gates[-1], view.shape(gates[-1].target))
    work = [(macs_of(op, view.trace) or 0, op) for op in view.live_ops]
    total = sum(macs for macs, _ in work)
    if not total:
        return sentence("It needs no multiply-adds of the kinds that are counted.")
    most, op = max(work, key=lambda pair: pair[0])
    return sentence(
        "The most work is in {layer}, {detail}: {share:.0%} of the multiply-adds.",
        layer=view.name_of(op), detail=detail_of(op, view.trace), share=most / total,
    )  # fmt: skip


def costs(view: View) -> Sentence:
    trace, cost = view.trace, totals(view.trace)
    before = ", ".join(str(trace.shape(v)) for v in trace.inputs[:3]) or "–"
    after = ", ".join(str(trace.shape(v)) for v in trace.outputs[:3]) or "–"
    if cost.uncounted:
        return sentence(
            "{before} becomes {after}, with {params:,} parameters and at least {macs:,} multiply-adds; {names} are not counted.",
            before=before, after=after, params=cost.param_count, macs=cost.macs, names=", ".join(cost.uncounted),
        )  # fmt: skip
    return sentence(
        "{before} becomes {after}, with {params:,} parameters and {macs:,} multiply-adds.",
        before=before, after=after, params=cost.param_count, macs=cost.macs,
    )  # fmt: skip
