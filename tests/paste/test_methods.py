"""Methods outside their class in text that Python can read: the text stays, and the reading that gives an answer is taken."""

from __future__ import annotations

import pytest

from explainer.paste.explain import trusted
from explainer.paste.repair import repair
from explainer.paste.result import Request

_WANTED = """class Half(nn.Module):
    def __init__(self, width=8):
        super(Half, self).__init__()
        self.conv = nn.Conv2d(width, width // 2, 1)
    def forward(self, x):
        return self.conv(x)
"""
_METHODS = "".join(line[4:] for line in _WANTED.splitlines(keepends=True)[1:])
_DEEP = _WANTED.replace("    def forward", "        def forward").replace("        return", "            return")
STRAY = {
    "all of them at the margin": (
        'class Half(nn.Module):\n    """Halves."""\n' + _METHODS,
        "The methods from line 3 on belong to Half.",
    ),
    "the second at the margin": (
        _WANTED.replace("    def forward", "def forward").replace("        return", "    return"),
        "The methods from line 5 on belong to Half.",
    ),
    "behind a class of one line": ("class Half(nn.Module): pass\n" + _METHODS, "The methods from line 2 on belong to Half."),
    "without a class": (_METHODS, "class Half(nn.Module): was missing."),
    "one inside the other": (_DEEP, "The methods from line 5 on belong to Half."),
}
_run = trusted("blocks.stand_ins")


@pytest.mark.parametrize("name", STRAY)
def test_the_text_stays_and_the_methods_are_put_into_their_class(name: str) -> None:
    text, words = STRAY[name]
    found = repair(text)
    assert (found.source, found.edits, found.readings[0]) == (text, (), text)
    assert [str(told) for told in found.alternatives] == ["The text as it stands.", words]
    result = _run(Request(text, "Half", follow_demo=False))
    assert (result.reading, [str(edit.message) for edit in result.edits]) == (1, [words])
    assert result.trace is not None
    assert result.trace.values[result.trace.outputs[0]].shape[1] == 4


def test_the_text_as_it_stands_can_be_asked_for() -> None:
    text, _ = STRAY["one inside the other"]
    result = _run(Request(text, "Half", follow_demo=False, reading=0))
    assert (result.source, result.works) == (text, False)


def test_strings_of_several_lines_are_not_moved() -> None:
    text = 'class A:\n    a = 1\ndef f(self):\n    return """one\ntwo"""\n'
    assert repair(text).readings[1] == 'class A:\n    a = 1\n    def f(self):\n        return """one\ntwo"""\n'


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n    a = 1\nb = A()\ndef f(self):\n    return self.a\n",
        "class A:\n    def f(self):\n        def g(x):\n            return x\n        return g\n",
        "def helper(self):\n    return self\n",
        "class A:\n    def f(self):\n        def g(self):\n            return 1\n        return g\n",
    ],
    ids=["something else between", "a function inside a method", "no method of a module", "an inner function that is returned"],
)
def test_functions_at_their_place_stay_there(text: str) -> None:
    assert repair(text).readings == (text,)
