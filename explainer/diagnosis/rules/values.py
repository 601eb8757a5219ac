"""What is no fitting value at all: another kind of number, another device, None, a tuple, a layer in the place of its result."""

from __future__ import annotations

import ast
import re

from explainer.diagnosis.case import Case, Finding
from explainer.types import Sentence, Shape, sentence

_FLOATS = frozenset(("float16", "bfloat16", "float32", "float64"))
_DTYPE = re.compile(
    r"scalar type|same dtype|should be the same|must have the same dtype|expected m1 and m2|have dtype|to have the same"
    r"|not implemented for '(\w+)'|Long but found|expected .* dtype|floating point|lower_bounds"
)
_TUPLE = re.compile(
    r"must be Tensor,? not (tuple|list)|'(tuple|list)' object has no attribute|(tuple|list)' and 'Tensor'"
    r"|'Tensor' and '(tuple|list)'"
)
_LAYER = re.compile(
    r"must be Tensor,? not ([A-Z]\w+)|'([A-Z]\w+)' object has no attribute '\w+'|'([A-Z]\w+)' and 'Tensor'"
    r"|'Tensor' and '([A-Z]\w+)'"
)
_FRACTION = re.compile(
    r"tuple of ints.*float|'float' object cannot be interpreted as an integer|must be int.*not float|ints, ?but got float"
)


def dtype(case: Case) -> Finding | None:
    """Numbers of different kinds in one op, or real ones where whole ones are needed."""
    kinds = [value.dtype for value in case.values]
    if case.op.startswith("embedding") and kinds and kinds[0] in _FLOATS:
        what = sentence("{layer} looks rows up by whole numbers and gets {dtype}.", layer=case.layer, dtype=kinds[0])
        reason = sentence("An embedding reads token numbers: integers such as int64, not features.")
        return Finding("dtype", what, case.operands(), (), (reason,), ())
    says_so = _DTYPE.search(case.message)
    if case.error not in ("RuntimeError", "ValueError", "TypeError", "NotImplementedError") or not says_so or not case.op:
        return None
    if len(set(kinds)) < 2:
        if kinds and kinds[0] not in _FLOATS:
            what = sentence("{op} cannot be done with {dtype}.", op=case.layer, dtype=kinds[0])
            return Finding("dtype", what, case.operands(), (), (sentence("Turn it into real numbers first: x.float()."),), ())
        return None
    what = sentence("{layer} gets numbers of different kinds.", layer=case.layer)
    got = sentence("{first} against {second}.", first=kinds[0], second=next(kind for kind in kinds if kind != kinds[0]))
    reason = sentence("Input and weights must have one dtype: convert the input with .float(), or the module with .to(dtype).")
    return Finding("dtype", what, case.operands(), (got,), (reason,), ())


def device(case: Case) -> Finding | None:
    """Tensors on different devices, or a device that is not here."""
    if not re.search(r"same device|CUDA|cuda|MPS|NVIDIA", case.message):
        return None
    what = sentence("tensors are on different devices, or on one that is not here.")
    reason = sentence("Write device=x.device where the forward makes a tensor, and move the module and its input together.")
    return Finding("device", what, case.operands() if case.op else (), (), (reason,), ())


def one_value_per_channel(case: Case) -> Finding | None:
    """A BatchNorm in training that has one value to take a mean of."""
    if "Expected more than 1 value per channel when training" not in case.message:
        return None
    what = sentence("{layer} is training and has one value per channel only.", layer=case.layer)
    got = (sentence("Its input is {shape!s}.", shape=case.shapes[0]),) if case.shapes else ()
    reason = sentence("The variance of one value is 0: use a batch of at least 2, another normalisation, or eval().")
    return Finding("batch_norm_one_value", what, case.operands() if case.op else (), got, (reason,), ())


def nothing(case: Case) -> Finding | None:
    """None where a tensor is expected; names the function without a ``return`` if there is one on the way."""
    if "NoneType" not in case.message:
        return None
    culprit = without_return(case)
    what = sentence("there is nothing here to compute with: a value is None.")
    if culprit is None:
        return Finding("none_value", what, (), (), (sentence("A function without return gives None."),), ())
    reason = sentence(
        "{name} (line {line}) computes its result and does not return it, so it gives None.",
        name=culprit.name,
        line=culprit.lineno,
    )
    return Finding("none_value", what, (), (), (reason,), ())


def without_return(case: Case) -> ast.FunctionDef | None:
    """A function of the source that is called and gives no value back, or the forward of a class that does not."""
    functions = [node for node in ast.walk(case.tree) if isinstance(node, ast.FunctionDef)]
    called = {
        node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        for node in ast.walk(case.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name))
    }
    silent = [f for f in functions if f.name != "__init__" and not gives_value(f)]
    found = [f for f in silent if f.name in called or f.name == "forward"]
    return found[0] if found else None


def gives_value(function: ast.FunctionDef) -> bool:
    """Whether some path of a function ends in a value, its inner functions apart; what only passes or raises counts."""
    waiting: list[ast.AST] = list(function.body)
    does_something = False
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom)) and node.value is not None:
            return True
        does_something = does_something or isinstance(node, (ast.Assign, ast.AugAssign))
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))
    return not does_something


