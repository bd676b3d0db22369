"""A picture on its way to a Facebook page: handed over unpublished, so that the post that shows it is one of the feed.

A photo that is published on its own may share a story with others; a post of the feed is always listed, and found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx

from engine.channels import Picture, facebook_replies, uploads, vendor_http


@dataclass(frozen=True, slots=True)
class Asking:
    """`url` is that of the page's photos, `headers` hold the token, `proof` what signs a request."""

    client: httpx.AsyncClient
    url: str
    headers: Mapping[str, str]
    vendor: vendor_http.Vendor
    proof: Mapping[str, str]
    secrets: Sequence[str]

    async def uploaded(self, picture: Picture, seconds: float, now: datetime) -> str:
        """The photo's id, `seconds` in all. It stands nowhere, and is gone after a day if no post shows it.

        Nothing is posted: raises anything but Unknown.
        """
        content, media_type = uploads.form({**fields(picture), **self.proof}, "source", picture)
        headers = {**self.headers, "Content-Type": media_type}
        with uploads.before_the_post():
            answer = await vendor_http.upload(self.client, self.url, content, headers, seconds, self.vendor)
            return facebook_replies.photo(answer, now, self.secrets)


def fields(picture: Picture) -> dict[str, str]:
    """What is said about the file, as a form says it."""
    alt = {"alt_text_custom": picture.alt} if picture.alt.strip() else {}
    return {"published": "false", "temporary": "true", **alt}
