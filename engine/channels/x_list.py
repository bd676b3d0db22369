"""Which of our posts X already shows: the account's own timeline, read page by page, and compared with our words.

A no is only given when the timeline was read to its end and nothing in it could be ours, for what is not there is
posted again. Everything between yes and no raises, and a person decides.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
from rapidfuzz import fuzz

from engine import errors
from engine.channels import Envelope, same_words, vendor_http, vendor_words, x_replies
from engine.rules import lengths

PAGE, PAGES = 100, 5
PAGE_MAX = 2_000_000
LATELY = timedelta(hours=24)
"""The same words that are not older than the send by more than this are ours."""
LONG_AGO = timedelta(days=30)
"""As far back the words of a duplicate are looked for."""

_EPOCH_MS = 1_288_834_974_657
"""Zero of the time in a post's id (X's page on ids)."""
_MENTIONS = re.compile(r"\A(?:@\w+\s+)+")
_ALIKE = 85


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the token belongs to."""

    id: str
    username: str

    def page(self, post: str) -> str:
        """Where people see a post."""
        return f"https://x.com/{self.username}/status/{post}"


@dataclass(frozen=True, slots=True)
class Listed:
    """One post of the timeline, its words as X shows them: links shortened, & < > escaped."""

    id: str
    text: str

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(((int(self.id) >> 22) + _EPOCH_MS) / 1000, UTC)


@dataclass(frozen=True, slots=True)
class Asking:
    """`seconds` for all pages together."""

    client: httpx.AsyncClient
    base: str
    headers: Mapping[str, str]
    vendor: vendor_http.Vendor
    seconds: float

    async def account(self, now: datetime) -> Account:
        said = await self._get(f"{self.base}/2/users/me", now)
        data = said.get("data")
        id_, username = (data.get("id"), data.get("username")) if isinstance(data, dict) else (None, None)
        if not isinstance(id_, str) or not x_replies.ID.match(id_):
            raise _unreadable()
        if not isinstance(username, str) or not re.fullmatch(r"[A-Za-z0-9_]{1,50}", username):
            raise _unreadable()
        return Account(id_, username)

    async def since(self, account: Account, start: datetime, now: datetime) -> tuple[Listed, ...]:
        """Everything the account posted since `start`, oldest first; raises if that is more than 500 posts.

        Asks for no optional field: X is renaming the parameter that chooses them.
        """
        query = {"max_results": str(PAGE), "start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ")}
        found: list[Listed] = []
        try:
            async with asyncio.timeout(self.seconds):
                for _ in range(PAGES):
                    said = await self._get(f"{self.base}/2/users/{account.id}/tweets?{urlencode(query)}", now)
                    listed, following = _page(said)
                    found += listed
                    if not following:
                        return tuple(sorted(found, key=lambda post: int(post.id)))
                    query["pagination_token"] = following
        except TimeoutError:
            raise errors.Transient("X takes too long to list the account's posts.") from None
        raise errors.Unknown("X has too many recent posts of the account to look through.")

    async def _get(self, url: str, now: datetime) -> dict[str, Any]:
        answer = await vendor_http.get(
            self.client, url, self.headers, self.seconds, self.vendor, most=PAGE_MAX
        )
        if answer.status != 200:
            token = self.headers["Authorization"].removeprefix("Bearer ")
            raise x_replies.no_answer(answer, now, secret=token)
        return vendor_words.parsed(answer.body)


def ours_from(envelope: Envelope, now: datetime) -> datetime:
    """From when on the same words are ours. `now` is machine time.

    A day before the send; once a person has sent it again, from when it was written, as its key says.
    """
    start = min(envelope.at, now) - LATELY
    written = same_words.written(envelope.key)
    if written is None or not sent_again(envelope):
        return start
    return min(start, max(written, now - LONG_AGO))


def sent_again(envelope: Envelope) -> bool:
    """Whether a person asked for another try: the third number of the key."""
    return same_words.earlier_copies(envelope.key) > 0


def there(listed: Sequence[Listed], parts: Sequence[str]) -> dict[int, Listed]:
    """Which of `parts`, by number from 0, the timeline shows: the oldest post with the same words.

    Words are compared without links, which X rewrites; a part that is nothing but links is never found.
    """
    found: dict[int, Listed] = {}
    for number, part in enumerate(parts):
        wanted = _folded(part)
        same = [post for post in listed if _folded(html.unescape(post.text)) == wanted]
        if same and re.search(r"\w", wanted):
            found[number] = same[0]
    return found


def doubtful(listed: Sequence[Listed], parts: Sequence[str]) -> bool:
    """Whether a post in other words may be one of `parts` after all."""
    return any(_may_be(post.text, part) for post in listed for part in parts)


def _may_be(text: str, part: str) -> bool:
    wanted = _folded(part)
    if not re.search(r"\w", wanted):
        return not re.search(r"\w", _folded(html.unescape(text)))
    return any(fuzz.ratio(had, wanted) >= _ALIKE for had in _readings(text))


def _readings(text: str) -> tuple[str, ...]:
    """As it stands, and without the mentions that may have been put before a reply."""
    plain = html.unescape(text)
    return _folded(plain), _folded(_MENTIONS.sub("", plain))


def _folded(text: str) -> str:
    return " ".join(lengths.unlinked(text).split())


def _page(said: dict[str, Any]) -> tuple[list[Listed], str]:
    """The posts of a page, and the token of the next one. Raises on a partial answer: it could hide some."""
    meta, data = said.get("meta"), said.get("data", [])
    if "errors" in said or not isinstance(meta, dict) or not isinstance(data, list):
        raise _unreadable()
    count, following = meta.get("result_count"), meta.get("next_token", "")
    if count != len(data) or not isinstance(following, str):
        raise _unreadable()
    return [_listed(raw) for raw in data], following


def _listed(raw: object) -> Listed:
    id_, text = (raw.get("id"), raw.get("text")) if isinstance(raw, dict) else (None, None)
    if not isinstance(id_, str) or not x_replies.ID.match(id_) or not isinstance(text, str):
        raise _unreadable()
    return Listed(id_, text)


def _unreadable() -> errors.Transient:
    return errors.Transient("What X tells cannot be read. It is asked again later.")
