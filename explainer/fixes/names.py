"""Fixes for what Python refuses: names, arguments, ``self``, ``super().__init__()``, ``return``, a layer that is not called."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from inspect import signature

from torch import nn

from explainer.diagnosis.rules.python import attributes_of, calls_super, closest, constructor, misspelt_method, suggestion
from explainer.diagnosis.rules.values import gives_value, without_return
from explainer.fixes.edits import Patch
from explainer.fixes.scene import Draft, Scene
from explainer.types import sentence


def names(scene: Scene) -> Iterator[Draft]:
    """The name or attribute that is probably meant in the place of the unknown one."""
    case, text = scene.case, scene.text
    found = re.search(r"'(\w+)'(?: is not defined| where|$)|variable '(\w+)'|has no attribute '(\w+)'", case.message)
    if scene.rule not in ("name_undefined", "attribute_missing") or found is None or case.line is None:
        return
    wrong = next(group for group in found.groups() if group)
    meant = [word for word in (str(dict(s.values)["meant"]) for s in scene.diagnosis.story) if word]
    more = suggestion(case, wrong) if scene.rule == "name_undefined" else None
    for word in dict.fromkeys((*meant, *([more] if more else []))):
        for patch in _written(scene, wrong, word):
            yield Draft(sentence("Write {meant} in the place of {wrong}.", meant=word, wrong=wrong), 0, patch)
    if scene.rule == "attribute_missing":
        yield from _other_attributes(scene, wrong)
        yield from _set_elsewhere(scene, wrong)
        return
    names_before = [f for f in text.nodes(ast.FunctionDef) if f.lineno <= case.line <= (f.end_lineno or 0)]
    for function in names_before[-1:]:
        for argument in (
            function.args.args[1:] if function.args.args[:1] and function.args.args[0].arg == "self" else function.args.args
        ):
            for patch in _written(scene, wrong, argument.arg):
                yield Draft(sentence("Write {meant} in the place of {wrong}.", meant=argument.arg, wrong=wrong), 2, patch)


def hidden(scene: Scene) -> Iterator[Draft]:
    """Another name for a layer that a method of nn.Module hides."""
    if scene.rule != "hidden_name":
        return
    name = next((str(value) for words in scene.diagnosis.reason for key, value in words.values if key == "name"), "")
    places = [n for n in scene.text.nodes(ast.Attribute) if n.attr == name and scene.text.text(n.value) == "self"]
    patches = tuple(scene.text.replace(node, f"self.{name}_layer") for node in places)
    yield Draft(sentence("Write {meant} in the place of {wrong}.", meant=f"{name}_layer", wrong=name), 0, patches)


def _written(scene: Scene, wrong: str, right: str) -> Iterator[tuple[Patch, ...]]:
    """The wrong name replaced at the failing line, and everywhere it stands."""
    here: list[Patch] = []
    everywhere: list[Patch] = []
    for node in ast.walk(scene.text.tree):
        patch = None
        if isinstance(node, ast.Name) and node.id == wrong:
            patch = scene.text.replace(node, right)
        elif isinstance(node, ast.Attribute) and node.attr == wrong and "." not in right:
            end = scene.text.span(node)[1]
            patch = Patch(end - len(wrong), end, right)
        if patch is not None and isinstance(node, (ast.Name, ast.Attribute)):
            everywhere.append(patch)
            if node.lineno == scene.case.line and not isinstance(node.ctx, ast.Store):
                here.append(patch)
    if here:
        yield tuple(here)
    if len(everywhere) > len(here):
        yield tuple(everywhere)


def _other_attributes(scene: Scene, wrong: str) -> Iterator[Draft]:
    """Every attribute that is like the wrong one: norm1 and norm2 for norm."""
    owner = scene.case.class_at(scene.case.line)
    for name in attributes_of(owner) if owner is not None else ():
        if name != wrong and closest(wrong, [name]):
            for patch in _written(scene, wrong, name):
                yield Draft(sentence("Write {meant} in the place of {wrong}.", meant=name, wrong=wrong), 1, patch)


def _set_elsewhere(scene: Scene, wrong: str) -> Iterator[Draft]:
    """The constructor's spelling changed to the forward's, where only one of its names is never read."""
    owner = scene.case.class_at(scene.case.line)
    similar = closest(wrong, attributes_of(owner)) if owner is not None else None
    if similar is None:
        return
    patches = []
    for node in scene.text.nodes(ast.Attribute):
        if node.attr == similar and isinstance(node.ctx, ast.Store):
            end = scene.text.span(node)[1]
            patches.append(Patch(end - len(similar), end, wrong))
    reads = sum(node.attr == wrong for node in scene.text.nodes(ast.Attribute))
    rank = 1 if reads > 1 else 2  # read once, it is rather there that a letter went wrong
    yield Draft(sentence("Write {meant} in the place of {wrong}.", meant=wrong, wrong=similar), rank, tuple(patches))


def classes(scene: Scene) -> Iterator[Draft]:
    """``super().__init__()`` added, ``forward`` and ``__init__`` spelt right."""
    case, text = scene.case, scene.text
    if scene.rule == "super_missing":
        for owner in case.classes.values():
            made = constructor(owner)
            if made is None or calls_super(owner):
                continue
            bare = [
                n for n in made.body if isinstance(n, ast.Expr) and text.text(n).startswith("super(") and "init" in text.text(n)
            ]
            start, end = text.span(bare[0]) if bare else (0, 0)
            line = text.new_line(made.body[0].lineno, " " * made.body[0].col_offset + "super().__init__()")
            message = sentence("Begin the constructor of {name} with super().__init__().", name=owner.name)
            yield Draft(message, 0, (Patch(start, end, "super().__init__()") if bare else line,))
    if scene.rule == "forward_missing":
        methods = [f for owner in case.classes.values() for f in owner.body if isinstance(f, ast.FunctionDef)]
        for other in [f for f in methods if not f.name.startswith("_") and len(f.args.args) > 1]:
            yield _renamed(scene, other, "forward", 1)
    for rule, name in (("forward_misspelt", "forward"), ("init_misspelt", "__init__")):
        if scene.rule != rule:
            continue
        for owner in case.classes.values():
            method = misspelt_method(owner, name)
            if method is not None and method.lineno == scene.diagnosis.line:
                yield _renamed(scene, method, name, 0)


def _renamed(scene: Scene, method: ast.FunctionDef, name: str, rank: int) -> Draft:
    start = scene.text.span(method)[0]
    start += scene.text.source[start:].index(method.name)
    message = sentence("Write {meant} in the place of {wrong}.", meant=name, wrong=method.name)
    return Draft(message, rank, (Patch(start, start + len(method.name), name),))


def calls(scene: Scene) -> Iterator[Draft]:
    """Arguments: a keyword spelt right or left out, a missing one given, ``self`` put in front."""
    case, text = scene.case, scene.text
    if scene.rule == "self_missing":
        for function in text.nodes(ast.FunctionDef):
            if function.lineno == scene.diagnosis.line:
                at = text.source.index("(", text.span(function)[0]) + 1
                yield Draft(
                    sentence("Give {name} self as its first argument.", name=function.name),
                    0,
                    (Patch(at, at, "self, " if function.args.args else "self"),),
                )
    if case.line is None:
        return
    here = [c for c in text.nodes(ast.Call) if c.lineno <= case.line <= (c.end_lineno or 0)]
    if scene.rule in ("argument_unknown", "argument_twice"):
        found = re.search(r"argument '(\w+)'", case.message)
        for call in here:
            yield from _other_keyword(scene, call, found[1] if found else "")
    if scene.rule == "argument_count":
        for call in here:
            yield from _other_count(scene, call)


def _other_keyword(scene: Scene, call: ast.Call, wrong: str) -> Iterator[Draft]:
    text = scene.text
    for word in call.keywords:
        if word.arg != wrong:
            continue
        meant = closest(wrong, _known_arguments(scene, call))
        start, end = text.span(word)
        if meant:
            message = sentence("Write {meant} in the place of {wrong}.", meant=meant, wrong=wrong)
            yield Draft(message, 0, (Patch(start, start + len(wrong), meant),))
        before = text.source[:start].rstrip()
        start = len(before) - 1 if before.endswith(",") else start
        yield Draft(sentence("Leave {op} out.", op=wrong), 1, (Patch(start, end, ""),))


def _known_arguments(scene: Scene, call: ast.Call) -> list[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
    owner = scene.case.classes.get(name)
    made = constructor(owner) if owner is not None else None
    if made is not None:
        return [argument.arg for argument in made.args.args[1:]]
    kind = getattr(nn, name, None)
    return list(signature(kind).parameters) if kind is not None else []


def _other_count(scene: Scene, call: ast.Call) -> Iterator[Draft]:
    """One argument fewer, or the missing one from the names at hand."""
    text = scene.text
    missing = re.search(r"missing \d+ required positional arguments?: '(\w+)'", scene.case.message)
    if missing is None:
        if len(call.args) > 1:
            start, end = text.span(call.args[-2])[1], text.span(call.args[-1])[1]
            yield Draft(sentence("Leave {op} out.", op=text.text(call.args[-1])[:40]), 1, (Patch(start, end, ""),))
        return
    function = text.function(call.lineno)
    reach = [argument.arg for argument in function.args.args if argument.arg != "self"] if function is not None else []
    end = text.span(call)[1] - 1
    comma = ", " if call.args or call.keywords else ""
    usual = {"kernel_size": ("3, padding=1", "1")}.get(missing[1], ())
    for place, node in enumerate(call.args):
        start = text.span(node)[0]
        for value in dict.fromkeys(text.text(other) for other in call.args if isinstance(other, ast.Name)):
            message = sentence("Give it {value} once more, as argument {place}.", value=value, place=place + 1)
            yield Draft(message, 2, (Patch(start, start, f"{value}, "),))
    literals = [str(n.value) for n in text.nodes(ast.Constant) if type(n.value) is int]
    for value in dict.fromkeys((*(name for name in reach if name == missing[1]), *usual, *reach, *literals)):
        message = sentence("Give it {value} as {name}.", value=value, name=missing[1])
        yield Draft(
            message,
            1,
            (Patch(end, end, f"{comma}{missing[1]}={value}" if call.keywords or value in usual else f"{comma}{value}"),),
        )


def results(scene: Scene) -> Iterator[Draft]:
    """``return``, the first of several results, a layer that is built but not applied."""
    case, text = scene.case, scene.text
    if scene.rule in ("none_value", "returns_none"):
        functions = [f for f in text.nodes(ast.FunctionDef) if f.lineno == scene.diagnosis.line and scene.rule == "returns_none"]
        silent = without_return(case)
        wanted = {f.lineno for f in (*functions, *([silent] if silent else []))}
        for function in [f for f in text.nodes(ast.FunctionDef) if f.lineno in wanted and not gives_value(f)]:
            yield from _return(scene, function)
    if scene.rule in ("tuple_given", "unpack") and case.line is not None:
        yield from _first_of_several(scene)
    if scene.rule == "module_given":
        name = str(dict(scene.diagnosis.what.values).get("name", ""))
        for call in text.nodes(ast.Call):
            around = text.function(call.lineno)
            is_applied = text.text(call.func).split(".")[-1] == name and bool(call.args)
            if is_applied and around is not None and around.name != "__init__":
                end = text.span(call.func)[1]
                yield Draft(sentence("Build the layer, then call it: {name}()(…).", name=name), 0, (Patch(end, end, "()"),))


def _return(scene: Scene, function: ast.FunctionDef) -> Iterator[Draft]:
    text = scene.text
    last = function.body[-1]
    assigned = [n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    targets = [
        t.id
        for s in function.body
        if isinstance(s, (ast.Assign, ast.AugAssign))
        for t in (s.targets if isinstance(s, ast.Assign) else [s.target])
        if isinstance(t, ast.Name)
    ]
    if isinstance(last, ast.Expr):
        start = text.span(last)[0]
        yield Draft(sentence("Return the last line's result."), 0, (Patch(start, start, "return "),))
    if isinstance(last, ast.Return):
        for name in dict.fromkeys(targets[::-1]):
            yield Draft(sentence("Return {name}.", name=name), 0, (text.replace(last, f"return {name}"),))
        return
    for name in dict.fromkeys((*targets[::-1], *assigned[::-1])):
        line = text.new_line((last.end_lineno or last.lineno) + 1, " " * function.body[0].col_offset + f"return {name}")
        yield Draft(sentence("Return {name}.", name=name), 0, (line,))


def _first_of_several(scene: Scene) -> Iterator[Draft]:
    """``out, _ = layer(x)``, or ``layer(x)[0]`` where it is used at once."""
    text, line = scene.text, scene.case.line or 0
    layers = (
        {call.path.rpartition(".")[2]: call for call in scene.case.trace.calls if len(call.outputs) > 1}
        if scene.result.trace
        else {}
    )
    lines = {call.line for call in layers.values()}
    for call in text.nodes(ast.Call):
        named = isinstance(call.func, ast.Attribute) and call.func.attr in layers
        if named or (call.lineno in lines and call.lineno <= line):
            message = sentence("Take the first of the results of {layer}.", layer=text.text(call.func))
            yield Draft(message, 0 if named else 1, (text.wrap(call, "", "[0]"),))


def numbers(scene: Scene) -> Iterator[Draft]:
    """``//`` for ``/``, another dtype, no device of its own."""
    case, text = scene.case, scene.text
    if scene.rule == "float_size":
        divisions = [n for n in text.nodes(ast.BinOp) if isinstance(n.op, ast.Div)]
        for node in sorted(divisions, key=lambda n: abs(n.lineno - (case.line or n.lineno))):
            between = text.span(node.left)[1], text.span(node.right)[0]
            at = text.source.index("/", *between)
            yield Draft(sentence("Divide with // to get a whole number."), 0, (Patch(at, at + 1, "//"),))
        for node in text.nodes(ast.BinOp):
            if isinstance(node.op, ast.Mult) and any(
                isinstance(s, ast.Constant) and isinstance(s.value, float) for s in (node.left, node.right)
            ):
                yield Draft(sentence("Make it a whole number with int()."), 1, (text.wrap(node, "int(", ")"),))


