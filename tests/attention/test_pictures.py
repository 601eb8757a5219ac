"""Samples, patterns, uploads, and the stem that makes channels of them."""

from __future__ import annotations

import io
import struct
import zlib
from base64 import b64decode

import pytest
import torch
from PIL import Image, PngImagePlugin

from explainer.attention import pictures
from explainer.attention.stem import fed, feed_of, filtered, tensor_of, token_places
from explainer.errors import InvalidInput


def as_file(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("name", pictures.NAMES)
def test_every_sample_and_pattern_is_there_in_any_shape(name):
    for height, width in ((7, 7), (24, 40), (300, 200)):
        photo = pictures.photo(name, height, width)
        assert max(photo.height, photo.width) <= pictures.MAX_SIDE
        assert photo.height / photo.width == pytest.approx(height / width, rel=0.1)
        assert len(b64decode(photo.pixels)) == 3 * photo.height * photo.width
    assert len(set(b64decode(photo.pixels))) > 1


def test_a_picture_is_cut_to_its_middle_and_not_squeezed():
    image = Image.new("RGB", (300, 100), "red")
    image.paste("blue", (100, 0, 200, 100))
    photo = pictures.photo("own", 10, 10, as_file(image))
    rows = b64decode(photo.pixels)
    assert [rows[3 * 10 * row + 15 : 3 * 10 * row + 18] for row in range(10)] == [bytes((0, 0, 255))] * 10
    assert min(rows[2::3]) > 200  # blue from edge to edge


def test_a_name_that_is_no_picture_gets_a_sentence():
    with pytest.raises(InvalidInput, match=r"no picture called \.\./\.\./etc/passwd"):
        pictures.photo("../../etc/passwd", 8, 8)


def test_an_upload_is_turned_as_its_camera_held_it_and_keeps_nothing_else():
    image = Image.new("RGB", (40, 20), "white")
    image.paste("black", (0, 0, 20, 20))  # the left half
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned to the right
    exif[0x010E] = "Where I live"
    kept = pictures.checked_upload(as_file(image, "JPEG", exif=exif, quality=95))
    found = opened(kept)
    assert found.size == (20, 40)
    assert found.getpixel((10, 5))[0] < 40 < 200 < found.getpixel((10, 35))[0]
    assert not found.info
    assert not found.getexif()
    assert b"Where I live" not in kept


def test_the_text_of_a_png_is_not_kept():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "somebody")
    assert b"somebody" not in pictures.checked_upload(as_file(Image.new("L", (9, 9), 90), pnginfo=notes))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("RGBA", (4, 4), (0, 0, 0, 0)), (255, 255, 255)),
        (Image.new("LA", (4, 4), (10, 255)), (10, 10, 10)),
        (Image.new("1", (4, 4), 1), (255, 255, 255)),
        (Image.new("P", (4, 4)), (0, 0, 0)),
        (Image.new("CMYK", (4, 4), (0, 0, 0, 255)), (0, 0, 0)),
    ],
    ids=["transparent is white", "grey with alpha", "black and white", "palette", "print colours"],
)
def test_every_mode_becomes_plain_colours(image, expected):
    kind = "TIFF" if image.mode == "CMYK" else "PNG"
    assert opened(pictures.checked_upload(as_file(image, kind))).getpixel((1, 1)) == expected


def test_sixteen_bit_greys_are_spread_between_black_and_white():
    image = Image.new("I;16", (2, 1))
    image.putpixel((0, 0), 1000)
    image.putpixel((1, 0), 1200)
    found = opened(pictures.checked_upload(as_file(image)))
    assert [found.getpixel((x, 0)) for x in (0, 1)] == [(0, 0, 0), (255, 255, 255)]


def test_a_large_picture_is_made_small():
    assert max(opened(pictures.checked_upload(as_file(Image.new("RGB", (2000, 900), "green")))).size) == pictures.LARGEST_KEPT


