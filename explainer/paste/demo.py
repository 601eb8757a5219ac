"""How a paste's own last lines use it, read and not run: ``net = Block(64, reduction=8)``, ``net(torch.randn(1, 64, 8, 8))``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from explainer.paste.result import Input

_MAKERS = {"randn": "float32", "rand": "float32", "zeros": "float32", "ones": "float32", "empty": "float32", "randint": "int64"}
_TAILS = ("main", "test", "demo")


@dataclass(slots=True)
class Demo:
    """``positional`` and ``named`` arguments as expressions, None where the paste never builds its class; the inputs given."""

    positional: tuple[str, ...] | None = None
    named: tuple[tuple[str, str], ...] = ()
    inputs: tuple[Input, ...] = ()


@dataclass(slots=True)
class _Known:
    numbers: dict[str, ast.expr] = field(default_factory=dict)
    tensors: dict[str, Input] = field(default_factory=dict)


def is_main_guard(statement: ast.stmt) -> bool:
    """``if __name__ == "__main__":``."""
    if not isinstance(statement, ast.If) or not isinstance(statement.test, ast.Compare):
        return False
    left = statement.test.left
    return isinstance(left, ast.Name) and left.id == "__name__"


def find_demo(tree: ast.Module, target: str) -> Demo:
    """The use of ``target`` that comes last in the paste's own script."""
    known, demo, built = _Known(), Demo(), set[str]()
    for statement in _script(tree.body):
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
            name, value = statement.targets[0].id, statement.value
            if isinstance(value, ast.Constant) or _sizes(value, known):
                known.numbers[name] = value
            made = _tensor(value, known)
            if made:
                known.tensors[name] = made
            if _is_call_of(value, target):
                built.add(name)
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                _note(node, target, built, known, demo)
    return demo


def _script(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if is_main_guard(statement):
            assert isinstance(statement, ast.If)
            yield from _script(statement.body)
        elif (isinstance(statement, ast.FunctionDef) and statement.name.startswith(_TAILS)) or isinstance(statement, ast.With):
            yield from _script(statement.body)
        elif not isinstance(statement, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield statement


def _note(call: ast.Call, target: str, built: set[str], known: _Known, demo: Demo) -> None:
    if _is_call_of(call, target) and not any(isinstance(argument, ast.Starred) for argument in call.args):
        demo.positional = tuple(_text(argument, known) for argument in call.args)
        demo.named = tuple((word.arg, _text(word.value, known)) for word in call.keywords if word.arg)
        return
    of_instance = isinstance(call.func, ast.Name) and call.func.id in built
    if of_instance or _is_call_of(call.func, target):
        inputs = [_tensor(argument, known) for argument in (*call.args, *(word.value for word in call.keywords))]
        if inputs and all(inputs):
            demo.inputs = tuple(given for given in inputs if given)


def _text(node: ast.expr, known: _Known) -> str:
    """The expression, with the script's own constants in the place of their names."""

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return known.numbers.get(node.id, node)

    return ast.unparse(Fill().visit(node))


def _is_call_of(node: ast.expr, target: str) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("to", "cuda", "eval", "cpu"):
        node = node.func.value  # Block(64).eval()
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == target


def _tensor(node: ast.expr, known: _Known) -> Input | None:
    """The input that ``torch.randn(1, 3, 8, 8)`` makes, also by a name or moved to a device.

    Several of one shape in a tuple are one input, along whose first axis they lie: it is taken apart like the tuple.
    """
    if isinstance(node, ast.Tuple) and len(node.elts) > 1:
        parts = {_tensor(element, known) for element in node.elts}
        only = parts.pop()
        return None if parts or only is None else replace(only, shape=(len(node.elts), *only.shape))
    if isinstance(node, ast.Name):
        return known.tensors.get(node.id)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if node.func.attr in ("to", "cuda", "float", "cpu", "requires_grad_", "long"):
        return _tensor(node.func.value, known)
    dtype = _MAKERS.get(node.func.attr)
    if dtype is None:
        return None
    given = [word.value for word in node.keywords if word.arg == "size"] or node.args
    if node.func.attr == "randint" and given is node.args:
        given = given[-1:]
    sizes = _sizes(given[0], known) if len(given) == 1 else None
    sizes = sizes or tuple(size for argument in given if (size := _number(argument, known)) is not None)
    return Input(sizes, dtype) if sizes and len(sizes) in (len(given), len(sizes) if len(given) == 1 else -1) else None


def _sizes(node: ast.expr, known: _Known) -> tuple[int, ...] | None:
    if not isinstance(node, (ast.Tuple, ast.List)) or not node.elts:
        return None
    numbers = [_number(element, known) for element in node.elts]
    return tuple(n for n in numbers if n is not None) if None not in numbers else None


def _number(node: ast.expr, known: _Known) -> int | None:
    if isinstance(node, ast.Name):
        node = known.numbers.get(node.id, node)
    if isinstance(node, ast.Constant) and type(node.value) is int and 0 <= node.value < 1 << 24:
        return node.value
    return None