def kinds(scene: Scene) -> Iterator[Draft]:
    """Numbers of one kind on one device: a conversion, one left out, no device of its own."""
    case, text = scene.case, scene.text
    if scene.rule == "dtype" and case.line is not None:
        for call in [c for c in text.nodes(ast.Call) if c.lineno == case.line and c.args]:
            for method in (".float()", ".long()"):
                yield Draft(
                    sentence("Convert {operand} with {method}.", operand=text.text(call.args[0])[:40], method=method),
                    2,
                    (text.wrap(call.args[0], "", method),),
                )
        for call in [
            c
            for c in text.nodes(ast.Call)
            if isinstance(c.func, ast.Attribute) and c.func.attr in ("double", "half", "long", "int", "to")
        ]:
            assert isinstance(call.func, ast.Attribute)
            yield Draft(sentence("Leave {op} out.", op=call.func.attr), 1, (text.replace(call, text.text(call.func.value)),))
        for word in [w for w in text.nodes(ast.keyword) if w.arg == "dtype"]:
            start, end = text.span(word)
            yield Draft(sentence("Use float32."), 1, (Patch(start, end, "dtype=torch.float32"),))
    if scene.rule == "device":
        yield from _no_device(scene)


def _no_device(scene: Scene) -> Iterator[Draft]:
    text = scene.text
    for call in text.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and (
            call.func.attr == "cuda" or (call.func.attr == "to" and "cuda" in text.text(call))
        ):
            message = sentence("Leave {op} out: the module and its input are moved together.", op="." + call.func.attr)
            yield Draft(message, 0, (text.replace(call, text.text(call.func.value)),))
        for word in call.keywords:
            if word.arg == "device" and "cuda" in text.text(word.value):
                function = text.function(call.lineno)
                given = (
                    function.args.args[1].arg if function and function.name == "forward" and len(function.args.args) > 1 else ""
                )
                value = f"{given}.device" if given else '"cpu"'
                yield Draft(sentence("Use device={device}.", device=value), 0, (text.replace(word.value, value),))
