"""The feed channel `x`: one envelope becomes one post, or a thread of them, through POST /2/tweets.

There is no idempotency key, so doubt is Unknown and `find` reads the account's own timeline. Part of a thread is
never posted over: whatever may be there already is looked for first. Replies to others are never written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import httpx

from engine import errors
from engine.channels import (
    Envelope,
    Limits,
    Picture,
    Receipt,
    counts,
    uploads,
    vendor_http,
    x_list,
    x_pictures,
    x_replies,
)
from engine.rules import lengths

NAME = "x"
API_URL = "https://api.x.com"
SECONDS = 15.0
"""For everything that one send asks; reading the last answer may add two."""
FIND_SECONDS = 20.0
CONNECTIONS = 4
METRICS = "tweet.fields=public_metrics,non_public_metrics"
"""How its numbers are asked for: X's own document already calls the parameter post.fields."""

_VENDOR = vendor_http.Vendor("X", "X_API_URL")
_FEED = re.compile(r"[0-9]{1,19}|@[A-Za-z0-9_]{1,50}")


def parts(envelope: Envelope) -> tuple[str, ...]:
    """The posts of the envelope, in order: a line of three hyphens or more begins the next. Raises Undeliverable.

    The option `link` is not used: on X a link is part of the approved words.
    """
    if sentence := lengths.fault(envelope.body):
        raise errors.Undeliverable(sentence)
    return lengths.posts(envelope.body)


def request_body(text: str, after: str = "", media: str = "") -> dict[str, object]:
    """The JSON of `POST /2/tweets`. `after` is the id of the post before it in a thread, `media` that of its picture."""
    body: dict[str, object] = {"text": text}
    if after:
        body["reply"] = {"in_reply_to_tweet_id": after}
    return body | {"media": {"media_ids": [media]}} if media else body


class X:
    """`token` is a user's OAuth 2 access token, good for two hours; it is not refreshed here. `now` is machine time.

    A client that is passed in stays open at `close`. Raises Misconfigured if a setting cannot be sent at all.
    """

    def __init__(
        self,
        token: str,
        *,
        api_url: str = API_URL,
        client: httpx.AsyncClient | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        seconds: float = SECONDS,
    ) -> None:
        self._base = vendor_http.endpoint(api_url, "", _VENDOR)
        self._headers = _headers(token)
        self._token, self._now, self._seconds = token, now, seconds
        self._owned = client is None
        self._client = client or vendor_http.client(timeout=SECONDS, connections=CONNECTIONS, keep=False)
        self._account: x_list.Account | None = None

    @property
    def name(self) -> str:
        return NAME

    @property
    def provider(self) -> str:
        return "x"

    @property
    def limits(self) -> Limits:
        """`body` is weighted, and of one post."""
        return Limits(concurrency=CONNECTIONS, body=lengths.X_MAX)

    @property
    def idempotent_for(self) -> timedelta:
        return timedelta(0)

    async def send(self, envelope: Envelope) -> Receipt:
        """The receipt holds the first post's id and page. Follows no redirect; 17 seconds in all, its picture included.

        The picture belongs to the first post, and is uploaded only while that is not there. A thread, or what a person
        sends again, goes on after the posts that are there already: those that the option `out` names, and
        those that X lists. As soon as one is there, whatever goes wrong is PartlyOut and says which.
        """
        texts, picture = parts(envelope), uploads.checked(NAME, envelope)
        ends = vendor_http.clock() + self._seconds
        done = _known(envelope, texts)
        try:
            account = await self._mine(envelope.to, self._seconds)
            if len(texts) > 1 or x_list.sent_again(envelope):
                start = x_list.ours_from(envelope, self._now())
                listed = await self._asking(ends - vendor_http.clock()).since(account, start, self._now())
                done = _first_of(_with_known(x_list.there(listed, texts), done, texts), texts, account)
            media = await self._uploaded(picture, ends) if picture and not done else ""
            while len(done) < len(texts):
                done = [*done, await self._next(envelope, account, texts, done, ends, "" if done else media)]
        except errors.ChannelError as error:
            raise _broken_off(error, done, texts, self._account) from None
        return _receipt(account, done[0])

    async def find(self, envelope: Envelope) -> Receipt | None:
        """The receipt once every part is on X; see x_list for what proves what. At most 20 seconds.

        Raises PartlyOut when X shows the first parts alone, and nothing that could be one of the others.
        """
        texts = parts(envelope)
        account = await self._mine(envelope.to, FIND_SECONDS / 4)
        start = x_list.ours_from(envelope, self._now())
        listed = await self._asking(FIND_SECONDS / 2).since(account, start, self._now())
        shown = x_list.there(listed, texts)
        found = _with_known(shown, _known(envelope, texts), texts)
        if len(found) == len(texts):
            return _receipt(account, found[0].id)
        told = _told(sorted(found), texts, account.page(found[min(found)].id)) if found else ""
        rest = [post for post in listed if post not in shown.values()]
        if x_list.doubtful(rest, [text for number, text in enumerate(texts) if number not in found]):
            raise errors.Unknown(f"{told} X has another post of the account that may be this one.".strip())
        if found and sorted(shown) == list(range(len(found))):
            raise errors.PartlyOut(told, [found[number].id for number in sorted(found)])
        if found:
            raise errors.Unknown(told)
        return None

    async def count(self, page: str, post: str) -> counts.Counts:
        """Of the first post of a thread. Clicks are only told about posts of ours that are at most thirty days old."""
        url = f"{self._base}/2/tweets?ids={post}&{METRICS}"
        answer = await vendor_http.get(
            self._client, url, self._headers, counts.SECONDS, _VENDOR, most=counts.LONGEST
        )
        return counts.x(counts.told(answer, _VENDOR.name))

    async def close(self) -> None:
        if self._owned:
            await self._client.aclose()

    async def _uploaded(self, picture: Picture, ends: float) -> str:
        asking = x_pictures.Asking(self._client, self._base, self._headers, _VENDOR)
        return await asking.uploaded(picture, (ends - vendor_http.clock()) * uploads.SHARE, self._now())

    async def _next(
        self,
        envelope: Envelope,
        account: x_list.Account,
        texts: Sequence[str],
        done: Sequence[str],
        ends: float,
        media: str,
    ) -> str:
        """The id of the part after those that are `done`: posted now, or found where X has it already."""
        left = ends - vendor_http.clock()
        if left < 1:
            raise errors.Transient("X takes too long. It is tried again later.")
        text = texts[len(done)]
        content = vendor_http.octets(request_body(text, done[-1] if done else "", media))
        url = f"{self._base}/2/tweets"
        answer = await vendor_http.post(self._client, url, content, self._headers, left, _VENDOR)
        try:
            return x_replies.posted(answer, self._now(), secret=self._token)
        except x_replies.Duplicate:
            return await self._duplicate(envelope, account, text, ends - vendor_http.clock())

    async def _duplicate(self, envelope: Envelope, account: x_list.Account, text: str, left: float) -> str:
        """The id of the post that has these words, if it is an earlier try of ours.

        Raises Undeliverable when it is older than that, Unknown when it cannot be found.
        """
        unsure = "X says that it has these words already, but not where."
        now = self._now()
        try:
            listed = await self._asking(left).since(account, now - x_list.LONG_AGO, now)
        except errors.ChannelError:
            raise errors.Unknown(unsure) from None
        ours = x_list.ours_from(envelope, now)
        if found := x_list.there([post for post in listed if post.at >= ours], [text]):
            return found[0].id
        if found := x_list.there(listed, [text]):
            raise errors.Undeliverable(
                f"X has the same words already: {account.page(found[0].id)}. Change them."
            )
        raise errors.Unknown(unsure)

    async def _mine(self, feed: str, seconds: float) -> x_list.Account:
        """The token's account, asked once. Raises Misconfigured unless it is the feed: another's page would be
        posted to, and another's timeline taken for ours."""
        if not _FEED.fullmatch(feed):
            raise errors.Misconfigured("The X feed must be a number or a name like @acme. Correct it.")
        if self._account is None:
            self._account = await self._asking(seconds).account(self._now())
        account = self._account
        if feed != account.id and feed.lower() != f"@{account.username}".lower():
            raise errors.Misconfigured(
                "The X token belongs to another account than the feed. Correct one of them."
            )
        return account

    def _asking(self, seconds: float) -> x_list.Asking:
        return x_list.Asking(self._client, self._base, self._headers, _VENDOR, max(seconds, 0.0))


