"""Tables as papers print them, with columns and rows of their own: what can be read is, and the rest stands beside it."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from blocks.inverted_residual import InvertedResidual
from explainer.language import say
from explainer.table import Solution, read_table, solve, write_program

MOBILENET = """Type / Stride{0}Filter Shape{0}Input Size
Conv / s2{0}3×3×3×32{0}224×224×3
Conv dw / s1{0}3×3×32 dw{0}112×112×32
Conv / s1{0}1×1×32×64{0}112×112×32
Conv dw / s2{0}3×3×64 dw{0}112×112×64
Conv / s1{0}1×1×64×128{0}56×56×64
Avg Pool / s1{0}Pool 56×56{0}56×56×128
FC / s1{0}128×1000{0}1×1×128"""
MOBILENET_ROWS = [
    ("conv", "3×3", "32", "2", "112×112×32"),
    ("depthwise conv", "3×3", "32", "1", "112×112×32"),
    ("conv", "1×1", "64", "1", "112×112×64"),
    ("depthwise conv", "3×3", "64", "2", "56×56×64"),
    ("conv", "1×1", "128", "1", "56×56×128"),
    ("avg pool", "56×56", "", "1", "1×1×128"),
    ("fc", "", "1000", "1", "1000"),
]
GOOGLENET = """type,patch size/stride,output size,depth,#1x1,#3x3 reduce,#3x3,#5x5 reduce,#5x5,pool proj,params,ops
convolution,7x7/2,112x112x64,1,,,,,,,2.7K,34M
max pool,3x3/2,56x56x64,0,,,,,,,,
convolution,3x3/1,56x56x192,2,,64,192,,,,112K,360M
inception (3a),,56x56x256,2,64,96,128,16,32,32,159K,128M
max pool,3x3/2,28x28x256,0,,,,,,,,
dropout (40%),,28x28x256,0,,,,,,,,"""
MOBILENET_V3 = """| Input | Operator | exp size | #out | SE | NL | s |
|---|---|---|---|---|---|---|
| 224²×3 | conv2d, 3×3 | - | 16 | - | HS | 2 |
| 112^2 × 16 | bneck, 3×3 | 16 | 16 | √ | RE | 2 |
| $56^2$×16 | conv2d, 1×1 | - | 72 | - | RE | 1 |"""
SHUFFLENET = """Layer,Output size,KSize,Stride,Repeat,Output channels
Image,224x224,,,,3
Conv1,112x112,3x3,2,1,24
MaxPool,56x56,3x3,2,,24
Stage2,28x28,,2,1,116"""


MOBILENET_V2 = """Input | Operator | t | c | n | s
224²×3 | conv2d | - | 32 | 1 | 2
112²×32 | bottleneck | 1 | 16 | 1 | 1
112²×16 | bottleneck | 6 | 24 | 2 | 2
56²×24 | bottleneck | 6 | 32 | 3 | 2
28²×32 | bottleneck | 6 | 64 | 4 | 2
14²×64 | bottleneck | 6 | 96 | 3 | 1
14²×96 | bottleneck | 6 | 160 | 3 | 2
7²×160 | bottleneck | 6 | 320 | 1 | 1
7²×320 | conv2d 1x1 | - | 1280 | 1 | 1
7²×1280 | avgpool 7x7 | - | - | 1 | -
1×1×1280 | conv2d 1x1 | - | 1000 | - |"""


def rows(found: Solution) -> list[tuple[str, str, str, str, str]]:
    shown = [(line.filled, line.after) for line in found.lines]
    return [(cells.operation, cells.kernel, cells.channels, cells.stride, written(shape)) for cells, shape in shown]


def written(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape if len(shape) < 2 else (*shape[1:], shape[0])))


@pytest.mark.parametrize("sign", ["\t", " | "], ids=["tabs", "bars"])
@pytest.mark.parametrize("headed", [True, False], ids=["with its head", "without"])
def test_mobilenets_own_columns(sign: str, headed: bool) -> None:
    text = MOBILENET.format(sign)
    found = solve(read_table(text if headed else text.split("\n", 1)[1]).table)
    assert rows(found) == MOBILENET_ROWS


def test_googlenets_columns_of_branches() -> None:
    found = solve(read_table(GOOGLENET).table)
    told = rows(found)
    assert told[:4] == [
        ("conv", "7×7", "64", "2", "112×112×64"),
        ("max pool", "3×3", "", "2", "56×56×64"),
        ("conv", "1×1", "64", "1", "56×56×64"),
        ("conv", "3×3", "192", "1", "56×56×192"),
    ]
    assert told[4][0] == "inception (3a): #1x1 64 #3x3 reduce 96 #3x3 128 #5x5 reduce 16 #5x5 32 pool proj 32"
    assert "several branches side by side" in str(found.lines[4].notes[0])
    assert told[5][0] == "max pool"
    assert told[6][0] == "dropout 0.4"


def test_a_squared_size_is_read_and_a_cell_that_no_table_holds_stays_as_it_is() -> None:
    lines = read_table(MOBILENET_V3).table.lines
    assert [line.input for line in lines] == ["224×224×3", "112×112×16", "56×56×16"]
    assert [line.operation for line in lines] == ["conv", "bneck, 3x3 SE", "conv"]
    assert [line.then for line in lines] == ["Hardswish", "ReLU", "ReLU"]
    (note,) = solve(read_table(MOBILENET_V3).table).lines[1].notes
    assert str(note).startswith("bneck is a block, and its name alone does not say what is in it")


def test_a_name_beside_numbers_decides_what_they_are_of() -> None:
    lines = read_table(SHUFFLENET).table.lines
    assert [line.operation for line in lines] == ["conv", "max pool", "Stage2"]
    assert lines[0].input == "224×224×3"


@pytest.mark.parametrize(
    ("words", "size", "padding"),
    [("max pool 3x3, stride 2, ceil mode", 56, 0), ("3x3 max pool /2 (ceil)", 57, 0), ("最大池化 3×3 步幅2 向上取整", 55, 0),
     ("avg pool 3x3 s2 p1 ceil_mode=True", 12, 1)],
)  # fmt: skip
def test_a_pool_that_rounds_up(words: str, size: int, padding: int) -> None:
    found = solve(read_table(f"input {size}x{size}x8\n{words}").table)
    pool = torch.nn.MaxPool2d if "avg" not in words else torch.nn.AvgPool2d
    expected = pool(3, 2, padding, ceil_mode=True)(torch.zeros(1, 8, size, size)).shape
    assert found.lines[0].after == tuple(expected[1:])
    (made,) = found.steps[0].main
    assert ("ceil_mode", True) in made.arguments


def test_a_wrong_size_of_a_pool_that_rounds_up_is_told() -> None:
    found = solve(read_table("input 56x56x8\nmax pool 3x3, stride 2, pad 0, ceil mode, output 27x27x8").table)
    assert "Rounded up, the window makes 28 × 28 of 56 × 56, but the table says 27 × 27." in say(found.lines[0].notes[0], "en")


@pytest.mark.parametrize("sizes", [True, False], ids=["with sizes", "without"])
def test_mobilenet_v2_is_built_from_t_c_n_s(sizes: bool) -> None:
    """3,504,872 parameters, as every implementation with 1000 classes has."""
    read = read_table(MOBILENET_V2 if sizes else _without_sizes(MOBILENET_V2))
    found = solve(read.table)
    assert any("written out as in MobileNetV2" in str(remark) for remark in read.remarks)
    assert [line.notes for line in found.lines if line.notes] == []
    names: dict[str, Any] = {}
    exec(write_program(found), names)
    with torch.device("meta"):
        network = names["Network"]().eval()
        assert network(torch.empty(2, 3, 224, 224)).flatten(1).shape == (2, 1000)
    assert sum(parameter.numel() for parameter in network.parameters()) == 3_504_872


def _without_sizes(text: str) -> str:
    head, first, *others = text.splitlines()
    return "\n".join([head, first, *("|" + line.split("|", 1)[1] for line in others)])


def test_a_block_of_mobilenet_v2_is_that_of_the_catalogue() -> None:
    text = "Input | Operator | t | c | n | s\n14x14x16 | bottleneck | 6 | 24 | 3 | 2\n7x7x24 | conv2d 1x1 | - | 8 | 1 | 1"
    names: dict[str, Any] = {}
    exec(write_program(solve(read_table(text).table)), names)
    blocks = [InvertedResidual(16, 24, stride=2), *(InvertedResidual(24, 24) for _ in range(2))]
    expected = sum(parameter.numel() for block in blocks for parameter in block.parameters())
    network = names["Network"]()
    assert sum(parameter.numel() for parameter in network.parameters()) == expected + 24 * 8 + 2 * 8
    assert network.eval()(torch.zeros(1, 16, 14, 14)).shape == (1, 8, 7, 7)


def test_the_expanded_width_of_mobilenet_v3_and_its_activation_stand_in_the_block() -> None:
    head = "Input | Operator | exp size | #out | NL | s"
    text = f"{head}\n56x56x24 | bneck, 5x5 | 72 | 40 | HS | 2\n28x28x40 | conv2d 1x1 | - | 80 | RE | 1"
    first, last = read_table(text).table.lines
    assert first.operation == "[1×1, 72, BN, Hardswish; 5×5 depthwise conv, stride 2, BN, Hardswish; 1×1, 40, BN]"
    assert last.then == "BN, ReLU"


def test_a_map_between_a_word_and_its_window_is_what_comes_out() -> None:
    found = solve(read_table("conv1 112x112 7x7, 64, stride 2\nmax pool 56x56 3x3, stride 2").table)
    assert rows(found) == [("conv", "7×7", "64", "2", "112×112×64"), ("max pool", "3×3", "", "2", "56×56×64")]
