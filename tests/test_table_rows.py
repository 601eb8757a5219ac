"""Rows as they stand in papers, textbooks and forums, in English and Chinese: read as meant, or said not to be."""

from __future__ import annotations

import pytest

from explainer.language import say
from explainer.table import Solution, read_table, solve

RESNET = """conv1 112x112 7x7, 64, stride 2
pool1 56x56 3x3 max pool, stride 2
conv2_x 56x56 [3x3, 64; 3x3, 64] x 2
conv3_x 28x28 [3x3, 128; 3x3, 128] x 2
conv4_x 14x14 [3x3, 256; 3x3, 256] x 2
conv5_x 7x7 [3x3, 512; 3x3, 512] x 2
1x1 average pool, 1000-d fc, softmax"""
LENET = """INPUT: 1@32x32
C1: 6@28x28
S2: 6@14x14
C3: 16@10x10
S4: 16@5x5
C5: 120@1x1
F6: 84
OUTPUT: 10"""
ALEXNET = """Layer\tType\tMaps\tSize\tKernel size\tStride\tPadding\tActivation
In\tInput\t3 (RGB)\t227x227\t-\t-\t-\t-
C1\tConvolution\t96\t55x55\t11x11\t4\tvalid\tReLU
S2\tMax pooling\t96\t27x27\t3x3\t2\tvalid\t-
C3\tConvolution\t256\t27x27\t5x5\t1\tsame\tReLU
S4\tMax pooling\t256\t13x13\t3x3\t2\tvalid\t-
C5\tConvolution\t384\t13x13\t3x3\t1\tsame\tReLU
C6\tConvolution\t384\t13x13\t3x3\t1\tsame\tReLU
C7\tConvolution\t256\t13x13\t3x3\t1\tsame\tReLU
S8\tMax pooling\t256\t6x6\t3x3\t2\tvalid\t-
F9\tFully connected\t-\t4096\t-\t-\t-\tReLU
F10\tFully connected\t-\t4096\t-\t-\t-\tReLU
Out\tFully connected\t-\t1000\t-\t-\t-\tSoftmax"""
SEPARABLE = """层 | 输出尺寸 | 操作
输入 | 224×224×3 |
卷积1 | 112×112×32 | 3×3卷积, 步长2
深度可分离卷积1 | 112×112×64 | 3×3深度可分离卷积, 步长1
深度可分离卷积2 | 56×56×128 | 3×3深度可分离卷积, 步长2
池化 | 1×1×128 | 全局平均池化
全连接 | 10 | 全连接"""
# The first three as published, of AlexNet the one of one tower. The last by hand: a convolution of 896, two separable ones of
# 288, 32 and 2,112 and of 576, 64 and 8,320, and a classifier of 1,290.
TOTALS = {
    "resnet": (RESNET, 11_689_512),
    "lenet": (LENET, 61_706),
    "alexnet": (ALEXNET, 62_378_344),
    "separable": (SEPARABLE, 13_578),
}


def solved(text: str) -> Solution:
    return solve(read_table(text).table)


@pytest.mark.parametrize("name", TOTALS)
def test_the_known_totals(name: str) -> None:
    text, count = TOTALS[name]
    found = solved(text)
    assert found.param_count == count
    assert found.stopped is None
    assert found.count("wrong", "carried") == 0


@pytest.mark.parametrize(
    "text", ["conv1 112x112 7x7, 64", "conv1: 112×112 7×7, 64", "卷积1 112×112 7×7, 64", "conv1\t112×112\t7×7, 64"]
)
def test_a_name_a_size_and_an_operation_in_one_line(text: str) -> None:
    (line,) = solved(text).lines
    filled = line.filled
    assert (filled.operation, filled.kernel, filled.channels, filled.output) == ("conv", "7×7", "64", "112×112×64")
    assert line.verdict == "agrees"


