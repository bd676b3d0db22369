"""Whether Facebook has a post that got no answer: the page's published posts, newest first, read back and judged.

A no is only given when nothing there could be it, for what is not there is posted again. Everything between yes and
no raises, and a person decides. A post that somebody took off the page again looks like one that never was.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
from rapidfuzz import fuzz

from engine import errors
from engine.channels import Envelope, Receipt, facebook_replies, same_words, vendor_http

PAGES = 10
PAGE_MAX = 4_000_000
LATELY = timedelta(hours=24)
"""A post of these words that is not older is the one that was looked for."""
ASKED = {"limit": "50", "include_hidden": "true", "fields": "id,message,created_time,permalink_url"}

_FOLLOWING = frozenset({"after", "until", "__paging_token"})
_ALIKE = 70
_COMPARED = 2_000
"""Likeness is judged by so many letters at the beginning: comparing whole posts would hold up other deliveries."""


@dataclass(frozen=True, slots=True)
class Listed:
    """`message` is empty where the post has no words."""

    receipt: Receipt
    message: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Posts:
    """`whole`: there are no others since the moment that was asked for."""

    listed: tuple[Listed, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Asking:
    """`url` with its query; `seconds` for all pages together."""

    client: httpx.AsyncClient
    url: str
    headers: Mapping[str, str]
    vendor: vendor_http.Vendor
    seconds: float

    async def posts(self, since: datetime, now: datetime) -> Posts:
        """Those since then, at most ten pages. An older post ends the list only while newer ones came before older."""
        found: list[Listed] = []
        following: dict[str, str] | None = {}
        try:
            async with asyncio.timeout(self.seconds):
                for _ in range(PAGES):
                    page, following = await self._page(following or {}, now)
                    found += page
                    if following is None or _beyond(found, since):
                        break
        except TimeoutError:
            raise errors.Transient("Facebook takes too long to list the page's posts.") from None
        wanted = tuple(one for one in found if one.created >= since)
        return Posts(wanted, following is None or _beyond(found, since))

    async def _page(
        self, following: Mapping[str, str], now: datetime
    ) -> tuple[list[Listed], dict[str, str] | None]:
        """The posts of a page, and what to ask for the next one; None if there is none."""
        url = f"{self.url}&{urlencode(following)}" if following else self.url
        answer = await vendor_http.get(
            self.client, url, self.headers, self.seconds, self.vendor, most=PAGE_MAX
        )
        if answer.status != 200:
            raise _no_list(answer, now)
        try:
            page = json.loads(answer.body)
            data, paging = page["data"], page.get("paging", {})
            next_ = paging.get("next")
        except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
            raise _unreadable() from None
        if not isinstance(data, list):
            raise _unreadable()
        return [_listed(raw) for raw in data], None if next_ is None else _following(next_)


def since(envelope: Envelope) -> datetime:
    """Before this moment the post cannot have been made: a day before its message was written, which the key tells."""
    written = same_words.written(envelope.key)
    return datetime.min.replace(tzinfo=UTC) if written is None else min(written, envelope.at) - LATELY


def verdict(posts: Posts, envelope: Envelope) -> Receipt | None:
    """The receipt of the envelope's post, None if nothing there can be it. Raises Unknown in between.

    Words are compared by letters and digits alone; what is only alike, or older than a day, may be it. A person who
    sends again raises the third number of the key: there may be as many earlier copies. `envelope.at` is when we
    gave up waiting, or later.
    """
    same = [one for one in posts.listed if same_words.folded(one.message) == same_words.folded(envelope.body)]
    late = sorted((one for one in same if one.created > envelope.at - LATELY), key=lambda one: one.created)
    if len(late) > same_words.earlier_copies(envelope.key):
        return late[-1].receipt
    if not posts.whole:
        raise errors.Unknown("The page has too many posts to look through.")
    if any(_may_be(one.message, envelope.body) for one in posts.listed):
        raise errors.Unknown("The page has another post that may be this one.")
    return None


def _beyond(found: list[Listed], since: datetime) -> bool:
    moments = [one.created for one in found]
    return bool(moments) and moments[-1] < since and moments == sorted(moments, reverse=True)


def _listed(raw: object) -> Listed:
    if not isinstance(raw, dict):
        raise _unreadable()
    id_, message = raw.get("id"), raw.get("message")
    if (
        not isinstance(id_, str)
        or not facebook_replies.POST_ID.match(id_)
        or not isinstance(message, str | None)
    ):
        raise _unreadable()
    return Listed(facebook_replies.named(id_, raw.get("permalink_url")), message or "", _moment(raw))


def _moment(raw: Mapping[str, Any]) -> datetime:
    value = raw.get("created_time")
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
        if moment.tzinfo is None:
            raise _unreadable()
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _unreadable() from None


def _following(next_: object) -> dict[str, str]:
    """Where the next page begins. Nothing else of its address is used: it names a host, and holds the token."""
    try:
        query = parse_qsl(urlsplit(next_).query, max_num_fields=50) if isinstance(next_, str) else []
    except ValueError:
        query = []
    wanted = {name: value for name, value in query if name in _FOLLOWING and len(value) <= 1_000}
    if not wanted:
        raise _unreadable()
    return wanted


def _may_be(message: str, wanted: str) -> bool:
    """A post without words may be ours with its words withheld."""
    had, ours = same_words.folded(message)[:_COMPARED], same_words.folded(wanted)[:_COMPARED]
    return not had or ours in had or fuzz.ratio(had, ours) >= _ALIKE


def _no_list(answer: vendor_http.Answer, now: datetime) -> errors.ChannelError:
    """What a refusal to list means; nothing is in doubt that was not before."""
    error = facebook_replies.refusal(answer, now)
    if isinstance(error, errors.Misconfigured | errors.RateLimited):
        return error
    return errors.Transient(
        f"Facebook does not list the page's posts ({answer.status}). It is asked again later."
    )


def _unreadable() -> errors.Transient:
    return errors.Transient("Facebook's list of posts cannot be read. It is asked again later.")
