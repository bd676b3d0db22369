"""A picture file that a person gave becomes the same picture with nothing else in it: no place, no camera, no text.

Everything in the file is hostile. It is slow and holds the whole picture: call it in a thread, one at a time.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from PIL import Image, ImageOps

from engine.errors import Refused

LARGEST = 5_000_000
"""Octets of a file, and of what is kept: no network here takes more (engine.rules.pictures)."""
MOST_PIXELS = 25_000_000
"""Ours: a photograph of any telephone fits, and unpacked it takes 100 MB at most."""
LONGEST_SIDE = 12_000
PROFILE = 65_536
"""Octets of a colour profile that is kept; real ones are smaller."""

_KINDS = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"}
_MODES = {"PNG": ("L", "LA", "P", "RGB", "RGBA"), "JPEG": ("L", "RGB")}

Image.MAX_IMAGE_PIXELS = None  # the limit is ours, checked before anything is unpacked


@dataclass(frozen=True, slots=True)
class Clean:
    """`digest` is the SHA-256 of `content`, in hex."""

    content: bytes
    media_type: str
    width: int
    height: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def cleaned(data: bytes) -> Clean:
    """Read, turn as the camera says, and write anew. Raises Refused with one sentence for everything else."""
    if len(data) > LARGEST:
        raise Refused(too_large())
    kind = next((name for magic, name in _KINDS.items() if data.startswith(magic)), "")
    if not kind:
        raise Refused("That file is neither a PNG nor a JPEG picture; save it as one of them.")
    try:
        with Image.open(io.BytesIO(data), formats=(kind,)) as image:
            _small_enough(image, kind)
            image.load()
            return _written(ImageOps.exif_transpose(image), kind)
    except Refused:
        raise
    except Exception:  # what a decoder raises for a damaged file is anything
        raise Refused("The picture is damaged and cannot be read; save it again.") from None


def too_large() -> str:
    return f"The picture is larger than {LARGEST // 1_000_000} MB; make it smaller."


def _small_enough(image: Image.Image, kind: str) -> None:
    """Before anything is unpacked: a small file may say that it is huge."""
    width, height = image.size
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        most = f"{MOST_PIXELS // 1_000_000} million pixels and {LONGEST_SIDE:,} on a side"
        raise Refused(f"The picture has {width:,} × {height:,} pixels; at most {most} are possible.")
    if kind == "PNG" and getattr(image, "is_animated", False):
        raise Refused("The picture moves; choose one that stands still.")


def _written(image: Image.Image, kind: str) -> Clean:
    profile = image.info.get("icc_profile") or b""
    clear = image.info.get("transparency")
    if image.mode.startswith("I"):
        raise Refused("The picture has 16 bits of grey; save it with 8.")
    if image.mode not in _MODES[kind]:
        profile = profile if image.mode == "RGB" else b""
        image = image.convert("RGBA" if kind == "PNG" and clear is not None else "RGB")
        clear = None
    image.info = {} if clear is None else {"transparency": clear}
    kept = profile if 0 < len(profile) <= PROFILE else None
    for quality in (92, 85, 75) if kind == "JPEG" else (0,):
        out = io.BytesIO()
        options = {"quality": quality, "optimize": True} if kind == "JPEG" else {}
        image.save(out, kind, icc_profile=kept, **options)
        if out.tell() <= LARGEST:
            return Clean(out.getvalue(), f"image/{kind.lower()}", *image.size)
    raise Refused(too_large())
