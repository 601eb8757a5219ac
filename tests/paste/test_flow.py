"""Marks from the flow of names and from where attributes are read, at the line in question."""

from __future__ import annotations

import pytest

from explainer.paste.repairing.blocks import ROOT, put
from explainer.paste.repairing.breaking import break_lines, described
from explainer.paste.repairing.flow import flow_marks
from explainer.paste.repairing.outlook import look_ahead

_LAYERS = """class A:
    def __init__(self, deep):
        self.deep = deep
        self.head = f(1)
        if deep:
            self.pre = f(2)
            self.norm = f(3)
        self.tail = f(4)
    def forward(self, x):
        if self.deep:
            x = self.norm(self.pre(x))
        x = self.head(x)
        for _ in x:
            x = self.tail(x)
        return x
"""
_ARMS = """def f(x):
    if x:
        a = 1
        b = 2
    else:
        c = 3
        a = c
        print(b)
    return a
"""
_GUARD = """def f(x, y):
    if x:
        z = g(x)
        y = z + y
    y = h(x)
    return y
"""
MARKS = {
    "what was bound first is read": (_GUARD, 3, {"reads what it binds first", "its work is live"}, {"overwrites its work"}),
    "what was bound is bound anew": (_GUARD, 4, {"what it binds first is over", "overwrites its work"}, {"reads its work"}),
    "the other arm binds what is read later": (_ARMS, 6, {"an arm's work would be lost", "does not bind what is live"}, set()),
    "both arms have bound it": (_ARMS, 8, {"what it binds first is over"}, {"an arm's work would be lost"}),
    "an attribute is read beside the one before": (_LAYERS, 6, {"used where it asks", "used beside its own"}, set()),
    "an attribute is read elsewhere": (_LAYERS, 7, {"used apart from its own"}, {"used where it asks"}),
    "an attribute is there without a condition": (_LAYERS, 11, {"is always there"}, set()),
    "an attribute is there under a condition": (_LAYERS, 10, set(), {"is always there"}),
}  # fmt: skip


@pytest.mark.parametrize("name", MARKS)
def test_marks_at_a_line(name: str) -> None:
    source, place, wanted, unwanted = MARKS[name]
    found = marks_at(source, place)
    assert wanted <= found
    assert not unwanted & found


def marks_at(source: str, place: int) -> set[str]:
    """The marks of the innermost block before the line."""
    lines, stack = described(break_lines(source)).lines, ROOT
    outlooks = look_ahead(lines)
    for line in lines[:place]:
        stack = put(stack, line, line.column // 4)
    return set(flow_marks(stack[-1], stack[:-1], lines[place], outlooks[place]))
