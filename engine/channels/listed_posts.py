"""Whether the posts that a page shows include one that got no answer: yes, no, or a person decides.

A no is only given when nothing there could be it, for what is not there is posted again. Everything between yes and
no raises, and a person decides. A post that somebody took off the page again looks like one that never was.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from rapidfuzz import fuzz

from engine import errors
from engine.channels import Envelope, Receipt, same_words

PAGES = 10
LATELY = timedelta(hours=24)
"""A post of these words that is not older is the one that was looked for."""

_ALIKE = 70
_LINK = re.compile(r"\w\.\w")
"""Whatever may be one, "Node.js" too."""
_COMPARED = 2_000
"""Likeness is judged by so many letters at the beginning: comparing whole posts would hold up other deliveries."""

Place = TypeVar("Place")
"""Where a vendor's next page begins."""


@dataclass(frozen=True, slots=True)
class Listed:
    """`message` is empty where the post has no words. `stands`: everybody sees it; a draft is there and does not."""

    receipt: Receipt
    message: str
    created: datetime
    stands: bool = True


@dataclass(frozen=True, slots=True)
class Posts:
    """`whole`: there are no others since the moment that was asked for."""

    listed: tuple[Listed, ...]
    whole: bool


def since(envelope: Envelope) -> datetime:
    """Before this moment the post cannot have been made: a day before its message was written, which the key tells."""
    written = same_words.written(envelope.key)
    return datetime.min.replace(tzinfo=UTC) if written is None else min(written, envelope.at) - LATELY


async def back_to(
    start: datetime,
    page: Callable[[Place | None], Awaitable[tuple[Sequence[Listed], Place | None]]],
    seconds: float,
    vendor: str,
) -> Posts:
    """Those since then, at most ten pages in so many seconds. An older post ends the list only while newer ones came
    before older.

    `page` answers None with the first page, and the place of the next one with that; None is the end.
    """
    found: list[Listed] = []
    following: Place | None = None
    try:
        async with asyncio.timeout(seconds):
            for _ in range(PAGES):
                listed, following = await page(following)
                found += listed
                if following is None or _beyond(found, start):
                    break
    except TimeoutError:
        raise errors.Transient(f"{vendor} takes too long to list the page's posts.") from None
    wanted = tuple(one for one in found if one.created >= start)
    return Posts(wanted, following is None or _beyond(found, start))


def verdict(posts: Posts, envelope: Envelope) -> Receipt | None:
    """The receipt of the envelope's post, None if nothing there can be it. Raises Unknown in between.

    Words are compared by letters and digits alone; what is only alike, does not stand, or is older than a day, may be
    it. A person who sends again raises the third number of the key: there may be as many earlier copies.
    `envelope.at` is when we gave up waiting, or later.
    """
    wanted = _Wanted(envelope.body)
    ours = [one for one in posts.listed if one.stands and wanted.same(one.message)]
    late = sorted((one for one in ours if one.created > envelope.at - LATELY), key=lambda one: one.created)
    if len(late) > same_words.earlier_copies(envelope.key):
        return late[-1].receipt
    if not posts.whole:
        raise errors.Unknown("The page has too many posts to look through.")
    if any(wanted.may_be(one.message) for one in posts.listed):
        raise errors.Unknown("The page has another post that may be this one.")
    return None


def _beyond(found: Sequence[Listed], start: datetime) -> bool:
    moments = [one.created for one in found]
    return bool(moments) and moments[-1] < start and moments == sorted(moments, reverse=True)


class _Wanted:
    """Our words beside those of others: a thousand posts are compared while other deliveries wait."""

    def __init__(self, words: str) -> None:
        self._folded = same_words.folded(words)
        self._begins, self._unlinked = self._folded[:_COMPARED], _unlinked(words)

    def same(self, message: str) -> bool:
        return same_words.folded(message) == self._folded

    def may_be(self, message: str) -> bool:
        """A post without words may be ours with its words withheld, one that begins as ours does was cut off, and
        links are left out once more, for networks write their own in their place."""
        had, unlinked = same_words.folded(message)[:_COMPARED], _unlinked(message)
        if not had or self._begins in had or self._begins.startswith(had):
            return True
        return unlinked == self._unlinked or _alike(had, self._begins) or _alike(unlinked, self._unlinked)


def _alike(one: str, other: str) -> bool:
    return fuzz.ratio(one, other, score_cutoff=_ALIKE) > 0


def _unlinked(text: str) -> str:
    words = " ".join(word for word in text.split() if not _LINK.search(word))
    return same_words.folded(words)[:_COMPARED]
