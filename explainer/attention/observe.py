"""A module run once on pictures, and every gate in it read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from explainer.attention import weights as weighing
from explainer.attention.gate_reading import picked_units, read_gate, wanted_values
from explainer.attention.parts import layer_with, way_to
from explainer.attention.records import Feed, GateSeen, Knob, Photo, Seen, Wanted, Weights
from explainer.attention.stem import fed, feed_of, tensor_of
from explainer.cost import totals
from explainer.dataflow import Dataflow
from explainer.errors import InvalidInput
from explainer.examine import check_size
from explainer.gates import find_gates
from explainer.trace import run
from explainer.tracing.options import Options
from explainer.types import Gate, Input, Sentence, Shape, Trace, sentence

Make = Callable[[], nn.Module]

MOST_SAMPLES_BYTES = 192 << 20
MOST_GATES = 24
_MAPS = 4  # axes of a batch of maps
_QUICK = Options(max_real_bytes=0, max_real_macs=0)


@dataclass(frozen=True, slots=True)
class Subject:
    """A module to look at: how it is built, its inputs, the files whose lines are told, and where it runs.

    ``max_macs`` bounds the forward on one picture, ``spare_macs`` those on further pictures beside it.
    """

    make: Make
    inputs: tuple[Input, ...]
    files: frozenset[str] = frozenset()
    device: str = "cpu"
    max_macs: int = 20_000_000_000
    spare_macs: int = 4_000_000_000


def see(subject: Subject, photos: Sequence[Photo], weights: Weights, wanted: Wanted) -> Seen:
    """Every gate of the module, the first picture's in full and the others' beside it.

    TooLarge if its tensors would not fit, InvalidInput if the forward fails. Safe on any thread.
    """
    module, report = weighing.built(subject.make, weights)
    number = weighing.number_at(module, wanted.knob, wanted.index)
    weighing.edit(module, weights.edits)
    one, gates = planned(subject, module, 1)
    check_size(one, subject.max_macs)
    count, plan = _for_several(subject, module, one, len(photos))
    inputs = made_inputs(subject, photos[:count], weights.seed)
    flow = Dataflow(plan)
    chosen = gates[wanted.gate] if wanted.gate < len(gates) else None
    ways = [value for value in way_to(flow, chosen) if plan.values[value].name] if chosen is not None else []
    layer = layer_with(flow, ways[0]) if ways else None
    keep = {value for gate in gates for value in wanted_values(flow, gate)} | ({layer[1]} if layer is not None else set())
    module.to(subject.device)
    options = Options(files=subject.files, keep=frozenset(keep))
    kept = run(module, tuple(tensor.to(subject.device) for tensor in inputs), {}, options)[1]
    seen = [read_gate(flow, gate, kept, one, wanted if place == wanted.gate else Wanted()) for place, gate in enumerate(gates)]
    knobs = tuple(Knob(plan.values[value].name, plan.shape(value)) for value in ways)
    place = _telling_place(knobs[0].shape, seen[wanted.gate], wanted.unit, layer, kept) if knobs else ()
    if not wanted.knob and knobs:
        number = weighing.number_at(module, knobs[0].name, place)
    return Seen(
        gates=tuple(seen),
        samples=tuple(photo.name for photo in photos[:count]),
        feeds=feeds_of(subject),
        outputs=tuple(one.shape(value) for value in one.outputs),
        knobs=knobs,
        place=place,
        number=number,
        report=report,
        notes=_notes(one, gates),
    )


def one_at_a_time(subject: Subject) -> Subject:
    """The subject with batches of one where maps go in as batches and one alone takes the same steps.

    What goes in is one picture: a batch of it would show the same row again and again, as if they were other pictures.
    """
    batches = {given.shape[0] for given in subject.inputs if len(given.shape) == _MAPS}
    if batches == {1} or len(batches) != 1 or any(len(given.shape) != _MAPS for given in subject.inputs):
        return subject
    single = replace(subject, inputs=tuple(replace(given, shape=(1, *given.shape[1:])) for given in subject.inputs))
    module = subject.make().eval()
    try:
        same = [[op.name for op in planned(way, module, 1)[0].ops] for way in (subject, single)]
    except InvalidInput:
        return subject
    return single if same[0] == same[1] else subject


def _telling_place(
    shape: Shape, gate: GateSeen, unit: int, layer: tuple[int, int] | None, kept: Mapping[int, Tensor]
) -> tuple[int, ...]:
    """The weight that joins the chosen channel, else the one let through most, to the strongest of the layer's inputs."""
    place = [0] * len(shape)
    if gate.units and shape and shape[0] == len(gate.units[0]):
        place[0] = picked_units(gate.units[0], unit)[0]
    if layer is not None and layer[1] in kept and len(shape) > 1:
        given = kept[layer[1]][:1].float().abs()
        sizes = given.mean([axis for axis in range(given.dim()) if axis != layer[0] % given.dim()])
        place[1] = int(sizes.argmax()) if len(sizes) == shape[1] else 0
    return tuple(place)


