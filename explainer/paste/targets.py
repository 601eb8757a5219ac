"""What in a paste can be looked into, and how it is built: classes, functions that make modules, modules, the script itself."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter as Argument
from inspect import signature
from typing import Any

import torch
from torch import Tensor, nn

from explainer.paste import proposals
from explainer.paste.demo import find_demo
from explainer.paste.result import Parameter, Target
from explainer.paste.signatures import choices_of, documented
from explainer.paste.workspace import FILE, MODULE, Workspace

SCRIPT = "script"


class Script(nn.Module):
    """A paste without a class, as a module: its forward runs the statements."""

    def __init__(self, space: Workspace) -> None:
        super().__init__()
        self._code = compile(space.source, FILE, "exec", dont_inherit=True)
        self._names = {name: space.names[name] for name in space.supplied}

    def forward(self) -> tuple[Tensor, ...]:
        names: dict[str, Any] = {"__name__": MODULE, **self._names}
        with torch.enable_grad():  # a script may call backward
            exec(self._code, names)  # noqa: S102 - inside the wall
        return tuple(tensors_of(names).values())


def tensors_of(names: dict[str, Any]) -> dict[str, Tensor]:
    return {name: value for name, value in names.items() if isinstance(value, Tensor)}


def find_targets(space: Workspace) -> tuple[Target, ...]:
    """Everything that can be looked into, in the order of the text."""
    found = []
    for statement in space.tree.body:
        value = space.names.get(statement.name) if isinstance(statement, (ast.ClassDef, ast.FunctionDef)) else None
        if isinstance(statement, ast.ClassDef) and isinstance(value, type) and issubclass(value, nn.Module):
            found.append(Target(statement.name, "class", statement.lineno))
        elif isinstance(statement, ast.FunctionDef) and callable(value) and _makes_module(statement):
            found.append(Target(statement.name, "factory", statement.lineno))
    if not any(target.kind == "class" for target in found):
        modules = [name for name, value in space.names.items() if isinstance(value, nn.Module) and not name.startswith("__")]
        found += [Target(name, "module") for name in modules]
        if tensors_of({name: value for name, value in space.names.items() if name not in space.supplied}) or not found:
            found.append(Target(SCRIPT, "script"))
    return tuple(found)


def _makes_module(function: ast.FunctionDef) -> bool:
    """Whether it returns a class of its own, or a call of something that is written like a class."""
    classes = {node.name for node in ast.walk(function) if isinstance(node, ast.ClassDef)}
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and node.value is not None:
            value = node.value
            if isinstance(value, ast.Name) and value.id in classes:
                return True
            if isinstance(value, ast.Call) and ast.unparse(value.func).split(".")[-1][:1].isupper():
                return True
    return False


def pick(space: Workspace, targets: tuple[Target, ...], name: str) -> Target | None:
    """The named one; else the class that the paste's own script builds; else the last that no other class is made of."""
    if name:
        return next((target for target in targets if target.name == name), None)
    classes = [target for target in targets if target.kind == "class"]
    shown = [target for target in classes if find_demo(space.tree, target.name).positional is not None]
    whole = [target for target in classes if not _is_part(space.tree, target.name)]
    scripts = [target for target in targets if target.kind == "script"]
    ranked = shown or whole or classes or scripts or list(targets)
    return ranked[-1] if ranked else None


def _is_part(tree: ast.Module, name: str) -> bool:
    others = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name != name]
    return any(isinstance(node, ast.Name) and node.id == name for other in others for node in ast.walk(other))


@dataclass(frozen=True, slots=True)
class Plan:
    """How to build a target: the arguments as expressions, and the numbers among their values."""

    make: Callable[[], nn.Module]
    parameters: tuple[Parameter, ...]
    numbers: dict[str, object]
    guessed: frozenset[str] = frozenset()


