from __future__ import annotations

import re
from pathlib import Path

import pytest

from ui.wrapping import formula_html, longest, unbroken, width


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Gives back (1, 64, 56, 56).", ["Gives", "back", "(1, 64, 56, 56)."]),
        ("1 × 256 × 56 × 56 → 1 × 512 × 28 × 28", ["1 × 256 × 56 × 56", "→ 1 × 512 × 28 × 28"]),
        ("Main path: conv1 56 → 28, conv2", ["Main", "path:", "conv1", "56 → 28,", "conv2"]),
        ("96×96×3 → 6×6×96", ["96×96×3", "→ 6×6×96"]),
        ("形状为 1 × 64 × 1 × 1 的权重", ["形状为", "1 × 64 × 1 × 1", "的权重"]),
        ("1.606 MB and 12 steps", ["1.606 MB", "and", "12", "steps"]),
    ],
    ids=["tuple", "two shapes", "a size on its way", "without spaces", "Chinese", "unit"],
)
def test_a_shape_is_not_broken(text: str, lines: list[str]) -> None:
    assert [piece.replace("\u00a0", " ") for piece in unbroken(text).split(" ")] == lines


def test_the_longest_piece_decides_how_small_a_card_writes() -> None:
    assert longest(unbroken("1 × 8 → 1 × 16 × 4")) == width("→ 1 × 16 × 4") > width("1 × 8") > width("1 8")
    assert longest("一二 3") == width("一二") > 3


def test_only_a_long_formula_may_be_broken_behind_its_brackets() -> None:
    assert formula_html("y = sam(cam(x))") == "<span class='bl-math'>y = sam(cam(x))</span>"
    assert formula_html("y = relu(bn(conv(relu(bn(conv(x))))))").count("(<wbr>") == 6
    assert "&lt;" in formula_html("a < b")


def test_the_viewer_has_the_same_rule() -> None:
    """It is written twice, because its sentences never pass through Python on their way to the screen."""
    folder = Path(__file__).parents[1] / "ui"
    script = re.search(r"together = /(.+?)/g", (folder / "components" / "viewer" / "dom.js").read_text(encoding="utf-8"))
    assert script
    text = "from (1, 8, 4, 4) and 3 × 224 × 224 to 56 → 28, then 1 × 2 → 1 × 4"
    assert re.sub(script[1], lambda found: found[0].replace(" ", "\u00a0"), text) == unbroken(text)
