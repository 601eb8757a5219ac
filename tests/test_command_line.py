"""python -m explainer, as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from explainer.__main__ import main
from explainer.sandbox.lockdown import can_filter

ROOT = Path(__file__).parent.parent

GATED = """
import torch
from torch import nn


class Helper(nn.Module):
    def forward(self, x):
        return x


class Gated(nn.Module):
    def __init__(self, channels=8, bias=True):
        super().__init__()
        self.gate = nn.Conv2d(channels, channels, 1, bias=bias)

    def forward(self, x):
        weights = torch.sigmoid(self.gate(x.mean((2, 3), keepdim=True)))
        return x * weights
"""
KEYS = {
    "source", "edits", "readings", "name", "arguments", "inputs", "supplied", "outputs", "variables", "param_count", "macs",
    "uncounted", "ops", "values", "gates", "skips", "hazards", "diagnosis", "explanation", "sandbox", "table",
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "gated.py"
    path.write_text(GATED, encoding="utf-8")
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_json_has_every_key_and_the_facts(capsys: pytest.CaptureFixture[str], file: str) -> None:
    status, out, _ = run(capsys, file, "--trusted", "--input", "2x4x6x6", "--set", "channels=4", "--format", "json")
    data = json.loads(out)
    assert status == 0
    assert set(data) == KEYS
    assert (data["name"], data["arguments"], data["inputs"]) == ("Gated", {"channels": 4, "bias": True}, [[2, 4, 6, 6]])
    assert (data["outputs"], data["param_count"], data["macs"]) == ([[2, 4, 6, 6]], 20, 32)
    assert data["gates"] == [{"kind": "channel", "shape": [2, 4, 1, 1], "line": 18, "op": 3}]
    assert [op["name"] for op in data["ops"]] == ["mean", "conv2d", "sigmoid", "mul"]
    assert data["diagnosis"] is None


def test_a_failing_module_is_told_with_line_operands_and_status_1(capsys: pytest.CaptureFixture[str], file: str) -> None:
    status, out, _ = run(capsys, file, "--trusted", "--input", "1x3x6x6", "--format", "json")
    diagnosis = json.loads(out)["diagnosis"]
    assert status == 1
    assert diagnosis["line"] == 17
    assert diagnosis["scope"] == "gate"
    assert diagnosis["operands"] == [[1, 3, 1, 1], [8, 8, 1, 1], [8]]
    assert diagnosis["rule"] == "conv_channels"
    assert "gate expects 8 channels and gets 3." in diagnosis["message"]
    assert [set(fix) for fix in diagnosis["fixes"]] == [{"message", "diff", "passes"}] * len(diagnosis["fixes"])
    assert diagnosis["fixes"][0]["message"] == "Build it with channels=3."
    status, out, _ = run(capsys, file, "--trusted", "--input", "1x3x6x6")
    assert status == 1
    assert out.startswith("Line 17, weights = torch.sigmoid(self.gate(x.mean((2, 3), keepdim=True))): gate expects 8 channels")
    assert "Fix (re-run, passes): Build it with channels=3.\n--- arguments\n+++ arguments\n" in out
    assert "Stops at line 17, conv2d on 1×3×1×1 · 8×8×1×1 · 8." in out


def test_hazards_and_explanation_in_json_and_in_words(capsys: pytest.CaptureFixture[str], file: str) -> None:
    data = json.loads(run(capsys, file, "--trusted", "--input", "2x8x6x6", "--class", "Gated", "--format", "json")[1])
    assert data["hazards"] == []
    assert set(data["explanation"]) == {"title", "summary", "lines"}
    assert data["explanation"]["summary"].startswith(
        "A channel gate: weights (2, 8, 1, 1) multiply the channels of (2, 8, 6, 6)."
    )
    assert {"line": 14, "text": "Builds gate: Conv2d 1×1, 8→8, 72 parameters."} in data["explanation"]["lines"]
    words = run(capsys, file, "--trusted", "--input", "2x8x6x6", "--class", "Gated", "--lang", "zh")[1]
    assert "创建 gate：Conv2d 1×1, 8→8，72 个参数。" in words


PASTES = next(
    (path for path in (ROOT / ".." / "shared" / "pastes", ROOT / ".." / ".." / "shared" / "pastes") if path.exists()), ROOT / "-"
)


@pytest.mark.skipif(not PASTES.exists(), reason="the pastes of the wild are not here")
def test_the_residual_that_strides_twice_gets_its_diagnosis_and_its_one_fix(capsys: pytest.CaptureFixture[str]) -> None:
    path = PASTES / "residual_attention.txt"
    settings = ("--set", "in_channels=64", "--set", "out_channels=128", "--set", "stride=2", "--input", "1x64x56x56")
    status, out, _ = run(capsys, str(path), "--trusted", *settings, "--format", "json")
    data = json.loads(out)
    case = next(
        c for c in json.loads((PASTES / "expected.json").read_text())["residual_attention.txt"]["cases"] if "fails_at" in c
    )
    diagnosis = data["diagnosis"]
    assert status == 1
    assert data["source"].splitlines()[diagnosis["line"] - 1].strip() == case["fails_at"]
    assert diagnosis["operands"] == case["operands"]
    assert f"{case['cause']}." in diagnosis["message"]
    assert [fix["message"] for fix in diagnosis["fixes"]] == ["Give conv2 stride=1."]


@pytest.mark.parametrize("form", ["text", "markdown", "dot", "svg", "json"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_format_in_both_languages(capsys: pytest.CaptureFixture[str], file: str, form: str, lang: str) -> None:
    status, out, err = run(capsys, file, "--trusted", "--input", "1x8x6x6", "--format", form, "--lang", lang)
    assert (status, err) == (0, "")
    if form == "svg":
        assert ElementTree.fromstring(out).tag.endswith("svg")
    assert ("gate" if form in ("dot", "svg") else "72") in out


def test_class_device_and_seed(capsys: pytest.CaptureFixture[str], file: str) -> None:
    status, out, _ = run(capsys, file, "--trusted", "--input", "1x8x6x6", "--class", "Helper", "--format", "json")
    assert (status, json.loads(out)["name"]) == (0, "Helper")
    real = run(capsys, file, "--trusted", "--input", "1x8x6x6", "--device", "cpu", "--seed", "3", "--format", "json")[1]
    meta = run(capsys, file, "--trusted", "--input", "1x8x6x6", "--format", "json")[1]
    assert json.loads(real) == json.loads(meta)


def test_several_files_give_one_object_a_line(capsys: pytest.CaptureFixture[str], file: str) -> None:
    status, out, _ = run(capsys, file, file, "--trusted", "--input", "1x8x6x6", "--format", "json")
    assert (status, len([json.loads(line) for line in out.splitlines()])) == (0, 2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("--device", "cuda"), "Behind the wall there are only meta and cpu", id="cuda without trust"),
        pytest.param(("--trusted", "--input", "1xax3"), "1xax3 is no shape", id="no shape"),
        pytest.param(("--trusted", "--input", "1x8x6x6", "--set", "channels"), "channels is no setting", id="no value"),
        pytest.param(("--trusted", "--input", "1x8x6x6", "--class", "Gate"), "no class Gate in", id="no such class"),
        pytest.param(("--trusted", "--input", "1x8x6x6", "--device", "tpu9"), "tpu9 is no device here", id="no such device"),
    ],
)
def test_bad_usage_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], file: str, arguments: tuple[str, ...], words: str
) -> None:
    status, out, err = run(capsys, file, *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("x = 1 +", "SyntaxError", id="syntax"),
        pytest.param("raise ValueError('no')", "Line 1, raise ValueError('no'): the code itself stops here.", id="raises"),
        pytest.param(GATED.replace("nn.Conv2d", "nn.Conv9d"), "AttributeError", id="constructor"),
    ],
)
def test_a_file_that_fails_in_python_is_status_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "broken.py"
    path.write_text(text, encoding="utf-8")
    status, out, _ = run(capsys, str(path), "--trusted", "--input", "1x8x6x6")
    assert status == 1
    assert words in out


TABLE = "Input size Operation Stride Padding 16×16×3 Conv 3×3×8 2 1 BN,ReLU 8×8×8 Max pool 2×2 2 0 4×4×8 FC 10"


def test_an_architecture_table_is_answered_with_its_rows(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_text(TABLE, encoding="utf-8")
    status, out, _ = run(capsys, str(path), "--format", "json")
    data = json.loads(out)
    assert (status, set(data)) == (0, KEYS)
    assert [(row["operation"], row["output"], row["verdict"]) for row in data["table"]] == [
        ("conv 3x3, 8", [8, 8, 8], "agrees"), ("max pool 2x2", [4, 4, 8], "agrees"), ("fc 10", [10], "computed"),
    ]  # fmt: skip
    assert (data["inputs"], data["outputs"], data["param_count"]) == ([[1, 3, 16, 16]], [[1, 10]], 1522)
    for form, words in (("text", "| 16×16×3 | conv | 3×3 |"), ("dot", "digraph"), ("svg", "<svg")):
        assert words in run(capsys, str(path), "--format", form)[1]


def test_a_wrong_table_is_status_1_with_a_fix_that_was_tried(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_text(TABLE.replace("3×3×8 2 1", "3×3×8 2 0"), encoding="utf-8")
    status, out, _ = run(capsys, str(path), "--format", "json")
    diagnosis = json.loads(out)["diagnosis"]
    assert (status, diagnosis["rule"], diagnosis["line"]) == (1, "declared size", 1)
    assert diagnosis["fixes"] == [{"message": "padding 1", "diff": None, "passes": True}]
    assert "而表中写的是 8" in run(capsys, str(path), "--lang", "zh")[1]


def test_as_a_command(file: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "explainer", file, "--trusted", "--input", "1x8x6x6"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "72 parameters, 64 multiply-adds (MACs)." in done.stdout


def test_whoever_reads_may_stop(file: str) -> None:
    """As ``| head`` does: no traceback."""
    command = [sys.executable, "-m", "explainer", file, "--trusted", "--input", "1x8x6x6", "--format", "svg"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as done:
        assert done.stdout is not None
        assert done.stderr is not None
        done.stdout.close()
        assert done.stderr.read() == ""
    assert done.returncode == 0


@pytest.mark.skipif(not can_filter(), reason="this kernel has no seccomp filters")
def test_several_pastes_share_one_sandbox(tmp_path: Path) -> None:
    """Without --trusted: behind the wall, arguments and input proposed, one JSON object a line, the worst status of all."""
    broken = tmp_path / "broken.py"
    broken.write_text(GATED.replace("x * weights", "x + weights[:, :, 0, 0]"), encoding="utf-8")
    (tmp_path / "gated.py").write_text(GATED, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "explainer", str(tmp_path / "gated.py"), str(broken), "-", "--format", "json"],
        cwd=ROOT, capture_output=True, text=True, check=False, input="nn.Linear(8, 4)(torch.randn(2, 8))",
    )  # fmt: skip
    good, bad, loose = (json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 1, done.stderr
    assert (good["outputs"], good["param_count"]) == ([[1, 8, 56, 56]], 72)
    assert (bad["outputs"], bad["diagnosis"]["line"]) == (None, 18)
    assert [op["name"] for op in loose["ops"]][-1] == "linear"
    assert {"seccomp", "limits"} <= set(good["sandbox"].split(", "))
    assert set(good) == set(bad) == set(loose) == KEYS


def test_no_file_no_traceback(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, err = run(capsys, str(tmp_path / "nothing.py"))
    assert (status, out) == (2, "")
    assert "cannot be read" in err
