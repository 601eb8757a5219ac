"""Tables to start from, as their papers print them; the run-together one is ours.

VGG-16: Simonyan and Zisserman 2015, arXiv:1409.1556, table 1 column D. ResNet-18, ResNet-50: He et al. 2015, arXiv:1512.03385,
table 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_VGG_16 = """
input (224 × 224 RGB image)
conv3-64
conv3-64
maxpool
conv3-128
conv3-128
maxpool
conv3-256
conv3-256
conv3-256
maxpool
conv3-512
conv3-512
conv3-512
maxpool
conv3-512
conv3-512
conv3-512
maxpool
FC-4096
FC-4096
FC-1000
soft-max
"""
_RESNETS = """
layer name | output size | 18-layer | 50-layer
conv1 | 112×112 | 7×7, 64, stride 2 |
conv2_x | 56×56 | 3×3 max pool, stride 2 |
 | | [3×3, 64; 3×3, 64] × 2 | [1×1, 64; 3×3, 64; 1×1, 256] × 3
conv3_x | 28×28 | [3×3, 128; 3×3, 128] × 2 | [1×1, 128; 3×3, 128; 1×1, 512] × 4
conv4_x | 14×14 | [3×3, 256; 3×3, 256] × 2 | [1×1, 256; 3×3, 256; 1×1, 1024] × 6
conv5_x | 7×7 | [3×3, 512; 3×3, 512] × 2 | [1×1, 512; 3×3, 512; 1×1, 2048] × 3
 | 1×1 | average pool, 1000-d fc, softmax |
"""
# Our own, in the manner of a table whose cells a forum has run together.
_TOGETHER = (
    "Input size Operation Stride Padding Shortcut 96×96×3 Conv 7×7×32 2 3 BN,ReLU 48×48×32 Avg pool 2×2 2 0 "
    "24×24×32 3×3×64 2 1 Conv 1×1×64 Stride=2 BN,ReLU 12×12×64 Conv 3×3×64 1 1 Conv 1×1×64 Stride=1 BN,ReLU "
    "12×12×64 Conv 5×5×96 2 2 BN,ReLU"
)
_WRONG = """
input size\toperation\tkernel\tchannels\tstride\tpadding
227×227×3\tconv\t11×11\t96\t4\t0
55×55×96\tmax pool\t3×3\t\t2\t0
27×27×96\tconv\t5×5\t256\t1\t1
27×27×256\tmax pool\t3×3\t\t2\t0
13×13×256\tconv\t3×3\t384\t1\t1
13×13×384\tconv\t3×3\t256\t1\t1
13×13×256\tmax pool\t3×3\t\t2\t0
6×6×256\tfc\t\t4096
"""

# The text that is read, and which of its networks is taken.
PRESETS: Mapping[str, tuple[str, int]] = MappingProxyType({
    "Together": (_TOGETHER, 0),
    "VGG-16": (_VGG_16, 0),
    "ResNet-18": (_RESNETS, 0),
    "ResNet-50": (_RESNETS, 1),
    "Wrong": (_WRONG, 0),
})  # fmt: skip
