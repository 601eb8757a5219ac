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

_BROKEN = """
class Broken(nn.Module):
    def __init__(self, channels=8):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x):
        out = self.conv(x)
        out += x
        return out
"""


def rehearse() -> None:
    """Runs it; AssertionError if it does not work."""
    from explainer.paste.run import run_paste
    from explainer.seeding import Seeded

    with Seeded(0):
        assert run_paste(Request(_BLOCK)).works


def rehearse_damaged() -> None:
    """Runs it without its line breaks: the repair reads its weights on first use."""
    from explainer.paste.run import run_paste
    from explainer.seeding import Seeded

    with Seeded(0):
        assert run_paste(Request(" ".join(_BLOCK.split()))).works


def rehearse_failing() -> None:
    """Runs one that cannot work: torch loads what it needs for its complaints only when it complains."""
    from explainer.paste.run import run_paste
    from explainer.seeding import Seeded

    with Seeded(0):
        result = run_paste(Request(_BROKEN, want_fixes=False))  # a search for fixes takes a second
    assert result.trace is not None
    assert result.trace.failure is not None
    assert result.trace.failure.line == 9