@pytest.mark.parametrize("text", ["conv1 3x3 64", "conv2 5x5, 16 stride 2"])
def test_a_name_in_front_of_a_window_leaves_it_a_window(text: str) -> None:
    (line,) = solved(text).lines
    assert line.filled.kernel in ("3×3", "5×5")


ROWS = {
    "深度可分离卷积 3×3 64": [("depthwise conv", "3×3", "3"), ("conv", "1×1", "64")],
    "depthwise separable conv 3x3, 64, stride 2": [("depthwise conv", "3×3", "3"), ("conv", "1×1", "64")],
    "逐点卷积 64": [("conv", "1×1", "64")],
    "pointwise conv, 64": [("conv", "1×1", "64")],
    "最大池化 2×2 步长2": [("max pool", "2×2", "")],
    "平均池化 2×2": [("avg pool", "2×2", "")],
    "全连接 10": [("fc", "", "10")],
    "卷积，3×3，64个卷积核，步长1，填充1": [("conv", "3×3", "64")],
}


@pytest.mark.parametrize("row", ROWS)
def test_one_row(row: str) -> None:
    lines = solved(f"输入 8×8×3\n{row}").lines
    assert [(line.filled.operation, line.filled.kernel, line.filled.channels) for line in lines] == ROWS[row]


NAMED = {
    "Dense Block (1) | 56×56 | [1×1 conv; 3×3 conv] × 6": "Dense Block is a dense block: it joins",
    "2 | 112×112 | MBConv6, k3x3": "MBConv6 is a block, and its name alone",
    "3 | 56×56 | bottleneck": "bottleneck is a block, and its name alone",
    "4 | 28×28 | Inverted residual, 64": "Inverted residual is a block, and its name alone",
    "5 | 28×28 | 稠密块": "稠密块 is a dense block",
    "6 | 28×28 | 倒残差 64": "倒残差 is a block",
}


@pytest.mark.parametrize("row", NAMED)
def test_a_block_that_only_has_a_name_is_said_to_be_one(row: str) -> None:
    found = solved(f"name | output size | operation\nconv1 | 112×112 | 7×7, 64, stride 2\n{row}")
    assert found.lines[-1].verdict == "unread"
    assert str(found.lines[-1].notes[0]).startswith(NAMED[row])
    assert say(found.lines[-1].notes[0], "zh") != str(found.lines[-1].notes[0])
    assert found.stopped == 2


def test_a_block_written_out_is_read_whatever_its_name() -> None:
    found = solved("name | output size | operation\nbottleneck 1 | 56×56 | [1×1, 64; 3×3, 64; 1×1, 256] × 3")
    assert found.lines[0].verdict == "agrees"


def test_a_column_of_resolutions_beside_a_classifier_is_one_of_inputs() -> None:
    head = "Stage | Operator | Resolution | #Channels\n1 | Conv3x3 | 224×224 | 32\n2 | Conv3x3 | 112×112 | 64"
    text = f"{head}\n3 | Conv1x1 & Pooling & FC | 7×7 | 1280"
    lines = solved(text).lines
    assert (lines[0].filled.input, lines[0].filled.stride, lines[0].filled.output) == ("224×224×3", "2", "112×112×32")


def test_sizes_alone_are_not_dropped() -> None:
    lines = solved("28x28x6\n14x14x6\n10x10x16").lines
    assert len(lines) == 2
    assert all(line.verdict == "unread" for line in lines)


@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        ("conv 3x3 64\npooling 2x2", True),
        ("卷积 3×3 64\n池化 2×2", True),
        ("pool1 2x2, stride 2", True),
        ("type,#1x1,pool proj", False),
        ("max pool 2x2", False),
        ("全局平均池化", False),
    ],
)
def test_a_pool_of_no_kind_is_said_to_be_read_as_a_max_pool(text: str, is_said: bool) -> None:
    said = [str(remark) for remark in read_table(text).remarks]
    assert ("A pool that does not say of which kind it is was read as a max pool." in said) is is_said
