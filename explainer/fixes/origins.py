"""Which call of the source built which module, seen while it is built: by a profile function, for this thread and no longer."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from torch import nn

from explainer.fixes.edits import Text

_MOST_FRAMES = 8


@dataclass(frozen=True, slots=True)
class Site:
    """A call on the way to a module: where it stands, in which function, and the whole numbers that were known there by name."""

    call: ast.Call
    function: ast.FunctionDef | None
    numbers: dict[str, int]


def origins_of(make: Callable[[], nn.Module], text: Text, file: str) -> dict[str, tuple[Site, ...]]:
    """For each path of the module that ``make`` builds the calls that led to it, the innermost first."""
    born: dict[int, list[tuple[CodeType, int, dict[str, int]]]] = {}
    kept: list[nn.Module] = []
    wanted = nn.Module.__init__.__code__

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or frame.f_code is not wanted:
            return
        module = frame.f_locals.get("self")
        if isinstance(module, nn.Module):
            kept.append(module)  # its id must not be given away
            born[id(module)] = _frames(frame.f_back, module, file)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        built = make()
    finally:
        sys.setprofile(before)
    calls = {(c.lineno, c.col_offset, c.end_lineno, c.end_col_offset): c for c in text.nodes(ast.Call)}
    return {path: _sites(born.get(id(module), []), calls, text) for path, module in built.named_modules(remove_duplicate=False)}


def _frames(frame: FrameType | None, module: nn.Module, file: str) -> list[tuple[CodeType, int, dict[str, int]]]:
    found: list[tuple[CodeType, int, dict[str, int]]] = []
    while frame is not None and len(found) < _MOST_FRAMES:
        code = frame.f_code
        if code.co_filename == file and frame.f_locals.get("self") is not module:
            numbers = {name: value for name, value in frame.f_locals.items() if type(value) is int}
            found.append((code, frame.f_lasti, numbers))
        frame = frame.f_back
    return found


def _sites(
    frames: list[tuple[CodeType, int, dict[str, int]]], calls: dict[tuple[int, int, int | None, int | None], ast.Call], text: Text
) -> tuple[Site, ...]:
    found = []
    for code, at, numbers in frames:
        line, end_line, column, end_column = list(code.co_positions())[at // 2]
        call = calls.get((line or 0, column or 0, end_line, end_column))
        if call is not None:
            found.append(Site(call, text.function(call.lineno), numbers))
    return tuple(found)
