"""Tables as people paste them, in every form: what is read, what is not, and that nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explainer.table import PRESETS, Solution, looks_like_table, read_any, read_table, rows_of, solve, write_program
from explainer.table.reading import MOST_TEXT

PASTES = next((p for up in (2, 3) if (p := Path(__file__).parents[up] / "shared/pastes").is_dir()), None)


def network_of(text: str, variant: int = 0) -> Solution:
    solution = solve(read_table(text, variant).table)
    assert solution.stopped is None, [str(note) for line in solution.lines for note in line.notes]
    return solution


# One table, written in every form that people use; the network is the same each time.
FORMS = {
    "run together": "Input size Operation Stride Padding 64×64×3 Conv 5×5×16 2 2 BN,ReLU 32×32×16 Max pool 3×3 2 1 "
    "16×16×16 3×3×32 1 1 BN,ReLU 16×16×32 Global average pool 1×1×32 FC 10",
    "prose": "64x64x3, Conv 5x5x16, stride 2, padding 2, BN, ReLU, Max pool 3x3, stride 2, padding 1, "
    "Conv 3x3x32, stride 1, padding 1, BN, ReLU, Global average pool, FC 10",
    "tabs": "input\toperation\tkernel\tchannels\tstride\tpadding\tactivation\n64×64×3\tconv\t5×5\t16\t2\t2\tBN, ReLU\n"
    "32×32×16\tmax pool\t3×3\t\t2\t1\t\n16×16×16\tconv\t3×3\t32\t1\t1\tBN, ReLU\n16×16×32\tGAP\t\t\t\t\t\n1×1×32\tFC\t\t10\t\t\t",
    "commas": "Layer,Kernel,Filters,Stride,Padding,Activation,Output\nConv,5x5,16,2,2,\"BN, ReLU\",32x32x16\n"
    "MaxPool,3x3,,2,1,,16x16x16\nConv,3x3,32,1,1,\"BN, ReLU\",16x16x32\nGlobalAvgPool,,,,,,1x1x32\nLinear,,10,,,,10",
    "semicolons": "Operation;Kernel;Channels;Stride;Padding;Norm\nconv;5;16;2;2;BN ReLU\nmax pool;3;;2;1;\n"
    "conv;3;32;1;1;BN ReLU\n"
    "gap;;;;;\nfc;;10;;;",
    "markdown": "| Layer | Output size | Configuration |\n|---|:-:|---|\n| conv1 | 32 × 32 | 5 × 5, 16, stride 2, BN, ReLU |\n"
    "| pool1 | 16 × 16 | 3 × 3 max pool, stride 2 |\n| conv2 | 16 × 16 | 3 × 3, 32, BN, ReLU |\n"
    "| | 1 × 1 | average pool, 10-d fc |",
    "bars alone": "name | output size | operation\nconv1 | 32*32 | 5*5, 16, stride 2, BN, ReLU\n"
    "pool1 | 16*16 | 3*3 max pool, stride 2\nconv2 | 16*16 | 3*3, 32, BN, ReLU\n | 1*1 | average pool, 10-d fc",
    "latex": r"""\begin{table}\begin{tabular}{|c|c|c|} \hline
        layer name & output size & structure \\ \hline
        conv1 & 32$\times$32 & 5$\times$5, 16, stride 2, BN, ReLU \\
        \multirow{2}{*}{conv2\_x} & \multirow{2}{*}{16$\times$16} & $3\times3$ max pool, stride 2 \\ \cline{3-3}
          & & \textbf{3$\times$3, 32}, BN, ReLU \\ \hline % the classifier
         & 1$\times$1 & average pool, 10-d fc \\ \bottomrule
        \end{tabular}\end{table}""",
    "lines": "input 64x64x3\n5x5 conv, 16, /2, BN, ReLU\n"
    "3x3 max pool, /2, p1\n3x3 conv, 32, BN, ReLU\nglobal average pool\nfc 10",
    "numbered lines": "1. input: 64x64x3\n2. conv 5x5x16 s2 p2 BN ReLU\n"
    "3. max pool k3 s2 p1\n4. conv 3x3 32 1 1 BN ReLU\n5. GAP\n6. FC-10",
    "channels first": "Input Operation Kernel Channels Stride Padding\n".replace(" ", "\t")
    + "3×64×64\tConv + BN + ReLU\t5\t16\t2\t2\n16×32×32\tMaxPool\t3\t\t2\t1\n16×16×16\tConv + BN + ReLU\t3\t32\t1\t1\n"
    "32×16×16\tGAP\t\t\t\t\n32×1×1\tFC\t\t10\t\t",
    "filters at size": "Input 64×64×3; Conv 16@5×5, stride 2, pad 2, BN, ReLU; Maxpool 3×3, stride 2, pad 1; "
    "Conv 32@3×3, pad 1, BN, ReLU; Global average pooling; Dense 10 units",
    "chinese": "输入尺寸\t操作\t卷积核\t通道数\t步幅\t填充\t归一化与激活\n64×64×3\t卷积\t5×5\t16\t2\t2\t批归一化，ReLU\n"
    "32×32×16\t最大池化\t3×3\t\t2\t1\t无\n16×16×16\t卷积\t3×3\t32\t1\t1\t批归一化，ReLU\n16×16×32\t全局平均池化\t\t\t\t\t\n1×1×32\t全连接\t\t10\t\t\t",
    "chinese run together": "输入尺寸 操作 步幅 填充 64×64×3 卷积 5×5×16 2 2 BN，ReLU 32×32×16 最大池化 3×3 2 1 "
    "16×16×16 卷积 3×3×32 1 1 "
    "BN，ReLU 16×16×32 全局平均池化 1×1×32 全连接 10",
    "full-width": "Ｃｏｎｖ　５×５×１６，ｓｔｒｉｄｅ　２，ＢＮ，ＲｅＬＵ\n"
    "max pool ３×３，stride ２，padding １\nconv ３×３×３２，BN，ReLU\n"
    "global average pool\nfc １０",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_the_same_table_in_every_form_is_the_same_network(form):
    text = FORMS[form]
    if form in ("semicolons", "full-width"):  # they do not say how large the input is
        text = text.replace("conv;5;16", "5×5 conv;5;16", 1)
        solution = network_of(text)
        assert solution.input_shape == (3, 224, 224)
    else:
        solution = network_of(text)
        assert solution.input_shape == (3, 64, 64)
    assert [(row["operation"], row["stride"], row["padding"], row["then"]) for row in rows_of(solution)] == [
        ("conv 5x5, 16", 2, 2, "BN, ReLU"),
        ("max pool 3x3", 2, 1, None),
        ("conv 3x3, 32", 1, 1, "BN, ReLU"),
        ("global avg pool", None, None, None),
        ("fc 10", None, None, "none"),
    ]
    assert solution.count("wrong", "carried", "unread") == 0
    assert looks_like_table(text)


def test_the_paste_whose_cells_are_run_together_gives_its_five_rows():
    if PASTES is None:
        pytest.skip("the collected pastes are not here")
    expected = json.loads((PASTES / "expected.json").read_text())["architecture_table.txt"]["rows"]
    solution = network_of((PASTES / "architecture_table.txt").read_text())
    found = rows_of(solution)
    assert [{key: row[key] for key in wanted} for row, wanted in zip(found, expected, strict=True)] == expected
    assert [line.verdict for line in solution.lines] == ["agrees"] * 4 + ["computed"]


def test_our_own_table_whose_cells_are_run_together():
    found = rows_of(network_of(PRESETS["Together"][0]))
    assert [(row["input"], row["operation"], row["stride"], row["padding"], row["shortcut"], row["then"]) for row in found] == [
        ([96, 96, 3], "conv 7x7, 32", 2, 3, None, "BN, ReLU"),
        ([48, 48, 32], "avg pool 2x2", 2, 0, None, None),
        ([24, 24, 32], "conv 3x3, 64", 2, 1, "conv 1x1, 64, stride 2", "BN, ReLU"),
        ([12, 12, 64], "conv 3x3, 64", 1, 1, "conv 1x1, 64, stride 1", "BN, ReLU"),
        ([12, 12, 64], "conv 5x5, 96", 2, 2, None, "BN, ReLU"),
    ]
    assert [row["verdict"] for row in found] == ["agrees"] * 4 + ["computed"]


RESNETS = r"""
layer name & output size & 18-layer & 34-layer \\ \hline
conv1 & 112$\times$112 & \multicolumn{2}{c}{7$\times$7, 64, stride 2} \\ \hline
\multirow{2}{*}{conv2\_x} & \multirow{2}{*}{56$\times$56} & \multicolumn{2}{c}{3$\times$3 max pool, stride 2} \\ \cline{3-4}
 & & $\left[\begin{array}{c}\text{3$\times$3, 64}\\[-.1em] \text{3$\times$3, 64} \end{array}\right]\times$2 &
     $\begin{bmatrix} 3\times3, 64 \\ 3\times3, 64 \end{bmatrix}\times 3$ \\ \hline
