"""What Python refuses: names, arguments, a class that is not a whole module, a forward without an end."""

from __future__ import annotations

import ast
import re
from difflib import SequenceMatcher

from explainer.diagnosis.case import Case, Finding
from explainer.types import sentence

_CLOSE = 0.6
_NAME = re.compile(
    r"(?:free variable|local variable|name) '(\w+)' (?:is not|referenced before|where it is not)"
    r"|cannot access (?:local|free) variable '(\w+)'"
)
_ATTRIBUTE = re.compile(
    r"'(\w+)' object has no attribute '(\w+)'|module '([\w.]+)' has no attribute '(\w+)'"
    r"|type object '(\w+)' has no attribute '(\w+)'"
)


def closest(name: str, known: list[str]) -> str | None:
    """The known name that is most like this one, capitals aside; None if none is like it.

    >>> closest("Conv2D", ["Conv1d", "Conv2d", "Linear"])
    'Conv2d'
    """
    scored = [(SequenceMatcher(None, name.lower(), other.lower()).ratio(), other) for other in known if other != name]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= _CLOSE else None


def super_missing(case: Case) -> Finding | None:
    """A constructor that never calls the one of nn.Module."""
    if case.error != "AttributeError" or not re.search(
        r"before Module.__init__\(\) call|no attribute '_\w+'|no attribute 'training'|'super' object", case.message
    ):
        return None
    owner = case.class_at(case.line) or _without_super(case)
    if owner is None or calls_super(owner):
        return None
    what = sentence("{name} does not start nn.Module before it uses it.", name=owner.name)
    reason = sentence("The first line of __init__ must be super().__init__(): it makes the tables that layers are registered in.")
    made = constructor(owner)
    line = case.line if case.line is not None or made is None else made.lineno
    return Finding("super_missing", what, (), (), (reason,), (), line)


def _without_super(case: Case) -> ast.ClassDef | None:
    return next((c for c in case.classes.values() if constructor(c) is not None and not calls_super(c)), None)


def constructor(owner: ast.ClassDef) -> ast.FunctionDef | None:
    return next((f for f in owner.body if isinstance(f, ast.FunctionDef) and f.name == "__init__"), None)


