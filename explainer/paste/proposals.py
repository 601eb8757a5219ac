"""What to try for an argument or an input that nobody gave: by the argument's name, by the first layers, by the forward's text.

A proposal is only a first try, shown as such: whether it fits is found out by running it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from inspect import Parameter as Argument
from inspect import signature
from typing import Any

import torch
from torch import nn

from explainer.paste.result import Input, ParameterKind

_BY_NAME: tuple[tuple[str, str], ...] = (
    (r"kernel|ksize|^ks?$", "3"), (r"stride|^s$", "1"), (r"pad", "1"), (r"dilat", "1"), (r"group", "1"), (r"se_ratio", "0.25"),
    (r"expan|mlp_ratio", "4"), (r"growth", "32"), (r"reduc|ratio|squeeze|^r$", "16"), (r"head", "8"), (r"class", "10"),
    (r"drop|prob|^p$", "0.0"), (r"vocab|num_emb", "1000"), (r"img|image", "224"), (r"patch", "16"), (r"seq|len", "16"),
    (r"^(num_)?(layers?|blocks?|repeats?)$|depth|^n$", "2"), (r"bias|^use_|^with_|^is_|^has_", "True"),
    (r"norm", "nn.BatchNorm2d"), (r"act", "nn.ReLU"), (r"block|layer|module|conv", "nn.Conv2d"),
    (r"^(c?_?out|oup)|_out$|out_?(ch|pl|dim|fe|c$)|outc|cout|^c2$|oup", "128"), (r"hid|mid|inter|bottle", "32"), (r"size", "32"),
    (r"chan|plane|dim|feat|width|filt|embed|model|^in|inp|^c_?in|^c\d?$|^d$|^nf$|chs", "64"),
)  # fmt: skip
_QUERIES = ("q", "query", "queries")
_LENGTH = 128  # of a signal
_RANKS = ((r"1d$", 3), (r"2d$|Shuffle|Unfold", 4), (r"3d$", 5))


def by_name(name: str) -> str:
    """An expression for an argument of this name, ``8`` if the name says nothing."""
    return next((value for pattern, value in _BY_NAME if re.search(pattern, name, re.IGNORECASE)), "8")


def kind_of(value: object) -> ParameterKind:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int):
        return "whole"
    if isinstance(value, float):
        return "real"
    if isinstance(value, str):
        return "text"
    if isinstance(value, (tuple, list)):
        return "several"
    return "layer" if isinstance(value, type) or callable(value) else "other"


def taken_by(forward: Any) -> list[str]:
    """The arguments that a forward must be given, in order; one if it takes any number."""
    arguments = list(signature(forward).parameters.values())
    names = [a.name for a in arguments if a.default is Argument.empty and a.kind in (a.POSITIONAL_ONLY, a.POSITIONAL_OR_KEYWORD)]
    return names or [a.name for a in arguments if a.kind not in (a.KEYWORD_ONLY, a.VAR_KEYWORD)][:1]


def input_candidates(
    module: nn.Module, source: str, numbers: dict[str, object], size: tuple[int, ...]
) -> Iterator[tuple[Input, ...]]:
    """Inputs worth trying, the likeliest first: as many as the forward takes, of every plausible rank and channel count."""
    names = taken_by(module.forward)
    if not names:
        yield ()
        return
    first = next((layer for layer in module.modules() if not list(layer.children()) and layer is not module), None)
    if isinstance(first, nn.Embedding):
        yield tuple(Input((1, 16), "int64", name) for name in names)
    size = size or _image_size(numbers)
    states = _states(names, source)
    kept = next((value for name, value in numbers.items() if re.search(r"hid", name, re.IGNORECASE) and type(value) is int), 0)
    for rank in _ranks(module, source, names):
        for count in _channels(module, numbers, rank):
            shape = _shape(rank, count, size, source)
            if states and kept:
                yield tuple(Input(_state_shape(shape, kept, states.get(name)), "float32", name) for name in names)
            if rank == 3 and _slides_first(module):
                yield tuple(Input((1, count, _LENGTH), "float32", name) for name in names)
            yield tuple(Input(shape, "float32", name) for name in names)


def _slides_first(module: nn.Module) -> bool:
    """Whether the first layer of a module wants a signal with its channels in axis 1."""
    layers = (layer for layer in module.modules() if not list(layer.children()))
    return isinstance(next(layers, None), (nn.Conv1d, nn.ConvTranspose1d, nn.MaxPool1d, nn.AvgPool1d, nn.InstanceNorm1d))


def _image_size(numbers: dict[str, object]) -> tuple[int, ...]:
    """The side or sides of the pictures that a module is built for, where an argument names them."""
    for name, value in numbers.items():
        if re.search(r"^(img|image|input)_?(size|res|resolution)$|^resolution$", name, re.IGNORECASE):
            sides = value if isinstance(value, (tuple, list)) else (value, value)
            if len(sides) == 2 and all(type(side) is int and 0 < side < 1 << 12 for side in sides):
                return tuple(side for side in sides if isinstance(side, int))
    return ()


def _states(names: list[str], source: str) -> dict[str, int]:
    """Arguments behind the first that hold what a recurrent cell keeps: into how many parts each is taken, 1 if into none."""
    apart = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Name):
            apart[node.value.id] = len(node.targets[0].elts)
    kept = [name for name in names[1:] if re.search(r"^[hc]$|^[hc]x$|hid|state|prev|^[hc]_", name, re.IGNORECASE)]
    return {name: apart.get(name, 1) for name in kept}


def _state_shape(shape: tuple[int, ...], kept: int, parts: int | None) -> tuple[int, ...]:
    """As large as the input, with what is kept in the place of its channels; several parts lie along a first axis."""
    if parts is None:
        return shape
    axis = len(shape) - 1 if len(shape) < 4 else 1
    made = (*shape[:axis], kept, *shape[axis + 1 :])
    return made if parts == 1 else (parts, *made)


def _channels(module: nn.Module, numbers: dict[str, object], rank: int) -> list[int]:
    """How many channels the input may have. Layers that slide over other axes than an input of this rank has say nothing."""
    found: list[int] = []
    for layer in module.modules():
        own = next((r for pattern, r in _RANKS if re.search(pattern, type(layer).__name__)), rank)
        for name in ("in_channels", "in_features", "num_features", "input_size", "embed_dim", "num_channels"):
            value = getattr(layer, name, None)
            if type(value) is int and layer is not module and own == rank:
                found.append(value)
                break
        if isinstance(layer, (nn.LayerNorm, nn.RMSNorm)):
            found.append(int(layer.normalized_shape[-1]))
    named = [value for name, value in numbers.items() if type(value) is int and by_name(name) in ("64", "128")]
    return [c for c in dict.fromkeys((*found[:1], *named, *found[1:4], 64, 3)) if 0 < c < 1 << 20][:5]


def _ranks(module: nn.Module, source: str, names: list[str]) -> list[int]:
    """4 for pictures, 3 for sequences and signals, 2 for vectors, 5 for volumes; what the code unpacks comes first."""
    unpacked = [len(names) for names in _unpackings(source, type(module).__name__)]
    layers = [type(layer).__name__ for layer in module.modules()]
    named = [rank for name in layers for pattern, rank in _RANKS if re.search(pattern, name)]
    sequence = (
        [3]
        if names[0] in _QUERIES
        or any(isinstance(m, (nn.LSTM, nn.GRU, nn.RNN, nn.MultiheadAttention, nn.LayerNorm)) for m in module.modules())
        else []
    )
    return list(
        dict.fromkeys(
            (*unpacked[:1], *named[:1], *sequence, *unpacked, *named, *((2, 4, 3) if "Linear" in layers else (4, 3, 2)))
        )
    )


def _unpackings(source: str, name: str) -> Iterator[list[str]]:
    """The names on the left of every ``b, c, h, w = x.size()`` or ``x.shape``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and node.name == name:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Assign) and isinstance(inner.targets[0], ast.Tuple):
                    text = ast.unparse(inner.value)
                    if re.search(r"\.(shape|size\(\))$", text):
                        yield [ast.unparse(element) for element in inner.targets[0].elts]