conv3\_x & 28$\times$28 & $\begin{bmatrix} 3\times3, 128 \\ 3\times3, 128 \end{bmatrix}\times 2$ &
     $\begin{bmatrix} 3\times3, 128 \\ 3\times3, 128 \end{bmatrix}\times 4$ \\ \hline
 & 1$\times$1 & \multicolumn{2}{c}{average pool, 1000-d fc, softmax} \\ \hline
\multicolumn{2}{c|}{FLOPs} & 1.8$\times10^9$ & 3.6$\times10^9$ \\ \hline
"""


def test_a_table_with_several_networks_is_read_for_each_of_them():
    first, second = read_table(RESNETS), read_table(RESNETS, 1)
    assert first.variants == second.variants == ("18-layer", "34-layer")
    assert [line.operation for line in first.table.lines] == [
        "conv", "max pool", "[3×3, 64; 3×3, 64] × 2", "[3×3, 128; 3×3, 128] × 2", "avg pool", "fc", "softmax",
    ]  # fmt: skip
    assert [line.operation for line in second.table.lines][2:4] == ["[3×3, 64; 3×3, 64] × 3", "[3×3, 128; 3×3, 128] × 4"]
    assert [line.name for line in first.table.lines] == ["conv1", "conv2_x", "conv2_x", "conv3_x", "", "", ""]
    assert "FLOPs" in str(first.remarks[0])
    assert solve(second.table).count("agrees") == 5


def test_columns_without_known_names_that_hold_operations_are_networks():
    text = "| A | B |\n|---|---|\n| 11 weight layers | 13 weight layers |\n| input (224 × 224 RGB image) | |\n"
    text += "| conv3-64 | conv3-64 <br> conv3-64 |\n| maxpool | |\n| FC-10 | |"
    found = [[line.operation for line in read_table(text, variant).table.lines] for variant in (0, 1)]
    assert found == [["conv", "max pool", "fc"], ["conv", "conv", "max pool", "fc"]]


@pytest.mark.parametrize(
    ("phrase", "row"),
    [
        ("[3x3, 64] x 2", ("[3x3, 64] x 2", 1)),
        ("2 × [3×3, 64]", ("[3x3, 64] x 2", 1)),
        ("[1×1, 128 3×3, 128, C=32 1×1, 256] × 3", ("[1x1, 128; 3x3, 128, groups 32; 1x1, 256] x 3", 1)),
        ("conv 3x3, 64, dilation 2", ("conv, dilation 2 3x3, 64", 1)),
        ("3×3 depthwise conv, stride 2", ("depthwise conv 3x3, 3", 2)),
        ("Conv2d 3 64 /2", ("conv 3x3, 64", 2)),
        ("64 filters of size 3x3", ("conv 3x3, 64", 1)),
        ("3x3 conv, 64 channels, no bias", ("conv, no bias 3x3, 64", 1)),
        ("2x2 transposed conv, 16, stride 2", ("transposed conv 2x2, 16", 2)),
        ("upsample 4", ("upsample 4", None)),
        ("conv 1×7, 32", ("conv 1x7, 32", 1)),
        ("C1: 6@5×5 conv", ("conv 5x5, 6", 1)),
    ],
)
def test_phrases_of_papers(phrase, row):
    found = rows_of(network_of(f"input 32x32x3\n{phrase}"))[0]
    assert (found["operation"], found["stride"]) == row


def test_a_line_that_cannot_be_read_stands_beside_what_was_understood():
    text = "input\toperation\n64×64×3\tconv 3×3×8\n64×64×8\tinception (3a) – 1×1 reduce\n64×64×32\tmax pool 2×2"
    solution = solve(read_table(text).table)
    assert [line.verdict for line in solution.lines] == ["agrees", "unread", "computed"]
    assert solution.lines[1].cells.operation.startswith("inception")
    assert solution.lines[1].cells.input == "64×64×8"
    assert solution.lines[2].after == (32, 32, 32)
    assert (solution.stopped, len(solution.steps)) == (2, 1)
    assert "inception" in str(solution.lines[1].notes[0])


def test_words_that_are_not_understood_stay_in_the_line_and_stop_it():
    solution = solve(read_table("conv 3x3x8 with spectral normalisation\nmax pool 2x2").table)
    assert "spectral" in solution.lines[0].cells.operation
    assert solution.lines[0].verdict == "unread"
    assert "spectral" in str(solution.lines[0].notes[0])


@pytest.mark.parametrize("line", ["conv3-64\n", "nn.ReLU()\n"])
def test_what_is_behind_the_longest_text_is_said(line):
    told = [str(remark) for remark in read_any(line * (MOST_TEXT // len(line) + 1)).remarks]
    assert "Only the first 20,000 characters were read." in told


def test_layers_in_code_are_read_as_a_table_and_never_run():
    text = "nn.Sequential(nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2), __import__('os').system('touch /tmp/owned'))"
    found = read_any(text)
    assert [line.operation for line in found.table.lines][:2] == ["conv", "avg pool"]
    assert found.table.lines[0].then == "Tanh"
    assert "os" in found.table.lines[2].operation
    assert not looks_like_table(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello world",
        "import torch\nconv 3x3 64\nmax pool 2x2",
        "class Net(nn.Module):\n    def __init__(self):\n        self.conv = nn.Conv2d(3, 64, 3)",
        "The convolution of a 3x3 kernel is explained in chapter 4.",
        "x = torch.randn(1, 3, 8, 8)",
    ],
)
def test_what_is_no_table(text):
    assert not looks_like_table(text)


@settings(deadline=None, max_examples=150)
@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from([*"[]×x-/,;|&\t\n", "3×3", "64", "conv", " ", "stride", "输入", "\\\\"])).map("".join)
)
def test_any_text_is_answered(text):
    solution = solve(read_table(text).table)
    compile(write_program(solution), "<table>", "exec")
    for line in solution.lines:
        assert line.verdict not in ("unread", "stopped") or line.notes
