"""Small modules of every kind, as text: healthy as they stand, and each broken in many ways by ``broken.py``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Healthy:
    """A source with what to build it with and what to feed it; ``inputs`` as the command line writes them."""

    source: str
    inputs: tuple[str, ...]
    arguments: tuple[tuple[str, str], ...] = ()


_HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\n\n"

BASIC = """class BasicBlock(nn.Module):
    def __init__(self, in_channels=32, out_channels=64, stride=2):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out = out + self.shortcut(x)
        return F.relu(out)
"""

BOTTLENECK = """class Bottleneck(nn.Module):
    def __init__(self, channels=256, width=64):
        super().__init__()
        self.reduce = nn.Conv2d(channels, width, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.spatial = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.expand = nn.Conv2d(width, channels, 1, bias=False)
        self.norm3 = nn.BatchNorm2d(channels)
        self.act = nn.ReLU()

    def forward(self, x):
        y = self.act(self.norm1(self.reduce(x)))
        y = self.act(self.norm2(self.spatial(y)))
        y = self.norm3(self.expand(y))
        return self.act(x + y)
"""

EXCITE = """class Excite(nn.Module):
    def __init__(self, channels=64, reduction=16):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(channels, channels // reduction),
            nn.ReLU(),
            nn.Linear(channels // reduction, channels),
            nn.Sigmoid(),
        )

    def forward(self, x):
        b, c, _, _ = x.shape
        y = self.pool(x).view(b, c)
        y = self.fc(y).view(b, c, 1, 1)
        return x * y
"""

SPATIAL = """class SpatialGate(nn.Module):
    def __init__(self, kernel_size=7):
        super().__init__()
        self.conv = nn.Conv2d(2, 1, kernel_size, padding=kernel_size // 2, bias=False)

    def forward(self, x):
        mean = x.mean(dim=1, keepdim=True)
        top = x.amax(dim=1, keepdim=True)
        weights = torch.sigmoid(self.conv(torch.cat([mean, top], dim=1)))
        return x * weights
"""

CLASSIFIER = """class Classifier(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(32 * 8 * 8, 120)
        self.fc2 = nn.Linear(120, classes)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = self.pool(F.relu(self.conv2(x)))
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        return self.fc2(x)
"""

LENET = """class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(6, 16, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(16 * 4 * 4, 84),
            nn.ReLU(),
            nn.Linear(84, 10),
        )

    def forward(self, x):
        return self.classifier(self.features(x))
"""

SEPARABLE = """class Separable(nn.Module):
    def __init__(self, in_channels=32, out_channels=64):
        super().__init__()
        self.depthwise = nn.Conv2d(in_channels, in_channels, 3, padding=1, groups=in_channels, bias=False)
        self.pointwise = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.norm = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        x = self.depthwise(x)
        x = self.pointwise(x)
        return F.relu6(self.norm(x))
"""

INVERTED = """class Inverted(nn.Module):
    def __init__(self, channels=24, expansion=4):
        super().__init__()
        hidden = channels * expansion
        self.body = nn.Sequential(
            nn.Conv2d(channels, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.Hardswish(),
            nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.Hardswish(),
            nn.Conv2d(hidden, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x):
        return x + self.body(x)
"""

DENSE = """class DenseLayers(nn.Module):
    def __init__(self, channels=32, growth=16):
        super().__init__()
        self.first = nn.Conv2d(channels, growth, 3, padding=1)
        self.second = nn.Conv2d(channels + growth, growth, 3, padding=1)

    def forward(self, x):
        y = F.relu(self.first(x))
        x = torch.cat([x, y], dim=1)
        z = F.relu(self.second(x))
        return torch.cat([x, z], dim=1)
"""

INCEPTION = """class Branches(nn.Module):
    def __init__(self, channels=64):
        super().__init__()
        self.one = nn.Conv2d(channels, 32, 1)
        self.three = nn.Conv2d(channels, 32, 3, padding=1)
        self.five = nn.Conv2d(channels, 16, 5, padding=2)
        self.pool = nn.MaxPool2d(3, stride=1, padding=1)
        self.after = nn.Conv2d(channels, 16, 1)

    def forward(self, x):
        a = self.one(x)
        b = self.three(x)
        c = self.five(x)
        d = self.after(self.pool(x))
        return torch.cat([a, b, c, d], dim=1)
"""

ATTENTION = """class Attention(nn.Module):
    def __init__(self, dim=64, heads=4):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, dim * 3)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        b, n, d = x.shape
        qkv = self.qkv(x).reshape(b, n, 3, self.heads, d // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) / (d // self.heads) ** 0.5
        weights = scores.softmax(dim=-1)
        out = (weights @ v).transpose(1, 2)
        out = out.reshape(b, n, d)
        return self.proj(out)
"""

ENCODER = """class Encoder(nn.Module):
    def __init__(self, dim=32, heads=4, hidden=64):
        super().__init__()
        self.attention = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.norm1 = nn.LayerNorm(dim)
        self.norm2 = nn.LayerNorm(dim)
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x):
        y = self.norm1(x)
        y, _ = self.attention(y, y, y)
        x = x + y
        y = self.norm2(x)
        y = self.fc2(F.gelu(self.fc1(y)))
        return x + y
"""

TAGGER = """class Tagger(nn.Module):
    def __init__(self, vocabulary=100, width=32, hidden=24, tags=5):
        super().__init__()
        self.table = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * hidden, tags)

    def forward(self, tokens):
        x = self.table(tokens)
        x, _ = self.lstm(x)
        return self.head(x)
"""

UNET = """class TinyUNet(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.down = nn.Conv2d(3, width, 3, padding=1)
        self.middle = nn.Conv2d(width, 2 * width, 3, padding=1)
        self.up = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.last = nn.Conv2d(2 * width, 1, 3, padding=1)

    def forward(self, x):
        a = F.relu(self.down(x))
        b = F.max_pool2d(a, 2)
        b = F.relu(self.middle(b))
        c = self.up(b)
        y = torch.cat([a, c], dim=1)
        return self.last(y)
"""

MLP = """class Mlp(nn.Module):
    def __init__(self, features=64, hidden=128, classes=10):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(features, hidden), nn.Linear(hidden, hidden)])
        self.norm = nn.LayerNorm(hidden)
        self.head = nn.Linear(hidden, classes)

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        x = self.norm(x)
        return self.head(x)
"""

HELPERS = """def conv3x3(in_planes, out_planes, stride=1):
    return nn.Conv2d(in_planes, out_planes, 3, stride=stride, padding=1, bias=False)


class ConvNorm(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv = conv3x3(in_channels, out_channels, stride)
        self.norm = nn.BatchNorm2d(out_channels)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))


class Stage(nn.Module):
    def __init__(self, in_channels=16, out_channels=32):
        super().__init__()
        self.first = ConvNorm(in_channels, out_channels, stride=2)
        self.second = ConvNorm(out_channels, out_channels)
        self.skip = nn.Conv2d(in_channels, out_channels, 1, stride=2, bias=False)

    def forward(self, x):
        y = self.first(x)
        y = self.second(y)
        return y + self.skip(x)
"""

PATCHES = """class PatchEmbedding(nn.Module):
    def __init__(self, size=32, patch=8, dim=48):
        super().__init__()
        self.project = nn.Conv2d(3, dim, patch, stride=patch)
        self.token = nn.Parameter(torch.zeros(1, 1, dim))
        self.position = nn.Parameter(torch.zeros(1, (size // patch) ** 2 + 1, dim))
        self.norm = nn.LayerNorm(dim)

    def forward(self, x):
        x = self.project(x).flatten(2).transpose(1, 2)
        token = self.token.expand(x.shape[0], -1, -1)
        x = torch.cat([token, x], dim=1)
        x = x + self.position
        return self.norm(x)
"""

CONV1D = """class Signal(nn.Module):
    def __init__(self, channels=8, classes=4):
        super().__init__()
        self.conv1 = nn.Conv1d(channels, 32, 5, padding=2)
        self.norm = nn.BatchNorm1d(32)
        self.conv2 = nn.Conv1d(32, 64, 5, stride=2, padding=2)
        self.head = nn.Linear(64, classes)

    def forward(self, x):
        x = F.relu(self.norm(self.conv1(x)))
        x = F.relu(self.conv2(x))
        x = x.mean(dim=2)
        return self.head(x)
"""

HEALTHY: dict[str, Healthy] = {
    "basic": Healthy(_HEAD + BASIC, ("1x32x56x56",)),
    "bottleneck": Healthy(_HEAD + BOTTLENECK, ("1x256x14x14",)),
    "excite": Healthy(_HEAD + EXCITE, ("2x64x14x14",)),
    "spatial": Healthy(_HEAD + SPATIAL, ("2x64x14x14",)),
    "classifier": Healthy(_HEAD + CLASSIFIER, ("4x3x32x32",)),
    "lenet": Healthy(_HEAD + LENET, ("4x1x28x28",)),
    "separable": Healthy(_HEAD + SEPARABLE, ("1x32x28x28",)),
    "inverted": Healthy(_HEAD + INVERTED, ("1x24x28x28",)),
    "dense": Healthy(_HEAD + DENSE, ("1x32x28x28",)),
    "inception": Healthy(_HEAD + INCEPTION, ("1x64x28x28",)),
    "attention": Healthy(_HEAD + ATTENTION, ("2x10x64",)),
    "encoder": Healthy(_HEAD + ENCODER, ("2x10x32",)),
    "tagger": Healthy(_HEAD + TAGGER, ("2x12:int64",)),
    "unet": Healthy(_HEAD + UNET, ("1x3x32x32",)),
    "mlp": Healthy(_HEAD + MLP, ("4x64",)),
    "helpers": Healthy(_HEAD + HELPERS, ("1x16x28x28",)),
    "patches": Healthy(_HEAD + PATCHES, ("2x3x32x32",)),
    "signal": Healthy(_HEAD + CONV1D, ("2x8x100",)),
}
