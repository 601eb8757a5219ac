"""What one step does, in a sentence with this run's numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import TypeAlias

from explainer.formulas import ELEMENTWISE
from explainer.labels import SYMBOLS, detail_of, kind_of
from explainer.types import Fill, Gate, Op, Sentence, Shape, Trace, sentence

_Words: TypeAlias = "Callable[[Op, Trace], Sentence]"

_VIEWS = frozenset("view reshape flatten unflatten squeeze unsqueeze view_as reshape_as".split())
_TURNS = frozenset("transpose permute T mT swapaxes movedim".split())
_PARTS = frozenset("getitem chunk split unbind select narrow".split())
_PAIRS = frozenset("add sub mul div maximum minimum pow".split())


def words_of(op: Op, trace: Trace, gate: Gate | None = None) -> Sentence:
    """The sentence of an op; ``gate`` is the one that it applies, if it applies one."""
    if gate is not None and gate.values is not None:
        return _gate(op, trace, gate)
    name = op.base_name
    special = _WORDS.get(name)
    if special is not None:
        return special(op, trace)
    if name.startswith("conv"):
        return _conv(op, trace)
    if kind_of(op) == "pool":
        return _pool(op, trace) if "pool" in name else _reduction(op, trace)
    for names, words in _FAMILIES:
        if name in names:
            return words(op, trace)
    if name in ELEMENTWISE and len(op.inputs) == 1:
        return sentence("Every number passes through {name} by itself; the shape stays.", name=detail_of(op, trace))
    if not op.inputs:
        return sentence("{name} makes {shape!s}.", name=name, shape=_after(op, trace))
    return sentence("{name} makes {after} from {before}.", name=name, before=_before(op, trace), after=_after(op, trace))


def _before(op: Op, trace: Trace) -> Shape:
    return trace.shape(op.inputs[0]) if op.inputs else ()


def _after(op: Op, trace: Trace) -> Shape:
    return trace.shape(op.outputs[0]) if op.outputs else ()


def _conv(op: Op, trace: Trace) -> Sentence:
    weight, before, after = trace.shape(op.inputs[1]), _before(op, trace), _after(op, trace)
    rank = len(weight) - 2
    numbers: dict[str, Fill] = {"cin": before[-rank - 1], "cout": after[-rank - 1], "kernel": weight[2:]}
    numbers |= {"before": before[-rank:], "after": after[-rank:]}
    groups = op.attribute("groups", 1)
    if "transpose" in op.name:
        return sentence(
            "Every input position adds a window of {kernel} to the output: {cin} channels become {cout},"
            " {before} positions become {after}.",
            **numbers,
        )
    if isinstance(groups, int) and groups > 1:
        return sentence(
            "The {cin} channels are split into {groups} groups that do not mix; in each, windows of {kernel} are summed up:"
            " {cout} channels, {after} positions.",
            groups=groups,
            **numbers,
        )
    if set(weight[2:]) == {1}:
        return sentence(
            "At each of the {after} positions the {cin} channels are mixed into {cout}; neighbours are not looked at.", **numbers
        )
    return sentence(
        "{cout} filters sum up windows of {kernel} over all {cin} channels: {before} positions become {after}.", **numbers
    )


def _linear(op: Op, trace: Trace) -> Sentence:
    cout, cin = trace.shape(op.inputs[1])[-2:]
    return sentence("Each of the {cout} outputs is a weighted sum of all {cin} inputs.", cin=cin, cout=cout)


def _batch_norm(op: Op, trace: Trace) -> Sentence:
    channels = _before(op, trace)[1] if len(_before(op, trace)) > 1 else 1
    if op.attribute("training"):
        return sentence(
            "Each of the {channels} channels is brought to mean 0 and variance 1 over this batch, then scaled and shifted.",
            channels=channels,
        )
    return sentence(
        "Each of the {channels} channels is scaled and shifted with the mean and variance stored during training.",
        channels=channels,
    )


def _layer_norm(op: Op, trace: Trace) -> Sentence:
    shape = op.attribute("normalized_shape")
    sizes = tuple(n for n in shape if isinstance(n, int)) if isinstance(shape, tuple) else _before(op, trace)[-1:]
    return sentence("At every position its {size} numbers are brought to mean 0 and variance 1.", size=sizes)


def _group_norm(op: Op, _trace: Trace) -> Sentence:
    groups = op.attribute("num_groups", 1)
    return sentence(
        "Each sample's channels, in {groups} groups, are brought to mean 0 and variance 1.",
        groups=groups if isinstance(groups, int) else 1,
    )


def _softmax(op: Op, trace: Trace) -> Sentence:
    dim, shape = op.attribute("dim"), _before(op, trace)
    size = shape[dim] if isinstance(dim, int) and -len(shape) <= dim < len(shape) else prod(shape[-1:])
    return sentence("Every {size} numbers become weights between 0 and 1 that add up to 1.", size=size)


def _pool(op: Op, trace: Trace) -> Sentence:
    before, after = _before(op, trace), _after(op, trace)
    rank = next((int(letter) for letter in op.name if letter.isdigit()), 2)
    values: dict[str, Fill] = {"before": before[-rank:], "after": after[-rank:], "count": prod(before[-rank:])}
    if prod(after[-rank:]) == 1:
        if "max" in op.name:
            return sentence("Every channel keeps the largest of its {count:,} positions.", **values)
        return sentence("Every channel is averaged over its {count:,} positions: one number is left of it.", **values)
    if "max" in op.name:
        return sentence("Each window keeps its largest number: {before} positions become {after}.", **values)
    return sentence("Each window is averaged: {before} positions become {after}.", **values)


def _reduction(op: Op, trace: Trace) -> Sentence:
    before, after = _before(op, trace), _after(op, trace)
    count = prod(before) // max(prod(after), 1)
    return sentence("Every {count:,} numbers become one, their {name}.", count=count, name=op.base_name)


def _view(op: Op, trace: Trace) -> Sentence:
    return sentence(
        "The same {count:,} numbers with other axes, {before} → {after}; nothing is computed.",
        count=prod(_after(op, trace)),
        before=_before(op, trace),
        after=_after(op, trace),
    )


def _turn(op: Op, trace: Trace) -> Sentence:
    return sentence(
        "The axes change places, {before} → {after}; no number changes.", before=_before(op, trace), after=_after(op, trace)
    )


def _part(op: Op, trace: Trace) -> Sentence:
    return sentence(
        "A part of the tensor is taken, {after} of {before}; nothing is computed.",
        before=_before(op, trace),
        after=_after(op, trace),
    )


def _join(op: Op, trace: Trace) -> Sentence:
    dim = op.attribute("dim", 0)
    if op.base_name == "stack" or not isinstance(dim, int):
        return sentence("{count} tensors are put side by side along a new axis.", count=len(op.inputs))
    sizes = [trace.shape(value)[dim] for value in op.inputs if -len(trace.shape(value)) <= dim < len(trace.shape(value))]
    return sentence(
        "{count} tensors are put one behind the other along axis {axis}: {sizes} = {total}.",
        count=len(op.inputs),
        axis=dim,
        sizes=" + ".join(map(str, sizes)),
        total=sum(sizes),
    )


def _pair(op: Op, trace: Trace) -> Sentence:
    sign = SYMBOLS.get(op.base_name, op.base_name)
    if len(op.inputs) < 2:
        other = op.attribute("other")
        fill = other if isinstance(other, (int, float)) else "?"
        return sentence("{sign} {other} is applied to every number; the shape stays.", sign=sign, other=fill)
    after = _after(op, trace)
    small = next((trace.shape(value) for value in op.inputs[:2] if trace.shape(value) != after), None)
    if small is not None:
        return sentence(
            "Element by element with {sign}; {small} is broadcast to {after}: its missing axes are used again and again.",
            sign=sign,
            small=small,
            after=after,
        )
    if op.overwrites:
        return sentence("Two tensors of {after} meet element by element with {sign}; the first one's memory is overwritten.",
                        sign=sign, after=after)  # fmt: skip
    return sentence("Two tensors of {after} meet element by element with {sign}.", sign=sign, after=after)


def _matmul(op: Op, trace: Trace) -> Sentence:
    left, right = (trace.shape(value) for value in op.inputs[:2])
    return sentence(
        "Matrix product of {left} and {right}: every result is a sum of {inner} products.", left=left, right=right, inner=left[-1]
    )


def _attention(op: Op, trace: Trace) -> Sentence:
    query, key = trace.shape(op.inputs[0]), trace.shape(op.inputs[1])
    return sentence(
        "Each of the {queries} queries is compared with {keys} keys; the softmax of that weights the values it gathers.",
        queries=query[-2],
        keys=key[-2],
    )


def _dropout(op: Op, _trace: Trace) -> Sentence:
    p = op.attribute("p", 0.5)
    share = float(p) if isinstance(p, (int, float)) else 0.5
    if op.attribute("training"):
        return sentence("Sets each number to 0 with probability {p}, and scales the others up.", p=share)
    return sentence("Lets everything through in evaluation; in training it would set a share of {p} to 0.", p=share)


def _embedding(op: Op, trace: Trace) -> Sentence:
    after = _after(op, trace)
    return sentence("Each index is replaced by a row of {size} learned numbers.", size=after[-1] if after else 0)


def _gate(op: Op, trace: Trace, gate: Gate) -> Sentence:
    after = _after(op, trace)
    numbers: dict[str, Fill] = {"gate": gate.shape, "after": after}
    if gate.kind == "channel":
        count = max(gate.shape[1:], default=1)
        return sentence("Each of the {count} channels is multiplied by its own weight; {gate} is broadcast to {after}.",
                        count=count, **numbers)  # fmt: skip
    if gate.kind == "spatial":
        return sentence(
            "Every position is multiplied by its own weight, the same for all channels: {gate} over {after}.", **numbers
        )
    if gate.kind == "token-to-token":
        return sentence("Every position gathers the values of the others, weighted by {gate}.", **numbers)
    if gate.kind == "elementwise":
        return sentence("Every element is multiplied by its own weight, {gate}.", **numbers)
    return sentence("The weights {gate} multiply the features along the axes that they have: {after}.", **numbers)


def _plain(text: Sentence) -> _Words:
    return lambda _op, _trace: text


_WORDS: Mapping[str, _Words] = {
    "linear": _linear,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "rms_norm": _layer_norm,
    "group_norm": _group_norm,
    "softmax": _softmax,
    "relu": _plain(sentence("Negative numbers become 0, the others pass; the shape stays.")),
    "sigmoid": _plain(sentence("Every number is pressed between 0 and 1; the shape stays.")),
    "hardsigmoid": _plain(sentence("Every number is pressed between 0 and 1; the shape stays.")),
    "tanh": _plain(sentence("Every number is pressed between −1 and 1; the shape stays.")),
    "matmul": _matmul,
    "bmm": _matmul,
    "scaled_dot_product_attention": _attention,
    "dropout": _dropout,
    "embedding": _embedding,
    "cat": _join,
    "stack": _join,
}
_FAMILIES: tuple[tuple[frozenset[str], _Words], ...] = ((_VIEWS, _view), (_TURNS, _turn), (_PARTS, _part), (_PAIRS, _pair))
