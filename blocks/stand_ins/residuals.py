"""Residual and dense blocks with the arguments that people give them."""

from __future__ import annotations

from torch import nn

from blocks import basic_block, bottleneck, dense_block, dense_layer, inverted_residual, pre_activation


class BasicBlock(basic_block.BasicBlock):
    """``downsample`` takes the place of the shortcut where it is given, as in torchvision."""

    expansion = 1

    def __init__(self, in_planes: int, planes: int, stride: int = 1, downsample: nn.Module | None = None) -> None:
        super().__init__(in_planes, planes, stride)
        if downsample is not None:
            self.shortcut = nn.Sequential(downsample)


class Bottleneck(bottleneck.Bottleneck):
    """``downsample`` takes the place of the shortcut where it is given, as in torchvision."""

    expansion = 4

    def __init__(self, in_planes: int, planes: int, stride: int = 1, downsample: nn.Module | None = None) -> None:
        super().__init__(in_planes, planes, stride)
        if downsample is not None:
            self.shortcut = nn.Sequential(downsample)


class PreActBlock(pre_activation.PreActivation):
    expansion = 1

    def __init__(self, in_planes: int, planes: int, stride: int = 1) -> None:
        super().__init__(in_planes, planes, stride)


class InvertedResidual(inverted_residual.InvertedResidual):
    def __init__(self, inp: int, oup: int, stride: int = 1, expand_ratio: int = 6) -> None:
        super().__init__(inp, oup, 3, stride, expand_ratio)


class DenseLayer(dense_layer.DenseLayer):
    def __init__(self, num_input_features: int, growth_rate: int = 32, bn_size: int = 4) -> None:
        super().__init__(num_input_features, growth_rate, bn_size)


class DenseBlock(dense_block.DenseBlock):
    def __init__(self, num_layers: int, num_input_features: int, growth_rate: int = 32, bn_size: int = 4) -> None:
        super().__init__(num_input_features, growth_rate, num_layers, bn_size)


class Transition(nn.Sequential):
    def __init__(self, num_input_features: int, num_output_features: int) -> None:
        super().__init__(
            nn.BatchNorm2d(num_input_features),
            nn.ReLU(),
            nn.Conv2d(num_input_features, num_output_features, 1, bias=False),
            nn.AvgPool2d(2),
        )
