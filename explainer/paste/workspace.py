"""A paste's statements, run one after the other as a module of their own; what stops one of them does not stop the rest."""

from __future__ import annotations
import __future__

import ast
import linecache
import re
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from torch.jit._state import disable, enable

from explainer.paste.demo import is_main_guard
from explainer.paste.names import missing_names, supply
from explainer.paste.result import Mishap, Stage, Supplied
from explainer.types import Sentence, sentence

FILE = "<paste>"
MODULE = "paste"
_LONGEST_MESSAGE = 600
_SCRIPTS = re.compile(r"\bjit\s*\.\s*(script|trace)|from\s+torch\.jit\s+import[^\n]*\b(script|trace)")
_COMPILES = re.compile(r"\btorch\s*\.\s*compile\b|\.compile\(\)")


@dataclass(slots=True)
class Workspace:
    """The module that a paste makes: its names, what was supplied to it, and the statements that failed."""

    source: str
    tree: ast.Module
    module: ModuleType
    chosen: dict[str, str] = field(default_factory=dict)
    supplied: dict[str, Supplied] = field(default_factory=dict)
    mishaps: list[Mishap] = field(default_factory=list)
    notes: list[Sentence] = field(default_factory=list)
    follow_demo: bool = True

    @property
    def names(self) -> dict[str, Any]:
        return self.module.__dict__

    def keep(self, value: object) -> None:
        """Names a module that a line makes and does not name."""
        if type(value).__module__.startswith(("torch.nn", MODULE)) and hasattr(value, "forward"):
            self.names["model"] = value

    def evaluate(self, expression: str) -> object:
        """The value of an argument; text that is no expression here stands for itself."""
        try:
            return eval(compile(expression, "<argument>", "eval"), dict(self.names))  # noqa: S307 - inside the wall
        except (NameError, SyntaxError):
            return expression


def open_workspace(source: str, stand_ins: Mapping[str, str] | None = None) -> Workspace:
    """Runs what the source defines, not its ``__main__`` part; SyntaxError if it is no Python.

    ``stand_ins``: see ``names.supply``.
    """
    tree = ast.parse(source)
    module = ModuleType(MODULE)
    module.__file__ = FILE
    sys.modules[MODULE] = module  # dataclasses and inspect.getsource look classes up by their module's name
    linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
    space = Workspace(source, tree, module, dict(stand_ins or {}))
    _leave_python(space)
    _give(space, missing_names(source))
    future = 0
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            future |= sum(getattr(__future__, name.name).compiler_flag for name in statement.names)
        elif not is_main_guard(statement):
            _run(space, statement, future)
    return space


def _leave_python(space: Workspace) -> None:
    """What a paste gives to ``torch.jit.script`` or ``torch.jit.trace`` stays the Python that it is, by torch's own switch.

    TorchScript's compiler reads torch's source files, which no paste can open; and of what it made, no line is like another.
    ``torch.compile`` is left out by whoever runs the paste, or asked to run what it compiled as it is written: see tracing/state.
    """
    is_scripted = _SCRIPTS.search(space.source) is not None
    (disable if is_scripted else enable)()
    if is_scripted or _COMPILES.search(space.source):
        words = sentence("What is compiled runs here as the Python that it is: the same operations, without the gain in speed.")
        space.notes.append(words)


def _give(space: Workspace, names: frozenset[str]) -> None:
    for value, found in supply(names, space.chosen):
        space.names[found.name] = value
        space.supplied[found.name] = found


def _run(space: Workspace, statement: ast.stmt, future: int) -> None:
    try:
        if isinstance(statement, ast.Expr):
            code = compile(ast.Expression(statement.value), FILE, "eval", flags=future, dont_inherit=True)
            space.keep(eval(code, space.names))  # noqa: S307 - inside the wall
        else:
            code = compile(ast.Module([statement], []), FILE, "exec", flags=future, dont_inherit=True)
            exec(code, space.names)  # noqa: S102 - inside the wall
    except ImportError as error:
        wanted = {(name.asname or name.name).split(".")[0] for name in getattr(statement, "names", ())}
        _give(space, frozenset(wanted - set(space.names)))
        left = sorted(wanted - set(space.names))
        if left:
            space.mishaps.append(mishap("run", error))
            words = sentence("{what} cannot be imported here.", what=ast.unparse(statement)[:200])
            space.notes.append(words)
    except BaseException as error:  # noqa: BLE001 - also SystemExit: the classes before it are still there
        space.mishaps.append(mishap("run", error))


def mishap(stage: Stage, error: BaseException) -> Mishap:
    """An exception as a record; its own methods are the paste's and may fail as well."""
    name = type.__dict__["__name__"].__get__(type(error))
    try:
        message = str(error)[:_LONGEST_MESSAGE]
    except BaseException:  # noqa: BLE001
        message = ""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == FILE and frame.lineno]
    if isinstance(error, SyntaxError) and error.lineno:
        lines.append(error.lineno)
    return Mishap(stage, clean(name), clean(message), lines[-1] if lines else None)


def clean(text: str) -> str:
    """Text that JSON and every terminal can carry."""
    return text.encode("utf-8", "replace").decode()
