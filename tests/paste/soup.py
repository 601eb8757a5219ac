"""Text that nobody meant: code cut, shuffled and stuffed, as input for what must not fail on anything."""

# ruff: noqa: E501 - pastes are long lines

from __future__ import annotations

import random

from tests.paste.damage import DAMAGES

_SEED_CODE = '''import torch
import torch.nn as nn


@decorated(1)
class Block(nn.Module):
    """Doc (x) # no "comment"."""

    rate: float = 0.5

    def __init__(self, c_in, c_out, *, groups=1, **kwargs):
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 3, groups=groups)  # (N, C, H, W)
        self.names = {"a": [1, 2.5e-3], 'b': (x for x in range(3) if x)}
        if groups > 1 and not kwargs:
            self.act = nn.ReLU()
        elif groups:
            self.act = lambda x: x if x else None
        else:
            raise ValueError(f"no {groups!r}")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        # 先卷积
        for layer in (self.conv, self.act):
            try:
                x = layer(x)
            except RuntimeError as error:
                print(error); continue
        while x.dim() < 4: x = x[None]
        with torch.no_grad():
            y = x @ x.mT
        return x, *y.shape
'''
_PIECES = (
    *"()[]{}:;,.=@#\"'\\\n\t *-+~`<>&%$?!|^_0aλ中（）：，“”‘’　\u00a0\ufeff\u200b\x00\r",
    '"""', "'''", "    ", "\n\n", ">>> ", "... ", "In [1]: ", "```", "```python\n", "&lt;", "&amp;", "<br>", "<span class='x'>", "</pre>",
    "if ", " else ", "elif x:", "else:", "for ", " in ", "def f(self):", "class A(B):", "return ", "lambda x: ", "async ", "await ", "yield ",
    "import ", "from ", "try:", "except:", "finally:", "with ", "while ", "not ", "is ", "pass", "break", "continue", "self.", "self.x = ",
    "super().__init__()", "x = ", "1", "2.5", "0x", "1e", "f'{", "}'", "# ", "#", "@@ -1 +1 @@\n", "+", "-", "1. ", "12 ", "->", ":=", "**",
)  # fmt: skip


def soup(seed: int) -> str:
    """The text of this number: the same in every run."""
    chance = random.Random(seed)
    if chance.random() < 0.25:
        return "".join(chance.choices(_PIECES, k=chance.choice((3, 10, 40, 150))))
    text = chance.choice(list(DAMAGES.values()))(_SEED_CODE) if chance.random() < 0.7 else _SEED_CODE
    for _ in range(chance.choice((1, 2, 5, 20))):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((0, 0, 1, 3, 20, 100)))
        text = text[:start] + "".join(chance.choices(_PIECES, k=chance.choice((0, 1, 1, 3)))) + text[end:]
    return text


LONG = {
    "brackets": "(" * 20_000,
    "closed brackets": "(" * 10_000 + ")" * 10_000,
    "nested calls": "f(" * 10_000,
    "nested ifs": "if a:\n" * 9_000,
    "ifs in a line": "if a: " * 9_000,
    "elses": "else: " * 9_000,
    "one word": "a" * 60_000,
    "one glued word": "x = " + "selfdefclassif" * 4_000,
    "words": "word " * 12_000,
    "assignments in a comment": "#" + " a = b" * 10_000,
    "calls in a comment": "x = f(1)  # " + "self.a(b) " * 6_000 + "\ny = (",
    "words in a comment in brackets": "x = f(1, # " + "aself " * 10_000,
    "open quotes": "'\\" * 30_000,
    "long open quotes": '"""\\' * 15_000,
    "lines": "a = b\n" * 10_000 + "if",
    "definitions": "def f(self):\nreturn 1\n" * 2_800,
    "arms": "if a:\nb = 1\nelse:\nb = 2\n" * 2_400,
    "indices in a comment": "x = 1 y = 2 # " + "a[b], " * 10_000,
    "decorators": "@a " * 20_000,
    "dots": "a." * 30_000,
    "dotted names in a comment": "x = f(1)#" + "".join(f"a{n}.self" for n in range(6_000)) + "y = (",
    "lambdas": "lambda x: " * 6_000,
    "minus": "-" * 60_000,
    "entities": "&amp;" * 12_000,
    "tags": "<span class='a'>" * 4_000,
    "prompts": ">>> if a:\n" * 6_000,
    "numbers": "".join(f"{n} if a:\n" for n in range(1, 6_000)),
    "wide quotes": "“" * 20_000,
    "indices": "x = 1 " + "a[" * 10_000 + " = 3 y",
    "tabs": "\tif a:\n\t\tb\n " * 5_000,
    "starred": "*" * 60_000,
    "strings": "'a' " * 15_000,
    "semicolons": ";" * 60_000,
}
