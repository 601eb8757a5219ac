"""What a gate changes: the module without it, with it wide open, evened out, with a channel shut; output and gradient each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from explainer.attention import weights as weighing
from explainer.attention.changes import change_of, mixes
from explainer.attention.observe import Subject, made_inputs, planned
from explainer.attention.places import Axes, aligned, axes_of, places_of
from explainer.attention.records import ChangeKind, Effect, Effects, Grid, Photo, Weights, grid_of
from explainer.cost import totals
from explainer.dataflow import Dataflow
from explainer.errors import InvalidInput, TooLarge
from explainer.examine import check_size
from explainer.trace import run
from explainer.tracing.options import Change, Options
from explainer.types import Gate, Op, Sentence, Trace, sentence

MAX_MACS = 3_000_000_000


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The output (units, rows, columns) and the gradient with respect to the first input, None where torch has none."""

    output: Tensor
    gradient: Tensor | None


def effects(
    subject: Subject, photo: Photo, weights: Weights, number: int, unit: int = -1, channel: int = -1, max_macs: int = MAX_MACS
) -> Effects:
    """The unchanged module and one row for each change of gate ``number``; ``unit`` is the one that is set to 0.

    Of the output, ``channel`` is shown; -1 for the one that changes most when the gate is off. InvalidInput if there is no such
    gate, TooLarge if so many forwards and their gradients would take too long.
    """
    plan, gates = planned(subject, weighing.built(subject.make, weights)[0], 1)
    if number >= len(gates):
        raise InvalidInput("There is no gate number {number} in this module.", number=number + 1)
    if totals(plan).macs > max_macs:
        raise TooLarge(
            "What a gate changes takes a forward and a gradient for every change: {macs:,} multiply-adds each, and this server"
            " computes at most {given:,}. A smaller input shows it.",
            macs=totals(plan).macs,
            given=max_macs,
        )
    check_size(plan)
    gate, flow = gates[number], Dataflow(plan)
    axis, count = _unit_axis(flow, gate)
    unit = unit if 0 <= unit < count else 0
    runner = _Runner(subject, photo, weights, plan, flow)
    first = runner.outcome({})
    kinds = kinds_of(plan, gate, has_units=count > 1)
    found = {kind: runner.outcome(change_of(plan, gate, kind, axis, unit)) for kind in kinds}
    if not 0 <= channel < len(first.output):
        channel = _most_changed(first, found[kinds[0]])
    rows = (_effect(runner, "on", first, first, channel), *(_effect(runner, k, first, o, channel) for k, o in found.items()))
    return Effects(number, unit, channel, rows, _notes(first))


def kinds_of(trace: Trace, gate: Gate, *, has_units: bool) -> tuple[ChangeKind, ...]:
    """The changes that make sense for a gate: where it takes a weighted sum, weights of 1 would make another kind of sum."""
    if mixes(trace, gate):
        return ("off", "even", "held")
    return ("off", "ones", "even", "zero", "held") if has_units else ("off", "ones", "even", "held")


def _unit_axis(flow: Dataflow, gate: Gate) -> tuple[int | None, int]:
    """The axis of the weights that counts channels, from the end, and how many there are; (None, 0) where there are none."""
    trace, product = flow.trace, flow.trace.ops[gate.op]
    if mixes(trace, gate) or gate.kind == "spatial":
        return None, 0
    shape = trace.shape(product.outputs[0])
    if gate.values is None:
        weights = shape
    else:
        weights = tuple(aligned(trace, gate, torch.empty(trace.shape(gate.values), device="meta"), len(shape)).shape)
    free = frozenset(axis for axis, size in enumerate(weights) if axis and size > 1)
    axes = axes_of(flow, gate.target if gate.values is not None else product.outputs[0], len(shape), free)
    if axes.channel is None or weights[axes.channel] < 2:
        return None, 0
    return _axis_of_operand(trace, gate, axes.channel, len(shape)), weights[axes.channel]


def _axis_of_operand(trace: Trace, gate: Gate, axis: int, rank: int) -> int:
    """An axis of a product as that of its weights, from the end; an einsum's weights have axes in an order of their own."""
    product = trace.ops[gate.op]
    if product.base_name != "einsum":
        return axis - rank
    left, _, result = str(product.attribute("equation")).replace(" ", "").partition("->")
    term = left.split(",")[0 if product.inputs[0] != gate.target else 1]
    return term.index(result[axis]) - len(term)