def _shape(rank: int, channels: int, size: tuple[int, ...], source: str) -> tuple[int, ...]:
    if rank == 4:
        sides = size[:2] if len(size) >= 2 else (224, 224) if channels == 3 else (28, 28) if channels == 1 else (56, 56)
        if re.search(r"\b[bBnN]\w*\s*,\s*[hH]\w*\s*,\s*[wW]\w*\s*,\s*[cC]\w*\s*=", source):
            return (1, *sides, channels)
        return (1, channels, *sides)
    return {2: (1, channels), 3: (1, 16, channels), 5: (1, channels, 8, 28, 28)}.get(rank, (1, channels, *(8,) * (rank - 2)))


def other_arguments(values: dict[str, str]) -> dict[str, str] | None:
    """The same with as many output channels as input channels, for blocks that cannot change them; None if nothing differs."""
    alike = {name: "64" if value == "128" and by_name(name) == "128" else value for name, value in values.items()}
    return alike if alike != values else None


def make_tensor(given: Input, device: str, generator: torch.Generator | None = None) -> torch.Tensor:
    """A tensor for the input: empty on meta, standard normal numbers or small whole ones elsewhere."""
    dtype = getattr(torch, given.dtype, torch.float32)
    if device == "meta":
        return torch.empty(given.shape, dtype=dtype, device="meta")
    if dtype.is_floating_point or dtype.is_complex:
        return torch.randn(given.shape, dtype=dtype, generator=generator)
    return torch.randint(0, 2, given.shape, dtype=dtype, generator=generator)
