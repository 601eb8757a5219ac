"""How often a broken module is understood: ``python -m benchmarks.mutations [SEED] [COUNT] [1: the catalogue's blocks]``.

Healthy modules are broken at random, one change each: a number, a name, an argument or a call. Of those that then fail: how often
the line is named that Python itself names, how often a fix is offered, and whether every offered fix passes when it is applied.
"""

from __future__ import annotations

import ast
import inspect
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from blocks import CATALOGUE
from explainer.asked import parse_input
from explainer.diagnosis import diagnose
from explainer.paste.proposals import make_tensor
from explainer.paste.result import Input, Request
from explainer.paste.run import run_paste
from explainer.types import Diagnosis, Fix
from tests.diagnosis.healthy import HEALTHY, Healthy


def catalogue_cases() -> dict[str, Healthy]:
    """The blocks of the catalogue as pastes: their file without what registers them; those made of other files are left out."""
    found = {}
    for key, spec in CATALOGUE.items():
        file = Path(inspect.getfile(spec.make))
        text = file.read_text(encoding="utf-8").partition("\nSPEC = ")[0]
        lines = [line for line in text.splitlines() if not line.startswith(("from blocks", "from __future__"))]
        settings = {name: value for name, value in spec.defaults.items() if name in {knob.name for knob in spec.knobs}}
        shapes = tuple("x".join(map(str, shape)) for shape in spec.input_shapes(dict(spec.defaults)))
        case = Healthy("\n".join(lines) + "\n", shapes, tuple((name, repr(value)) for name, value in settings.items()))
        if isinstance(spec.make, type) and run_paste(replace(request_of(case.source, case), target=spec.make.__name__)).works:
            found[key] = case
    return found


def mutants(case: Healthy, rng: random.Random, count: int) -> Iterator[str]:
    """The source with one change each, drawn at random from all that can be changed."""
    places = list(_places(case.source))
    for start, end, texts in rng.sample(places, min(count, len(places))):
        yield case.source[:start] + rng.choice(texts) + case.source[end:]


def _places(source: str) -> Iterator[tuple[int, int, list[str]]]:
    """(start, end, what could stand there instead)."""
    lines = source.splitlines(keepends=True)
    starts = [sum(map(len, lines[:i])) for i in range(len(lines) + 1)]

    def span(node: ast.expr | ast.keyword) -> tuple[int, int]:
        return starts[node.lineno - 1] + node.col_offset, starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0)

    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) is int:
            n = node.value
            yield *span(node), [str(v) for v in {n + 1, 2 * n, max(n - 1, 0), n + 2} - {n}]
        elif isinstance(node, ast.Call):
            if (
                isinstance(node.func, ast.Attribute)
                and node.args
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "self"
            ):
                yield *span(node), [source[slice(*span(node.args[0]))]]  # a layer left out
            if isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Name):
                yield *span(node), [source[slice(*span(node.func.value))]]  # a method left out
            for word in node.keywords:
                start, end = span(word)
                start -= 2 if source[start - 2 : start] == ", " else 0
                yield start, end, [""]
            if len(node.args) > 1:
                (a, _), (_, b) = span(node.args[0]), span(node.args[1])
                first, second = (source[slice(*span(arg))] for arg in node.args[:2])
                yield a, b, [f"{second}, {first}", first]
        elif isinstance(node, ast.Attribute) and len(node.attr) > 3 and sum(map(ord, node.attr)) % 6 == 0:
            _, end = span(node)
            yield end - len(node.attr), end, [node.attr[:-1], node.attr[0] + node.attr[2:]]


def python_line(source: str, case: Healthy) -> int | None:
    """The last line of the source in the traceback of a plain run on real tensors; None if it runs."""
    names: dict[str, object] = {"__name__": "broken"}
    try:
        exec(compile(source, "<broken>", "exec"), names)
        target = [v for v in names.values() if isinstance(v, type) and v.__module__ == "broken"][-1]
        with torch.no_grad():
            target(**{k: ast.literal_eval(v) for k, v in case.arguments}).eval()(
                *[make_tensor(parse_input(i), "cpu") for i in case.inputs]
            )
    except Exception as error:  # noqa: BLE001 - whatever a mutant raises
        found = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == "<broken>"]
        return found[-1] if found else -1
    return None


def request_of(source: str, case: Healthy) -> Request:
    return Request(source, arguments=case.arguments, inputs=tuple(parse_input(text) for text in case.inputs))


def passes(fix: Fix, request: Request) -> bool:
    """Whether the paste works with the fix applied, asked as anybody would."""
    arguments = tuple((dict(request.arguments) | dict(fix.arguments)).items())
    inputs: tuple[Input, ...] = fix.inputs or request.inputs
    applied = replace(request, text=fix.source or request.text, arguments=arguments, inputs=inputs)
    return run_paste(applied).works


def main(seed: int = 1, count: int = 12, catalogue: int = 0) -> None:
    rng = random.Random(seed)
    total, named, fixed, wrong, missed = 0, 0, 0, 0, 0
    rules: Counter[str] = Counter()
    times: list[float] = []
    for name, case in (catalogue_cases() if catalogue else HEALTHY).items():
        for source in mutants(case, rng, count):
            line = python_line(source, case)
            if line is None:
                continue
            request = request_of(source, case)
            started = time.process_time()
            found = diagnose(run_paste(request))
            times.append(time.process_time() - started)
            total += 1
            if found is None:
                missed += 1
                print(f"== {name}: MISSED line {line}: {source.splitlines()[line - 1].strip() if line > 0 else '?'}")
                continue
            rules[found.rule] += 1
            is_named = found.line == line or (line == -1 and found.line is not None)
            named += is_named
            fixed += bool(found.fixes)
            bad = [fix for fix in found.fixes if not passes(fix, request)]
            wrong += len(bad)
            if not is_named or not found.fixes or bad:
                _show(name, case, source, found, line, bad)
    print(f"{total} broken, {named / total:.1%} line named, {fixed / total:.1%} fix offered, {wrong} fixes fail, {missed} missed")
    print(f"median {sorted(times)[total // 2]:.2f} s CPU, most {max(times):.2f} s;", rules.most_common())


def _show(name: str, case: Healthy, source: str, found: Diagnosis, line: int, bad: list[Fix]) -> None:
    changed = [(a, b) for a, b in zip(case.source.splitlines(), source.splitlines(), strict=False) if a != b]
    print(f"== {name}: {changed[0][0].strip()} -> {changed[0][1].strip()}" if changed else name)
    print(
        f"   {found.rule} line {found.line} (python {line}) {found.torch[:110]};"
        f" fixes {[str(f.message) for f in found.fixes]}; bad {[str(f.message) for f in bad]}"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
