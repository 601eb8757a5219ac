"""A training of two batches, run in advance: it reads the digits and loads what torch loads on first use."""

from __future__ import annotations

from explainer.training.record import Finish, Recipe

_GATE = """
class Gate(nn.Module):
    def __init__(self, channels=8):
        super().__init__()
        self.fc = nn.Linear(channels, channels)

    def forward(self, x):
        return x * torch.sigmoid(self.fc(x.mean((2, 3))))[:, :, None, None]
"""


def rehearse() -> None:
    """Runs it; AssertionError if it does not come to its end."""
    import torch

    from explainer.training.run import train

    with torch.random.fork_rng(devices=()):
        *_steps, last = train(Recipe(paste=_GATE, epochs=1, per_class=10))
    assert isinstance(last, Finish)
