"""Who may import whom. Each rule is a room and what it must not name; the last tests show that the rules can fail."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("explainer", "blocks", "ui", "pages")
PURE = ("explainer/types.py", "explainer/errors.py", "explainer/arithmetic/")


def imported(source: str) -> set[str]:
    """The dotted names that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def top(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def forbidden(path: str, source: str) -> set[str]:
    """What the file imports although its room may not."""
    names = imported(source)
    packages = top(names)
    if path.startswith(PURE):
        allowed = {"explainer.types", "explainer.errors", "explainer.arithmetic"}
        foreign = packages - set(sys.stdlib_module_names) - {"explainer"}
        return foreign | {name for name in names if name.startswith("explainer.") and not name.startswith(tuple(allowed))}
    if path == "explainer/__main__.py":
        return packages & {"streamlit", "ui", "pages", "app"}
    if path.startswith("explainer/"):
        drawing = set() if path.startswith("explainer/render/") else {"graphviz", "plotly"}
        return packages & ({"streamlit", "blocks", "ui", "pages", "app"} | drawing)
    if path.startswith("blocks/"):
        return (packages - set(sys.stdlib_module_names) - {"torch", "blocks"}) | (packages & {"streamlit", "explainer", "ui"})
    if path.startswith("ui/"):
        return packages & {"torch", "pages", "app"}
    if path.startswith("pages/") or path == "app.py":
        return packages - {"streamlit", "ui", "__future__"}
    return set()


FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [ROOT / "app.py", *(file for room in ROOMS for file in (ROOT / room).rglob("*.py"))]
)


@pytest.mark.parametrize("path", FILES)
def test_a_file_imports_only_what_its_room_may(path):
    assert forbidden(path, (ROOT / path).read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    ("path", "source", "found"),
    [
        ("explainer/types.py", "import torch", {"torch"}),
        ("explainer/arithmetic/axis.py", "from explainer.trace import trace", {"explainer.trace", "explainer.trace.trace"}),
        ("explainer/trace.py", "import streamlit as st", {"streamlit"}),
        ("explainer/graph.py", "def draw():\n    import graphviz", {"graphviz"}),
        ("blocks/se.py", "from explainer.types import Op", {"explainer"}),
        ("blocks/se.py", "import numpy", {"numpy"}),
        ("ui/draw.py", "from torch import nn", {"torch"}),
        ("pages/layer.py", "from explainer.arithmetic import conv_layer", {"explainer"}),
        ("app.py", "import torch", {"torch"}),
    ],
)
def test_the_rule_fails_on_a_forbidden_import(path, source, found):
    assert forbidden(path, source) == found


def test_the_first_page_does_not_import_torch(tmp_path):
    """Checked in a fresh interpreter: importing everything the app imports must not load torch."""
    import subprocess

    code = "import sys; from ui import cached, home, shell, state; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "False", done.stderr


def test_the_first_page_is_drawn_without_pandas():
    """Streamlit loads it, and pyarrow, for half a second, as soon as a component of the frame is given a dict."""
    import subprocess

    code = (
        "import sys; from streamlit.testing.v1 import AppTest; app = AppTest.from_file('app.py', default_timeout=100).run();"
        " print(len(app.exception), sorted({'pandas', 'pyarrow'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "0 []", done.stderr


def test_pages_and_the_entry_script_are_short():
    limits = {"app.py": 40} | {path: 80 for path in FILES if path.startswith("pages/")}
    long = {path: count for path, limit in limits.items() if (count := len((ROOT / path).read_text().splitlines())) > limit}
    assert long == {}
