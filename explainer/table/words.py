"""The words of architecture tables, in English and Chinese, and what each of them says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from explainer.table.record import Column

Kind: TypeAlias = Literal[
    "conv", "depthwise conv", "transposed conv", "max pool", "avg pool", "global avg pool", "global max pool", "fc", "flatten",
    "softmax", "dropout", "upsample", "identity", "block", "after", "pointwise conv", "separable conv",
]  # fmt: skip
Key: TypeAlias = Literal[
    "kernel", "channels", "stride", "padding", "dilation", "groups", "repeat", "input", "output", "shortcut", "amount"
]

# The longest spelling that fits is taken; spaces stand for any run of spaces, hyphens and underscores, or nothing.
_OPERATIONS: Mapping[Kind, str] = {
    "depthwise conv": "depthwise conv2d|depthwise convolution|depthwise conv|dw conv|dwconv|conv dw|depthwise|"
    "逐通道卷积|逐深度卷积|深度卷积层|深度卷积",
    "transposed conv": "transposed convolution|transposed conv|transpose conv|conv transpose2d|conv transpose|convtranspose|"
    "deconvolution|deconv|up conv|转置卷积|反卷积",
    "conv": "convolutional layer|convolutional|convolution|conv layer|conv2d|conv|卷积层|卷积",
    "pointwise conv": "pointwise convolution|pointwise conv|pw conv|pwconv|逐点卷积层|逐点卷积|点卷积",
    "separable conv": "depthwise separable convolution|depthwise separable conv2d|depthwise separable conv|separable convolution|"
    "separable conv2d|separable conv|sepconv|深度可分离卷积层|深度可分离卷积|可分离卷积",
    "global avg pool": "global average pooling|global average pool|global avg pooling|global avg pool2d|global avg pool|gap|"
    "global pooling|global pool|全局平均池化层|全局平均池化|全局池化",
    "global max pool": "global max pooling|global max pool|全局最大池化",
    "max pool": "max pooling layer|max pooling|max pool2d|max pool|maxpooling|maxpool|最大池化层|最大池化|最大值池化|"
    "pooling layer|pooling|pool|池化层|池化",
    "avg pool": "average pooling layer|average pooling|average pool|avg pooling|avg pool2d|avg pool|mean pool|avgpool|"
    "平均池化层|平均池化|均值池化|subsampling|subsample",
    "fc": "fully connected layer|fully connected|fully conn|fc layer|fc|linear layer|linear|dense layer|dense|inner product|"
    "全连接层|全连接|线性层",
    "flatten": "flatten|展平层|展平|拉平",
    "softmax": "soft max|softmax 层|softmax",
    "dropout": "drop out|dropout|随机失活",
    "upsample": "up sampling|upsampling|upsample|nearest upsample|上采样",
    "identity": "identity mapping|identity shortcut|identity|恒等映射|恒等",
}  # fmt: skip
_AFTERS: Mapping[str, str] = {
    "BN": "batch normalization|batch normalisation|batch norm2d|batch norm|batchnorm|bn|批归一化|批量归一化|批标准化|批规范化",
    "IN": "instance normalization|instance normalisation|instance norm2d|instance norm|instancenorm",
    "LeakyReLU": "leaky relu|leakyrelu|lrelu",
    "ReLU6": "relu6",
    "ReLU": "rectified linear unit|relu激活|relu|修正线性单元",
    "GELU": "gelu", "SiLU": "silu|swish", "Mish": "mish", "ELU": "elu", "PReLU": "prelu|parametric relu",
    "Hardswish": "hard swish|hardswish|h swish|hswish", "Hardsigmoid": "hard sigmoid|hardsigmoid",
    "Sigmoid": "sigmoid|logistic", "Tanh": "tanh|hyperbolic tangent",
}  # fmt: skip
_KEYS: Mapping[Key, str] = {
    "kernel": "kernel size|kernel|filter size|window size|window|patch size|"
    "receptive field|卷积核大小|卷积核尺寸|卷积核|核大小|窗口",
    "channels": "out channels|output channels|channels|channel|filters|filter|kernels|feature maps|maps|neurons|units|"
    "hidden units|output features|outputs|输出通道数|输出通道|通道数|个通道|通道|个滤波器|个卷积核|神经元|个神经元|节点",
    "stride": "strides|stride|步长|步幅",
    "padding": "zero padding|zero pad|padding|pad|填充|补零",
    "dilation": "dilation rate|dilation|dilated|rate|空洞率|膨胀率|膨胀|扩张率",
    "groups": "groups|group|cardinality|分组数|分组|组数",
    "repeat": "repeated|repeat|times|重复",
    "input": "input size|input shape|input image|input|输入尺寸|输入大小|输入图像|输入",
    "output": "output size|output shape|output|输出尺寸|输出大小|输出",
    "shortcut": "shortcut connection|skip connection|shortcut|residual connection|residual|skip|projection|"
    "捷径连接|快捷连接|跳跃连接|残差连接|捷径|残差",
}  # fmt: skip
# Words that say nothing a network is built from.
FILLERS = frozenset(
    "layer layers a an and of with the size rgb image images by then followed each all no using use same-size d in to per is"
    " total weight weights neurons nodes 层 的 和 为 个 图像 彩色 随后 大小 尺寸".split()
)
PLAIN_BIAS: Mapping[str, bool] = {"no bias": False, "without bias": False, "bias": True, "无偏置": False, "有偏置": True}

CEIL = ("ceil_mode=true", "ceil_mode = true", "ceil mode", "ceil_mode", "rounded up", "round up", "ceil", "向上取整")

# Heads of columns, to be compared with a head's words; the first that fits decides.
Head: TypeAlias = Literal["dilation", "groups", "repeat", "filter", "branch", "nl", "se", "expand", "exp size", "ignored"]
HEADS: tuple[tuple[str, Column | Head], ...] = (
    (r"^type ?/ ?stride$", "operation"),
    (r"^filter shape$", "filter"),
    (r"#\s*\d+\s*x\s*\d+|^pool proj", "branch"),
    (r"param|flop|\bmadds?\b|\bmacs?\b|memory|^ops$|^depth$|参数量|计算量|参数", "ignored"),
    (r"\bin(put)?[ _-]*(ch|channels?|c|planes)\b|输入通道", "ignored"),
    (r"\bin(put)?\b|输入", "input"),
    (r"out(put)?[ _-]*(c|ch|planes)\b|filters?$|#\s*(out|filters|maps)|channels?|\bmaps\b|\bwidth\b|^c$|通道|滤波器", "channels"),
    (r"out(put)?\b|feature map|输出|特征图", "output"),
    (r"kernel|filter size|patch|window|卷积核|核大小|\bk ?(size)?\b|receptive", "kernel"),
    (r"stride|步幅|步长|^s$", "stride"),
    (r"pad|填充|补零|^p$", "padding"),
    (r"short ?cut|skip|residual|捷径|残差|快捷|跳跃", "shortcut"),
    (r"^t$|expansion( factor| ratio)?$|扩展(因子|倍数|系数)|扩张系数", "expand"),
    (r"^exp\.?[ _-]*size$", "exp size"),
    (r"^nl$", "nl"),
    (r"^se$", "se"),
    (r"norm|activ|non-?linear|^bn|^then$|after|归一化|激活|非线性", "then"),
    (r"dilat|膨胀|空洞", "dilation"),
    (r"group|分组", "groups"),
    (r"repeat|^n$|^#$|times|重复", "repeat"),
    (r"operat|operator|^op$|type|config|structure|操作|运算|算子|类型|配置|结构", "operation"),
    (r"name|stage|^(no|index|id|idx)\.?$|^$|名称|阶段|编号|序号", "name"),
    (r"(?<!\d-)(?<!\d )(?<!weight )layer|block|module|层|模块", "operation"),
    (r"^(output )?(size|shape|resolution)$|尺寸|大小|形状", "output"),
)  # fmt: skip


BLOCKS = re.compile(
    r"dense[ _-]?block|稠密块|密集块|\b(?:fused[ -]?)?mb ?conv\d?|inverted (?:residual|bottleneck)|倒残差|bottle ?neck|bneck|瓶颈"
    r"|\bfire\d*\b|inception|ghost ?(?:module|bottleneck)|shuffle ?(?:unit|block)|\bse ?(?:block|layer|module)\b|transformer"
    r"|\baspp\b|\bsppf?\b|\bcbam\b|res(?:idual)? ?(?:block|unit)|残差块",
    re.I,
)
"""Blocks that are known by name, but of which the name alone does not say what is in them."""


_LISTS: Mapping[str, Mapping[str, str]] = {"o": _OPERATIONS, "a": _AFTERS, "k": _KEYS}  # type: ignore[dict-item]


def _pattern() -> re.Pattern[str]:
    """One alternation, longest spelling first; a word of ASCII letters ends where no letter follows."""
    found: list[tuple[int, str]] = []
    for kind, words in _LISTS.items():
        for number, spellings in enumerate(words.values()):
            for place, one in enumerate(spellings.split("|")):
                written = r"[\s_-]*".join(re.escape(part) for part in one.split())
                edge = r"(?![a-z])" if one[-1].isascii() and one[-1].isalpha() else ""
                edge = "(?!eck)" if one == "bn" else edge  # BN may stand glued to what follows; in bneck it is no norm
                found.append((len(one), f"(?P<{kind}{number}_{place}>{written}{edge})"))
    return re.compile("|".join(one for _length, one in sorted(found, reverse=True)))


_WORDS = _pattern()
_NAMES = {kind: tuple(words) for kind, words in _LISTS.items()}


def word_at(text: str, place: int) -> tuple[str, str, int] | None:
    """The known word at a place of a lower-case text: (``o`` operation, ``a`` after, ``k`` key; its name; where it ends)."""
    match = _WORDS.match(text, place)
    if match is None:
        return None
    group = str(match.lastgroup)
    return group[0], _NAMES[group[0]][int(group[1:].split("_")[0])], match.end()
