"""Feature pyramid cell: what the coarse level knows, added to what the fine level sees."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from blocks import knobs
from blocks.spec import BlockSpec, Knob, msg


class FPNCell(nn.Module):
    """Enlarge the coarse map, add the fine one, and smooth the sum.

    y = conv3x3(W fine + up(coarse))

    Args:
        in_channels: channels of the fine map.
        out_channels: C, channels of the pyramid.
        mode: "nearest" or "bilinear", how the coarse map is enlarged.
        smooth: whether a 3x3 convolution follows the sum.

    Shape:
        fine: (N, C_in, 2H, 2W), coarse: (N, C, H, W) -> (N, C, 2H, 2W)

    Source: Lin et al. 2017, arXiv:1612.03144, fig. 3.
    Differs: nothing.

    >>> import torch
    >>> FPNCell(64, 32)(torch.zeros(1, 64, 8, 8), torch.zeros(1, 32, 4, 4)).shape
    torch.Size([1, 32, 8, 8])
    """

    def __init__(self, in_channels: int, out_channels: int = 256, mode: str = "nearest", smooth: bool = True) -> None:
        super().__init__()
        self.mode = mode
        self.lateral = nn.Conv2d(in_channels, out_channels, 1)
        self.smooth = nn.Conv2d(out_channels, out_channels, 3, padding=1) if smooth else nn.Identity()

    def forward(self, fine: Tensor, coarse: Tensor) -> Tensor:
        enlarged = F.interpolate(coarse, size=fine.shape[2:], mode=self.mode)  # (N, C, 2H, 2W)
        y = self.lateral(fine) + enlarged  # (N, C, 2H, 2W)
        return self.smooth(y)


SPEC = BlockSpec(
    key="fpn_cell",
    title=msg("FPN cell"),
    about=(
        msg("Brings the knowledge of a deep, coarse level down to a level that still sees details."),
        msg("The coarse map is doubled in size, the fine one is brought to the same channels, and both are added."),
        msg("A row of such cells gives a detector strong features at every size."),
    ),
    formula="y = conv₃ₓ₃(W fine + up(coarse))",
    paper="Lin et al. 2017, arXiv:1612.03144",
    make=FPNCell,
    knobs=(
        knobs.in_channels(512),
        knobs.out_channels(256),
        Knob("mode", "nearest", msg("How the coarse map is enlarged."), choices=("nearest", "bilinear")),
        Knob("smooth", True, msg("Whether a 3 × 3 convolution follows the sum.")),
    ),
    inputs=(("batch", "in_channels", "2*height", "2*width"), ("batch", "out_channels", "height", "width")),
    sizes={"batch": 1, "height": 14, "width": 14},
)
