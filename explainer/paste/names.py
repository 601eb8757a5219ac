"""Names that a paste uses and does not define, and what they usually mean."""

from __future__ import annotations

import builtins
import importlib
import re
import symtable
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from explainer.paste.result import Supplied

_GIVEN = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "__class__"}

_MEANINGS: dict[str, str] = {
    "torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "init": "torch.nn.init", "optim": "torch.optim",
    "np": "numpy", "numpy": "numpy", "math": "math", "random": "random", "os": "os", "sys": "sys", "time": "time", "re": "re",
    "copy": "copy", "warnings": "warnings", "functools": "functools", "itertools": "itertools", "collections": "collections",
    "inspect": "inspect", "einops": "einops", "torchvision": "torchvision", "timm": "timm", "torchinfo": "torchinfo",
    "Tensor": "torch:Tensor", "Variable": "torch.autograd:Variable", "Parameter": "torch.nn:Parameter",
    "OrderedDict": "collections:OrderedDict", "defaultdict": "collections:defaultdict", "namedtuple": "collections:namedtuple",
    "partial": "functools:partial", "reduce": "functools:reduce", "deepcopy": "copy:deepcopy", "chain": "itertools:chain",
    "dataclass": "dataclasses:dataclass", "field": "dataclasses:field", "ABC": "abc:ABC", "Enum": "enum:Enum",
    "rearrange": "einops:rearrange", "repeat": "einops:repeat", "einsum": "torch:einsum",
    "Rearrange": "einops.layers.torch:Rearrange", "Reduce": "einops.layers.torch:Reduce",
    "checkpoint": "torch.utils.checkpoint:checkpoint", "device": "torch:device", "log": "math:log", "sqrt": "math:sqrt",
    "ceil": "math:ceil", "floor": "math:floor", "pi": "math:pi", "prod": "math:prod", "_pair": "torch.nn.modules.utils:_pair",
    "_BatchNorm": "torch.nn.modules.batchnorm:_BatchNorm", "spectral_norm": "torch.nn.utils:spectral_norm",
    "weight_norm": "torch.nn.utils:weight_norm", "functional": "torch.nn.functional", "summary": "torchinfo:summary",
}  # fmt: skip
_LOOKED_THROUGH = ("torch.nn", "torch.nn.init", "typing", "torch", "torch.nn.functional")


_StandIn: TypeAlias = tuple[object, str, str]

_STAND_INS: dict[str, _StandIn] = {}
_CHOICES: dict[str, _StandIn] = {}
_ATTENTION = "AttentionModule"


def missing_names(source: str) -> frozenset[str]:
    """Names that some part of the code reads as globals and that nothing in it binds."""
    top = symtable.symtable(source, "<paste>", "exec")
    bound = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    read = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    for scope in _inner(top):
        read |= {s.get_name() for s in scope.get_symbols() if s.is_global() and s.is_referenced()}
        bound |= {s.get_name() for s in scope.get_symbols() if s.is_declared_global() and s.is_assigned()}
    return frozenset(read - bound - _GIVEN)


def _inner(scope: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    waiting = list(scope.get_children())
    while waiting:
        scope = waiting.pop()
        yield scope
        waiting += scope.get_children()


def supply(names: Iterable[str], chosen: Mapping[str, str] | None = None) -> Iterator[tuple[object, Supplied]]:
    """What these names stand for and where it comes from, for those with a usual meaning: modules, layers, stand-ins.

    ``chosen`` are the keys of the stand-ins that somebody picked, by name.
    """
    picked = {name: _CHOICES[key] for name, key in (chosen or {}).items() if key in _CHOICES}
    for name in sorted(names):
        usual = None if name in picked else _usual(name)
        stand_in = picked.get(name) or _stand_in(name)
        if usual is not None:
            yield usual[0], Supplied(name, usual[1])
        elif stand_in is not None:
            value, what, note = stand_in
            yield value, Supplied(name, what, note, stands_in=True)


def offer(module: str) -> None:
    """Makes a module's ``STAND_INS`` and ``CHOICES`` known, both ``{name or key: (value, where it comes from, a note)}``.

    The first are for classes that pastes leave out, by their names; the second are what else may stand in for any of them.
    """
    if module:
        offered = importlib.import_module(module)
        _STAND_INS.update(offered.STAND_INS)
        _CHOICES.update(offered.CHOICES)


def choices_for(name: str, value: object) -> tuple[str, ...]:
    """The keys that could stand in for a class that the paste left out, the one that does first; empty for anything else."""
    if not isinstance(value, type) or name in _MEANINGS or not value.__module__.startswith("blocks."):
        return ()
    own = [key for key, (offered, *_) in _CHOICES.items() if offered is value]
    return (*own, *(key for key in _CHOICES if key not in own)) if own else (name,)


def _usual(name: str) -> tuple[object, str] | None:
    if name in _MEANINGS:
        path, _, attribute = _MEANINGS[name].partition(":")
        module = _module(path)
        if module is None:
            return None
        return (getattr(module, attribute), f"{path}.{attribute}") if attribute else (module, path)
    for path in _LOOKED_THROUGH:
        module = _module(path)
        if not name.startswith("_") and callable(getattr(module, name, None)):
            return getattr(module, name), f"{path}.{name}"
    return None


def _stand_in(name: str) -> _StandIn | None:
    if name not in _STAND_INS and re.search(r"attention|attn", name, re.IGNORECASE) and name[:1].isupper():
        return _STAND_INS.get(_ATTENTION)
    return _STAND_INS.get(name)


def _module(path: str) -> Any:
    try:
        return importlib.import_module(path)
    except ImportError:
        return None
