"""One small module for each hazard: with the line, and what is said about it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.diagnosis.cases import module


@dataclass(frozen=True)
class Risky:
    rule: str
    source: str
    inputs: tuple[str, ...]
    line: int
    said: str


SE = "class SE(nn.Module):\n    def __init__(self, channels=8, r=16):\n        super().__init__()\n        self.fc = nn.Sequential(nn.Linear(channels, channels // r, bias=False), nn.ReLU(), nn.Linear(channels // r, channels, bias=False), nn.Sigmoid())\n\n    def forward(self, x):\n        b, c, _, _ = x.shape\n        y = self.fc(x.mean((2, 3))).view(b, c, 1, 1)\n        return x * y\n"

RISKY: tuple[Risky, ...] = (
    Risky(
        "zero_width",
        SE,
        ("1x8x4x4",),
        4,
        "fc[0] has 0 output channels: its result is (1, 0), no number at all.",
    ),
    Risky(
        "silent_broadcast",
        module("return x + self.a(x)", "self.a = nn.Conv2d(8, 1, 3, padding=1)"),
        ("1x8x4x4",),
        7,
        "1 channel is added to 8: (1, 8, 4, 4) and (1, 1, 4, 4).",
    ),
    Risky(
        "silent_broadcast",
        module("y = self.a(x)\ny += x[:, :1]\nreturn y", "self.a = nn.Conv2d(8, 8, 3, padding=1)"),
        ("1x8x4x4",),
        8,
        "1 channel is added to 8: (1, 8, 4, 4) and (1, 1, 4, 4).",
    ),
    Risky(
        "silent_broadcast",
        module("return self.a(x) - x.mean(1)", "self.a = nn.Linear(8, 1)"),
        ("5x8",),
        7,
        "(5, 1) and (5,) give (5, 5).",
    ),
    Risky(
        "overwritten_input",
        module("y = F.relu(x, inplace=True)\nreturn self.a(y) + x", "self.a = nn.Conv2d(8, 8, 3, padding=1)"),
        ("1x8x4x4",),
        7,
        "relu overwrites the input x, which is read again later.",
    ),
    Risky(
        "overwritten_for_backward",
        module("y = torch.sigmoid(self.a(x))\ny *= 2\nreturn y", "self.a = nn.Linear(8, 8)"),
        ("5x8",),
        8,
        "mul_ overwrites a tensor that sigmoid keeps for its gradient.",
    ),
    Risky(
        "overwritten_for_backward",
        module("y = self.a(x)\nz = self.b(y)\ny += 1\nreturn y + z", "self.a = nn.Linear(8, 8)", "self.b = nn.Linear(8, 8)"),
        ("5x8",),
        10,
        "add_ overwrites a tensor that b keeps for its gradient.",
    ),
    Risky(
        "gate_twice",
        module("y = x * torch.sigmoid(self.a(x.mean((2, 3), keepdim=True)))\nreturn x * y", "self.a = nn.Conv2d(8, 8, 1)"),
        ("1x8x4x4",),
        8,
        "the gate of line 7 is already applied, and here the result is multiplied once more.",
    ),
    Risky(
        "gate_twice",
        module("w = torch.sigmoid(self.a(x.mean((2, 3), keepdim=True)))\nreturn x * w * w", "self.a = nn.Conv2d(8, 8, 1)"),
        ("1x8x4x4",),
        8,
        "the gate of line 8 is already applied, and here the result is multiplied once more.",
    ),
    Risky(
        "squashed_twice",
        module(
            "return x * torch.sigmoid(self.a(x.mean((2, 3), keepdim=True)))",
            "self.a = nn.Sequential(nn.Conv2d(8, 8, 1), nn.Sigmoid())",
        ),
        ("1x8x4x4",),
        7,
        "sigmoid is applied to what is already the result of one.",
    ),
    Risky(
        "softmax_axis",
        module("w = (x @ x.transpose(1, 2)).softmax(1)\nreturn w @ x"),
        ("2x5x8",),
        6,
        "softmax runs over axis 1 of (2, 5, 5), and the product behind it sums over axis 2.",
    ),
    Risky(
        "softmax_axis",
        module("return torch.softmax(self.a(x), 0)", "self.a = nn.Linear(8, 3)"),
        ("4x8",),
        7,
        "softmax runs over axis 0 of (4, 3): the batch.",
    ),
    Risky(
        "softmax_axis",
        module("return x * torch.softmax(self.a(x), 1)", "self.a = nn.Conv2d(8, 1, 1)"),
        ("1x8x4x4",),
        7,
        "softmax runs over axis 1 of (1, 1, 4, 4), which has one entry.",
    ),
    Risky(
        "never_called",
        module("return self.a(x)", "self.a = nn.Linear(8, 8)", "self.b = nn.Linear(8, 8)"),
        ("4x8",),
        5,
        "b is built and never called.",
    ),
    Risky(
        "never_called",
        module("return self.a(x)", "self.a = nn.Linear(8, 8)", "self.drop = nn.Dropout(0.5)"),
        ("4x8",),
        5,
        "drop is built and never called.",
    ),
    Risky(
        "dead_result",
        module("y = self.b(x)\nreturn self.a(x)", "self.a = nn.Linear(8, 8)", "self.b = nn.Linear(8, 8)"),
        ("4x8",),
        8,
        "what b computes here reaches no output.",
    ),
    Risky(
        "dead_parameter",
        module("return self.a(x)", "self.a = nn.Linear(8, 8)", "self.scale = nn.Parameter(torch.ones(8))"),
        ("4x8",),
        5,
        "the parameter scale is never read.",
    ),
    Risky(
        "unregistered",
        module("for layer in self.layers:\n    x = layer(x)\nreturn x", "self.layers = [nn.Linear(8, 8), nn.Linear(8, 8)]"),
        ("4x8",),
        8,
        "linear runs with weights that the module does not know.",
    ),
    Risky(
        "unregistered",
        module("return nn.Linear(8, 8)(x)"),
        ("4x8",),
        6,
        "linear runs with weights that the module does not know.",
    ),
    Risky(
        "shared_statistics",
        module(
            "return self.bn(self.b(F.relu(self.bn(self.a(x)))))",
            "self.a = nn.Conv2d(8, 8, 3, bias=False)",
            "self.b = nn.Conv2d(8, 8, 3, bias=False)",
            "self.bn = nn.BatchNorm2d(8)",
        ),
        ("1x8x9x9",),
        9,
        "bn is used 2 times in one forward.",
    ),
    Risky(
        "batch_norm_one_value",
        module("return self.bn(x.mean((2, 3), keepdim=True))", "self.bn = nn.BatchNorm2d(8)"),
        ("1x8x9x9",),
        7,
        "bn sees one value per channel, (1, 8, 1, 1), because the batch is 1.",
    ),
    Risky(
        "bias_before_norm",
        module("return self.bn(self.a(x))", "self.a = nn.Conv2d(8, 8, 3)", "self.bn = nn.BatchNorm2d(8)"),
        ("1x8x9x9",),
        4,
        "a has a bias, and bn behind it takes every channel's mean away.",
    ),
    Risky(
        "bias_before_norm",
        module(
            "for a, b in zip(self.a, self.b):\n    x = b(a(x))\nreturn x",
            "self.a = nn.ModuleList([nn.Conv2d(8, 8, 3) for _ in range(2)])",
            "self.b = nn.ModuleList([nn.BatchNorm2d(8) for _ in range(2)])",
        ),
        ("1x8x9x9",),
        4,
        "2 convolutions built here have a bias (a[0], a[1]), and the norm behind each takes every channel's mean away.",
    ),
    Risky(
        "dropped_edge",
        module("return self.p(x)", "self.p = nn.MaxPool2d(2)"),
        ("1x8x7x8",),
        7,
        "p never reads the last 1 of 7 positions along axis 2.",
    ),
    Risky(
        "dropped_edge",
        module("return self.p(x)", "self.p = nn.Conv2d(8, 8, 7, stride=3)"),
        ("1x8x27x27",),
        7,
        "p never reads the last 2 of 27 positions along axis 2.",
    ),
    Risky(
        "checkerboard",
        module("return self.p(x)", "self.p = nn.ConvTranspose2d(8, 8, 3, stride=2)"),
        ("1x8x7x8",),
        7,
        "p has kernel 3 and stride 2.",
    ),
    Risky(
        "even_kernel",
        module("return self.p(x)", "self.p = nn.Conv2d(8, 8, 4, padding=2)"),
        ("1x8x7x8",),
        7,
        "p has an even kernel of 4 with padding.",
    ),
)
