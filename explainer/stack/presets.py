"""Stacks to start from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from explainer.stack.record import Stack
from explainer.stack.source import read_source

_RESNET = """
nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
nn.BatchNorm2d(64)
nn.ReLU(inplace=True)
nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
"""
_VGG = """
nn.Conv2d(3, 64, kernel_size=3, padding=1)
nn.ReLU(inplace=True)
nn.Conv2d(64, 64, kernel_size=3, padding=1)
nn.ReLU(inplace=True)
nn.MaxPool2d(kernel_size=2)
"""
_LENET = """
nn.Conv2d(1, 6, kernel_size=5)
nn.Tanh()
nn.AvgPool2d(kernel_size=2)
nn.Conv2d(6, 16, kernel_size=5)
nn.Tanh()
nn.AvgPool2d(kernel_size=2)
nn.Flatten()
nn.Linear(16 * 5 * 5, 120)
nn.Tanh()
nn.Linear(120, 84)
nn.Tanh()
nn.Linear(84, 10)
"""
_DILATED = """
nn.Conv2d(16, 16, kernel_size=3, padding=1)
nn.Conv2d(16, 16, kernel_size=3, padding=2, dilation=2)
nn.Conv2d(16, 16, kernel_size=3, padding=4, dilation=4)
nn.Conv2d(16, 16, kernel_size=3, padding=8, dilation=8)
"""

# ResNet: He et al. 2016, table 1. VGG: Simonyan and Zisserman 2015, table 1, first block of B. LeNet-5: LeCun et al. 1998,
# figure 2, with plain average pools. Dilated: Yu and Koltun 2016, the doubling dilations of table 1.
PRESETS: Mapping[str, Stack] = MappingProxyType({
    "ResNet": Stack((3, 224, 224), read_source(_RESNET).items),
    "VGG": Stack((3, 224, 224), read_source(_VGG).items),
    "LeNet-5": Stack((1, 32, 32), read_source(_LENET).items),
    "Dilated": Stack((16, 32, 32), read_source(_DILATED).items),
})  # fmt: skip
