"""The posts of a LinkedIn page, newest first, as they are read back after a try that got no answer.

Source: LinkedIn's page "Posts API", section "Find Posts by Authors"
(https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api#find-posts-by-authors). An
organisation's posts need the permission `r_organization_social` and a role on the page; a person's need
`r_member_social`, which LinkedIn gives to nobody new, so they are never asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

from engine import errors
from engine.channels import linkedin_replies, listed_posts, little_text, vendor_http, vendor_words

COUNT = 100
"""Posts a page; LinkedIn lists no more at once."""
PAGE_MAX = 4_000_000

_UNTOLD = frozenset({400, 403, 404, 405})
"""LinkedIn says so as often as it is asked: the permission, the role or the finder itself is missing."""


@dataclass(frozen=True, slots=True)
class Asking:
    """`url` is the one that posts are sent to, `author` the URN of the feed; `seconds` for all pages together."""

    client: httpx.AsyncClient
    url: str
    author: str
    headers: Mapping[str, str]
    vendor: vendor_http.Vendor
    seconds: float
    secret: str

    async def posts(self, since: datetime, now: datetime) -> listed_posts.Posts:
        """Those since then. `now` is machine time.

        Raises Unaskable where LinkedIn does not list them for us; Misconfigured, RateLimited or Transient where it may
        do so later.
        """
        if not is_organisation(self.author):
            raise errors.Unaskable("LinkedIn lists a person's posts for no app. Look at the profile.")

        async def page(start: int | None) -> tuple[list[listed_posts.Listed], int | None]:
            return await self._page(start or 0, now)

        return await listed_posts.back_to(since, page, self.seconds, self.vendor.name)

    async def _page(self, start: int, now: datetime) -> tuple[list[listed_posts.Listed], int | None]:
        """The posts of a page, and where the next one starts; None if there is none.

        The author comes first: LinkedIn answers ILLEGAL_ARGUMENT to the other order.
        """
        query = f"author={quote(self.author, safe='')}&q=author&count={COUNT}&start={start}&sortBy=CREATED"
        headers = {**self.headers, "X-RestLi-Method": "FINDER"}
        answer = await vendor_http.get(
            self.client, f"{self.url}?{query}", headers, self.seconds, self.vendor, most=PAGE_MAX
        )
        if answer.status != 200:
            raise _no_list(answer, now, self.secret)
        try:
            page = json.loads(answer.body)
            elements, paging = page["elements"], page["paging"]
            following = _following(elements, paging, start)
        except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
            raise _unreadable() from None
        return [_listed(raw, self.author) for raw in elements], following


def is_organisation(author: str) -> bool:
    """Whether LinkedIn tells of the author's posts at all, given the permission: not of those of a person."""
    return author.startswith("urn:li:organization:")


def _following(elements: object, paging: Mapping[str, Any], start: int) -> int | None:
    """Where the next page starts. The list ends with a page that is shorter than asked for and names no next one;
    where LinkedIn gives less than it was asked for, what it says it gives counts."""
    size, links = paging["count"], paging.get("links", [])
    if not isinstance(elements, list) or type(size) is not int or paging["start"] != start:
        raise _unreadable()
    if not elements:
        return None
    if not 1 <= size <= COUNT or len(elements) > size:
        raise _unreadable()
    more = any(link.get("rel") == "next" for link in links)
    return start + size if more or len(elements) == size else None


def _listed(raw: object, author: str) -> listed_posts.Listed:
    """Ours is made to be seen at once. A draft of the same words is no yes, for nobody sees it, and no no, for
    somebody may publish it, or it is ours and LinkedIn is not done with it."""
    if not isinstance(raw, dict):
        raise _unreadable()
    id_, message, state = raw.get("id"), raw.get("commentary"), raw.get("lifecycleState")
    if (
        not isinstance(id_, str)
        or not linkedin_replies.POST_ID.match(id_)
        or not isinstance(message, str | None)
        or not isinstance(state, str | None)
        or raw.get("author") != author
    ):
        raise _unreadable()
    words = little_text.plain(message or "")
    return listed_posts.Listed(linkedin_replies.named(id_), words, _moment(raw), state == "PUBLISHED")


def _moment(raw: Mapping[str, Any]) -> datetime:
    value = raw.get("createdAt")
    if type(value) is not int:
        raise _unreadable()
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise _unreadable() from None


def _no_list(answer: vendor_http.Answer, now: datetime, secret: str) -> errors.ChannelError:
    """What a refusal to list means; nothing is in doubt that was not before."""
    status = answer.status
    said = linkedin_replies.Answer(status, answer.body, retry_after=answer.headers.get("retry-after", ""))
    if status == 429:
        return linkedin_replies.rate_limited(said, now, again=False)
    if status == 403:
        return errors.Unaskable(
            "LinkedIn does not show this page's posts (403): r_organization_social or a page role is missing. Look there."
        )
    if status in _UNTOLD:
        why = vendor_words.quoted(vendor_words.error_field(answer.body, "message"), secret=secret)
        return errors.Unaskable(
            f"LinkedIn does not list this page's posts ({status}){f': {why}' if why else '.'} Look there."
        )
    error = linkedin_replies.refusal(said)
    if isinstance(error, errors.Misconfigured):
        return error
    return errors.Transient(f"LinkedIn does not list the page's posts ({status}). It is asked again later.")


def _unreadable() -> errors.Transient:
    return errors.Transient("LinkedIn's list of posts cannot be read. It is asked again later.")
