"""What handing over a picture before its post has in common at all networks. Nothing is posted yet, so nothing is ever
in doubt: a failed upload is tried again, and no post leaves without the picture it was approved with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx

from engine import errors
from engine.channels import Envelope, Picture
from engine.rules import pictures

SHARE = 2 / 3
"""Of the time of a send, what its picture may take: the post itself keeps the rest."""

_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}


def checked(network: str, envelope: Envelope) -> Picture | None:
    """The envelope's picture, None if it has none. Raises Undeliverable for one that the network does not take."""
    picture = envelope.picture
    if picture is None:
        return None
    fault = (
        pictures.accepted(network, picture.media_type, len(picture.content))
        or pictures.described(picture.alt)
        or pictures.beside(network, envelope.options.get("link", ""), envelope.body)
    )
    if fault:
        raise errors.Undeliverable(fault)
    try:
        picture.alt.encode()
    except UnicodeEncodeError:
        raise errors.Undeliverable(
            "The picture's description holds a broken character. Type it again."
        ) from None
    return picture


def form(fields: Mapping[str, str], file: str, picture: Picture) -> tuple[bytes, str]:
    """A multipart form with a `checked` picture as its `file`, and the form's media type."""
    named = (f"picture.{_ENDINGS[picture.media_type]}", picture.content, picture.media_type)
    request = httpx.Request("POST", "https://nowhere", data=fields, files={file: named})
    return request.read(), request.headers["content-type"]


@contextmanager
def before_the_post() -> Iterator[None]:
    """Around everything that is asked before a post: what may have been taken there is seen by nobody."""
    try:
        yield
    except errors.Unknown as error:
        reason = error.reason.rstrip(".")
        raise errors.Transient(f"{reason}. The post was not sent; it is tried again later.") from None