def claiming(width: int, height: int) -> bytes:
    """A PNG that says it is this large; its data would be zeros."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


HOSTILE = {
    "a web page": (b"<html><script>alert(1)</script></html>", "no picture that can be read"),
    "a drawing with a script": (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "no picture that can be read"),
    "nothing": (b"", "no picture that can be read"),
    "half a picture": (as_file(Image.effect_noise((64, 64), 50))[:900], "no picture that can be read"),
    "a head without a body": (claiming(50, 50), "no picture that can be read"),
    "a hundred million pixels": (claiming(10_000, 10_000), "more than 24 million pixels"),
    "more than memory": (claiming(2_000_000, 2_000_000), "no picture that can be read|24 million pixels"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture that can be read"),
    "too long": (bytes(pictures.MAX_BYTES + 1), "a picture may have"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_upload_that_is_no_picture_gets_a_sentence(name):
    data, sentence = HOSTILE[name]
    with pytest.raises(InvalidInput, match=sentence):
        pictures.checked_upload(data)


# The stem


@pytest.mark.parametrize("channels", [1, 2, 4, 8, 9, 64, 65, 300])
def test_the_stem_gives_as_many_different_channels_as_are_wanted(channels):
    x = tensor_of((pictures.photo("cat", 20, 30), pictures.photo("stripes", 20, 30)))
    made = filtered(x, channels)
    assert made.shape == (2, channels, 20, 30)
    assert float(made.min()) >= 0
    rows = made[0].flatten(1)
    if channels > 3:
        assert len({tuple(row) for row in rows.tolist()}) >= min(channels, 60)


def test_a_plain_surface_has_brightness_and_colour_but_no_edges():
    grey = torch.full((1, 3, 16, 16), 0.5)
    made = filtered(grey, 32)[0].amax((1, 2))
    blurs = {0, 3, 5, 7}
    for channel in range(32):
        if channel in blurs:
            assert float(made[channel]) == pytest.approx(1.0, abs=1e-4)
        else:
            assert float(made[channel]) == pytest.approx(0.0, abs=1e-4)


def test_upright_stripes_are_seen_by_upright_edges():
    x = torch.zeros(1, 3, 16, 16)
    x[..., 8:] = 1
    made = filtered(x, 32)[0]
    first_edges = made[9].amax()  # the first direction: dark on the left, light on the right
    assert float(first_edges) > 5 * float(filtered(x.transpose(2, 3), 32)[0][9].amax())


def test_three_channels_are_the_colours_as_imagenet_has_them():
    x = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
    assert torch.allclose(filtered(x, 3), torch.zeros(1, 3, 4, 4), atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "dtype", "feed"),
    [
        ((1, 64, 8, 8), "float32", "stem"), ((1, 3, 8, 8), "float32", "colours"), ((1, 16, 64), "float32", "tokens"),
        ((1, 10), "float32", "vector"), ((1, 2, 3, 4, 5), "float32", "noise"), ((1, 16), "int64", "numbers"),
    ],
)  # fmt: skip
def test_every_kind_of_input_is_fed(shape, dtype, feed):
    assert feed_of(shape, dtype) == feed
    x = tensor_of((pictures.photo("cat", 16, 16),))
    made = fed(x, shape, dtype, torch.Generator().manual_seed(0))
    assert tuple(made.shape) == shape
    assert str(made.dtype) == f"torch.{dtype}"


def test_tokens_are_patches_row_by_row_and_a_class_token_is_their_mean():
    x = torch.zeros(1, 3, 32, 32)
    x[..., :8, 8:16] = 1  # the second patch of the first row
    tokens = fed(x, (1, 16, 4), "float32", torch.Generator())[0]
    assert int(tokens[:, 0].argmax()) == 1
    with_class = fed(x, (1, 17, 4), "float32", torch.Generator())[0]
    assert torch.allclose(with_class[0], with_class[1:].mean(0), atol=1e-6)
    assert token_places(17) == (4, 4, True)
