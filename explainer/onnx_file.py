"""A module as an ONNX file, written by torch's own exporter in a process of its own.

The exporter replaces parts of torch while it works, for every thread of its process. What it builds runs with this user's rights,
so it is only for code of ours and never for a paste.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from explainer.errors import BlocklensError, TooLarge
from explainer.types import Shape

NEEDED = ("onnx", "onnxscript")
MAX_BYTES = 64 << 20
TIMEOUT_S = 90
_REFUSED = 3
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_ROOT = Path(__file__).parents[1]
_RUN = "import sys; sys.path.insert(0, sys.argv[1]); from explainer.onnx_file import answer; answer()"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to build a module in another process: ``function(*arguments)`` of one of our modules; and what to feed it."""

    module: str
    function: str
    arguments: tuple[Any, ...]
    input_shapes: tuple[Shape, ...]
    seed: int = 0


def missing_packages() -> tuple[str, ...]:
    """The packages that an export needs and that are not installed."""
    return tuple(name for name in NEEDED if find_spec(name) is None)


def onnx_file(recipe: Recipe, param_bytes: int) -> bytes:
    """The file, with the random weights of the seed; BlocklensError with what to install, or torch's reason, if there is none."""
    missing = missing_packages()
    if missing:
        raise BlocklensError(
            "ONNX needs packages that are not installed on this server: pip install {names}", names=" ".join(missing)
        )
    if param_bytes > MAX_BYTES:
        raise TooLarge(
            "An ONNX file holds the weights, and these take {needed:,} MiB; this server writes at most {given:,} MiB.",
            needed=param_bytes >> 20,
            given=MAX_BYTES >> 20,
        )
    try:
        done = subprocess.run(  # noqa: S603 - what is started is our own code
            [sys.executable, "-c", _RUN, str(_ROOT)], input=json.dumps(asdict(recipe)).encode(), capture_output=True,
            timeout=TIMEOUT_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise TooLarge("The ONNX file was not written within {seconds} seconds.", seconds=TIMEOUT_S) from None
    if done.returncode == 0:
        return done.stdout
    reason = done.stdout.decode(errors="replace") if done.returncode == _REFUSED else done.stderr.decode(errors="replace")[-300:]
    raise BlocklensError("torch cannot write this as ONNX: {reason}", reason=reason.strip())


def answer() -> None:
    """The process's side: reads a recipe from its input, writes the file to its output."""
    out = os.dup(1)
    os.dup2(2, 1)  # what the exporter prints must not become part of the file
    given = json.loads(sys.stdin.buffer.read())
    shapes = tuple(tuple(shape) for shape in given["input_shapes"])
    try:
        data, status = _exported(Recipe(given["module"], given["function"], tuple(given["arguments"]), shapes, given["seed"])), 0
    except Exception as error:  # noqa: BLE001 - whatever the exporter could not do
        data, status = _reason(error).encode(), _REFUSED
    with os.fdopen(out, "wb") as file:
        file.write(data)
    sys.exit(status)


def _reason(error: BaseException) -> str:
    """The first line of what went wrong at the bottom: the exporter wraps it in advice, in colours of a terminal."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = _COLOURS.sub("", str(error)).strip()
    return f"{type(error).__name__}: {text.splitlines()[0][:300]}" if text else type(error).__name__


def _exported(recipe: Recipe) -> bytes:
    import torch

    from explainer.seeding import Seeded

    build = getattr(importlib.import_module(recipe.module), recipe.function)
    with Seeded(recipe.seed):
        module = build(*recipe.arguments).eval()
        inputs = tuple(torch.randn(shape) for shape in recipe.input_shapes)
    program = torch.onnx.export(module, inputs, dynamo=True, verbose=False)
    assert program is not None
    data: bytes = program.model_proto.SerializeToString()
    return data
