"""A Python file of one's own -> a module: executed in this process, with this user's rights. Pastes of others never come here."""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from explainer.errors import InvalidInput

if TYPE_CHECKING:
    from torch import nn


def load_file(path: Path) -> ModuleType:
    """Executes a file as a module of its own; whatever it raises passes through, InvalidInput if there is no such file."""
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("{path} cannot be read: {reason}", path=str(path), reason=str(error)) from None
    name = f"blocklens_file_{path.stem}"
    module = ModuleType(name)
    module.__file__ = str(path)
    linecache.checkcache(str(path))
    sys.modules[name] = module  # dataclasses and inspect.getsource look classes up by their module's name
    exec(compile(source, str(path), "exec"), module.__dict__)  # noqa: S102 - the user's own file, as `python FILE` would
    return module


def pick_class(module: ModuleType, name: str | None) -> type[nn.Module]:
    """The class to explain: the named one, else the last ``nn.Module`` that the file itself defines."""
    from torch import nn

    own = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, nn.Module)]
    own = [cls for cls in own if cls.__module__ == module.__name__]
    if not own:
        raise InvalidInput("{path} defines no class that is an nn.Module.", path=str(module.__file__))
    if name is None:
        return own[-1]
    chosen = next((cls for cls in own if cls.__name__ == name), None)
    if chosen is None:
        known = ", ".join(cls.__name__ for cls in own)
        raise InvalidInput(
            "There is no class {name} in {path}; it defines {known}.", name=name, path=str(module.__file__), known=known
        )
    return chosen


def parse_settings(pairs: list[str]) -> dict[str, Any]:
    """``["channels=64", "bias=False"]`` -> arguments; values are Python literals, anything else is taken as text."""
    settings: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.isidentifier():
            raise InvalidInput("{pair} is no setting: write name=value.", field="set", pair=pair)
        try:
            settings[name] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            settings[name] = text
    return settings


def parse_shape(text: str) -> tuple[int, ...]:
    """``1x64x56x56`` -> (1, 64, 56, 56)."""
    parts = text.replace("×", "x").replace(",", "x").split("x")
    if not all(part.strip().isdigit() for part in parts):
        raise InvalidInput("{text} is no shape: write sizes with x between them, as in 1x64x56x56.", field="input", text=text)
    return tuple(int(part) for part in parts)


def build(cls: type[nn.Module], settings: Mapping[str, Any]) -> nn.Module:
    """An instance in evaluation mode; what its constructor raises passes through."""
    return cls(**settings).eval()
