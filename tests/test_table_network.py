"""Tables as networks: known parameter counts, the arithmetic against torch, and round trips over random tables."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from explainer.cost import totals
from explainer.stack import PRESETS as STACKS
from explainer.stack import Item, work_out
from explainer.table import (
    PRESETS,
    Cells,
    Solution,
    Table,
    build_network,
    look_into,
    read_table,
    rows_of,
    solve,
    table_of_stack,
    table_of_trace,
    to_text,
    write_program,
)
from explainer.table.steps import Step, shape_behind
from explainer.trace import trace


def solution_of(preset: str) -> Solution:
    return solve(read_table(*PRESETS[preset]).table)


@pytest.mark.parametrize(
    ("preset", "params", "output"),
    [("ResNet-18", 11_689_512, (1000,)), ("ResNet-50", 25_557_032, (1000,)), ("VGG-16", 138_357_544, (1000,))],
)
def test_a_papers_table_gives_its_known_number_of_parameters(preset, params, output):
    solution = solution_of(preset)
    assert solution.stopped is None
    assert solution.count("wrong", "carried") == 0
    with torch.device("meta"):
        assert sum(parameter.numel() for parameter in build_network(solution).parameters()) == params
    assert (solution.param_count, solution.output_shape) == (params, output)


def test_vgg_convolutions_have_biases_and_those_in_front_of_a_norm_do_not():
    assert "nn.Conv2d(3, 64, kernel_size=3, padding=1), nn.ReLU()" in write_program(solution_of("VGG-16"))
    assert "nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)" in write_program(solution_of("ResNet-18"))
    said = [" ".join(map(str, solution_of(name).rules)) for name in ("VGG-16", "ResNet-18")]
    assert "as in VGG, ReLU follows" in said[0]
    assert "as in ResNet, BN and ReLU follow every convolution" in said[1]
    assert all("A convolution has a bias unless BN follows it" in rules for rules in said)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_runs_in_torch_with_the_sizes_and_costs_of_the_arithmetic(preset):
    solution = solution_of(preset)
    agrees_with_torch(solution)
    assert look_into(solution).source == write_program(solution)


def agrees_with_torch(solution: Solution) -> None:
    network = look_into(solution)
    assert network.trace.failure is None
    assert network.trace.shape(network.trace.outputs[0]) == (1, *solution.output_shape)
    assert (network.totals.param_count, network.totals.macs) == (solution.param_count, solution.macs)


def test_receptive_fields_are_those_of_a_plain_stack():
    solution = solve(table_of_stack(STACKS["VGG"]))
    fields = [f"{row.field[0]}×{row.field[1]}" for row in work_out(STACKS["VGG"])]
    assert look_into(solution).fields == (fields[1], fields[3], fields[4])


def test_a_shortcut_from_a_line_above_is_kept_until_it_is_added():
    lines = (
        Cells(input="8×8×4", operation="conv", kernel="3", channels="4", then="ReLU"),
        Cells(operation="conv", kernel="3", channels="4"),
        Cells(operation="conv", kernel="3", channels="4", then="BN, ReLU", shortcut="row 2"),
    )
    source = write_program(solve(Table(lines)))
    assert "into_conv2 = x\n" in source
    assert "x = self.conv3_after(self.conv3(x) + into_conv2)  # (N, 4, 8, 8)" in source
    agrees_with_torch(solve(Table(lines)))


NAMES = Table((Cells(name="forward", input="8×8×3", operation="conv 3×3×4"), Cells(name="import os;", operation="max pool"),
               Cells(name="Conv 2", operation="conv 3×3×4"), Cells(name="conv_2", operation="conv 3×3×4")))  # fmt: skip


def test_only_identifiers_of_a_tables_own_words_reach_the_source():
    source = write_program(solve(NAMES))
    assert [line.split(" = ")[0].strip() for line in source.splitlines() if line.startswith("        self.")] == [
        "self.conv1", "self.import_os", "self.conv_2", "self.conv_2_2",
    ]  # fmt: skip


# Back from modules.


def test_a_residual_network_of_torch_modules_comes_back_as_its_papers_table():
    from benchmarks.architectures.resnet import make_resnet50

    with torch.device("meta"):
        found = table_of_trace(trace(make_resnet50().eval(), torch.empty(1, 3, 224, 224)))
    assert [line.operation for line in found.lines] == [
        "conv", "max pool", "[1×1, 64; 3×3, 64; 1×1, 256] × 3", "[1×1, 128; 3×3, 128; 1×1, 512] × 4",
        "[1×1, 256; 3×3, 256; 1×1, 1024] × 6", "[1×1, 512; 3×3, 512; 1×1, 2048] × 3", "global avg pool", "fc",
    ]  # fmt: skip
    solution = solve(found)
    assert (solution.param_count, solution.count("agrees")) == (25_557_032, 8)


def test_what_a_table_cannot_say_is_a_line_of_its_own_words():
    class Gated(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cumsum(x, 1) * 2

    found = table_of_trace(trace(Gated(), torch.empty(1, 3, 8, 8, device="meta")))
    assert [line.operation for line in found.lines] == ["cumsum", "product"]
    assert [line.verdict for line in solve(found).lines] == ["unread", "unread"]


def test_a_mean_over_a_single_value_is_still_a_layer_but_a_pool_to_its_own_size_is_none():
    chain = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(8), torch.nn.AdaptiveAvgPool2d(1), torch.nn.AdaptiveAvgPool2d(1))
    found = table_of_trace(trace(chain, torch.empty(1, 3, 8, 8, device="meta")))
    assert [line.operation for line in found.lines] == ["global avg pool", "global avg pool"]


def test_a_line_of_the_main_path_is_no_shortcut_though_it_looks_like_one():
    lines = (Cells(input="8×8×4", operation="conv 1×1×4"), Cells(operation="conv 3×3×4", shortcut="identity", then="none"))
    solution = solve(Table(lines))
    back = table_of_trace(look_into(solution).trace)
    assert [(line.operation, line.shortcut) for line in back.lines] == [("conv", ""), ("conv", "identity")]
    assert flat(solve(back).steps) == flat(solution.steps)


def test_a_branch_is_never_told_as_if_it_were_the_main_path():
    class Forked(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = torch.nn.Conv2d(3, 4, 1), torch.nn.Conv2d(3, 4, 3, padding=1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cat((self.left(x), self.right(x)), 1)

    found = table_of_trace(trace(Forked().to("meta"), torch.empty(1, 3, 8, 8, device="meta")))
    assert [line.operation for line in found.lines] == ["conv", "conv, on a branch", "concat of 2 tensors, axis 1"]
    assert solve(found).stopped == 2


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_becomes_a_table_with_its_sizes_and_parameters(name):
    solution = solve(table_of_stack(STACKS[name]))
    last = work_out(STACKS[name])[-1]
    assert solution.stopped is None
    assert ((1, *solution.output_shape), solution.param_count, solution.macs) == (last.shape, last.total_params, last.total_macs)


# Random tables.

THENS = st.sampled_from(("none", "ReLU", "BN, ReLU", "BN", "BN, GELU", "IN, SiLU", "ReLU6, PReLU"))
SIDES = st.sampled_from(("1×1", "2×2", "3×3", "5×5", "3×1", "1×4"))
SMALL = st.sampled_from(("1", "2", "2×1"))
CHANNELS = st.sampled_from(("4", "6", "8", "12"))
SHORTCUTS = st.sampled_from(
    ("", "", "", "identity", "identity or 1×1", "row 1", "row 2: identity or 1×1", "conv 1×1×8, stride 2")
)
CONV = st.builds(
    Cells, operation=st.sampled_from(("conv", "conv, dilation 2", "conv, groups 2", "conv, bias", "conv, no bias")), kernel=SIDES,
    channels=CHANNELS, stride=SMALL, padding=st.sampled_from(("", "0", "1", "2×1")), then=THENS, shortcut=SHORTCUTS,
)  # fmt: skip
DEPTHWISE = st.builds(
    Cells,
    operation=st.just("depthwise conv"),
    kernel=st.sampled_from(("3×3", "5×5")),
    stride=SMALL,
    then=THENS,
    shortcut=SHORTCUTS,
)
TRANSPOSED = st.builds(
    Cells, operation=st.just("transposed conv"), kernel=st.just("2×2"), channels=CHANNELS, stride=st.just("2"), then=THENS
)
POOL = st.builds(Cells, operation=st.sampled_from(("max pool", "avg pool", "upsample", "dropout 0.3", "ReLU", "global max pool")),
                 kernel=st.just(""))  # fmt: skip
PARTS = st.lists(
    st.sampled_from(("3×3, 4", "3×3, 8", "1×1, 4", "5×5, 8", "3×3, 8, groups 2", "3×3, 4, padding 0")), min_size=1, max_size=3
)
BLOCK = st.builds(
    lambda parts, repeat, stride, then, shortcut: Cells(
        operation=f"[{'; '.join(parts)}] × {repeat}", stride=stride, then=then, shortcut=shortcut
    ),
    PARTS, st.integers(1, 3), st.sampled_from(("", "1", "2")), THENS, st.sampled_from(("", "none", "identity or 1×1")),
)  # fmt: skip
LINES = st.lists(CONV | CONV | DEPTHWISE | TRANSPOSED | POOL | BLOCK, min_size=1, max_size=6)
TAILS = st.sampled_from(((), (Cells(operation="global avg pool"), Cells(operation="fc", channels="5", then="none"))))


def buildable(lines: list[Cells], tail: tuple[Cells, ...]) -> Solution:
    """The table up to its first line that no network can have."""
    table = Table((lines[0].put(input="16×12×4"), *lines[1:], *tail))
    stopped = solve(table).stopped
    solution = solve(Table(table.lines[: stopped - 1] if stopped else table.lines))
    assume(solution.lines)
    return solution


def flat(steps: tuple[Step, ...]) -> list[object]:
    """Layer after layer, and where a shortcut from which layer on is added: however the steps are cut into lines.

    Dropout does not count: in evaluation mode it hands on the very tensor that it got.
    """
    found: list[object] = []
    starts: list[int] = []
    for step in steps:
        starts.append(sum(not isinstance(one, Item) or one.name != "Dropout" for one in found))
        found += step.main
        if step.source is not None:
            found.append((starts[step.source], step.shortcut))
        found += step.after
    return found


SLOWER = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.filter_too_much])


@SLOWER
@given(LINES, TAILS)
def test_a_random_table_becomes_a_module_and_the_module_the_same_table(lines, tail):
    solution = buildable(lines, tail)
    agrees_with_torch(solution)
    network = look_into(solution)
    for fold in (True, False):
        back = table_of_trace(network.trace, fold=fold)
        again = solve(back)
        assert again.stopped is None, to_text(solution, "markdown", "en")
        assert flat(again.steps) == flat(solution.steps)
        assert again.count("wrong", "carried") == 0


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(LINES, TAILS, st.sampled_from(("csv", "markdown", "latex")), st.sampled_from(("en", "zh")))
def test_a_random_table_written_and_read_again_is_the_same_network(lines, tail, form, lang):
    solution = buildable(lines, tail)
    again = solve(read_table(to_text(solution, form, lang)).table)
    assert again.steps == solution.steps
    assert again.count("wrong", "carried") == 0


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.filter_too_much])
@given(LINES, TAILS)
def test_the_sizes_of_lines_are_those_of_their_steps(lines, tail):
    solution = buildable(lines, tail)
    shape = solution.input_shape
    for line in solution.lines:
        assert line.before == shape
        for step in solution.steps[slice(*line.steps)]:
            shape = shape_behind(step.after, shape_behind(step.main, shape))
        assert line.after == shape
    assert [row["output"] for row in rows_of(solution)][-1] == [*shape[1:], shape[0]]


def test_the_flat_form_tells_tables_apart():
    plain, around = (
        solve(Table((Cells(input="8×8×4", operation="conv 3×3×4", shortcut=s, then="ReLU"),))) for s in ("", "identity")
    )
    assert flat(plain.steps) != flat(around.steps)
    assert isinstance(flat(plain.steps)[0], Item)


def test_costs_are_counted_once_for_every_repetition():
    one, three = (solve(Table((Cells(input="8×8×4", operation=f"[3×3, 4; 3×3, 4] × {n}", then="BN, ReLU"),))) for n in (1, 3))
    assert (3 * one.param_count, 3 * one.macs) == (three.param_count, three.macs)
    assert totals(look_into(three).trace).param_count == three.param_count
