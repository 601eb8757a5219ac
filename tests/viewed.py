"""Subjects for the viewer: a residual block with a gate, the same with a shortcut that does not fit, one with evil names."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from explainer.render.viewer_scene import Subject
from explainer.trace import run
from explainer.tracing.options import Options
from explainer.types import Trace

SOURCE = """import torch
from torch import nn


class SE(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Linear(channels, channels // 4)
        self.fc2 = nn.Linear(channels // 4, channels)

    def forward(self, x):
        b, c = x.shape[:2]
        y = self.pool(x).view(b, c)
        y = torch.relu(self.fc1(y))
        y = torch.sigmoid(self.fc2(y))
        return x * y.view(b, c, 1, 1)


class Block(nn.Module):
    def __init__(self, stride=2):
        super().__init__()
        self.conv1 = nn.Conv2d(8, 16, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 16, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(16)
        self.se = SE(16)
        self.spare = nn.Linear(3, 3)
        self.shortcut = nn.Sequential(nn.Conv2d(8, 16, 1, stride), nn.BatchNorm2d(16))

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out = self.se(out)
        out += self.shortcut(x)
        return torch.relu(out)
"""
_FILE = "<viewed>"
EVIL = "<img src=x onerror=alert(1)>"


def _class(name: str) -> Any:
    space: dict[str, Any] = {"__name__": "viewed"}
    exec(compile(SOURCE, _FILE, "exec"), space)
    return space[name]


def traced(module: nn.Module, *shape: int) -> Trace:
    return run(module.eval(), (torch.empty(shape, device="meta"),), {}, Options(files=frozenset((_FILE,)), max_real_macs=0))[0]


@cache
def residual() -> Subject:
    with torch.device("meta"):
        return Subject(traced(_class("Block")(), 1, 8, 16, 16), SOURCE)


@cache
def broken() -> Subject:
    with torch.device("meta"):
        return Subject(traced(_class("Block")(stride=1), 1, 8, 16, 16), SOURCE)


@cache
def hostile() -> Subject:
    class Evil(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.add_module(EVIL, nn.Linear(4, 4))
            self.add_module("javascript:alert(2)", nn.Linear(4, 4))

        def forward(self, x: Tensor) -> Tensor:
            return self._modules["javascript:alert(2)"](self._modules[EVIL](x)).exp()  # type: ignore[misc]

    Evil.__name__ = "</script><script>alert(3)</script>"
    with torch.device("meta"):
        return Subject(traced(Evil(), 2, 4), f"x = '{EVIL}'\n" + "y = 1\n" * 3)


@cache
def long_chain(length: int) -> Subject:
    """As many layers, every fifth with a way around."""

    class Chain(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList(nn.Conv2d(8, 8, 3, padding=1) for _ in range(length))

        def forward(self, x: Tensor) -> Tensor:
            for number, layer in enumerate(self.layers):
                x = layer(x) + x if number % 5 == 4 else layer(x)
            return x

    with torch.device("meta"):
        return Subject(traced(Chain(), 1, 8, 16, 16), SOURCE)
