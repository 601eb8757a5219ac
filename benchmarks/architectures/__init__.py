"""The corpus: whole networks in plain PyTorch, written from the papers, with the idioms of the field.

The engine is measured on them, and tested on them.
"""

from __future__ import annotations

from benchmarks.architectures.convnext import ConvNeXt
from benchmarks.architectures.densenet import DenseNet
from benchmarks.architectures.efficientnet import EfficientNet
from benchmarks.architectures.ghostnet import GhostNet
from benchmarks.architectures.googlenet import GoogLeNet
from benchmarks.architectures.gpt2 import GPT2
from benchmarks.architectures.lstm import Tagger
from benchmarks.architectures.mobilenet import MobileNetV3
from benchmarks.architectures.record import Architecture
from benchmarks.architectures.resnet import make_resnet18, make_resnet50, make_resnext50
from benchmarks.architectures.se_resnet import make_se_resnet50
from benchmarks.architectures.shufflenet import ShuffleNet
from benchmarks.architectures.swin import SwinTransformer
from benchmarks.architectures.transformer import Encoder
from benchmarks.architectures.unet import UNet
from benchmarks.architectures.vgg import VGG
from benchmarks.architectures.vit import VisionTransformer

IMAGE = ((1, 3, 224, 224),)

ARCHITECTURES: dict[str, Architecture] = {
    entry.name: entry
    for entry in (
        Architecture("resnet18", make_resnet18, IMAGE, 11_689_512),
        Architecture("resnet50", make_resnet50, IMAGE, 25_557_032),
        Architecture("resnext50", make_resnext50, IMAGE, 25_028_904),
        Architecture("se_resnet50", make_se_resnet50, IMAGE, 28_088_024),
        Architecture("densenet121", DenseNet, IMAGE, 7_978_856),
        Architecture("mobilenet_v3_large", MobileNetV3, IMAGE, 5_483_032),
        Architecture("efficientnet_b0", EfficientNet, IMAGE, 5_288_548),
        Architecture("ghostnet", GhostNet, IMAGE),
        Architecture("shufflenet_v2", ShuffleNet, IMAGE, 2_278_604),
        Architecture("unet", UNet, ((1, 3, 256, 256),), 31_037_698),
        Architecture("vgg16", VGG, IMAGE, 138_357_544),
        Architecture("googlenet", GoogLeNet, IMAGE, 6_998_552),
        Architecture("convnext_t", ConvNeXt, IMAGE, 28_589_128),
        Architecture("vit_b16", VisionTransformer, IMAGE, 86_567_656),
        Architecture("swin_t", SwinTransformer, IMAGE, 28_288_354),
        Architecture("transformer_encoder", Encoder, ((2, 128),), 37_858_304, "int64"),
        Architecture("gpt2_small", GPT2, ((1, 256),), 124_439_808, "int64"),
        Architecture("lstm_tagger", Tagger, ((4, 40),), 3_318_865, "int64"),
    )
}

__all__ = ["ARCHITECTURES", "Architecture"]
