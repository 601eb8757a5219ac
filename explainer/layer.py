"""What torch itself says about a layer: the module is built and run on the meta device, which allocates nothing."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from explainer.arithmetic import LAYERS, Argument, ConvLayer
from explainer.types import Sentence, Shape, sentence


@dataclass(frozen=True, slots=True)
class TorchAnswer:
    """``output_shape`` and ``param_count`` of the real module, or torch's ``refusal`` and None for both."""

    output_shape: Shape | None
    param_count: int | None
    refusal: Sentence | None = None


def torch_answer(layer: ConvLayer, input_shape: Shape) -> TorchAnswer:
    """Builds ``nn.ConvNd`` with the layer's arguments and runs it once.

    >>> from explainer.arithmetic import conv_layer
    >>> torch_answer(conv_layer(2, 4096, 4096, 3, padding=1), (64, 4096, 1024, 1024)).output_shape
    (64, 4096, 1024, 1024)
    """
    # Imported here: the first page must not wait for torch.
    import torch
    from torch import nn

    build: Callable[..., nn.Module] = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[layer.rank - 1]
    try:
        module = build(
            layer.in_channels,
            layer.out_channels,
            layer.kernel_size,
            stride=layer.stride,
            padding=layer.padding,
            dilation=layer.dilation,
            groups=layer.groups,
            bias=layer.bias,
            padding_mode=layer.padding_mode,
            device="meta",
        )
        with torch.no_grad():
            output = module(torch.empty(input_shape, device="meta"))
    except (RuntimeError, ValueError) as error:
        return TorchAnswer(None, None, sentence("torch refuses: {message}", message=str(error)))
    return TorchAnswer(tuple(output.shape), sum(parameter.numel() for parameter in module.parameters()))


def ask_torch(name: str, arguments: Mapping[str, Argument], input_shape: Shape) -> TorchAnswer:
    """Builds ``nn.name(**arguments)`` and runs it once; ``name`` must be one of ``LAYERS``.

    >>> ask_torch("MaxPool2d", {"kernel_size": 3, "stride": 2, "padding": 1}, (1, 64, 112, 112)).output_shape
    (1, 64, 56, 56)
    """
    import torch
    from torch import nn

    build: Callable[..., nn.Module] = getattr(nn, LAYERS[name].name)
    try:
        with torch.device("meta"), torch.no_grad():
            module = build(**arguments)
            output = module(torch.empty(input_shape))
    except (RuntimeError, ValueError, TypeError, IndexError, AssertionError) as error:
        return TorchAnswer(None, None, sentence("torch refuses: {message}", message=str(error)))
    first = output[0] if isinstance(output, tuple) else output
    return TorchAnswer(tuple(first.shape), sum(parameter.numel() for parameter in module.parameters()))


def torch_is_loaded() -> bool:
    """Whether asking torch gives an answer at once."""
    return hasattr(sys.modules.get("torch"), "compile")


def load_torch() -> None:
    """Imports torch and runs one layer, so that the next caller need not wait for it; meant for a server that stays.

    What is loaded then stays: a full collection would walk over all of torch, 150 ms in the midst of an answer. And an op runs on
    the thread that asks: what pages compute is many small ops, and visitors come side by side. On a busy machine, threads of
    torch's own that wait for each other made the gates of one block take 3.4 s instead of 0.5 s.
    """
    import torch

    torch.set_num_threads(1)
    torch_answer(ConvLayer(1, 1, (1, 1), (1, 1), (0, 0), (1, 1), 1, bias=True, padding_mode="zeros"), (1, 1, 1, 1))
    gc.collect()
    gc.freeze()
