"""The feed channel `linkedin`: one envelope becomes one post through LinkedIn's Posts API.

Posts only; LinkedIn allows no automatic direct messages. There is no idempotency key, so doubt is Unknown, and
`find` asks for the page's posts where LinkedIn shows them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import httpx

from engine import errors
from engine.channels import (
    Envelope,
    Limits,
    Receipt,
    counts,
    linkedin_list,
    linkedin_pictures,
    linkedin_replies,
    listed_posts,
    little_text,
    uploads,
    vendor_http,
)

NAME = "linkedin"
API_URL = "https://api.linkedin.com"
VERSION = "202607"
COMMENTARY_MAX = 3000
TIMEOUT = 15.0
CONNECTIONS = 8
FIND_SECONDS = 20.0

_VENDOR = vendor_http.Vendor("LinkedIn", "LINKEDIN_API_URL")
_AUTHOR = re.compile(r"urn:li:(person|organization):[A-Za-z0-9_-]+\Z")


def commentary(body: str) -> str:
    """The post's words as they go over the wire. Raises Undeliverable if empty or over 3,000 characters.

    The limit counts the escaping backslashes: LinkedIn cuts longer text silently and does not say what it counts.
    """
    if not body.strip():
        raise errors.Undeliverable("The post has no text. Write some.")
    escaped = little_text.escape(body)
    if len(escaped) > COMMENTARY_MAX:
        raise errors.Undeliverable(
            f"The post is {len(escaped) - COMMENTARY_MAX} characters too long for LinkedIn. Shorten it."
        )
    return escaped


def request_body(envelope: Envelope, image: str = "") -> dict[str, object]:
    """The JSON of `POST /rest/posts`. `envelope.to` is the author's URN, `image` that of its picture.

    Options `link`, `title`, `description`: the link becomes an article, pointing at its `tracked` address; the title
    is the link's host when there is none. A picture takes the article's place.

    Raises Undeliverable, or Misconfigured for a feed that is no URN.
    """
    post: dict[str, object] = {
        "author": _author(envelope),
        "commentary": commentary(envelope.body),
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    if envelope.picture:
        alt = {"altText": envelope.picture.alt} if envelope.picture.alt.strip() else {}
        return post | {"content": {"media": {"id": image, **alt}}}
    article = _article(envelope)
    return post | {"content": {"article": article}} if article else post


class LinkedIn:
    """`version` is LinkedIn's month, YYYYMM. `now` is machine time, used only to reckon waits.

    A client that is passed in stays open at `close`. Raises Misconfigured if a setting cannot be sent at all.
    """

    def __init__(
        self,
        token: str,
        *,
        api_url: str = API_URL,
        version: str = VERSION,
        client: httpx.AsyncClient | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._root = vendor_http.endpoint(api_url, "/rest", _VENDOR)
        self._headers = _headers(token, version)
        self._token = token
        self._owned = client is None
        self._client = client or vendor_http.client(timeout=TIMEOUT, connections=CONNECTIONS, keep=False)
        self._now = now
        self._throttled_on: datetime | None = None

    @property
    def name(self) -> str:
        return NAME

    @property
    def provider(self) -> str:
        return "linkedin"

    @property
    def limits(self) -> Limits:
        return Limits(concurrency=CONNECTIONS, body=COMMENTARY_MAX)

    @property
    def idempotent_for(self) -> timedelta:
        return timedelta(0)

    async def send(self, envelope: Envelope) -> Receipt:
        """The receipt holds the post's URN and its page. Follows no redirect; 17 seconds in all, its picture included.

        Whatever goes wrong with the picture goes wrong before the post: surely nothing was published.
        """
        ends = vendor_http.clock() + TIMEOUT
        picture = uploads.checked(NAME, envelope)
        content = vendor_http.octets(request_body(envelope))
        if picture:
            images = linkedin_pictures.Asking(
                self._client, f"{self._root}/images", self._headers, _VENDOR, self._throttled
            )
            image = await images.uploaded(envelope.to, picture, TIMEOUT * uploads.SHARE)
            content = vendor_http.octets(request_body(envelope, image))
        answer = await self._ask(content, ends - vendor_http.clock())
        if answer.status == 429:
            raise self._throttled(answer)
        self._throttled_on = None
        return linkedin_replies.receipt(answer, secret=self._token)

    async def find(self, envelope: Envelope) -> Receipt | None:
        """Looks through an organisation's posts; see listed_posts for what proves what. At most 20 seconds.

        Raises Unaskable where LinkedIn does not list them: for persons, and without the permission to read.
        """
        author, url = _author(envelope), f"{self._root}/posts"
        ask = linkedin_list.Asking(
            self._client, url, author, self._headers, _VENDOR, FIND_SECONDS, self._token
        )
        posts = await ask.posts(listed_posts.since(envelope), self._now())
        return listed_posts.verdict(posts, envelope)

    async def count(self, page: str, post: str) -> counts.Counts:
        """The totals of an organisation's post; a person's posts have none that this API shows."""
        if not linkedin_list.is_organisation(page):
            return counts.Counts()
        which = "ugcPosts" if post.startswith("urn:li:ugcPost:") else "shares"
        query = f"q=organizationalEntity&organizationalEntity={quote(page, safe='')}&{which}=List({quote(post, safe='')})"
        url = f"{self._root}/organizationalEntityShareStatistics?{query}"
        answer = await vendor_http.get(
            self._client, url, self._headers, counts.SECONDS, _VENDOR, most=counts.LONGEST
        )
        return counts.linkedin(counts.told(answer, _VENDOR.name))

    async def close(self) -> None:
        if self._owned:
            await self._client.aclose()

    async def _ask(self, post: bytes, seconds: float) -> linkedin_replies.Answer:
        url = f"{self._root}/posts"
        answer = await vendor_http.post(self._client, url, post, self._headers, seconds, _VENDOR)
        return linkedin_replies.Answer(
            answer.status,
            answer.body,
            post_id=answer.headers.get("x-restli-id", ""),
            retry_after=answer.headers.get("retry-after", ""),
        )

    def _throttled(self, answer: linkedin_replies.Answer) -> errors.RateLimited:
        now = self._now().astimezone(UTC)
        again = self._throttled_on is not None and self._throttled_on.date() == now.date()
        self._throttled_on = now
        return linkedin_replies.rate_limited(answer, now, again=again)


def _author(envelope: Envelope) -> str:
    if not _AUTHOR.match(envelope.to):
        raise errors.Misconfigured(
            "The LinkedIn feed must be a URN like urn:li:organization:123. Correct it in the settings."
        )
    return envelope.to


def _article(envelope: Envelope) -> dict[str, str]:
    link = envelope.options.get("link", "")
    if not link:
        return {}
    host = vendor_http.web_host(link)
    if not host:
        raise errors.Undeliverable("The post's link is not a web address. Correct it.")
    article = {
        "source": envelope.tracked.get(link, link),
        "title": envelope.options.get("title", "").strip() or host,
    }
    description = envelope.options.get("description", "")
    return article | {"description": description} if description else article


def _headers(token: str, version: str) -> dict[str, str]:
    if not re.fullmatch(r"[!-~]+", token):
        raise errors.Misconfigured("The LinkedIn token is empty or has spaces in it. Set it again.")
    if not re.fullmatch(r"20\d{4}", version, re.ASCII):
        raise errors.Misconfigured("The LinkedIn version must be a month like 202607. Correct it.")
    return {
        "Authorization": f"Bearer {token}",
        "LinkedIn-Version": version,
        "X-Restli-Protocol-Version": "2.0.0",
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
    }