def returns_nothing(case: Case) -> Finding | None:
    """A forward that comes to its end and gives nothing back."""
    trace = case.result.trace
    if trace is None or trace.failure is not None or trace.outputs or case.target is None:
        return None
    forward = next((f for f in case.target.body if isinstance(f, ast.FunctionDef) and f.name == "forward"), None)
    if forward is None or gives_value(forward):
        return None
    what = sentence("forward computes its result and does not return it.")
    reason = sentence("A function without return gives None, and so does the module.")
    return Finding("returns_none", what, (), (), (reason,), (), forward.lineno)


def tuple_given(case: Case) -> Finding | None:
    """A tuple where one tensor is expected: what a recurrent layer or attention returns."""
    if not _TUPLE.search(case.message):
        return None
    what = sentence("a single tensor is expected here, and several come in a tuple.")
    reason = sentence(
        "Recurrent layers and attention return (output, state or weights): take the first, as in out, _ = layer(x)."
    )
    return Finding("tuple_given", what, (), (), (reason,), _givers(case))


def _givers(case: Case) -> tuple[Sentence, ...]:
    if case.result.trace is None:
        return ()
    several = [call for call in case.trace.calls if len(call.outputs) > 1 and call.line is not None]
    if not several:
        return ()
    from explainer.diagnosis.case import code_path

    last = several[-1]
    return (
        sentence(
            "{layer} (line {line}) gave {count} tensors.",
            layer=code_path(last.path),
            line=last.line or 0,
            count=len(last.outputs),
        ),
    )


def module_given(case: Case) -> Finding | None:
    """``nn.ReLU(x)`` in a forward: it builds a layer and does not apply it."""
    found = _LAYER.search(case.message)
    name = next((group for group in found.groups() if group), "") if found else ""
    if not name or name in ("Tensor", "NoneType", *case.classes) or f"{name}(" not in case.source:
        return None
    if not re.search(rf"(nn\.|\b){name}\(", case.source):
        return None
    what = sentence("this is the layer {name} itself, not what it makes of its input.", name=name)
    reason = sentence("nn.{name}(...) builds a layer; only calling the layer runs it: nn.{name}()(x).", name=name)
    return Finding("module_given", what, (), (), (reason,), ())


def module_returned(case: Case) -> Finding | None:
    """A forward that gives back a layer: ``return nn.ReLU(x)``."""
    trace = case.result.trace
    if trace is None or trace.failure is not None or trace.outputs or case.target is None:
        return None
    forward = next((f for f in case.target.body if isinstance(f, ast.FunctionDef) and f.name == "forward"), None)
    given = [n.value for n in ast.walk(forward) if isinstance(n, ast.Return)] if forward is not None else []
    for call in given:
        name = ast.unparse(call.func).removeprefix("torch.") if isinstance(call, ast.Call) and call.args else ""
        if name.startswith("nn.") and name[3:4].isupper() and isinstance(call, ast.Call):
            what = sentence("this is the layer {name} itself, not what it makes of its input.", name=name[3:])
            reason = sentence("nn.{name}(...) builds a layer; only calling the layer runs it: nn.{name}()(x).", name=name[3:])
            return Finding("module_given", what, (), (), (reason,), (), call.lineno)
    return None


def layers_in_list(case: Case) -> Finding | None:
    """``nn.Sequential([...])``."""
    if "list is not a Module subclass" not in case.message and "tuple is not a Module subclass" not in case.message:
        return None
    what = sentence("nn.Sequential takes its layers one by one, and here they stand in a list.")
    reason = sentence("A star in front of the list hands them over one by one: nn.Sequential(*layers).")
    return Finding("layers_in_list", what, (), (), (reason,), ())


def state_size(case: Case) -> Finding | None:
    """A first state that has another size than a recurrent layer keeps."""
    sizes = state_sizes(case.message)
    if sizes is None:
        return None
    wanted, given = sizes
    what = sentence("the first state must be {wanted!s}, and is {given!s}.", wanted=wanted, given=given)
    reason = sentence("A recurrent layer keeps (layers × directions, batch, hidden_size).")
    return Finding("state_size", what, (), (), (reason,), ())


def state_sizes(message: str) -> tuple[Shape, Shape] | None:
    """(what a recurrent layer wants, what it was given), if torch's message says that these differ."""
    found = re.search(r"Expected hidden(?:\[\d\])? size \((\d+), (\d+), (\d+)\), got \[(\d+), (\d+), (\d+)\]", message)
    if found is None:
        return None
    numbers = tuple(map(int, found.groups()))
    return numbers[:3], numbers[3:]


def fractional_size(case: Case) -> Finding | None:
    """A size that is no whole number: ``channels / 2``."""
    if not _FRACTION.search(case.message):
        return None
    what = sentence("a size must be a whole number, and this one has a fraction.")
    reason = sentence("In Python / gives a float even where it comes out even: // gives a whole number.")
    return Finding("float_size", what, (), (), (reason,), ())
