"""A post's picture in the thread of its card: the very octets that would be published, with their alt text."""

from __future__ import annotations

from handlers import blocks
from handlers.cards.picture import File, Picture
from storage.pictures import Shown

_ENDINGS = {"image/png": "png", "image/jpeg": "jpg"}


def render(view: Shown) -> Picture:
    name = f"picture.{_ENDINGS.get(view.media_type, 'bin')}"
    return Picture(
        f"The picture “{blocks.line(view.alt, 200)}”, as it would be published.",
        file=File(name, view.content, "Picture of the post", view.alt),
    )
