"""Whether Twilio has a text that got no answer: its list of messages to a number, read page by page, and judged.

A no is only given when nothing in the list could be it, for what is not there is sent again. Everything between yes
and no raises, and a person decides.
"""

from __future__ import annotations

import asyncio
import email.utils
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
from rapidfuzz import fuzz

from engine import errors
from engine.channels import Envelope, Receipt, same_words, twilio_replies, vendor_http

PAGE, PAGES = 50, 10
PAGE_MAX = 2_000_000
LATELY = timedelta(hours=24)
"""Other texts to the number that are not older may be ours in changed words."""

_RESOURCE = re.compile(r"/2010-04-01/Accounts/AC[0-9a-fA-F]{32}/Messages\.json")
_LINK = re.compile(r"https?://\S+")
_PREFIX_MAX = 60
_ALIKE = 70


def path(account_sid: str) -> str:
    return f"/2010-04-01/Accounts/{account_sid}/Messages.json"


@dataclass(frozen=True, slots=True)
class Listed:
    """One message of the list. `body` is empty where the account keeps no words."""

    sid: str
    body: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Asking:
    """`seconds` for all pages together."""

    client: httpx.AsyncClient
    url: str
    headers: Mapping[str, str]
    vendor: vendor_http.Vendor
    seconds: float

    async def everything(self, to: str, now: datetime) -> tuple[Listed, ...]:
        """Everything that ever left the account for `to`; raises if that is more than 500 messages.

        Without a filter by date: DateSent is empty while a message waits at Twilio, so it would hide some. The order
        of the list is not documented, so no page is left out.
        """
        found: list[Listed] = []
        url = f"{self.url}?{urlencode({'To': to, 'PageSize': PAGE})}"
        try:
            async with asyncio.timeout(self.seconds):
                for _ in range(PAGES):
                    messages, following = await self._page(url, now)
                    found += [listed for raw in messages if (listed := _listed(raw, to))]
                    if following is None:
                        return tuple(found)
                    url = self._next(following)
        except TimeoutError:
            raise errors.Transient("Twilio takes too long to list its messages.") from None
        raise errors.Unknown("Twilio has too many messages to this number to look through.")

    async def _page(self, url: str, now: datetime) -> tuple[list[Any], object]:
        """The messages of a page, and where the next one is."""
        answer = await vendor_http.get(
            self.client, url, self.headers, self.seconds, self.vendor, most=PAGE_MAX
        )
        if answer.status != 200:
            raise _no_list(answer, now)
        try:
            page = json.loads(answer.body)
            messages, following = page["messages"], page["next_page_uri"]
        except (ValueError, RecursionError, KeyError, TypeError):
            raise _unreadable() from None
        if not isinstance(messages, list):
            raise _unreadable()
        return messages, following

    def _next(self, following: object) -> str:
        """The next page's address: never another host or another resource than ours."""
        if not isinstance(following, str) or not re.fullmatch(r"/[!-~]{1,2000}", following):
            raise _unreadable()
        resource, _, query = following.partition("?")
        if resource != self.url[-len(resource) :] or not _RESOURCE.fullmatch(resource):
            raise _unreadable()
        return f"{self.url}?{query}"


def verdict(listed: Sequence[Listed], envelope: Envelope, sent: str) -> Receipt | None:
    """Whether `sent` is in the list: its receipt, None if nothing there can be it. Raises Unknown in between.

    The words are compared without signs, accents and links, which a messaging service may rewrite; a trial account
    puts a sentence before them. A person who sends again raises the third number of the key: there may be as many
    earlier copies. `envelope.at` is when we gave up waiting, or later.
    """
    same = [one for one in listed if _is(one.body, sent)]
    lately = [one for one in listed if one.created > envelope.at - LATELY]
    late = sorted((one for one in same if one in lately), key=lambda one: one.created)
    if len(late) > same_words.earlier_copies(envelope.key):
        return Receipt(late[-1].sid)
    if same:
        raise errors.Unknown("Twilio has the same words to this number, but perhaps from an earlier time.")
    if lately or any(_may_be(one.body, sent) for one in listed):
        raise errors.Unknown("Twilio has another text to this number that may be this one.")
    return None


def _listed(raw: object, to: str) -> Listed | None:
    """None for what surely is not a text of ours to `to`. Raises if it cannot be read."""
    if not isinstance(raw, dict):
        raise _unreadable()
    sid, body, whom = raw.get("sid"), raw.get("body"), raw.get("to")
    if raw.get("direction") == "inbound" or (isinstance(whom, str) and whom.startswith("+") and whom != to):
        return None
    if not isinstance(sid, str) or not twilio_replies.SID.match(sid) or not isinstance(body, str | None):
        raise _unreadable()
    return Listed(sid, body or "", _moment(raw.get("date_created")))


def _moment(value: object) -> datetime:
    try:
        moment = email.utils.parsedate_to_datetime(value if isinstance(value, str) else "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _unreadable() from None


def _is(body: str, sent: str) -> bool:
    had, wanted = _folded(body), _folded(sent)
    return had == wanted or (had.endswith(wanted) and len(had) - len(wanted) <= _PREFIX_MAX)


def _may_be(body: str, sent: str) -> bool:
    """An empty body may be anything: the account keeps no words."""
    return not body.strip() or fuzz.partial_ratio(_folded(body), _folded(sent)) >= _ALIKE


def _folded(text: str) -> str:
    """Without links, which a messaging service may rewrite."""
    return same_words.folded(_LINK.sub(" ", text)) or text.strip()


def _no_list(answer: vendor_http.Answer, now: datetime) -> errors.ChannelError:
    """What a refusal to list means; nothing is in doubt that was not before."""
    error = twilio_replies.refusal(answer, now, timedelta(seconds=30))
    if isinstance(error, errors.Misconfigured | errors.RateLimited):
        return error
    return errors.Transient(f"Twilio does not list its messages ({answer.status}). It is asked again later.")


def _unreadable() -> errors.Transient:
    return errors.Transient("Twilio's list of messages cannot be read. It is asked again later.")
