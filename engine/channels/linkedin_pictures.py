"""A picture on its way to LinkedIn: a place for it is asked for, then its octets are put there.

The place is an address in LinkedIn's answer, and as little to be trusted as any other input: neither the token nor the
picture goes to a host that is not LinkedIn's.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from engine import errors
from engine.channels import Picture, linkedin_replies, uploads, vendor_http
from engine.channels.linkedin_replies import Answer

_IMAGE = re.compile(r"urn:li:image:[A-Za-z0-9_-]{1,200}\Z")
_ADDRESS_MAX = 4_000
_HOST = "linkedin.com"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the octets go, and what the picture is called from then on."""

    url: str
    image: str


@dataclass(frozen=True, slots=True)
class Asking:
    """`url` is that of `/rest/images`, `headers` hold the token. `limited` makes the error of a 429."""

    client: httpx.AsyncClient
    url: str
    headers: Mapping[str, str]
    vendor: vendor_http.Vendor
    limited: Callable[[Answer], errors.RateLimited]

    async def uploaded(self, owner: str, picture: Picture, seconds: float) -> str:
        """The picture's URN, `seconds` in all. Nothing is posted: raises anything but Unknown."""
        with uploads.before_the_post():
            ends = asyncio.get_running_loop().time() + seconds
            place = await self._place(owner, seconds)
            left = ends - asyncio.get_running_loop().time()
            await self._put(place, picture, left)
            return place.image

    async def _place(self, owner: str, seconds: float) -> Place:
        content = vendor_http.octets({"initializeUploadRequest": {"owner": owner}})
        url = f"{self.url}?action=initializeUpload"
        answer = await vendor_http.upload(self.client, url, content, self.headers, seconds, self.vendor)
        self._heed(answer)
        return self._trusted(_place(answer.body))

    async def _put(self, place: Place, picture: Picture, seconds: float) -> None:
        headers = {**self.headers, "Content-Type": "application/octet-stream"}
        answer = await vendor_http.upload(
            self.client, place.url, picture.content, headers, max(seconds, 0.0), self.vendor, method="PUT"
        )
        if answer.status in {404, 410}:
            raise errors.Transient("LinkedIn's place for the picture is gone. It is tried again later.")
        self._heed(answer)

    def _heed(self, answer: vendor_http.Answer) -> None:
        if answer.status // 100 == 2:
            return
        said = Answer(answer.status, answer.body, retry_after=answer.headers.get("retry-after", ""))
        if answer.status == 429:
            raise self.limited(said)
        token = self.headers["Authorization"].removeprefix("Bearer ")
        raise linkedin_replies.refusal(said, what="picture", secret=token)

    def _trusted(self, place: Place) -> Place:
        """The place, if it is where the API is, or LinkedIn's own over https."""
        url, api = _address(place.url), httpx.URL(self.url)
        is_theirs = url.scheme == "https" and url.port is None and f".{url.host}".endswith(f".{_HOST}")
        if not is_theirs and (url.scheme, url.host, url.port) != (api.scheme, api.host, api.port):
            raise errors.Misconfigured(
                "LinkedIn wants the picture at a host that is not LinkedIn's. Nothing was sent; check LINKEDIN_API_URL."
            )
        return place


def _place(body: bytes) -> Place:
    """What the answer to initializeUpload names. Raises Transient if that is nothing usable."""
    try:
        value = json.loads(body)["value"]
        url, image = value["uploadUrl"], value["image"]
    except (ValueError, RecursionError, KeyError, TypeError):
        raise _unreadable() from None
    if not isinstance(url, str) or not isinstance(image, str) or not _IMAGE.match(image):
        raise _unreadable()
    return Place(url, image)


def _address(url: str) -> httpx.URL:
    """As the client that will call it reads it. Raises Transient if it is none."""
    try:
        read = httpx.URL(url if len(url) <= _ADDRESS_MAX and url.isprintable() else "")
    except httpx.InvalidURL:
        raise _unreadable() from None
    if not read.host or read.userinfo:
        raise _unreadable()
    return read


def _unreadable() -> errors.Transient:
    return errors.Transient("LinkedIn did not name a place for the picture. It is tried again later.")