def calls_super(owner: ast.ClassDef) -> bool:
    """Whether the constructor calls that of its base class."""
    made = constructor(owner)
    if made is None:
        return True
    calls = [node for node in ast.walk(made) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    return any(isinstance(c.func, ast.Attribute) and c.func.attr == "__init__" for c in calls)


def forward_missing(case: Case) -> Finding | None:
    """A module without a forward, or with one whose name is misspelt."""
    found = re.search(r'Module \[(\w+)\] is missing the required "forward" function', case.message)
    if found is None:
        return None
    owner = case.classes.get(found[1])
    line = owner.lineno if owner is not None and case.line is None else case.line
    misspelt = misspelt_method(owner, "forward") if owner is not None else None
    if misspelt is not None:
        what = sentence("{name} has no forward; {method} is probably meant to be it.", name=found[1], method=misspelt.name)
        reason = sentence("torch calls the method named forward, letter for letter.")
        return Finding("forward_misspelt", what, (), (), (reason,), (), misspelt.lineno)
    what = sentence("{name} has no forward.", name=found[1])
    if owner is None:
        reason = sentence("{name} only keeps layers; call them one by one, or use nn.Sequential.", name=found[1])
        return Finding("forward_missing", what, (), (), (reason,), (), line)
    reason = sentence("A module says in forward what it makes of its input.")
    nested = next((f for f in ast.walk(owner) if isinstance(f, ast.FunctionDef) and f.name == "forward"), None)
    story = (sentence("There is one in line {line}, but it is inside another function.", line=nested.lineno),) if nested else ()
    return Finding("forward_missing", what, (), (), (reason,), story, line)


def misspelt_method(owner: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    """The method whose name is almost this one."""
    methods = [f for f in owner.body if isinstance(f, ast.FunctionDef)]
    scored = [
        (SequenceMatcher(None, f.name.strip("_").lower(), name.strip("_")).ratio(), f.lineno, f)
        for f in methods
        if f.name != name
    ]
    best = max(scored, default=None, key=lambda item: item[0])
    return best[2] if best is not None and best[0] >= 0.75 else None


def init_misspelt(case: Case) -> Finding | None:
    """``_init_`` in the place of ``__init__``: nothing is built."""
    owners = [c for c in case.classes.values() if constructor(c) is None and misspelt_method(c, "__init__") is not None]
    named = [
        c
        for c in owners
        if f"'{c.name}' object" in case.message or f"{c.name}.__init__()" in case.message or f"{c.name}()" in case.message
    ]
    if case.error not in ("AttributeError", "TypeError") or not named:
        return None
    method = misspelt_method(named[0], "__init__")
    assert method is not None
    what = sentence("{name} has no __init__; {method} is probably meant to be it.", name=named[0].name, method=method.name)
    reason = sentence("Python calls the method named __init__, with two underscores on either side.")
    return Finding("init_misspelt", what, (), (), (reason,), (), method.lineno)


def name_undefined(case: Case) -> Finding | None:
    """A name that nothing defines, or that is read before it gets a value."""
    found = _NAME.search(case.message)
    if case.error not in ("NameError", "UnboundLocalError") or found is None:
        return None
    name = found[1] or found[2]
    what = sentence("the name {name} is not defined.", name=name)
    if case.error == "UnboundLocalError" or "cannot access" in case.message:
        what = sentence("{name} is read before it has a value.", name=name)
    meant = suggestion(case, name)
    story = (sentence("Is {meant} meant?", meant=meant),) if meant else ()
    return Finding("name_undefined", what, (), (), (), story)


def suggestion(case: Case, name: str) -> str | None:
    """What is probably meant by an unknown name: an attribute of self by the same name, or a name in reach that is like it."""
    owner = case.class_at(case.line)
    if owner is not None and name in attributes_of(owner):
        return f"self.{name}"
    return closest(name, names_in_reach(case))


def attributes_of(owner: ast.ClassDef) -> list[str]:
    """Names that the class gives to ``self``, and its methods."""
    found = [f.name for f in owner.body if isinstance(f, ast.FunctionDef)]
    stored = [n for n in ast.walk(owner) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)]
    found += [node.attr for node in stored if isinstance(node.value, ast.Name) and node.value.id == "self"]
    return list(dict.fromkeys(found))


def names_in_reach(case: Case) -> list[str]:
    """Names bound in the function around the failing line, and at the top of the file."""
    function = case.function_at(case.line)
    found = [node.name for node in case.tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    found += [supplied.name for supplied in case.result.supplied]
    for node in ast.walk(case.tree):
        if isinstance(node, ast.alias):
            found.append((node.asname or node.name).split(".")[0])
    for node in ast.walk(function) if function is not None else ():
        if isinstance(node, ast.arg):
            found.append(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.append(node.id)
    return list(dict.fromkeys(found))


def attribute_missing(case: Case) -> Finding | None:
    """An attribute that an object does not have; says which one is like it."""
    found = _ATTRIBUTE.search(case.message)
    if case.error != "AttributeError" or found is None:
        return None
    owner, name = found[1] or found[3] or found[5], found[2] or found[4] or found[6]
    what = sentence("{owner} has no {name}.", owner=owner, name=name)
    known = attributes_of(case.classes[owner]) if owner in case.classes else _attributes_elsewhere(owner)
    meant = closest(name, known)
    story = (sentence("Is {meant} meant?", meant=meant),) if meant else ()
    reason = (
        (sentence("Nothing in {owner} sets self.{name}.", owner=owner, name=name),) if owner in case.classes and not meant else ()
    )
    return Finding("attribute_missing", what, (), (), reason, story)


def hidden_name(case: Case) -> Finding | None:
    """A layer under the name of a method of nn.Module, which is what Python finds first."""
    owner = case.class_at(case.line)
    if owner is None or case.error not in ("TypeError", "AttributeError", "RuntimeError", "ValueError"):
        return None
    own = {f.name for f in owner.body if isinstance(f, ast.FunctionDef)}
    called = [n.func.attr for n in case.nodes_at(case.line) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
              and isinstance(n.func.value, ast.Name) and n.func.value.id == "self"]  # fmt: skip
    stored = [n.attr for n in ast.walk(owner) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)]
    name = next((n for n in called if n in _OF_MODULES and n in stored and n not in own), None)
    if name is None:
        return None
    what = sentence("self.{name} is a method of nn.Module here, not the layer.", name=name)
    reason = sentence("Every nn.Module has a method {name}, and Python finds it before the layer of that name.", name=name)
    return Finding("hidden_name", what, (), (), (reason, sentence("Another name for the layer helps.")), ())


_OF_MODULES = frozenset(
    "to type half float double bfloat16 train eval apply cpu cuda children modules parameters buffers compile state_dict"
    " zero_grad share_memory add_module register_buffer register_parameter get_parameter get_buffer named_children".split()
)


def _attributes_elsewhere(owner: str) -> list[str]:
    """What torch's modules and tensors have; empty for anything else."""
    import importlib

    import torch

    if owner == "Tensor":
        return dir(torch.Tensor)
    if owner.split(".")[0] != "torch":
        return []
    try:
        return dir(importlib.import_module(owner))
    except ImportError:
        return []


def arguments(case: Case) -> Finding | None:
    """A call with too many, too few or unknown arguments."""
    message = case.message
    if case.error != "TypeError":
        return None
    function = re.match(r"([\w.<>]+)\(\)", message)
    name = function[1].replace(".__init__", "") if function else ""
    line = case.line if case.line is not None else _defined_at(case, function[1] if function else "")
    if (unknown := re.search(r"unexpected keyword argument '(\w+)'", message)) is not None:
        what = sentence("{name} has no argument {argument}.", name=name or "?", argument=unknown[1])
        return Finding("argument_unknown", what, (), (), (), (), line)
    if (missing := re.search(r"missing (\d+) required (?:positional|keyword-only) arguments?: (.+)", message)) is not None:
        what = sentence(
            "{name} is called without {arguments}.", name=name, arguments=missing[2].replace("'", "").replace(" and ", ", ")
        )
        return Finding("argument_count", what, (), (), (), (), line)
    if (count := re.search(r"takes (?:from \d+ to )?(\d+) positional arguments? but (\d+)", message)) is not None:
        if count[1] == "0" or _lacks_self(case, function[1] if function else ""):
            what = sentence("{name} is a method, and its first argument self is missing.", name=name)
            return Finding("self_missing", what, (), (), (), (), line)
        what = sentence(
            "{name} gets {given} arguments and takes {taken}, self included.", name=name, given=count[2], taken=count[1]
        )
        return Finding("argument_count", what, (), (), (), (), line)
    if (multiple := re.search(r"got multiple values for argument '(\w+)'", message)) is not None:
        what = sentence("{name} gets {argument} twice, by place and by name.", name=name, argument=multiple[1])
        return Finding("argument_twice", what, (), (), (), (), line)
    return None


def _method(case: Case, path: str) -> ast.FunctionDef | None:
    owner, _, name = path.rpartition(".")
    found = case.classes.get(owner.split(".")[-1])
    return next((f for f in found.body if isinstance(f, ast.FunctionDef) and f.name == name), None) if found else None


def _defined_at(case: Case, path: str) -> int | None:
    method = _method(case, path)
    return method.lineno if method is not None else None


def _lacks_self(case: Case, path: str) -> bool:
    method = _method(case, path)
    if method is None or any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in method.decorator_list):
        return False
    return not method.args.args or method.args.args[0].arg not in ("self", "cls")


def recursion(case: Case) -> Finding | None:
    """A forward that calls itself."""
    if case.error != "RecursionError":
        return None
    what = sentence("this calls itself again and again.")
    reason = sentence("A forward that calls self(x), or a module that contains itself, has no end.")
    return Finding("recursion", what, (), (), (reason,), (), case.line if case.line is not None else _forward_line(case))


def endless(case: Case) -> Finding | None:
    """More operations than anybody can draw."""
    if case.failure is None or case.failure.kind != "op_limit":
        return None
    what = sentence("the forward makes {message}.", message=case.message)
    return Finding("op_limit", what, (), (), (sentence("Is there a loop that does not end?"),), ())


def _forward_line(case: Case) -> int | None:
    owner = case.target
    found = next((f for f in owner.body if isinstance(f, ast.FunctionDef) and f.name == "forward"), None) if owner else None
    return found.lineno if found else None


def syntax(case: Case) -> Finding | None:
    """Text that is no Python."""
    if case.error not in ("SyntaxError", "IndentationError", "TabError"):
        return None
    what = sentence("Python cannot read this: {message}.", message=re.sub(r" \(.*", "", case.message))
    return Finding("syntax", what, (), (), (), ())


def raised(case: Case) -> Finding | None:
    """An error that the code itself raises."""
    nodes = case.nodes_at(case.line) + [n for n in ast.walk(case.tree) if isinstance(n, (ast.Raise, ast.Assert))]
    own = [n for n in nodes if isinstance(n, (ast.Raise, ast.Assert)) and n.lineno <= (case.line or 0) <= (n.end_lineno or 0)]
    if not own:
        return None
    what = sentence("the code itself stops here.")
    if isinstance(own[0], ast.Assert):
        what = sentence("the code itself stops here, because {condition} does not hold.", condition=ast.unparse(own[0].test)[:80])
    got = (sentence("It says: {message}", message=case.message),) if case.message and case.message != case.error else ()
    return Finding("raised", what, (), got, (), ())


def undecidable(case: Case) -> Finding | None:
    """Python branches on numbers that nobody computed."""
    if case.failure is None or case.failure.kind != "undecidable":
        return None
    what = sentence("what happens next depends on the numbers in a tensor, and here only shapes are known.")
    reason = sentence("A smaller input, or the device cpu, lets it run on real numbers.")
    return Finding("undecidable", what, case.operands() if case.op else (), (), (reason,), ())
