"""The fixed first layer: a picture becomes as many channels as a module takes, by filters that nobody has trained.

Three channels are the picture's own colours, as networks for ImageNet expect them. Any other number is a bank of filters:
brightness and two colour contrasts, blur and spots at three widths, then edges and lines at three widths in evenly spaced
directions, as many as are wanted. A rectifier follows, so a channel tells how much of its feature is there.
"""

from __future__ import annotations

import math
from base64 import b64decode
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

from explainer.attention.records import Feed, Photo
from explainer.types import Shape

_WIDTHS = (0.8, 1.4, 2.2)
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, as torchvision and timm use them
_CONTRASTS = ((0.299, 0.587, 0.114), (0.5, -0.5, 0.0), (-0.25, -0.25, 0.5))  # brightness, red against green, blue against yellow
_GAIN, _CONTRAST_GAIN = 2.0, 6.0  # so that a photograph's brightness and its edges are both of the order of 1
_PATCH = 8


def feed_of(shape: Shape, dtype: str) -> Feed:
    """How an input of this shape is made from a picture."""
    if not dtype.startswith(("float", "bfloat")):
        return "numbers"
    if len(shape) == 4:
        return "colours" if shape[1] == 3 else "stem"
    return {3: "tokens", 2: "vector"}.get(len(shape), "noise")  # type: ignore[return-value]


def fed(pictures: Tensor, shape: Shape, dtype: str, generator: torch.Generator) -> Tensor:
    """The input of this shape for pictures (N, 3, h, w) between 0 and 1; its first axis is N. Tokens are patches, row by row."""
    feed, kind, count = feed_of(shape, dtype), getattr(torch, dtype, torch.float32), len(pictures)
    if feed == "numbers":
        return torch.randint(0, 2, (count, *shape[1:]), generator=generator).to(kind)
    if feed == "noise":
        return torch.randn(count, *shape[1:], generator=generator).to(kind)
    if feed in ("stem", "colours"):
        return filtered(_resized(pictures, *shape[2:]), shape[1]).to(kind)
    if feed == "vector":
        return filtered(_resized(pictures, 32, 32), shape[1]).mean((2, 3)).to(kind)
    return _tokens(pictures, shape[1], shape[2]).to(kind)


def _tokens(pictures: Tensor, length: int, width: int) -> Tensor:
    rows, columns, has_class = token_places(length)
    maps = filtered(_resized(pictures, rows * _PATCH, columns * _PATCH), width)
    tokens = F.avg_pool2d(maps, _PATCH).flatten(2).transpose(1, 2)
    return torch.cat((tokens.mean(1, keepdim=True), tokens), 1) if has_class else tokens


def token_places(length: int) -> tuple[int, int, bool]:
    """The rows and columns in which a number of tokens lies on a picture, and whether one more stands before them.

    >>> token_places(16), token_places(197), token_places(12), token_places(7)
    ((4, 4, False), (14, 14, True), (3, 4, False), (1, 7, False))
    """
    if math.isqrt(length) ** 2 != length and length > 2 and math.isqrt(length - 1) ** 2 == length - 1:
        return math.isqrt(length - 1), math.isqrt(length - 1), True
    rows = next((rows for rows in range(math.isqrt(length), 0, -1) if length % rows == 0), 1)
    return rows, length // rows, False


def tensor_of(photos: tuple[Photo, ...]) -> Tensor:
    """Pictures of one shape as (N, 3, h, w) between 0 and 1."""
    stacked = [
        torch.frombuffer(bytearray(b64decode(photo.pixels)), dtype=torch.uint8).reshape(photo.height, photo.width, 3)
        for photo in photos
    ]
    return torch.stack(stacked).permute(0, 3, 1, 2).float() / 255


def _resized(pictures: Tensor, height: int, width: int) -> Tensor:
    if tuple(pictures.shape[2:]) == (height, width):
        return pictures
    return F.interpolate(pictures, (height, width), mode="bilinear", antialias=True, align_corners=False).clamp(0, 1)


