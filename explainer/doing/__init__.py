"""What one op does, in a sentence with this run's numbers: the one place where it is said.

elementwise.py  every number by itself, two tensors number by number
weighing.py     sums of products: convolutions, linear layers, matrix products, attention, recurrence
scaling.py      norms, softmax, dropout
reducing.py     pools and reductions
moving.py       the same numbers elsewhere: views, axes, parts, joins, padding, resizing
making.py       new tensors that no number of the input is in
waves.py        complex numbers and Fourier transforms
sizes.py        what they read of an op

A sentence is never guessed: where the numbers of a call are not all known, its words give None, and only the shapes are told.
"""

from __future__ import annotations

from explainer.doing import elementwise, making, moving, reducing, scaling, waves, weighing
from explainer.doing.sizes import after
from explainer.gates import branches_of
from explainer.language import say_shape
from explainer.types import Fill, Gate, Op, Sentence, Trace, sentence

_WORDS = {**elementwise.WORDS, **weighing.WORDS, **scaling.WORDS, **reducing.WORDS, **moving.WORDS, **making.WORDS, **waves.WORDS}
_MOST_OPERANDS = 4


def doing(op: Op, trace: Trace, gate: Gate | None = None) -> Sentence:
    """What an op does, ``gate`` being the one that it applies, if it applies one; its shapes where no words are known for it."""
    if gate is not None and gate.values is not None:
        return _gated(op, trace, gate)
    words = _WORDS.get(op.base_name)
    return (words(op, trace) if words else None) or _shapes(op, trace)


def _shapes(op: Op, trace: Trace) -> Sentence:
    shapes, result = tuple(trace.shape(value) for value in op.inputs), after(op, trace)
    before = ", ".join(say_shape(shape) or "1" for shape in shapes[:_MOST_OPERANDS])
    if not shapes:
        return sentence("{name} makes a new tensor of {after}.", name=op.base_name, after=say_shape(result) or "1")
    if not result:
        return sentence("{name} makes one number from {before}.", name=op.base_name, before=before)
    return sentence("{name} makes {after} from {before}.", name=op.base_name, before=before, after=result)


def _gated(op: Op, trace: Trace, gate: Gate) -> Sentence:
    numbers: dict[str, Fill] = {"gate": gate.shape, "after": after(op, trace)}
    if trace.values[gate.target].origin == "parameter":
        return sentence("Learned rows are weighted by {gate} and summed up: {after}.", **numbers)
    if op.base_name in ("matmul", "bmm", "mm", "mv", "einsum") and gate.kind != "token-to-token":
        return sentence("What is weighted by {gate} is summed up: {after}.", **numbers)
    branches = branches_of(gate, trace)
    if branches:
        return sentence("Each of the {count} branches is multiplied by its own weight; {gate} is broadcast to {after}.",
                        count=branches, **numbers)  # fmt: skip
    if gate.kind == "channel":
        count = max(gate.shape[1:], default=1)
        return sentence("Each of the {count} channels is multiplied by its own weight; {gate} is broadcast to {after}.",
                        count=count, **numbers)  # fmt: skip
    if gate.kind == "spatial":
        return sentence(
            "Every position is multiplied by its own weight, the same for all channels: {gate} over {after}.", **numbers
        )
    if gate.kind == "token-to-token":
        if len(gate.shape) > 1 and gate.shape[-1] == gate.shape[-2]:
            return sentence("Every position gathers the values of all positions, weighted by {gate}.", **numbers)
        return sentence("Values are gathered, weighted by {gate}: {after}.", **numbers)
    if gate.kind == "elementwise":
        return sentence("Every element is multiplied by its own weight, {gate}.", **numbers)
    return sentence("The weights {gate} multiply the features along the axes that they have: {after}.", **numbers)
