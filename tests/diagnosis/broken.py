"""Healthy modules broken by hand, one change each, with the code of the line that must be named."""

from __future__ import annotations

from dataclasses import dataclass

from tests.diagnosis.healthy import HEALTHY, Healthy


@dataclass(frozen=True)
class Broken:
    """``old`` becomes ``new`` in a healthy source, at its first place; ``fails_at`` is part of the line that then fails."""

    key: str
    old: str
    new: str
    fails_at: str
    inputs: tuple[str, ...] = ()

    @property
    def healthy(self) -> Healthy:
        return HEALTHY[self.key]

    @property
    def source(self) -> str:
        assert self.old in self.healthy.source, self
        return self.healthy.source.replace(self.old, self.new, 1)

    @property
    def line(self) -> int:
        """The line that must be named."""
        return next(n for n, text in enumerate(self.source.splitlines(), start=1) if self.fails_at in text)


BROKEN: tuple[Broken, ...] = (
    # channels and features
    Broken("basic", "nn.Conv2d(out_channels, out_channels, 3, padding=1", "nn.Conv2d(in_channels, out_channels, 3, padding=1", "out = self.bn2(self.conv2"),
    Broken("basic", "self.bn1 = nn.BatchNorm2d(out_channels)", "self.bn1 = nn.BatchNorm2d(in_channels)", "self.bn1(self.conv1(x))"),
    Broken("basic", "nn.Conv2d(in_channels, out_channels, 1,", "nn.Conv2d(in_channels, in_channels, 1,", "self.shortcut(x)"),
    Broken("basic", "in_channels=32", "in_channels=16", "self.bn1(self.conv1(x))"),
    Broken("bottleneck", "nn.Conv2d(width, width, 3", "nn.Conv2d(width // 2, width, 3", "self.norm2(self.spatial(y))"),
    Broken("bottleneck", "self.expand = nn.Conv2d(width, channels, 1", "self.expand = nn.Conv2d(width, 2 * channels, 1", "self.norm3(self.expand(y))"),
    Broken("separable", "nn.Conv2d(in_channels, out_channels, 1", "nn.Conv2d(out_channels, out_channels, 1", "x = self.pointwise(x)"),
    Broken("separable", "self.norm = nn.BatchNorm2d(out_channels)", "self.norm = nn.BatchNorm2d(in_channels)", "self.norm(x)"),
    Broken("inverted", "nn.Conv2d(hidden, channels, 1", "nn.Conv2d(hidden, hidden, 1", "self.body(x)"),
    Broken("dense", "nn.Conv2d(channels + growth, growth", "nn.Conv2d(channels, growth", "z = F.relu(self.second(x))"),
    Broken("excite", "nn.Linear(channels // reduction, channels)", "nn.Linear(channels, channels)", "y = self.fc(y)"),
    Broken("excite", "nn.Linear(channels, channels // reduction)", "nn.Linear(channels // 2, channels // reduction)", "y = self.fc(y)"),
    Broken("classifier", "nn.Linear(32 * 8 * 8, 120)", "nn.Linear(32 * 16 * 16, 120)", "self.fc1(x)"),
    Broken("classifier", "nn.Linear(120, classes)", "nn.Linear(128, classes)", "self.fc2(x)"),
    Broken("lenet", "nn.Linear(16 * 4 * 4, 84)", "nn.Linear(16 * 5 * 5, 84)", "self.classifier(self.features(x))"),
    Broken("lenet", "nn.Conv2d(1, 6, 5)", "nn.Conv2d(3, 6, 5)", "self.classifier(self.features(x))"),
    Broken("attention", "self.qkv = nn.Linear(dim, dim * 3)", "self.qkv = nn.Linear(dim, dim * 2)", "qkv = self.qkv(x)"),
    Broken("attention", "self.proj = nn.Linear(dim, dim)", "self.proj = nn.Linear(dim * 2, dim)", "self.proj(out)"),
    Broken("attention", "dim=64, heads=4", "dim=64, heads=5", "qkv = self.qkv(x)"),
    Broken("encoder", "self.fc2 = nn.Linear(hidden, dim)", "self.fc2 = nn.Linear(dim, hidden)", "self.fc2(F.gelu"),
    Broken("encoder", "self.norm1 = nn.LayerNorm(dim)", "self.norm1 = nn.LayerNorm(hidden)", "y = self.norm1(x)"),
    Broken("encoder", "dim=32, heads=4", "dim=32, heads=5", "nn.MultiheadAttention"),
    Broken("tagger", "nn.Linear(2 * hidden, tags)", "nn.Linear(hidden, tags)", "self.head(x)"),
    Broken("tagger", "nn.LSTM(width, hidden", "nn.LSTM(hidden, hidden", "self.lstm(x)"),
    Broken("unet", "nn.Conv2d(width, 2 * width, 3", "nn.Conv2d(width, width, 3", "c = self.up(b)"),
    Broken("unet", "self.last = nn.Conv2d(2 * width", "self.last = nn.Conv2d(width", "self.last(y)"),
    Broken("mlp", "nn.Linear(hidden, hidden)]", "nn.Linear(features, hidden)]", "layer(x)"),
    Broken("mlp", "self.head = nn.Linear(hidden", "self.head = nn.Linear(features", "self.head(x)"),
    Broken("helpers", "self.norm = nn.BatchNorm2d(out_channels)", "self.norm = nn.BatchNorm2d(in_channels)", "self.norm(self.conv(x))"),
    Broken("helpers", "ConvNorm(out_channels, out_channels)", "ConvNorm(in_channels, out_channels)", "self.norm(self.conv(x))"),
    Broken("patches", "nn.Conv2d(3, dim, patch", "nn.Conv2d(1, dim, patch", "self.project(x)"),
    Broken("signal", "nn.Linear(64, classes)", "nn.Linear(32, classes)", "self.head(x)"),
    Broken("signal", "nn.BatchNorm1d(32)", "nn.BatchNorm2d(32)", "self.norm(self.conv1(x))"),
    # stride, padding, kernel
    Broken("basic", "nn.Conv2d(out_channels, out_channels, 3, padding=1", "nn.Conv2d(out_channels, out_channels, 3, stride=stride, padding=1", "out = out + self.shortcut(x)"),
    Broken("basic", "nn.Conv2d(in_channels, out_channels, 1, stride=stride", "nn.Conv2d(in_channels, out_channels, 1", "out = out + self.shortcut(x)"),
    Broken("basic", "nn.Conv2d(in_channels, out_channels, 1, stride=stride", "nn.Conv2d(in_channels, out_channels, 1, stride=stride, padding=1", "out = out + self.shortcut(x)"),
    Broken("bottleneck", "nn.Conv2d(width, width, 3, padding=1", "nn.Conv2d(width, width, 3", "self.act(x + y)"),
    Broken("bottleneck", "self.reduce = nn.Conv2d(channels, width, 1", "self.reduce = nn.Conv2d(channels, width, 1, padding=1", "self.act(x + y)"),
    Broken("bottleneck", "nn.Conv2d(width, width, 3, padding=1", "nn.Conv2d(width, width, 3, stride=2, padding=1", "self.act(x + y)"),
    Broken("inverted", "nn.Conv2d(hidden, hidden, 3, padding=1", "nn.Conv2d(hidden, hidden, 5, padding=1", "self.body(x)"),
    Broken("inverted", "nn.Conv2d(hidden, hidden, 3, padding=1", "nn.Conv2d(hidden, hidden, 3, dilation=2, padding=1", "self.body(x)"),
    Broken("inception", "nn.Conv2d(channels, 16, 5, padding=2)", "nn.Conv2d(channels, 16, 5)", "torch.cat([a, b, c, d]"),
    Broken("inception", "nn.MaxPool2d(3, stride=1, padding=1)", "nn.MaxPool2d(3, padding=1)", "torch.cat([a, b, c, d]"),
    Broken("spatial", "padding=kernel_size // 2", "padding=1", "x * weights"),
    Broken("unet", "nn.ConvTranspose2d(2 * width, width, 2, stride=2)", "nn.ConvTranspose2d(2 * width, width, 3, stride=2)", "torch.cat([a, c]"),
    Broken("unet", "F.max_pool2d(a, 2)", "F.max_pool2d(a, 3)", "torch.cat([a, c]"),
    Broken("unet", "nn.Conv2d(3, width, 3, padding=1)", "nn.Conv2d(3, width, 3)", "torch.cat([a, c]", ("1x3x33x33",)),
    Broken("helpers", "out_planes, 3, stride=stride, padding=1", "out_planes, 3, stride=stride", "y + self.skip(x)"),
    Broken("helpers", "1, stride=2, bias=False)", "1, bias=False)", "y + self.skip(x)"),
    Broken("lenet", "nn.Conv2d(6, 16, 5)", "nn.Conv2d(6, 16, 15)", "self.classifier(self.features(x))"),
    Broken("separable", "groups=in_channels", "groups=5", "groups=5"),
    # axes and forms
    Broken("classifier", "x = torch.flatten(x, 1)", "x = torch.flatten(x)", "self.fc1(x)"),
    Broken("classifier", "        x = torch.flatten(x, 1)\n", "", "self.fc1(x)"),
    Broken("lenet", "            nn.Flatten(),\n", "", "self.classifier(self.features(x))"),
    Broken("excite", ".view(b, c, 1, 1)", ".view(b, c)", "x * y"),
    Broken("excite", "self.pool(x).view(b, c)", "self.pool(x)", "self.fc(y)"),
    Broken("excite", "b, c, _, _ = x.shape", "b, c, _ = x.shape", "b, c, _ = x.shape"),
    Broken("excite", "AdaptiveAvgPool2d(1)", "AdaptiveAvgPool2d(2)", "self.pool(x).view(b, c)"),
    Broken("spatial", "x.mean(dim=1, keepdim=True)", "x.mean(dim=1)", "torch.cat([mean, top]"),
    Broken("spatial", "torch.cat([mean, top], dim=1)", "torch.cat([mean, top], dim=2)", "torch.sigmoid(self.conv("),
    Broken("dense", "x = torch.cat([x, y], dim=1)", "x = torch.cat([x, y], dim=2)", "x = torch.cat([x, y], dim=2)"),
    Broken("inception", "torch.cat([a, b, c, d], dim=1)", "torch.cat([a, b, c, d])", "torch.cat([a, b, c, d])"),
    Broken("attention", "k.transpose(-2, -1)", "k", "scores = q @ k"),
    Broken("attention", "out = (weights @ v).transpose(1, 2)", "out = (v @ weights).transpose(1, 2)", "(v @ weights)"),
    Broken("attention", "qkv.permute(2, 0, 3, 1, 4)", "qkv.permute(0, 2, 3, 1, 4)", "q, k, v = qkv.permute"),
    Broken("attention", "out = out.reshape(b, n, d)", "out = out.view(b, n, d)", "out = out.view(b, n, d)"),
    Broken("patches", ".flatten(2).transpose(1, 2)", ".flatten(2)", "torch.cat([token, x]"),
    Broken("patches", "self.token.expand(x.shape[0], -1, -1)", "self.token", "torch.cat([token, x]"),
    Broken("patches", "(size // patch) ** 2 + 1", "(size // patch) ** 2", "x = x + self.position"),
    Broken("signal", "x = x.mean(dim=2)", "x = x.mean(dim=1)", "self.head(x)"),
    Broken("signal", "        x = x.mean(dim=2)\n", "", "self.head(x)"),
    # Python
    Broken("classifier", "def forward(self, x)", "def foward(self, x)", "def foward(self, x)"),
    Broken("classifier", "super().__init__()", "super().__init__", "self.conv1 = nn.Conv2d"),
    Broken("classifier", "        super().__init__()\n", "", "self.conv1 = nn.Conv2d"),
    Broken("classifier", "def __init__(self, classes=10)", "def _init_(self, classes=10)", "def _init_"),
    Broken("classifier", "self.pool(F.relu(self.conv1(x)))", "self.pool(F.relu(self.conv_1(x)))", "self.conv_1(x)"),
    Broken("classifier", "self.pool(F.relu(self.conv1(x)))", "self.pool(F.relu(conv1(x)))", "F.relu(conv1(x))"),
    Broken("classifier", "nn.Conv2d(3, 16, 3, padding=1)", "nn.Conv2D(3, 16, 3, padding=1)", "nn.Conv2D"),
    Broken("classifier", "nn.Conv2d(3, 16, 3, padding=1)", "nn.Conv2d(3, 16, 3, paddings=1)", "paddings=1"),
    Broken("classifier", "nn.Conv2d(3, 16, 3, padding=1)", "nn.Conv2d(3, 16, padding=1)", "nn.Conv2d(3, 16, padding=1)"),
    Broken("classifier", "def forward(self, x)", "def forward(x)", "def forward(x)"),
    Broken("classifier", "return self.fc2(x)", "self.fc2(x)", "def forward(self, x)"),
    Broken("classifier", "x = F.relu(self.fc1(x))", "x = nn.ReLU(self.fc1(x))", "self.fc2(x)"),
    Broken("helpers", "        return F.relu(self.norm(self.conv(x)))", "        y = F.relu(self.norm(self.conv(x)))", "self.norm(self.conv(x))"),
    Broken("tagger", "x, _ = self.lstm(x)", "x = self.lstm(x)", "self.head(x)"),
    Broken("excite", "channels // reduction", "channels / reduction", "nn.Linear(channels, channels / reduction)"),
    Broken("mlp", "x = self.norm(x)", "h = self.norm(h)", "h = self.norm(h)"),
    # the input
    Broken("classifier", "class Classifier", "class Classifier", "self.conv1(x)", ("4x32x32x3",)),
    Broken("classifier", "class Classifier", "class Classifier", "self.fc1(x)", ("4x3x64x64",)),
    Broken("classifier", "class Classifier", "class Classifier", "self.fc1(x)", ("3x32x32",)),
    Broken("lenet", "class LeNet", "class LeNet", "self.features(x)", ("4x3x28x28",)),
    Broken("tagger", "class Tagger", "class Tagger", "self.table(tokens)", ("2x12",)),
    Broken("encoder", "class Encoder", "class Encoder", "y = self.norm1(x)", ("2x10x48",)),
)  # fmt: skip