@dataclass(frozen=True, slots=True)
class _Runner:
    """Runs the module on one picture, freshly built each time: a forward may write to what it is given."""

    subject: Subject
    photo: Photo
    weights: Weights
    plan: Trace
    flow: Dataflow

    @property
    def axes(self) -> Axes:
        value = self.plan.outputs[0]
        return axes_of(self.flow, value, len(self.plan.shape(value)))

    def outcome(self, changes: dict[int, tuple[Op, Change]]) -> _Outcome:
        module, _ = weighing.built(self.subject.make, self.weights)
        weighing.edit(module, self.weights.edits)
        module.to(self.subject.device)
        given = [tensor.to(self.subject.device) for tensor in made_inputs(self.subject, (self.photo,), self.weights.seed)]
        leaf = given[0]
        if leaf.is_floating_point():
            leaf.requires_grad_()
            given[0] = leaf.clone()  # the module may write to its input, and autograd wants no writes to a leaf
        if not self.plan.outputs:
            raise InvalidInput("The module returns no tensor.")
        wanted = self.plan.outputs[0]
        options = Options(files=self.subject.files, keep=frozenset((wanted,)), changes=changes, grad=True)
        found, kept = run(module, tuple(given), {}, options)
        if found.failure is not None or wanted not in kept:
            message = found.failure.message[:300] if found.failure else ""
            raise InvalidInput("The forward stops: {message}", message=message)
        output = kept[wanted].float()
        return _Outcome(self.axes.lay(output.detach().cpu())[0], _gradient(output, leaf))


def _gradient(output: Tensor, leaf: Tensor) -> Tensor | None:
    """Of half the output's squared size; None where torch cannot tell, as after a write to what a gradient needs."""
    if not leaf.requires_grad or not output.requires_grad:
        return torch.zeros_like(leaf).cpu() if leaf.requires_grad else None
    try:
        (found,) = torch.autograd.grad(output.square().sum() / 2, leaf, allow_unused=True)
    except RuntimeError:
        return None
    return torch.zeros_like(leaf).cpu() if found is None else found.detach().cpu()


def _effect(runner: _Runner, kind: ChangeKind | str, first: _Outcome, now: _Outcome, channel: int) -> Effect:
    gradient = None if now.gradient is None or not math.isfinite(_size(now.gradient)) else _size(now.gradient)
    change = None
    if first.gradient is not None and now.gradient is not None:
        change = _relative(now.gradient, first.gradient)
    return Effect(
        kind,  # type: ignore[arg-type]
        _relative(now.output, first.output),
        tuple(_relative(a, b) for a, b in zip(now.output, first.output, strict=True)),
        gradient,
        change,
        _map(runner, now.output[channel]),
        None if now.gradient is None else _sensitivity(runner, now.gradient),
    )


def _size(numbers: Tensor) -> float:
    return float(numbers.double().norm())


def _relative(now: Tensor, before: Tensor) -> float | None:
    """How far apart, as a share of the size before; None where that is 0 and something came of it."""
    apart, size = _size(now.double() - before.double()), _size(before)
    found = apart / size if size else (0.0 if apart == 0 else math.inf)
    return found if math.isfinite(found) else None


def _most_changed(first: _Outcome, now: _Outcome) -> int:
    apart = (now.output - first.output).flatten(1).norm(dim=1)
    return int(apart.argmax())


def _map(runner: _Runner, places: Tensor) -> Grid | None:
    """A channel of the output as a map; None where it has no places."""
    if places.numel() == 1:
        return None
    return grid_of(_laid_out(runner, places))


def _sensitivity(runner: _Runner, gradient: Tensor) -> Grid | None:
    """The root of the mean square of the gradient at each place of the input."""
    value = runner.plan.inputs[0]
    axes = axes_of(runner.flow, value, gradient.dim())
    return _map(runner, axes.lay(gradient)[0].square().mean(0).sqrt())


def _laid_out(runner: _Runner, places: Tensor) -> Tensor:
    if places.shape[0] > 1 or places.shape[1] == 1:
        return places
    rows, columns, has_class = places_of(runner.plan, places.shape[1], len(runner.plan.values))
    return places[0, int(has_class) :].reshape(rows, columns)


def _notes(first: _Outcome) -> tuple[Sentence, ...]:
    if first.gradient is None:
        return (sentence("There is no gradient here: torch cannot follow this forward back to its input."),)
    return ()
