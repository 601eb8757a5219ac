"""Pictures to put into a module: samples that two dependencies ship inside their wheels, drawn patterns, uploads.

A picture is cut to the middle, to the shape that is wanted, and made as small as that. Nothing but its pixels is kept.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from math import exp
from pathlib import Path
from random import Random

from PIL import Image, ImageOps

from explainer.attention.records import Photo
from explainer.errors import InvalidInput
from explainer.types import Sentence, sentence

MAX_BYTES = 8 << 20
MAX_PIXELS = 24_000_000
MAX_SIDE = 224  # of what goes into a module
LARGEST_KEPT = 640  # of an upload, for the session
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_PATTERN_SIDE = 224


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture inside a wheel: the package, the path in it, what it shows and who made it."""

    package: str
    path: str
    title: Sentence
    credit: str


SAMPLES: Mapping[str, Sample] = {
    "cat": Sample("skimage", "data/chelsea.png", sentence("Cat"), "Stéfan van der Walt, CC0"),
    "astronaut": Sample("skimage", "data/astronaut.png", sentence("Astronaut"), "NASA, public domain"),
    "coffee": Sample("skimage", "data/coffee.png", sentence("Coffee"), "Rachel Michetti, CC0"),
    "rocket": Sample("skimage", "data/rocket.jpg", sentence("Rocket"), "SpaceX, public domain"),
    "flower": Sample("sklearn", "datasets/images/flower.jpg", sentence("Flower"), "vultilion, CC BY 2.0"),
    "temple": Sample("sklearn", "datasets/images/china.jpg", sentence("Temple"), "danielbuechele, CC BY 2.0"),
    "coins": Sample("skimage", "data/coins.png", sentence("Coins"), "Brooklyn Museum, no known restrictions"),
    "grass": Sample("skimage", "data/grass.png", sentence("Grass"), "linolafett, CC0"),
}  # fmt: skip


def _stripes(row: float, column: float) -> tuple[float, float, float]:
    light = 0.92 if int((row + column) * 12) % 2 else 0.1
    return light, light, light


def _blob(row: float, column: float) -> tuple[float, float, float]:
    near = exp(-((row - 0.36) ** 2 + (column - 0.62) ** 2) / 0.025)
    return 0.08 + 0.9 * near, 0.1 + 0.62 * near, 0.22 + 0.1 * near


def _checkerboard(row: float, column: float) -> tuple[float, float, float]:
    return (0.93, 0.93, 0.93) if (int(row * 8) + int(column * 8)) % 2 else (0.12, 0.12, 0.12)


PATTERNS: Mapping[str, Sentence] = {
    "stripes": sentence("Stripes"),
    "blob": sentence("Blob"),
    "checkerboard": sentence("Checks"),
    "noise": sentence("Noise"),
}
_DRAWN: Mapping[str, Callable[[float, float], tuple[float, float, float]]] = {
    "stripes": _stripes,
    "blob": _blob,
    "checkerboard": _checkerboard,
}
NAMES = (*SAMPLES, *PATTERNS)
OWN = "own"


def title_of(name: str) -> Sentence:
    """What a picture shows."""
    return SAMPLES[name].title if name in SAMPLES else PATTERNS.get(name) or sentence("Your picture")


def photo(name: str, height: int, width: int, own: bytes = b"") -> Photo:
    """The picture of this name in this shape, at most 224 on a side; ``own`` is what ``checked_upload`` made of an upload."""
    scale = min(1.0, MAX_SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return _photo(name, ImageOps.fit(_opened(name, own), size, Image.Resampling.LANCZOS))


def shown(name: str, height: int, width: int, side: int, own: bytes = b"") -> bytes:
    """The same cut for people: a JPEG whose longer side is ``side``."""
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    kept = BytesIO()
    ImageOps.fit(_opened(name, own), size, Image.Resampling.LANCZOS).save(kept, "JPEG", quality=88)
    return kept.getvalue()


def _photo(name: str, image: Image.Image) -> Photo:
    return Photo(name, image.height, image.width, b64encode(image.tobytes()).decode())


def _opened(name: str, own: bytes) -> Image.Image:
    if own:
        return _decoded(own)
    if name in SAMPLES:
        return _sample(name)
    if name in PATTERNS:
        return _pattern(name)
    raise InvalidInput("There is no picture called {name}.", name=name[:40])


@cache
def _sample(name: str) -> Image.Image:
    found = find_spec(SAMPLES[name].package)  # by its path: importing the package would take seconds
    if found is None or not found.submodule_search_locations:
        raise InvalidInput("{package} is not installed, and this picture is a part of it.", package=SAMPLES[name].package)
    return _decoded((Path(found.submodule_search_locations[0]) / SAMPLES[name].path).read_bytes())


@cache
def _pattern(name: str) -> Image.Image:
    image = Image.new("RGB", (_PATTERN_SIDE, _PATTERN_SIDE))
    chance = Random(0)  # noqa: S311 - a pattern, no secret
    pixels = []
    for row in range(_PATTERN_SIDE):
        for column in range(_PATTERN_SIDE):
            if name == "noise":
                pixels.append((chance.randrange(256), chance.randrange(256), chance.randrange(256)))
            else:
                colour = _DRAWN[name]((row + 0.5) / _PATTERN_SIDE, (column + 0.5) / _PATTERN_SIDE)
                pixels.append((round(255 * colour[0]), round(255 * colour[1]), round(255 * colour[2])))
    image.putdata(pixels)
    return image


def _decoded(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data)) as image:
        return image.convert("RGB")


def checked_upload(data: bytes) -> bytes:
    """An upload as a small PNG without anything but its pixels, turned as its camera held it; InvalidInput if it is no picture.

    It is a picture if it can be decoded, whatever its name says. What it would unpack to is known before it is unpacked.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInput(
            "This file has {size:,} KB; a picture may have {most:,} KB.", size=len(data) >> 10, most=MAX_BYTES >> 10
        )
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as image:
            _check_pixels(*image.size)
            turned = ImageOps.exif_transpose(image)
            plain = _on_white(turned)
    except InvalidInput:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except Exception:  # noqa: BLE001 - a decoder fed with what is no picture may raise anything
        raise InvalidInput("This file is no picture that can be read: PNG, JPEG, WebP, GIF, BMP and TIFF can.") from None
    plain.thumbnail((LARGEST_KEPT, LARGEST_KEPT), Image.Resampling.LANCZOS)
    bare = Image.frombytes("RGB", plain.size, plain.tobytes())
    kept = BytesIO()
    bare.save(kept, "PNG")
    return kept.getvalue()


def _check_pixels(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _too_many_pixels()


def _too_many_pixels() -> InvalidInput:
    return InvalidInput("This picture has more than {most:,} million pixels.", most=MAX_PIXELS // 1_000_000)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    if image.mode.startswith(("I", "F")):  # 16-bit and float greys: their own bounds become black and white
        levels = image.convert("F")
        low, high = (float(bound) for bound in levels.getextrema())  # type: ignore[arg-type]
        scale = 255 / (high - low) if high > low else 0.0
        return levels.point(lambda level: (level - low) * scale).convert("L").convert("RGB")
    return image.convert("RGB")
