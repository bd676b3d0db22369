"""A picture on its way to X: uploaded in one request, waited for while X works on it, and given its words.

X keeps it for a day; until a post names it, nobody sees it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from engine import errors
from engine.channels import Picture, uploads, vendor_http, vendor_words, x_replies

_UNDONE = frozenset({"pending", "in_progress"})
_PAUSE_MAX = 5


@dataclass(frozen=True, slots=True)
class Asking:
    """`base` is the API's address, `headers` hold the token."""

    client: httpx.AsyncClient
    base: str
    headers: Mapping[str, str]
    vendor: vendor_http.Vendor

    async def uploaded(self, picture: Picture, seconds: float, now: datetime) -> str:
        """The media's id, `seconds` in all. `now` is machine time. Nothing is posted: raises anything but Unknown."""
        try:
            with uploads.before_the_post():
                async with asyncio.timeout(seconds):
                    media = await self._uploaded(picture, seconds, now)
                    if picture.alt.strip():
                        await self._describe(media, picture.alt, seconds, now)
                    return media
        except TimeoutError:
            raise errors.Transient("X takes too long over the picture. It is tried again later.") from None

    async def _uploaded(self, picture: Picture, seconds: float, now: datetime) -> str:
        category = "tweet_gif" if picture.media_type == "image/gif" else "tweet_image"
        content, media_type = uploads.form({"media_category": category}, "media", picture)
        headers = {**self.headers, "Content-Type": media_type}
        url = f"{self.base}/2/media/upload"
        answer = await vendor_http.upload(self.client, url, content, headers, seconds, self.vendor)
        data = self._data(answer, now)
        media = data.get("id")
        if not isinstance(media, str) or not x_replies.ID.match(media):
            raise errors.Transient("X took the picture but did not name it. It is tried again later.")
        await self._done(media, data, seconds, now)
        return media

    async def _done(self, media: str, data: Mapping[str, Any], seconds: float, now: datetime) -> None:
        """Returns once X has finished; without word of any work it has."""
        while (state := _work(data).get("state")) in _UNDONE:
            await asyncio.sleep(_pause(_work(data)))
            url = f"{self.base}/2/media/upload?command=STATUS&media_id={media}"
            answer = await vendor_http.get(
                self.client, url, self.headers, seconds, self.vendor, most=vendor_http.ANSWER_MAX
            )
            data = self._data(answer, now)
        if state == "failed":
            raise errors.Undeliverable("X cannot show the picture. Choose another one.")

    async def _describe(self, media: str, alt: str, seconds: float, now: datetime) -> None:
        content = vendor_http.octets({"id": media, "metadata": {"alt_text": {"text": alt}}})
        url = f"{self.base}/2/media/metadata"
        answer = await vendor_http.upload(self.client, url, content, self.headers, seconds, self.vendor)
        if self._said(answer, now).get("errors"):
            raise errors.Transient("X did not take the picture's description. It is tried again later.")

    def _data(self, answer: vendor_http.Answer, now: datetime) -> dict[str, Any]:
        """What an answer holds; empty if it holds nothing of the kind."""
        data = self._said(answer, now).get("data")
        return data if isinstance(data, dict) else {}

    def _said(self, answer: vendor_http.Answer, now: datetime) -> dict[str, Any]:
        if answer.status // 100 != 2:
            token = self.headers["Authorization"].removeprefix("Bearer ")
            raise x_replies.refusal(answer, now, secret=token, what="picture")
        return vendor_words.parsed(answer.body)


def _work(data: Mapping[str, Any]) -> dict[str, Any]:
    told = data.get("processing_info")
    return told if isinstance(told, dict) else {}


def _pause(work: Mapping[str, Any]) -> float:
    """Seconds until X wants to be asked again; one if it does not say."""
    after = work.get("check_after_secs")
    return min(after, _PAUSE_MAX) if isinstance(after, int) and after > 0 else 1