def filtered(pictures: Tensor, channels: int) -> Tensor:
    """The channels of pictures (N, 3, H, W): (N, channels, H, W)."""
    if channels == 3:
        return (pictures - torch.tensor(_MEAN).view(1, 3, 1, 1)) / torch.tensor(_DEVIATION).view(1, 3, 1, 1)
    made = []
    for kernels in _bank(channels):
        reach = kernels.shape[-1] // 2
        framed = F.pad(pictures, (reach,) * 4, mode="replicate")
        made.append(F.conv2d(framed, kernels))
    return (torch.cat(made, 1)[:, _order(channels)] * _GAIN).relu()


@cache
def _bank(channels: int) -> tuple[Tensor, ...]:
    """The kernels by their width: the colours, then what each width adds."""
    colours = torch.tensor(_CONTRASTS).view(3, 3, 1, 1)
    left = max(0, channels - 3)
    plain = [_luminance(kernel) for width in _WIDTHS for kernel in (_blur(width), _spot(width))][:left]
    directions = math.ceil(max(0, left - len(plain)) / (2 * len(_WIDTHS)))
    oriented = [
        _luminance(kernel)
        for turn in range(directions)
        for width in _WIDTHS
        for kernel in (_edge(width, math.pi * turn / directions), _line(width, math.pi * turn / directions))
    ][: left - len(plain)]
    by_size: dict[int, list[Tensor]] = {}
    for kernel in (*plain, *oriented):
        by_size.setdefault(kernel.shape[-1], []).append(kernel)
    return (colours[:channels], *(torch.stack(by_size[size]) for size in sorted(by_size)))


@cache
def _order(channels: int) -> Tensor:
    """Where each channel is among the results of the bank, which lie width by width."""
    sizes = [kernels.shape[0] for kernels in _bank(channels)[1:]]
    starts = [min(3, channels) + sum(sizes[:place]) for place in range(len(sizes))]
    order = list(range(min(3, channels)))
    taken = [0] * len(sizes)
    for number in range(max(0, channels - 3)):
        place = (number % 6) // 2
        order.append(starts[place] + taken[place])
        taken[place] += 1
    return torch.tensor(order)


def _luminance(kernel: Tensor) -> Tensor:
    """A kernel on the brightness of a picture."""
    return torch.tensor(_CONTRASTS[0]).view(3, 1, 1) * kernel


def _places(width: float) -> tuple[Tensor, Tensor]:
    reach = math.ceil(2.5 * width)
    axis = torch.arange(-reach, reach + 1, dtype=torch.float32)
    rows, columns = torch.meshgrid(axis, axis, indexing="ij")
    return rows, columns


def _blur(width: float) -> Tensor:
    rows, columns = _places(width)
    bell = torch.exp(-(rows**2 + columns**2) / (2 * width**2))
    return bell / bell.sum()


def _spot(width: float) -> Tensor:
    """Light in the middle of dark: a bell minus one of twice its width."""
    rows, columns = _places(width)
    square = rows**2 + columns**2
    return _balanced(torch.exp(-square / (2 * width**2)) - torch.exp(-square / (8 * width**2)) / 4)


def _edge(width: float, angle: float) -> Tensor:
    """Dark on one side, light on the other, across a direction."""
    rows, columns = _places(width)
    across = rows * math.sin(angle) + columns * math.cos(angle)
    return _balanced(across * torch.exp(-(rows**2 + columns**2) / (2 * width**2)))


def _line(width: float, angle: float) -> Tensor:
    """Light in the middle, dark on both sides, across a direction."""
    rows, columns = _places(width)
    across = rows * math.sin(angle) + columns * math.cos(angle)
    return _balanced((1 - across**2 / width**2) * torch.exp(-(rows**2 + columns**2) / (2 * width**2)))


def _balanced(kernel: Tensor) -> Tensor:
    """Nothing of a plain surface, and weights whose sizes make 6."""
    kernel = kernel - kernel.mean()
    return kernel * (_CONTRAST_GAIN / kernel.abs().sum())