def plan(space: Workspace, target: Target, given: dict[str, str]) -> Plan:
    """The plan for a target with some arguments given; the others are the demo's, the code's own, or proposed."""
    if target.kind == "script":
        return Plan(lambda: Script(space), (), {})
    value = space.names[target.name]
    if target.kind == "module":
        return Plan(lambda: value, (), {})
    parameters, guessed = _parameters(space, target, value, given)
    arguments = {p.name: space.evaluate(p.value) for p in parameters if p.default is None or p.value != p.default}
    numbers = {p.name: space.evaluate(p.value) for p in parameters}
    extra = {name: space.evaluate(text) for name, text in given.items() if name not in numbers}
    if target.kind == "class":
        return Plan(lambda: _module(value(**arguments, **extra)), parameters, numbers, guessed)
    made = value(**arguments)
    if isinstance(made, nn.Module) or not callable(made):
        return Plan(lambda: _module(value(**arguments, **extra)), parameters, numbers, guessed)
    inner, more = _parameters(space, target, made, given)
    extra = _passed_on(made, tuple(arguments.values()), len(inner), extra, given)
    known = {p.name: space.evaluate(p.value) for p in inner}
    rest = {name: value for name, value in extra.items() if name not in known}
    chosen = {p.name: known[p.name] for p in inner if p.default is None or p.value != p.default}
    listed = (
        *parameters,
        *inner,
        *(Parameter(name, proposals.kind_of(rest[name]), given.get(name, repr(rest[name]))) for name in rest),
    )
    return Plan(lambda: _module(made(**chosen, **rest)), listed, numbers | known | rest, guessed | more)


def _passed_on(
    made: Any, given_to_maker: tuple[object, ...], count: int, extra: dict[str, Any], given: dict[str, str]
) -> dict[str, Any]:
    """``extra``, with a proposal for what a function hands on by ``**`` and the layer it was made for asks for."""
    if not any(argument.kind is Argument.VAR_KEYWORD for argument in signature(made).parameters.values()):
        return extra
    asked = [argument for value in given_to_maker if isinstance(value, type) for argument in signature(value).parameters.values()]
    needed = [argument.name for argument in asked[count:] if argument.default is Argument.empty and argument.name not in given]
    return {name: ast.literal_eval(proposals.by_name(name)) for name in needed if proposals.by_name(name).isdigit()} | extra


def _module(made: object) -> nn.Module:
    if not isinstance(made, nn.Module):
        raise TypeError(f"this makes no nn.Module but {type(made).__name__}")
    try:
        return made.eval()
    except NotImplementedError:  # what torch.export made is for one mode, and refuses to be told
        for part in made.modules():
            part.training = False
        return made


def _parameters(
    space: Workspace, target: Target, makes: Any, given: dict[str, str]
) -> tuple[tuple[Parameter, ...], frozenset[str]]:
    """The arguments of a class or function, with the expressions to use, and which of these are guesses."""
    demo = find_demo(space.tree, target.name)
    found, guessed, told = list[Parameter](), set[str](), documented(makes)
    named, positional = dict(demo.named), list(demo.positional or ())
    for argument in signature(makes).parameters.values():
        if argument.kind in (Argument.VAR_POSITIONAL, Argument.VAR_KEYWORD):
            continue
        default = None if argument.default is Argument.empty else _written(argument.default)
        shown = positional.pop(0) if positional else named.get(argument.name)
        if argument.name in given:
            value = given[argument.name]
        elif shown is not None and (default is None or space.follow_demo):
            value = shown
        elif default is not None:
            value = default
        else:
            value = proposals.by_name(argument.name)
            guessed.add(argument.name)
        kind = proposals.kind_of(space.evaluate(value))
        found.append(
            Parameter(
                argument.name, kind, value, default, choices_of(argument.annotation), told.get(argument.name, ""),
                proposed=argument.name in guessed,
            )
        )  # fmt: skip
    return tuple(found), frozenset(guessed)


def _written(value: object) -> str:
    """A default as an expression: ``16``, ``'same'``, ``nn.ReLU``."""
    if isinstance(value, type) and issubclass(value, nn.Module):
        known = getattr(nn, value.__name__, None) is value
        return f"nn.{value.__name__}" if known else value.__name__
    if isinstance(value, type) or callable(value):
        return str(getattr(value, "__name__", repr(value)))
    return repr(value)


def on(device: str, make: Callable[[], nn.Module]) -> nn.Module:
    """The module with its parameters on ``meta`` or ``cpu``."""
    with torch.device(device):
        return make()
