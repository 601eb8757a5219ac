"""An honest little paste, run in advance: it loads what the first real one would wait for, and touches the memory it will use."""

from __future__ import annotations

from explainer.paste.result import Request

_BLOCK = """
class Gate(nn.Module):
    def __init__(self, channels=8, reduction=2):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm = nn.BatchNorm2d(channels)
        self.fc = nn.Sequential(nn.Linear(channels, channels // reduction), nn.ReLU(), nn.Linear(channels // reduction, channels))

    def forward(self, x):
        y = F.relu(self.norm(self.conv(x)))
        gate = torch.sigmoid(self.fc(y.mean((2, 3)))).view(1, -1, 1, 1)
        return x + y * gate
"""


def rehearse() -> None:
    """Runs it; AssertionError if it does not work."""
    from explainer.paste.run import run_paste
    from explainer.seeding import Seeded

    with Seeded(0):
        assert run_paste(Request(_BLOCK)).works
