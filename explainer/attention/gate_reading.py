"""The numbers of one gate after a real forward, as they are drawn: by channel, by place, as a matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from explainer.attention.changes import attention_weights
from explainer.attention.parts import condensed_with, summands
from explainer.attention.places import Axes, aligned, axes_of, places_of
from explainer.attention.records import Form, GateSeen, Grid, Part, Triple, Wanted, grid_of
from explainer.dataflow import Dataflow
from explainer.types import Gate, Trace

_MATRIX = frozenset(("matmul", "bmm", "baddbmm", "linear", "rmatmul", "scaled_dot_product_attention"))
_SUMS_TO_1 = 1e-3
_THUMB = 32


def wanted_values(flow: Dataflow, gate: Gate) -> tuple[int, ...]:
    """The values of the trace that ``read_gate`` needs."""
    product = flow.trace.ops[gate.op]
    if gate.values is None:
        return product.inputs
    parts = summands(flow, gate) or ()
    return (gate.values, gate.target, product.outputs[0], flow.trace.ops[gate.source].outputs[0], *parts)


def read_gate(flow: Dataflow, gate: Gate, kept: Mapping[int, Tensor], one: Trace, wanted: Wanted) -> GateSeen:
    """The gate as the pictures set it; ``one`` is the trace for a single picture, for its shapes."""
    trace, product = flow.trace, flow.trace.ops[gate.op]
    values = torch.nan_to_num(_weights(flow, gate, kept).float().cpu(), 0.0, 0.0, 0.0)
    first = values[:1] if values.dim() and values.shape[0] == _batch(trace) else values
    numbers = first.double()
    shape = one.shape(gate.values) if gate.values is not None else tuple(first.shape)
    base = GateSeen(
        op=gate.op, kind=gate.kind, form="units", shape=shape, line=gate.line, scope=product.scope,
        squash="softmax" if gate.values is None and product.base_name != "glu" else trace.ops[gate.source].base_name,
        least=float(numbers.min()), mean=float(numbers.mean()), largest=float(numbers.max()),
        deviation=float(numbers.std(correction=0)),
    )  # fmt: skip
    if gate.kind == "token-to-token":
        return _read_matrix(flow, gate, base, values, wanted)
    if product.base_name in _MATRIX or _pools(trace, gate):
        return _read_pool(flow, gate, base, values)
    return _read_product(flow, gate, base, values, kept, wanted)


def _batch(trace: Trace) -> int:
    """How many pictures went in together."""
    return trace.shape(trace.inputs[0])[0] if trace.inputs and trace.shape(trace.inputs[0]) else 1


def _weights(flow: Dataflow, gate: Gate, kept: Mapping[int, Tensor]) -> Tensor:
    """The weights themselves; of a fused op, computed again from what it was given."""
    if gate.values is not None:
        return kept[gate.values]
    product = flow.trace.ops[gate.op]
    if product.base_name == "glu":
        dim = product.attribute("dim", -1)
        return kept[product.inputs[0]].chunk(2, dim if isinstance(dim, int) else -1)[1].sigmoid()
    query, key, _value, *mask = (kept[value] for value in product.inputs)
    scale = product.attribute("scale")
    return attention_weights(
        query, key, mask[0] if mask else None, is_causal=product.attribute("is_causal") is True,
        scale=scale if isinstance(scale, float) else None,
    )  # fmt: skip


def _pools(trace: Trace, gate: Gate) -> bool:
    """Whether an einsum sums over the places that it weighs."""
    return trace.ops[gate.op].base_name == "einsum" and trace.shape(trace.ops[gate.op].outputs[0]) != trace.shape(gate.target)


# Token to token


def _read_matrix(flow: Dataflow, gate: Gate, base: GateSeen, values: Tensor, wanted: Wanted) -> GateSeen:
    matrices = _matrices(flow, values)
    heads = len(matrices)
    head = wanted.head if wanted.head < heads else 0
    matrix = matrices[head]
    if not _is_one(matrix.sum(-1)) and _is_one(matrix.sum(-2)):
        matrix = matrix.transpose(0, 1)
    queries, keys = matrix.shape
    before = flow.trace.ops[gate.op].outputs[0]
    base = replace(base, form="matrix", matrix=grid_of(matrix), heads=heads, head=head)
    if flow.trace.ops[gate.op].base_name == "linear":  # the sources are slots of a memory and lie nowhere on the picture
        rows, columns, has_class = places_of(flow.trace, queries, before)
        slot = wanted.unit if 0 <= wanted.unit < keys else int(matrix.std(0).argmax())
        row = matrix[has_class:, slot].reshape(rows, columns)
        return replace(base, form="memory", token=slot, row=grid_of(row), places=(rows, columns), has_class_token=has_class)
    rows, columns, has_class = places_of(flow.trace, queries, before)
    token = wanted.token if 0 <= wanted.token < queries else has_class + (rows // 2) * columns + columns // 2
    key_rows, key_columns, keys_have_class = places_of(flow.trace, keys, before)
    row = matrix[token, keys_have_class:].reshape(key_rows, key_columns)
    return replace(base, token=token, row=grid_of(row), places=(rows, columns), has_class_token=has_class)


def _matrices(flow: Dataflow, values: Tensor) -> Tensor:
    """(heads, queries, keys) of the first picture."""
    count = _batch(flow.trace)
    flat = values.reshape(-1, *values.shape[-2:])
    return flat[: len(flat) // count] if len(flat) % count == 0 else flat[:1]


def _is_one(sums: Tensor) -> bool:
    return bool(((sums - 1).abs() < _SUMS_TO_1).all())


# Products


def _read_pool(flow: Dataflow, gate: Gate, base: GateSeen, values: Tensor) -> GateSeen:
    """Weights that a sum over all places is taken with."""
    count = _batch(flow.trace)
    flat = values.reshape(count if values.numel() % count == 0 else 1, -1)
    rows, columns, has_class = places_of(flow.trace, flat.shape[1], flow.trace.ops[gate.op].outputs[0])
    first, *others = (one[int(has_class) :].reshape(rows, columns) for one in flat)
    return replace(
        base,
        form="places",
        grid=grid_of(first),
        others=tuple(map(_small, others)),
        places=(rows, columns),
        has_class_token=has_class,
    )


def _read_product(
    flow: Dataflow, gate: Gate, base: GateSeen, values: Tensor, kept: Mapping[int, Tensor], wanted: Wanted
) -> GateSeen:
    trace, product = flow.trace, flow.trace.ops[gate.op]
    shape = trace.shape(product.outputs[0])
    weights = values if gate.values is None else aligned(trace, gate, values, len(shape))
    free = frozenset(axis for axis, size in enumerate(weights.shape) if axis and size > 1)
    axes = axes_of(flow, gate.target if gate.values is not None else product.outputs[0], len(shape), free)
    laid = axes.lay(weights.expand(shape))
    has_units = gate.kind != "spatial" and laid.shape[1] > 1
    has_places = any(weights.shape[axis] > 1 for axis in axes.places)
    form: Form = "both" if has_units and has_places else "places" if has_places else "units"
    found = replace(
        base,
        form=form,
        units=tuple(tuple(row) for row in laid.double().mean((2, 3)).tolist()) if has_units else (),
        branches=_size(shape, axes.branches),
        grid=grid_of(_on_picture(flow, laid[0].mean(0))) if has_places else None,
        others=tuple(_small(_on_picture(flow, one.mean(0))) for one in laid[1:]) if has_places else (),
        parts=_parts(flow, gate, values, axes, kept),
    )
    if gate.values is None:
        return found
    maps = (axes.lay(kept[gate.target].float().cpu().expand(shape)), laid, axes.lay(kept[product.outputs[0]].float().cpu()))
    return replace(found, triples=_triples(flow, found, maps, wanted))


def _small(places: Tensor) -> Grid:
    """A map as a thumbnail."""
    size = min(places.shape[0], _THUMB), min(places.shape[1], _THUMB)
    return grid_of(torch.nn.functional.adaptive_avg_pool2d(places[None], size)[0])


def _size(shape: tuple[int, ...], axes: tuple[int, ...]) -> int:
    count = 1
    for axis in axes:
        count *= shape[axis]
    return count


def _on_picture(flow: Dataflow, places: Tensor) -> Tensor:
    """A map of rows and columns; tokens in a row are laid out as they lie on the picture."""
    if places.shape[0] > 1 or places.shape[1] == 1:
        return places
    rows, columns, has_class = places_of(flow.trace, places.shape[1], len(flow.trace.values))
    return places[0, int(has_class) :].reshape(rows, columns)


def _triples(flow: Dataflow, found: GateSeen, maps: tuple[Tensor, Tensor, Tensor], wanted: Wanted) -> tuple[Triple, ...]:
    """Before, gate and after of the wanted unit, the largest and the smallest one; their mean where all units are gated alike."""
    before, gate, after = (one[0] for one in maps)
    if before.shape[1] * before.shape[2] == 1:
        return ()
    has_map = found.form != "units"
    if not found.units:
        shown = _on_picture(flow, gate.mean(0))
        middle = Triple(
            -1, float(gate.double().mean()), _mean(flow, before), grid_of(shown) if has_map else None, _mean(flow, after)
        )
        picked = [wanted.unit] if 0 <= wanted.unit < len(before) else []
        return (middle, *(_triple(flow, before, gate, after, unit, has_map=has_map) for unit in picked))
    return tuple(_triple(flow, before, gate, after, unit, has_map=has_map) for unit in picked_units(found.units[0], wanted.unit))


def picked_units(units: tuple[float, ...], wanted: int) -> tuple[int, ...]:
    """The wanted unit, the one that is let through most and the one that is held back most."""
    ranked = sorted(range(len(units)), key=units.__getitem__)
    chosen = [wanted] if 0 <= wanted < len(units) else []
    return tuple(dict.fromkeys((*chosen, ranked[-1], ranked[0])))


def _triple(flow: Dataflow, before: Tensor, gate: Tensor, after: Tensor, unit: int, *, has_map: bool) -> Triple:
    own = gate[unit]
    shown = grid_of(_on_picture(flow, own)) if has_map else None
    value = float(own.double().mean())
    return Triple(unit, value, grid_of(_on_picture(flow, before[unit])), shown, grid_of(_on_picture(flow, after[unit])))


def _mean(flow: Dataflow, maps: Tensor) -> Grid:
    return grid_of(_on_picture(flow, maps.mean(0)))


# What is added before the squashing


def _parts(flow: Dataflow, gate: Gate, values: Tensor, axes: Axes, kept: Mapping[int, Tensor]) -> tuple[Part, ...]:
    added = summands(flow, gate)
    if added is None or gate.values is None:
        return ()
    squashed = kept[flow.trace.ops[gate.source].outputs[0]]
    shape = flow.trace.shape(flow.trace.ops[gate.op].outputs[0])
    if squashed.numel() != values.numel():
        return ()
    found = []
    for value in added:
        own = kept[value].float().cpu()
        own = own.reshape(values.shape) if own.numel() == values.numel() else own.expand(squashed.shape).reshape(values.shape)
        weights = aligned(flow.trace, gate, own, len(shape))
        laid = axes.lay(weights.expand(shape))[0]
        has_units = gate.kind != "spatial" and laid.shape[0] > 1
        has_places = any(weights.shape[axis] > 1 for axis in axes.places)
        found.append(
            Part(
                condensed_with(flow, value),
                tuple(laid.double().mean((1, 2)).tolist()) if has_units else (),
                grid_of(_on_picture(flow, laid.mean(0))) if has_places else None,
            )
        )
    return tuple(found)
