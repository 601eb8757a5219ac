"""ONNX: what is missing is said, what is too large refused, and the file computes what the module does."""

from __future__ import annotations

import pytest
import torch

from blocks import CATALOGUE, build
from explainer import onnx_file as onnx
from explainer.errors import BlocklensError, TooLarge
from explainer.seeding import Seeded
from explainer.table import PRESETS, look_into, read_table, solve

SPEC = CATALOGUE["squeeze_excite"]
RECIPE = onnx.Recipe("blocks", "build", (SPEC.key, SPEC.defaults), SPEC.input_shapes(SPEC.defaults), seed=5)


def test_what_is_not_installed_is_said(monkeypatch) -> None:
    monkeypatch.setattr(onnx, "NEEDED", ("onnx_that_nobody_has", "torch"))
    with pytest.raises(BlocklensError, match=r"not installed on this server: pip install onnx_that_nobody_has$"):
        onnx.onnx_file(RECIPE, 0)


def test_what_is_too_large_is_refused_before_anything_runs(monkeypatch) -> None:
    monkeypatch.setattr(onnx, "NEEDED", ())
    with pytest.raises(TooLarge, match="these take 4,096 MiB; this server writes at most 64 MiB"):
        onnx.onnx_file(RECIPE, 1 << 32)


def test_the_file_computes_what_the_module_does() -> None:
    for package in onnx.NEEDED:
        pytest.importorskip(package)
    runtime = pytest.importorskip("onnxruntime")
    session = runtime.InferenceSession(onnx.onnx_file(RECIPE, 0))
    with Seeded(5), torch.no_grad():
        module, x = build(SPEC.key, SPEC.defaults).eval(), torch.randn(RECIPE.input_shapes[0])
        expected = module(x)
    (found,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    assert torch.allclose(torch.from_numpy(found), expected, atol=1e-5)


def test_the_network_of_a_table_can_be_written() -> None:
    for package in onnx.NEEDED:
        pytest.importorskip(package)
    network = look_into(solve(read_table(*PRESETS["Together"]).table))
    recipe = onnx.Recipe(
        "explainer.table.network", "build_program", (network.source,), (network.trace.shape(network.trace.inputs[0]),)
    )
    assert len(onnx.onnx_file(recipe, 0)) > network.totals.param_bytes


def test_what_torch_cannot_write_is_said_in_its_words() -> None:
    for package in onnx.NEEDED:
        pytest.importorskip(package)
    with pytest.raises(BlocklensError, match=r"torch cannot write this as ONNX: .*nothing_of_ours"):
        onnx.onnx_file(onnx.Recipe("blocks", "nothing_of_ours", (), ()), 0)