def _known(envelope: Envelope, texts: Sequence[str]) -> list[str]:
    """The ids of the first posts of the thread that an earlier try is known to have posted; never all of them."""
    ids = [id_ for id_ in envelope.options.get("out", "").split(",") if x_replies.ID.match(id_)]
    return ids[: len(texts) - 1]


def _with_known(
    found: dict[int, x_list.Listed], known: Sequence[str], texts: Sequence[str]
) -> dict[int, x_list.Listed]:
    """What X lists, and what it named once whether it lists it or not."""
    return found | {number: x_list.Listed(id_, texts[number]) for number, id_ in enumerate(known)}


def _first_of(found: dict[int, x_list.Listed], texts: Sequence[str], account: x_list.Account) -> list[str]:
    """The ids of the parts that are there, if they are the first ones; what lacks its beginning is not continued."""
    numbers = sorted(found)
    if numbers != list(range(len(numbers))):
        raise errors.Unknown(_told(numbers, texts, account.page(found[numbers[0]].id)))
    return [found[number].id for number in numbers]


def _broken_off(
    error: errors.ChannelError, done: Sequence[str], texts: Sequence[str], account: x_list.Account | None
) -> errors.ChannelError:
    """Once something is there, nothing may say that surely nothing was sent."""
    if not done:
        return error
    told = _told(range(len(done)), texts, account.page(done[0]) if account else done[0])
    return errors.PartlyOut(f"{told} Send again goes on after it. {error.reason}", done, error)


def _told(numbers: Sequence[int], texts: Sequence[str], page: str) -> str:
    which = ", ".join(str(number + 1) for number in numbers)
    return f"Of {len(texts)} posts of the thread X has only {which}: {page}."


def _receipt(account: x_list.Account, post: str) -> Receipt:
    return Receipt(post, account.page(post))


def _headers(token: str) -> dict[str, str]:
    if not re.fullmatch(r"[!-~]+", token):
        raise errors.Misconfigured("The X token is empty or has spaces in it. Set it again.")
    return {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "User-Agent": "overture",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
    }
