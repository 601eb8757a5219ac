"""Gates changed while a module runs: what its product gets in the place of the weights, or what its squashing returns.

Nothing is patched: ``explainer.trace`` runs a function of ours in the place of one op, on the thread that asks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional as F

from explainer.attention.records import ChangeKind
from explainer.tracing.options import Change
from explainer.tracing.twins import mapped
from explainer.types import Gate, Op, Trace

Rewrite = Callable[[Tensor], Tensor]
Mixing: TypeAlias = Literal["", "tokens", "places"]


def change_of(trace: Trace, gate: Gate, kind: ChangeKind, axis: int | None, unit: int) -> dict[int, tuple[Op, Change]]:
    """What to run in the place of which op, for ``explainer.trace.Options``. ``axis`` and ``unit`` say what is set to 0."""
    product, source = trace.ops[gate.op], trace.ops[gate.source]
    rewrite = rewrite_of(kind, mixes=mixes(trace, gate), axis=axis, unit=unit)
    if gate.values is None:
        inside = _inside_attention if product.base_name == "scaled_dot_product_attention" else _inside_glu
        return {product.id: (product, lambda func, *args, **kwargs: inside(rewrite, func, *args, **kwargs))}
    if kind == "ones":
        return {source.id: (source, _filled)}
    place = _weights_among(trace, product, gate)
    return {product.id: (product, lambda func, *args, **kwargs: _with_operand(place, rewrite, func, args, kwargs))}


def rewrite_of(kind: ChangeKind, *, mixes: Mixing, axis: int | None, unit: int) -> Rewrite:
    """What becomes of the weights that a product gets."""
    if kind == "off" and mixes:
        return _itself if mixes == "tokens" else _even
    if kind in ("off", "ones"):
        return torch.ones_like
    if kind == "even":
        return _even
    if kind == "held":
        return Tensor.detach
    return lambda weights: _without(weights, axis, unit)


def _itself(weights: Tensor) -> Tensor:
    """Every token takes its own value alone; where tokens and sources are not the same, each source counts alike."""
    if weights.shape[-1] != weights.shape[-2]:
        return _even(weights)
    one = torch.eye(weights.shape[-1], dtype=weights.dtype, device=weights.device)
    return one.expand(weights.shape)


def _even(weights: Tensor) -> Tensor:
    """The mean of all weights of a sample in the place of each."""
    return weights.mean(tuple(range(1, weights.dim())), keepdim=True).expand(weights.shape) if weights.dim() > 1 else weights


def _without(weights: Tensor, axis: int | None, unit: int) -> Tensor:
    """The weights with one channel at 0; ``axis`` counts from the end."""
    if axis is None or -axis > weights.dim() or unit >= weights.shape[axis]:
        return weights
    kept = torch.ones(weights.shape[axis], dtype=weights.dtype, device=weights.device)
    kept[unit] = 0
    return weights * kept.view((-1,) + (1,) * (-axis - 1))


def _filled(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """A squashing that lets everything through; in place, if it works in place."""
    result: Tensor = args[0]
    if getattr(func, "__name__", "").endswith("_") or kwargs.get("inplace"):
        return result.fill_(1)
    made = func(*args, **kwargs)
    return torch.ones_like(made)


def _with_operand(place: int, rewrite: Rewrite, func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """The product with the tensor at ``place`` among its operands rewritten."""
    seen = -1
    original: list[Tensor] = []

    def at_place(tensor: Tensor) -> Tensor:
        nonlocal seen
        seen += 1
        if seen != place:
            return tensor
        original.append(tensor)
        return rewrite(tensor)

    args, kwargs = mapped((args, kwargs), at_place)
    name = getattr(func, "__name__", "")
    if place == 0 and name.endswith("_") and not name.endswith("__"):  # it writes to its weights, and their owner reads them
        return original[0].copy_(getattr(torch.Tensor, name.rstrip("_"))(*args, **kwargs))
    if place == 0 and name.startswith("__i"):
        return original[0].copy_(args[0] * args[1])
    return func(*args, **kwargs)


def _weights_among(trace: Trace, product: Op, gate: Gate) -> int:
    """Which operand of the product is the gate: the one that its values were expanded to."""
    for place, operand in enumerate(product.inputs):
        value = operand
        while value != gate.values and trace.values[value].producer is not None:
            maker = trace.ops[trace.values[value].producer or 0]
            if maker.base_name not in ("expand", "expand_as", "repeat", "broadcast_to", "tile") or not maker.inputs:
                break
            value = maker.inputs[0]
        if value == gate.values:
            return place
    raise AssertionError("a gate is an operand of its product")


def mixes(trace: Trace, gate: Gate) -> Mixing:
    """What a product takes a weighted sum of: the tokens among themselves, anything else, or nothing: it multiplies."""
    product = trace.ops[gate.op]
    if product.base_name in ("mul", "addcmul", "glu"):
        return ""
    if product.base_name == "einsum" and gate.kind != "token-to-token":
        return "" if trace.shape(product.outputs[0]) == trace.shape(gate.target) else "places"
    return "tokens" if gate.kind == "token-to-token" and product.base_name != "linear" else "places"


def _inside_glu(rewrite: Rewrite, func: Callable[..., Any], value: Tensor, dim: int = -1) -> Tensor:  # noqa: ARG001
    content, gate = value.chunk(2, dim)
    return content * rewrite(gate.sigmoid())


def attention_weights(
    query: Tensor, key: Tensor, mask: Tensor | None = None, *, is_causal: bool = False, scale: float | None = None
) -> Tensor:
    """The weights that ``scaled_dot_product_attention`` keeps to itself."""
    scores = query @ key.transpose(-2, -1) * (query.shape[-1] ** -0.5 if scale is None else scale)
    if is_causal:
        future = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill(future, float("-inf"))
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf")) if mask.dtype == torch.bool else scores + mask
    return F.softmax(scores, -1)


def _inside_attention(
    rewrite: Rewrite,
    func: Callable[..., Any],  # noqa: ARG001 - what would have run
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,  # noqa: ARG001 - there is none in evaluation mode
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    if enable_gqa:
        groups = query.shape[-3] // key.shape[-3]
        key, value = key.repeat_interleave(groups, -3), value.repeat_interleave(groups, -3)
    return rewrite(attention_weights(query, key, attn_mask, is_causal=is_causal, scale=scale)) @ value
