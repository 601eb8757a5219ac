"""What people bring, to open with one click: our own code with the damage that forums do."""

from __future__ import annotations

from explainer.types import Sentence, sentence

_GATE = (
    "class ChannelGate(nn.Module): def __init__(self, channels, reduction=4): super().__init__()"
    " hidden = max(channels // reduction, 1) # never empty self.squeeze = nn.AdaptiveAvgPool2d(1)"
    " self.excite = nn.Sequential( nn.Conv2d(channels, hidden, 1), nn.ReLU(inplace=True),"
    " nn.Conv2d(hidden, channels, 1), nn.Sigmoid() ) def forward(self, x):"
    " weights = self.excite(self.squeeze(x)) return x * weights"
)
_RESIDUAL = """class DownBlock(nn.Module):
    def __init__(self, in_channels=64, out_channels=128, stride=2):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
            nn.BatchNorm2d(out_channels),
        )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out)
"""
_LAYER = "self.conv1 = nn.Conv2d(3, 16, kernel_size=5, stride=2)   32*32"
_SCRIPT = """x = torch.randn(4, 3, 30, 30)
halved = nn.MaxPool2d(2)(x)
rounded_up = nn.MaxPool2d(4, ceil_mode=True)(x)
fixed = nn.AdaptiveAvgPool2d((5, 7))(x)
vector = fixed.flatten(1)
"""
_ATTENTION = """class TokenMixer(nn.Module):
    def __init__(self, dim=64, heads=4):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, dim * 3)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) / (d // self.heads) ** 0.5).softmax(dim=-1)
        out = (weights @ v).transpose(1, 2).reshape(b, n, d)
        return x + self.proj(out)
"""

EXAMPLES: tuple[tuple[str, Sentence, str], ...] = (
    ("one-line", sentence("A gate whose line breaks are lost"), _GATE),
    ("residual", sentence("A residual block that fails"), _RESIDUAL),
    ("attention", sentence("Self-attention"), _ATTENTION),
    ("layer", sentence("One line, and a size behind it"), _LAYER),
    ("script", sentence("A script without a class"), _SCRIPT),
)
