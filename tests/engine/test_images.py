"""What a picture file may be, and what is left of it: hostile files are refused in a sentence, before they are unpacked."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from engine import images
from engine.errors import Refused

SIGN = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def raw_png(width: int, height: int, *more: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return SIGN + head + b"".join(more) + chunk(b"IDAT", zlib.compress(bytes(1_000))) + chunk(b"IEND", b"")


def written(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def moving() -> bytes:
    other = Image.new("RGB", (9, 7), "red")
    return written(Image.new("RGB", (9, 7)), "PNG", save_all=True, append_images=[other])


SMALL = Image.new("RGB", (40, 20), "teal")
TEXT_BOMB = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100_000_000)))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "neither a PNG nor a JPEG"),
        (b"<html>Sign in to Slack</html>", "neither a PNG nor a JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither a PNG nor a JPEG"),
        (b"GIF89a" + bytes(100), "neither a PNG nor a JPEG"),
        (written(SMALL, "WEBP"), "neither a PNG nor a JPEG"),
        (b"\xff\xd8\xff" + b"not a picture", "damaged"),
        (written(SMALL, "PNG")[:60], "damaged"),
        (written(SMALL, "JPEG")[:400], "damaged"),
        (raw_png(40, 20, TEXT_BOMB), "damaged"),
        (raw_png(6_000, 6_000), "at most 25 million pixels"),
        (raw_png(100_000, 10), "at most 25 million pixels"),
        (SIGN + bytes(images.LARGEST), "larger than 5 MB"),
        (moving(), "moves"),
        (written(Image.new("I;16", (9, 7)), "PNG"), "16 bits"),
    ],
    ids=range(14),
)
def test_a_file_that_is_no_usable_picture_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said) as refused:
        images.cleaned(data)
    assert len(refused.value.sentence) < 150


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_nothing_but_the_picture_is_kept_and_it_stands_upright(kind: str) -> None:
    exif, told = Image.Exif(), PngImagePlugin.PngInfo()
    exif[0x0112], exif[0x010F] = 6, "CAMERA"
    exif.get_ifd(0x8825)[2] = (53.0, 33.0, 4.0)
    told.add_text("Comment", "secret words")
    options = {"comment": b"secret words"} if kind == "JPEG" else {"pnginfo": told}
    data = written(SMALL, kind, exif=exif, **options)
    assert b"CAMERA" in data
    assert b"secret words" in data

    clean = images.cleaned(data)
    assert (clean.media_type, clean.width, clean.height) == (f"image/{kind.lower()}", 20, 40)
    assert not any(part in clean.content for part in (b"CAMERA", b"secret words", b"Exif", b"eXIf"))
    with Image.open(io.BytesIO(clean.content)) as image:
        assert image.size == (20, 40)
        assert not image.getexif()
    assert images.cleaned(clean.content).digest == clean.digest or kind == "JPEG"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_usual_kind_of_png_is_taken(mode: str) -> None:
    clean = images.cleaned(written(Image.new(mode, (9, 7)), "PNG"))
    assert (clean.media_type, clean.width, clean.height) == ("image/png", 9, 7)


def test_a_jpeg_for_printers_becomes_one_for_screens_and_colours_keep_their_profile() -> None:
    with Image.open(io.BytesIO(images.cleaned(written(Image.new("CMYK", (9, 7)), "JPEG")).content)) as image:
        assert image.mode == "RGB"
    profiled = written(SMALL, "JPEG", icc_profile=b"a profile")
    with Image.open(io.BytesIO(images.cleaned(profiled).content)) as image:
        assert image.info["icc_profile"] == b"a profile"
    with Image.open(
        io.BytesIO(images.cleaned(written(SMALL, "JPEG", icc_profile=bytes(70_000))).content)
    ) as image:
        assert "icc_profile" not in image.info
