"""What is measured: our engine, the plain forward, and each other tool, called as its own documentation calls it.

Every tool is set to its cheapest documented way of looking at the whole forward: default depth, no printing, no rendering.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from torch import Tensor, nn

Inputs = tuple[Tensor, ...]
# fvcore also counts norms and pools; the convention here is multiply-adds of convolutions, linear layers and matrix products
FVCORE_PRODUCTS = frozenset({"conv", "linear", "addmm", "matmul", "bmm", "baddbmm", "einsum"})


@dataclass(frozen=True, slots=True)
class Tool:
    """``run`` is what is timed; ``macs`` reads the multiply-adds off its result, None if the tool has none.

    ``device`` is where it runs: times on ``cpu`` include the arithmetic of the network, and compare with nothing on meta.
    """

    run: Callable[[nn.Module, Inputs], Any]
    macs: Callable[[Any], int | None]
    package: str = "torch"
    device: str = "meta"
    note: str = ""


def run_plain(module: nn.Module, inputs: Inputs) -> Any:
    return module(*inputs)


def run_blocklens(module: nn.Module, inputs: Inputs) -> Any:
    from explainer import trace
    from explainer.cost import totals

    result = trace(module, *inputs)
    if result.failure is not None:
        raise RuntimeError(result.failure.message)
    return result, totals(result)


def run_torchinfo(module: nn.Module, inputs: Inputs) -> Any:
    from torchinfo import summary

    return summary(module, input_data=inputs, device="meta", verbose=0)


def run_torchview(module: nn.Module, inputs: Inputs) -> Any:
    from torchview import draw_graph

    return draw_graph(module, input_data=inputs, device="meta")


def run_torchlens(module: nn.Module, inputs: Inputs) -> Any:
    import torchlens
    from torchlens.options import CaptureOptions

    return torchlens.trace(module, list(inputs), capture=CaptureOptions(structure_only=True))


def run_fvcore(module: nn.Module, inputs: Inputs) -> Any:
    from fvcore.nn import FlopCountAnalysis

    logging.getLogger("fvcore.nn.jit_analysis").setLevel(logging.ERROR)
    analysis = FlopCountAnalysis(module, inputs)
    analysis.total()
    return analysis


def run_flop_counter(module: nn.Module, inputs: Inputs) -> Any:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        module(*inputs)
    return counter


def sum_fvcore(analysis: Any) -> int:
    return int(sum(count for name, count in analysis.by_operator().items() if name in FVCORE_PRODUCTS))


TOOLS: dict[str, Tool] = {
    "plain": Tool(run_plain, lambda _: None),
    "blocklens": Tool(run_blocklens, lambda result: result[1].macs),
    "torchinfo": Tool(run_torchinfo, lambda result: int(result.total_mult_adds), "torchinfo"),
    "torchview": Tool(run_torchview, lambda _: None, "torchview", note="builds the graph, does not render; has no costs"),
    "torchlens": Tool(
        run_torchlens,
        lambda result: int(result.total_macs_forward),
        "torchlens",
        note="structure_only=True, the one mode in which it takes meta tensors",
    ),
    "flop_counter": Tool(run_flop_counter, lambda result: result.get_total_flops() // 2, note="MACs are its FLOPs / 2"),
    "fvcore": Tool(
        run_fvcore,
        sum_fvcore,
        "fvcore",
        device="cpu",
        note="its jit trace refuses batch norm on meta, so it runs on real tensors and does the arithmetic too: not comparable",
    ),
}
# One process each. The first two share one: they are compared with each other, call by call.
PROCESSES = (("plain", "blocklens"), *((name,) for name in TOOLS if name not in ("plain", "blocklens")))


def find_version(package: str) -> str | None:
    """None if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