def feeds_of(subject: Subject) -> tuple[tuple[Feed, Shape], ...]:
    return tuple((feed_of(given.shape, given.dtype), given.shape) for given in subject.inputs)


def planned(subject: Subject, module: nn.Module, count: int) -> tuple[Trace, tuple[Gate, ...]]:
    """The trace of a forward on ``count`` pictures, without a number computed, and its gates; InvalidInput if it fails."""
    shapes = [_batched(given.shape, count) for given in subject.inputs]
    empty = [torch.empty(s, dtype=_dtype(g), device="meta") for s, g in zip(shapes, subject.inputs, strict=True)]
    found = run(module, tuple(empty), {}, Options(files=subject.files))[0]
    if found.failure is not None:
        raise InvalidInput("The forward stops: {message}", message=found.failure.message[:300])
    return found, find_gates(found)[:MOST_GATES]


def made_inputs(subject: Subject, photos: Sequence[Photo], seed: int) -> tuple[Tensor, ...]:
    """The module's inputs for these pictures."""
    generator = torch.Generator().manual_seed(seed)
    pictures = tensor_of(tuple(photos))
    made = []
    for given in subject.inputs:
        tensor = fed(pictures, given.shape, given.dtype, generator)
        wanted = _batched(given.shape, len(photos))[0]
        made.append(tensor if len(tensor) == wanted else tensor[:1].expand(wanted, *tensor.shape[1:]).contiguous())
    return tuple(made)


def _batched(shape: Shape, count: int) -> Shape:
    """The shape for a number of pictures; a first axis that is not 1 counts something that the module needs."""
    return (count, *shape[1:]) if shape and shape[0] == 1 else shape


def _dtype(given: Input) -> torch.dtype:
    found = getattr(torch, given.dtype, torch.float32)
    return found if isinstance(found, torch.dtype) else torch.float32


def _for_several(subject: Subject, module: nn.Module, one: Trace, wanted: int) -> tuple[int, Trace]:
    """As many pictures as fit beside the first one, and the trace for them: the same steps, or it is the trace for one."""
    cost = totals(one)
    fits = min(subject.spare_macs // max(cost.macs, 1), (MOST_SAMPLES_BYTES - cost.param_bytes) // max(cost.peak_bytes, 1))
    count = max(1, min(wanted, fits))
    if count == 1 or any(given.shape[:1] != (1,) for given in subject.inputs):
        return 1, one
    shapes = [_batched(given.shape, count) for given in subject.inputs]
    empty = [torch.empty(s, dtype=_dtype(g), device="meta") for s, g in zip(shapes, subject.inputs, strict=True)]
    several = run(module, tuple(empty), {}, _QUICK)[0]
    same = several.failure is None and [op.name for op in several.ops] == [op.name for op in one.ops]
    return (count, several) if same and several.device == one.device else (1, one)


def _notes(trace: Trace, gates: Sequence[Gate]) -> tuple[Sentence, ...]:
    if len(gates) == MOST_GATES:
        return (*trace.notes, sentence("Only the first {count} gates are shown.", count=MOST_GATES))
    return trace.notes
