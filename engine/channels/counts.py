"""What a network says about a post that is out: how it is asked, and its answers as counts. Unknown is None, never 0."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from engine import errors
from engine.channels import Channel
from engine.channels.vendor_http import Answer

LONGEST = 200_000
"""Octets of an answer that are read."""
SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Counts:
    """Totals since the post stands. `engagements` is the network's own, else the sum of what it counts besides views."""

    impressions: int | None = None
    engagements: int | None = None
    clicks: int | None = None
    shares: int | None = None
    comments: int | None = None
    likes: int | None = None


@runtime_checkable
class Counting(Channel, Protocol):
    """A channel whose network counts."""

    async def count(self, page: str, post: str) -> Counts:
        """`page` is the feed's address, `post` the provider's id. Raises a ChannelError when it cannot be told now."""
        ...


def told(answer: Answer, vendor: str) -> dict[str, Any]:
    """The object that was answered. Raises RateLimited's parent Transient, or Misconfigured where reading is refused."""
    if answer.status in (401, 403):
        raise errors.Misconfigured(f"{vendor} does not let this token read a post's numbers.")
    if answer.status != 200:
        raise errors.Transient(f"{vendor} does not tell a post's numbers now ({answer.status}).")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise errors.Transient(f"{vendor} answered something else than numbers.") from None
    return found if isinstance(found, dict) else {}


def number(part: Any, *path: str) -> int | None:
    """The whole number at a place of an answer; None for anything else."""
    for name in path:
        part = part.get(name) if isinstance(part, Mapping) else None
    return part if isinstance(part, int) and not isinstance(part, bool) and 0 <= part < 10**12 else None


def summed(*parts: int | None) -> int | None:
    """None when nothing of it is known."""
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def linkedin(said: Mapping[str, Any]) -> Counts:
    """From organizationalEntityShareStatistics; a post that nobody saw yet has no element."""
    elements = said.get("elements")
    first = elements[0] if isinstance(elements, list) and elements else {}
    part = first.get("totalShareStatistics") if isinstance(first, Mapping) else {}
    clicks, likes = number(part, "clickCount"), number(part, "likeCount")
    comments, shares = number(part, "commentCount"), number(part, "shareCount")
    engaged = summed(clicks, likes, comments, shares)
    return Counts(number(part, "impressionCount"), engaged, clicks, shares, comments, likes)


def facebook(post: Mapping[str, Any], insights: Mapping[str, Any]) -> Counts:
    """From a post's fields and its insights, which need a permission of their own."""
    named: dict[str, int | None] = {}
    told = insights.get("data")
    for entry in told if isinstance(told, list) else ():
        values = entry.get("values") if isinstance(entry, Mapping) else None
        if isinstance(values, list) and values:
            named[str(entry.get("name"))] = number(values[0], "value")
    likes = number(post, "reactions", "summary", "total_count")
    comments = number(post, "comments", "summary", "total_count")
    shares, clicks = number(post, "shares", "count"), named.get("post_clicks")
    if shares is None and likes is not None:
        shares = 0  # Graph leaves the field out of a post that nobody shared
    engaged = summed(clicks, likes, comments, shares)
    return Counts(named.get("post_total_media_view_unique"), engaged, clicks, shares, comments, likes)


def x(said: Mapping[str, Any]) -> Counts:
    """From public_metrics, and non_public_metrics where the post is ours and young enough."""
    data = said.get("data")
    post = data[0] if isinstance(data, list) and data and isinstance(data[0], Mapping) else {}
    likes, comments = (
        number(post, "public_metrics", "like_count"),
        number(post, "public_metrics", "reply_count"),
    )
    shares = number(post, "public_metrics", "retweet_count")
    shares = number(post, "public_metrics", "repost_count") if shares is None else shares
    clicks = number(post, "non_public_metrics", "url_link_clicks")
    own = number(post, "non_public_metrics", "engagements")
    seen = number(post, "public_metrics", "impression_count")
    return Counts(
        seen, summed(clicks, likes, comments, shares) if own is None else own, clicks, shares, comments, likes
    )
