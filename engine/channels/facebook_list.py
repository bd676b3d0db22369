"""The published posts of a Facebook page, newest first, as they are read back after a try that got no answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from engine import errors
from engine.channels import facebook_replies, listed_posts, vendor_http

PAGE_MAX = 4_000_000
ASKED = {"limit": "50", "include_hidden": "true", "fields": "id,message,created_time,permalink_url"}

_FOLLOWING = frozenset({"after", "until", "__paging_token"})


@dataclass(frozen=True, slots=True)
class Asking:
    """`url` with its query; `seconds` for all pages together."""

    client: httpx.AsyncClient
    url: str
    headers: Mapping[str, str]
    vendor: vendor_http.Vendor
    seconds: float

    async def posts(self, since: datetime, now: datetime) -> listed_posts.Posts:
        """Those since then. `now` is machine time. Raises Misconfigured, RateLimited or Transient."""

        async def page(
            following: dict[str, str] | None,
        ) -> tuple[list[listed_posts.Listed], dict[str, str] | None]:
            return await self._page(following or {}, now)

        return await listed_posts.back_to(since, page, self.seconds, self.vendor.name)

    async def _page(
        self, following: Mapping[str, str], now: datetime
    ) -> tuple[list[listed_posts.Listed], dict[str, str] | None]:
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


def _listed(raw: object) -> listed_posts.Listed:
    if not isinstance(raw, dict):
        raise _unreadable()
    id_, message = raw.get("id"), raw.get("message")
    if (
        not isinstance(id_, str)
        or not facebook_replies.POST_ID.match(id_)
        or not isinstance(message, str | None)
    ):
        raise _unreadable()
    receipt = facebook_replies.named(id_, raw.get("permalink_url"))
    return listed_posts.Listed(receipt, message or "", _moment(raw))


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
