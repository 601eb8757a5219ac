"""A failure with everything that a fix may change: the text, the calls that built each layer, arguments and inputs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from inspect import Parameter, signature
from math import prod

from torch import nn

from explainer.diagnosis import diagnose
from explainer.diagnosis.case import Case, code_path
from explainer.fixes.edits import Patch, Text, argument, set_argument
from explainer.fixes.origins import Site
from explainer.paste.proposals import by_name
from explainer.paste.result import PasteResult
from explainer.types import Diagnosis, Input, Sentence, sentence

_RECURRENT = ("input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional")
_CHANNEL_NAMES = ("64", "128", "32")
TAKEN = ("in_channels", "in_features", "num_features", "num_channels", "normalized_shape", "input_size", "embed_dim")
GIVEN = ("out_channels", "out_features", "hidden_size", "embedding_dim")


@dataclass(frozen=True, slots=True)
class Draft:
    """A change worth trying; a lower ``rank`` is a better guess."""

    message: Sentence
    rank: int
    patches: tuple[Patch, ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    inputs: tuple[Input, ...] = ()


class Scene:
    """One failed result. ``origins`` are empty if the module could not be built."""

    def __init__(self, result: PasteResult, origins: dict[str, tuple[Site, ...]]) -> None:
        self.result, self.case, self.text, self.origins = result, Case(result), Text(result.source), origins
        found = diagnose(result)
        assert found is not None
        self.diagnosis: Diagnosis = found

    @property
    def rule(self) -> str:
        return self.diagnosis.rule

    @cached_property
    def whole_arguments(self) -> dict[str, int]:
        """The constructor's whole numbers."""
        return {p.name: int(p.value) for p in self.result.parameters if p.kind == "whole" and p.value.lstrip("-").isdigit()}

    def argument_names(self, path: str) -> tuple[str, ...]:
        """The constructor's arguments of a layer of torch, in order; empty for other modules."""
        module = self.case.modules.get(path)
        kind = getattr(nn, module.type_name, None) if module is not None and module.builtin else None
        if kind is None:
            return ()
        if issubclass(kind, nn.RNNBase):
            return _RECURRENT
        found = list(signature(kind.__init__).parameters.values())[1:]
        return tuple(p.name for p in found if p.kind is not Parameter.VAR_POSITIONAL)

    def settings(self, path: str, name: str, value: int | str, rank: int) -> Iterator[Draft]:
        """Every place where the layer at ``path`` could be given ``name=value``: its own call, those around, the arguments."""
        names, first = self.argument_names(path), name
        sites = self.origins.get(path, ())
        if name not in names or not sites:
            return
        message = sentence("Give {layer} {name}={value}.", layer=code_path(path), name=name, value=str(value))
        for depth, site in enumerate(sites):
            node = argument(site.call, names, name)
            if node is not None and _is_number(node, value):
                return
            text = self.written(value, name, site)
            yield Draft(
                message,
                rank + 1 if depth == 0 and len(sites) > 1 else rank,
                (set_argument(self.text, site.call, names, name, text),),
            )
            taken = _own_arguments(site.function)
            if not isinstance(node, ast.Name) or node.id not in taken:
                return
            names, name = taken, node.id
        if name in dict(self.whole_arguments):
            yield self.built_with(name, value, rank + (1 if first in (*TAKEN, *GIVEN) else 3))

    def built_with(self, name: str, value: int | str, rank: int) -> Draft:
        """The module built with another argument."""
        return Draft(
            sentence("Build it with {name}={value}.", name=name, value=str(value)), rank, arguments=((name, str(value)),)
        )

    def written(self, value: int | str, name: str, site: Site) -> str:
        """A size as the code would write it: by a name that has this value and means channels, else as a number."""
        if isinstance(value, str) or name not in (*TAKEN, *GIVEN):
            return str(value)
        known = [other for other, number in site.numbers.items() if number == value and by_name(other) in _CHANNEL_NAMES]
        side = "in" if name.startswith("in") else "out" if name.startswith("out") else ""
        return next((other for other in known if side in other), known[0] if known else str(value))

    def first_of(self, path: str, names: tuple[str, ...]) -> str | None:
        """Which of these arguments the layer at this path has."""
        own = self.argument_names(path)
        return next((name for name in names if name in own), None)

    def taken_as(self, path: str, value: int, rank: int) -> Iterator[Draft]:
        """The layer at this path made for ``value`` channels or features."""
        name = self.first_of(path, TAKEN)
        if name:
            yield from self.settings(path, name, value, rank)

    def given_as(self, path: str, value: int, rank: int) -> Iterator[Draft]:
        """The layer at this path giving ``value`` channels or features."""
        name = self.first_of(path, GIVEN)
        if name:
            yield from self.settings(path, name, value, rank)

    def with_inputs(self, inputs: tuple[Input, ...], rank: int) -> Iterator[Draft]:
        """The same module with other inputs, if they are others and not too many numbers."""
        if inputs and inputs != self.result.inputs and all(prod(given.shape) < 1 << 27 for given in inputs):
            shown = ", ".join(
                "×".join(map(str, given.shape)) + ("" if given.dtype == "float32" else f" {given.dtype}") for given in inputs
            )
            yield Draft(sentence("Give it an input of {shape}.", shape=shown), rank, inputs=inputs)


def _own_arguments(function: ast.FunctionDef | None) -> tuple[str, ...]:
    """What a function is called with, ``self`` apart."""
    if function is None:
        return ()
    names = tuple(a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs))
    return names[1:] if names[:1] in (("self",), ("cls",)) else names


def _is_number(node: ast.expr, value: int | str) -> bool:
    return isinstance(node, ast.Constant) and node.value == value
