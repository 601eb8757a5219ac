"""Repair, case by case: what a paste looked like, what comes out of it, and what is said about it."""

# ruff: noqa: E501, ISC004 - pastes are long lines

from __future__ import annotations

import ast

import pytest

from explainer.errors import TooLarge
from explainer.paste.repair import MOST_BYTES, repair
from explainer.paste.repairing.breaking import break_lines, described

_BLOCK = """class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return x + self.conv(x)
"""


def _said(text: str) -> list[str]:
    return [str(edit.message) for edit in repair(text).edits]


CASES = {
    "one line, a space left": (
        "class A(nn.Module): def __init__(self): super().__init__() self.a = 1 def forward(self, x): return x",
        "class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = 1\n"
        "    def forward(self, x):\n        return x",
    ),
    "one line, nothing left": (
        "import torch.nn as nnclass A(nn.Module):def __init__(self, n):super().__init__()self.n = nself.fc = nn.Linear(n, n)"
        "def forward(self, x):return self.fc(x)",
        "import torch.nn as nn\nclass A(nn.Module):\n    def __init__(self, n):\n        super().__init__()\n        self.n = n\n"
        "        self.fc = nn.Linear(n, n)\n    def forward(self, x):\n        return self.fc(x)",
    ),
    "comments run into code": (
        "x = torch.zeros(3) # the input, (N,) y = x + 1 # one more print(y)",
        "x = torch.zeros(3)\ny = x + 1\nprint(y)",
    ),
    "a Chinese comment runs into code without a space": (
        "self.a = nn.ReLU()# 激活函数self.b = nn.Sigmoid()# 门控self.c = nn.Tanh()",
        "self.a = nn.ReLU()\nself.b = nn.Sigmoid()\nself.c = nn.Tanh()",
    ),
    "a comment inside brackets runs into code": (
        "net = nn.Sequential(nn.ReLU(), # saves memory nn.Linear(3, 4)) y = net(x)",
        "net = nn.Sequential(nn.ReLU(), nn.Linear(3, 4))\ny = net(x)",
    ),
    "a comment that is code is kept as one": (
        "if a:\n# x = old(x)\nx = new(x)\nelse:\nx = x + 1",
        "if a:\n    x = new(x)\nelse:\n    x = x + 1",
    ),
    "what follows a return is out of its block": ("def f(x):\nif x:\nreturn 1\nreturn 2", "def f(x):\n    if x:\n        return 1\n    return 2"),
    "both arms bind the same": (
        "def f(x):\nif x:\ny = 1\nelse:\ny = 2\nz = g(y)\nreturn z",
        "def f(x):\n    if x:\n        y = 1\n    else:\n        y = 2\n    z = g(y)\n    return z",
    ),
    "a name that only the loop binds stays in it": (
        "def f(xs):\ntotal = 0\nfor x in xs:\ny = g(x)\ntotal = total + y\nreturn total",
        "def f(xs):\n    total = 0\n    for x in xs:\n        y = g(x)\n        total = total + y\n    return total",
    ),
    "a choice is no statement": ("a = 1 if b else 2 c = 3", "a = 1 if b else 2\nc = 3"),
    "an if behind an assignment is one": ("a = 1 if b: c = 3", "a = 1\nif b:\n    c = 3"),
    "a decorator is no product": (
        "class A: @staticmethod def f(x): return x @staticmethod def g(x): return x",
        "class A:\n    @staticmethod\n    def f(x):\n        return x\n    @staticmethod\n    def g(x):\n        return x",
    ),
    "the class line is missing": (
        "def __init__(self):\nsuper(Net, self).__init__()\nself.a = 1\ndef forward(self, x):\nreturn x",
        "class Net(nn.Module):\n    def __init__(self):\n        super(Net, self).__init__()\n        self.a = 1\n"
        "    def forward(self, x):\n        return x",
    ),
    "the class line is missing and nothing names it": (
        "def __init__(self):\nself.a = 1\ndef forward(self, x):\nreturn x",
        "class Block(nn.Module):\n    def __init__(self):\n        self.a = 1\n    def forward(self, x):\n        return x",
    ),
    "the end is missing": ("def f(x):\n    return g(x, [1, 2", "def f(x):\n    return g(x, [1, 2])"),
    "a bracket is missing before a definition": (
        "a = f(1, 2\ndef g(x):\n    return x",
        "a = f(1, 2)\ndef g(x):\n    return x",
    ),
    "some indentation is left": (
        "class A:\n    def f(self):\n        if x:\n            a = 1\n            b = 2\n        c = 3\n  def g(self):\n        return 1",
        "class A:\n    def f(self):\n        if x:\n            a = 1\n            b = 2\n        c = 3\n    def g(self):\n        return 1",
    ),
    "the main part stands by itself": (
        "def f(x): return x if __name__ == '__main__': y = f(1) print(y)",
        "def f(x):\n    return x\nif __name__ == '__main__':\n    y = f(1)\n    print(y)",
    ),
    "a guard's two lines behind its colon": ("if a: b = 1; c = 2\nd = (3", "if a:\n    b = 1\n    c = 2\nd = (3)"),
    "a try keeps its except": ("try: import a except ImportError: a = None b = 1", "try:\n    import a\nexcept ImportError:\n    a = None\nb = 1"),
    "a size behind a layer": ("self.c = nn.Conv2d(1, 4, 7) 28*28", "self.c = nn.Conv2d(1, 4, 7)"),
    "a margin": ("    a = 1\n    b = 2", "a = 1\nb = 2"),
    "a line-number on a line of its own": ("1\nclass A:\n2\n    a = 1\n3\n    b = 2\n4", "class A:\n    a = 1\n    b = 2"),
    "underscores that became emphasis": ("class A:\n    def **init**(self):\n        self.a\\_b = 1", "class A:\n    def __init__(self):\n        self.a_b = 1"),
    "prose in front, a question behind": (
        "这是我的代码：\n\nclass A:\n    a = 1\n\n为什么不行？",
        "class A:\n    a = 1",
    ),
    "output behind the code": ("x = 1\nprint(x, 'is it')\nOutput shape: torch.Size([1, 2])", "x = 1\nprint(x, 'is it')"),
    "curly quotes around full-width commas": ("print（“你好，世界”，x）", "print('你好，世界', x)"),
    "curly quotes in curly quotes": ("a = f(“no “{x}” here”, y)\nb = “c“", "a = f('no “{x}” here', y)\nb = 'c'"),
    "fences in strings": ("```python a = f'```diff\\n{b}\\n```' print(a)```", "a = f'```diff\\n{b}\\n```'\nprint(a)"),
    "a fence at the end of the line": ("```python a = 1 print(a)```", "a = 1\nprint(a)"),
    "a fence before the code on its line": ("```python a = 1 print(a)\n```\n", "a = 1\nprint(a)"),
    "an entity that went through twice": ("if b &amp;lt; c: d = 1", "if b < c: d = 1"),
    "what looks like an entity in a string, behind prompts": (">>> a = 'x&nbsp;<y>'\n>>> b = 2", "a = 'x&nbsp;<y>'\nb = 2"),
    "two fences": ("First\n```python\na = 1\n```\nthen\n```\nb = 2\n```", "a = 1\nb = 2"),
    "a prompt with output between": (">>> a = 1\n>>> a\n1\n>>> b = 2", "a = 1\na\nb = 2"),
    "only a comment is left to Python": (
        "# 定义网络 class A(nn.Module): def __init__(self): super().__init__() self.a = 1 def forward(self, x): return x",
        "class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = 1\n    def forward(self, x):\n        return x",
    ),
    "a backslash before a line": (
        "def f(x):\nassert x > 0, \\\n'too small'\nreturn x",
        "def f(x):\n    assert x > 0, 'too small'\n    return x",
    ),
    "a comment with brackets among parameters": (
        "x = 1 y = 2 def f(features, # (N, C) hidden: int = 2, # how many ) -> int: y = features + hidden return y",
        "x = 1\ny = 2\ndef f(features, hidden: int = 2) -> int:\n    y = features + hidden\n    return y",
    ),
    "a comment that speaks of an argument": (
        "class A: def f(self): self.a = 1 # the reason behind bias=True self.b = self.a return self.b",
        "class A:\n    def f(self):\n        self.a = 1\n        self.b = self.a\n        return self.b",
    ),
    "a comment that speaks of a call": (
        "class A: def f(self, c): self.a = c # optional act=g(c) self.b = self.a return self.b",
        "class A:\n    def f(self, c):\n        self.a = c\n        self.b = self.a\n        return self.b",
    ),
    "a comment before parameters that stand in no comment but this": (
        "class A: def __init__(self, size, # for training low_share, high_share, ): super().__init__() self.low = low_share + high_share",
        "class A:\n    def __init__(self, size, low_share, high_share):\n        super().__init__()\n        self.low = low_share + high_share",
    ),
    "a comment before pairs that are bound": (
        "def f(x, y): # sizes (a, b), (c, d) = x.shape, y.shape return a + b + c + d",
        "def f(x, y):\n    (a, b), (c, d) = (x.shape, y.shape)\n    return a + b + c + d",
    ),
    "a comment before a target with an index in an index": (
        "def f(x, y): # the labels y = g(x) y[x, y[0][x[1]], ] = 1 return y",
        "def f(x, y):\n    y = g(x)\n    y[x, y[0][x[1]],] = 1\n    return y",
    ),
    "a comment that lists columns": (
        "rows = [ # c, n, s [1, 2, 3], [4, 5, 6], ] for c, n, s in rows: y = g(c, n, s)",
        "rows = [[1, 2, 3], [4, 5, 6]]\nfor c, n, s in rows:\n    y = g(c, n, s)",
    ),
    "a comment with words that are keywords": (
        "def f(xs): y = xs # the forward pass # see below # plain prefill continue if xs: y = g(xs) return y",
        "def f(xs):\n    y = xs\n    if xs:\n        y = g(xs)\n    return y",
    ),
    "a comment that leaves out what is bound": (
        "class A: def f(self, i): # up to date if you do self.w = ... self.i = i return self.i",
        "class A:\n    def f(self, i):\n        self.i = i\n        return self.i",
    ),
    "a module three packages up": (
        "class A: def f(self): self.a = 1 from ...b.c import d self.e = d",
        "class A:\n    def f(self):\n        self.a = 1\n        from ...b.c import d\n        self.e = d",
    ),
    "a comment whose sentence ends in a call": (
        "class A: def f(self, x, d): r = self.h(x) # cheaper than constructing torch.diag(d). w = self.g(x) r = r + self.b(w * d) return r",
        "class A:\n    def f(self, x, d):\n        r = self.h(x)\n        w = self.g(x)\n        r = r + self.b(w * d)\n        return r",
    ),
    "a comment that lists sizes": (
        "def f(x, a): c = 1 # D, a, c = x.shape a = x.shape[0] return a",
        "def f(x, a):\n    c = 1\n    a = x.shape[0]\n    return a",
    ),
    "a comment that computes": (
        "def f(x, w): d = g(x) # in place, instead of -> d = w ** (x // 2) d //= 2 d.mul_(2) return d",
        "def f(x, w):\n    d = g(x)\n    d //= 2\n    d.mul_(2)\n    return d",
    ),
    "a comment before a call of what is known from elsewhere": (
        "class A: def f(self): self.a = 1 # initialize self.apply(weights) def g(self): return self.a",
        "class A:\n    def f(self):\n        self.a = 1\n        self.apply(weights)\n    def g(self):\n        return self.a",
    ),
    "a comment before a call with a comment in it": (
        "def f(x): y = [] # more of it y.append(nn.Sequential(x, # one nn.ReLU(), )) return y",
        "def f(x):\n    y = []\n    y.append(nn.Sequential(x, nn.ReLU()))\n    return y",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_damage_is_undone(name: str) -> None:
    text, wanted = CASES[name]
    assert ast.unparse(ast.parse(repair(text).source)) == ast.unparse(ast.parse(wanted))


@pytest.mark.parametrize(
    ("line", "binds", "reads"),
    [
        ("for i, (a, b) in enumerate(x):", "a b i", "enumerate x"),
        ("(a, b), c = f(x)", "a b c", "f x"),
        ("a[b], c = [d for d, (e, g) in x]", "c", "a b x"),
        ("a: T = b", "a", "T b"),
        ("self.a: T = b", "self.a", "T b self"),
        ("f(a)[b] = c", "", "a b c f"),
    ],
)
def test_a_line_knows_what_it_binds_and_reads(line: str, binds: str, reads: str) -> None:
    found = described(break_lines(line)).lines[0]
    assert (" ".join(sorted(found.writes)), " ".join(sorted(found.reads))) == (binds, reads)


def test_what_was_done_is_said_in_a_sentence_for_each_kind() -> None:
    text = "```\ndef __init__(self): super(Net, self).__init__() self.a = f(1 &lt; 2) # 标志 self.b = 2\n```"
    assert _said(text) == [
        "Took the code out of its fence of backquotes.",
        "Put back 1 character that was an HTML entity.",
        "Put back 3 line breaks.",
        "Ended 1 comment that had run into the code behind it.",
        "class Net(nn.Module): was missing.",
        "Put back the indentation of 4 lines.",
    ]


def test_one_of_a_kind_is_said_in_the_singular() -> None:
    assert _said("a = 1 b = 2") == ["Put back 1 line break."]


def test_readings_say_where_they_differ() -> None:
    found = repair("def f(x):\nif x > 1:\nprint(x)\nlog(x)\nreturn x")
    assert len(found.readings) == len(found.alternatives) > 1
    assert found.readings[0] == found.source
    assert str(found.alternatives[0]) == "The likeliest reading."
    assert any("Line 4" in str(words) and "the if in line 2" in str(words) for words in found.alternatives[1:])
    guesses = next(edit for edit in found.edits if edit.kind == "guesses")
    assert 4 in guesses.lines


def test_valid_code_comes_back_byte_for_byte() -> None:
    text = _BLOCK.replace("\n", "\r\n") + "\t\n# x = 1 class A: pass"
    found = repair(text)
    assert (found.source, found.edits, found.readings) == (text, (), (text,))


def test_code_behind_a_comment_of_one_line_among_others_is_left_alone() -> None:
    text = "x = 1\n# class A(nn.Module): def f(self): return self.a + self.b  # an old version, kept for later\ny = 2\n"
    assert repair(text).source == text


def test_more_than_a_paste_is_refused_in_words() -> None:
    with pytest.raises(TooLarge, match="65537 bytes"):
        repair("a" * (MOST_BYTES + 1))


def test_what_is_no_code_comes_back_as_it_was() -> None:
    assert repair("???").source == "???"


def test_wide_statements_get_lines_of_their_own() -> None:
    layers = ", ".join(f"nn.Conv2d({n}, {n}, 3, padding=1)" for n in range(8))
    source = repair(f"a = nn.Sequential({layers}) b = 2").source
    assert max(map(len, source.split("\n"))) < 60
