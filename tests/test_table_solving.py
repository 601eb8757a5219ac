"""Tables worked out: what is found, what is assumed, which sizes are wrong and what would make them right."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explainer.arithmetic import LAYERS
from explainer.errors import BlocklensError
from explainer.table import Cells, Line, Table, diagnosis_of, fixed, read_table, rows_of, solve


def line(*lines: Cells, at: int = 0) -> Line:
    return solve(Table(lines)).lines[at]


def told(found: Line) -> str:
    return " ".join(map(str, found.notes))


@pytest.mark.parametrize(
    ("cells", "following", "column", "value", "how"),
    [
        ({"kernel": "7×7", "stride": "2"}, "112×112×8", "padding", "3", "solved"),
        ({"kernel": "3×3", "padding": "1"}, "112×112×8", "stride", "2", "solved"),
        ({"kernel": "3×3", "stride": "1"}, "222×222×8", "padding", "0", "solved"),
        ({"stride": "4", "padding": "0"}, "56×56×8", "kernel", "3×3", "assumed"),
        ({"stride": "1", "padding": "0"}, "220×220×8", "kernel", "5×5", "solved"),
        ({"kernel": "3×3"}, "", "padding", "1", "assumed"),
        ({"kernel": "5×5"}, "", "stride", "1", "assumed"),
        ({"kernel": "3×3"}, "112×112×16", "stride", "2", "solved"),
        ({"kernel": "3×5", "stride": "1"}, "224×224×8", "padding", "1×2", "solved"),
        ({"kernel": "3×3", "channels": ""}, "224×224×24", "channels", "24", "solved"),
    ],
)
def test_a_missing_cell_is_found_from_the_sizes_or_the_usual_one(cells, following, column, value, how):
    given = {"input": "224×224×3", "operation": "conv", "channels": following.split("×")[-1] or "8"} | cells
    rest = (Cells(input=following, operation="ReLU"),) if following else ()
    found = line(Cells(**given), *rest)
    assert (found.filled.get(column), dict(found.how)[column]) == (value, how)
    assert found.verdict in ("agrees", "computed")


@pytest.mark.parametrize(
    ("operation", "following", "filled", "after"),
    [
        ("max pool", "", ("2×2", "2", "0"), (8, 16, 16)),
        ("max pool", "16×16×8", ("2×2", "2", "0"), (8, 16, 16)),
        ("avg pool 3×3", "", ("3×3", "3", "0"), (8, 10, 10)),
        ("avg pool", "", ("", "", ""), (8, 1, 1)),
        ("transposed conv 2×2×4", "", ("2×2", "2", "0"), (4, 64, 64)),
        ("transposed conv 4×4×4", "64×64×4", ("4×4", "2", "1"), (4, 64, 64)),
        ("depthwise conv 3×3", "", ("3×3", "1", "1"), (8, 32, 32)),
        ("upsample", "96×96×8", ("", "", ""), (8, 96, 96)),
        ("flatten", "", ("", "", ""), (8192,)),
        ("conv 3×3×4, dilation 2", "", ("3×3", "1", "2"), (4, 32, 32)),
    ],
)
def test_operations_and_what_they_make(operation, following, filled, after):
    rest = (Cells(input=following, operation="ReLU"),) if following else ()
    found = line(Cells(input="32×32×8", operation=operation), *rest)
    assert (found.filled.kernel, found.filled.stride, found.filled.padding) == filled
    assert found.after == after


def test_same_padding_rounds_up_where_the_stride_divides():
    found = line(Cells(input="33×33×3", operation="conv 3×3×4", stride="2", padding="same"))
    assert (found.after, found.filled.padding) == ((4, 17, 17), "1")


def test_the_stride_of_a_stage_is_found_and_sits_on_the_first_of_its_largest_kernels():
    stage = Cells(input="56×56×256", operation="[1×1, 128; 3×3, 128; 1×1, 512] × 2", output="28×28")
    solution = solve(Table((stage,)))
    assert dict(solution.lines[0].how)["stride"] == "solved"
    strides = [step.main[0].value("stride") for step in solution.steps]
    assert strides == [1, 2, 1, 1, 1, 1]
    assert [item.code() for item in solution.steps[2].shortcut] == [
        "nn.Conv2d(256, 512, kernel_size=1, stride=2, bias=False)", "nn.BatchNorm2d(512)",
    ]  # fmt: skip
    assert solution.steps[5].shortcut == ()
    assert solution.steps[5].source == 3


def test_a_block_is_plain_where_it_says_so_or_has_one_convolution():
    for cells in (Cells(operation="[3×3, 4; 3×3, 4] × 2", shortcut="none"), Cells(operation="[3×3, 4] × 2")):
        assert all(step.source is None for step in solve(Table((cells,))).steps)


# Sizes that are wrong.

WRONG = [
    ("conv", {"kernel": "3×3", "stride": "2", "padding": "0"}, "56×56×8", "⌊(112 + 2·0 − 3) / 2⌋ + 1 = 55", "padding 1"),
    ("conv", {"kernel": "5×5", "stride": "1", "padding": "1"}, "112×112×8", "⌊(112 + 2·1 − 5) / 1⌋ + 1 = 110", "padding 2"),
    ("conv", {"kernel": "3×3", "stride": "1", "padding": "1"}, "56×56×8", "⌊(112 + 2·1 − 3) / 1⌋ + 1 = 112", "stride 2"),
    ("max pool", {"kernel": "3×3", "stride": "2", "padding": "0"}, "56×56×3", "⌊(112 + 2·0 − 3) / 2⌋ + 1 = 55", "padding 1"),
    ("conv, dilation 2", {"kernel": "3×3", "stride": "1", "padding": "1"}, "112×112×8", "/ 1⌋ + 1 = 110", "padding 2"),
    ("conv", {"kernel": "3×3", "stride": "1", "padding": "1"}, "112×112×16", "8 channels, but the table says 16", "channels 16"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "cells", "following", "arithmetic", "setting"), WRONG)
def test_a_wrong_size_is_explained_and_its_nearest_setting_makes_it_right(operation, cells, following, arithmetic, setting):
    channels = {} if operation == "max pool" else {"channels": "8"}
    table = Table((
        Cells(input="112×112×3", operation=operation, **channels, **cells),
        Cells(input=following, operation="ReLU"),
    ))  # fmt: skip
    found = solve(table).lines[0]
    assert found.verdict == "wrong"
    assert arithmetic in told(found)
    assert f"The nearest setting that gives it: {setting}." in told(found)
    assert found.fix is not None
    assert solve(fixed(table, 0, found.fix.cells)).lines[0].verdict == "agrees"
    diagnosis = diagnosis_of(table, solve(table))
    assert diagnosis is not None
    assert (diagnosis["line"], diagnosis["fixes"]) == (1, [{"message": setting, "diff": None, "passes": True}])


def test_a_line_that_is_wrong_only_because_of_one_above_says_so():
    found = solve(
        read_table("input\toperation\n32×32×3\tconv 3×3×8 stride 1 padding 0\n32×32×8\tmax pool 2×2\n16×16×8\tfc 10").table
    )
    assert [one.verdict for one in found.lines] == ["wrong", "carried", "computed"]
    assert "By itself this line is right: (32, 32) gives (16, 16). But (30, 30) arrive from above." in told(found.lines[1])


def test_a_wrong_stage_is_told_its_stride():
    found = line(Cells(input="56×56×64", operation="[3×3, 64; 3×3, 64] × 2", stride="1", output="28×28×64"))
    assert found.verdict == "wrong"
    assert found.fix is not None
    assert found.fix.words == "stride 2"


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"operation": "conv 3×3×8", "stride": "2", "shortcut": "identity"}, "with 8 channels and stride 2 would fit."),
        ({"operation": "conv 3×3×8", "stride": "2", "shortcut": "conv 1×1×8"}, "makes (8, 8, 8), the operation (4, 4, 8)"),
        ({"operation": "conv 3×3×8", "shortcut": "row 9"}, "there is no line 9 to start from"),
        ({"operation": "conv 3×3"}, "A convolution needs its number of output channels"),
        ({"operation": "fc"}, "needs its number of outputs"),
        ({"operation": "conv 9×9×8", "padding": "0"}, "reaches over 9 cells, but dimension 2 has 8"),
        ({"operation": "conv 4×4×8", "padding": "same"}, "No padding that is equal on both sides makes (8, 8) of (8, 8)"),
        ({"operation": "conv 3×3×8", "stride": "0"}, "is at least 1, not 0"),
        ({"operation": "conv 3×3×8", "kernel": "three"}, "three is no number for kernel"),
        ({"operation": "conv 3×3×8", "then": "BN, Foo"}, "foo is no norm or activation"),
        ({"operation": "conv 3×3×8", "shortcut": "sideways"}, "sideways is no shortcut"),
        ({"operation": "conv 3×3×8", "output": "large"}, "large is no size"),
        ({"operation": "[3×3, 8] × 2", "kernel": "5"}, "has its kernels, channels and paddings inside its brackets"),
        ({"operation": "conv 3×3×8, max pool"}, "There are 2 operations in one cell"),
        ({"operation": "[3×3, 8; 3×3, 8] × 999"}, "at most 400 steps"),
        ({"operation": "fc 999999", "input": "65536×65536×999"}, "more than 1,000,000,000,000 numbers"),
        ({"operation": "conv 3×3×8, groups 3"}, "groups=3"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_built_says_why_and_stays_as_typed(cells, sentence):
    cells = Cells(**({"input": "8×8×8"} | cells))
    solution = solve(Table((cells, Cells(operation="ReLU"))))
    assert solution.lines[0].verdict in ("unread", "stopped")
    assert sentence in told(solution.lines[0])
    assert (solution.stopped, solution.steps, solution.lines[0].cells) == (1, (), cells)


def test_sizes_may_stand_channels_first():
    found = solve(read_table("input,operation,channels\n3×20×30,conv 3×3,8\n8×20×30,max pool 2×2,").table)
    assert found.layout == "CHW"
    assert [one.verdict for one in found.lines] == ["agrees", "computed"]
    assert found.lines[1].filled.output == "10×15×8"


def test_an_empty_table_is_worked_out():
    assert (solve(Table()).lines, solve(Table()).stopped) == ((), None)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 70), st.integers(1, 9), st.integers(1, 4), st.integers(0, 8), st.booleans())
def test_the_sizes_are_those_of_the_layers(size, kernel, stride, padding, pool):
    """And so, as tests/test_arithmetic_oracle.py shows, torch's own."""
    found = line(Cells(input=f"{size}×{size}×2", operation="max pool" if pool else "conv", kernel=str(kernel), stride=str(stride),
                       padding=str(padding), channels="" if pool else "2"))  # fmt: skip
    form = LAYERS["MaxPool2d" if pool else "Conv2d"]
    try:
        expected = form.make(*(() if pool else (2, 2)), kernel, stride, padding).output_shape((1, 2, size, size))[1:]
    except BlocklensError:
        assert found.verdict == "stopped"
    else:
        assert found.after == expected


def test_rows_as_json_name_what_was_found():
    row = rows_of(solve(Table((Cells(input="112×112×3", operation="conv 3×3×8", output="56×56×8"),))))[0]
    assert row["found"] == {"stride": "solved", "padding": "solved", "then": "assumed"}
    assert (row["declared"], row["verdict"], row["then"]) == ([56, 56, 8], "agrees", "ReLU")
