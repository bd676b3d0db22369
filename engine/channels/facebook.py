"""The feed channel `facebook`: one envelope becomes one post on a Facebook page through the Graph API.

There is no idempotency key, so doubt is Unknown, and `find` asks for the page's posts. The token is only ever a
header: addresses get into logs.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from engine import errors
from engine.channels import (
    Envelope,
    Limits,
    Receipt,
    counts,
    facebook_list,
    facebook_pictures,
    facebook_replies,
    listed_posts,
    uploads,
    vendor_http,
)

NAME = "facebook"
API_URL = "https://graph.facebook.com"
VERSION = "v26.0"
MESSAGE_MAX = 63_206
TIMEOUT = 15.0
CONNECTIONS = 2
FIND_SECONDS = 20.0

_VENDOR = vendor_http.Vendor("Facebook", "FACEBOOK_API_URL")
_PAGE = re.compile(r"[1-9][0-9]{0,29}\Z")


def request_body(envelope: Envelope, photo: str = "") -> dict[str, object]:
    """The JSON of a post of the page's feed; `photo` is the id of its picture.

    Option `link`: it gets a preview and points at its `tracked` address. A picture takes the preview's place. Raises
    Undeliverable.
    """
    message, link = _message(envelope.body), envelope.options.get("link", "")
    if link and not vendor_http.web_host(link):
        raise errors.Undeliverable("The post's link is not a web address. Correct it.")
    if envelope.picture:
        return {"message": message, "published": True, "attached_media": [{"media_fbid": photo}]}
    target = {"link": envelope.tracked.get(link, link)} if link else {}
    return {"message": message, "published": True, **target}


class Facebook:
    """`app_secret` signs every request where the app demands it; empty where it does not. `version` is Graph's, v26.0.

    `now` is machine time, used only to reckon waits. A client that is passed in stays open at `close`. Raises
    Misconfigured if a setting cannot be sent at all.
    """

    def __init__(
        self,
        token: str,
        *,
        app_secret: str = "",
        api_url: str = API_URL,
        version: str = VERSION,
        client: httpx.AsyncClient | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._headers = _headers(token)
        self._root = _root(api_url, version)
        self._secrets = tuple(filter(None, (token, app_secret)))
        self._proof = _proof(token, app_secret)
        self._owned = client is None
        self._client = client or vendor_http.client(timeout=TIMEOUT, connections=CONNECTIONS, keep=False)
        self._now = now

    @property
    def name(self) -> str:
        return NAME

    @property
    def provider(self) -> str:
        """With a mark of the token, which belongs to one page: another page's list does not show our posts."""
        return f"facebook-{hashlib.sha256(self._secrets[0].encode()).hexdigest()[:8]}"

    @property
    def limits(self) -> Limits:
        return Limits(concurrency=CONNECTIONS, body=MESSAGE_MAX)

    @property
    def idempotent_for(self) -> timedelta:
        return timedelta(0)

    async def send(self, envelope: Envelope) -> Receipt:
        """The receipt holds pageid_postid and where it stands. Follows no redirect; 17 seconds in all, its picture
        included.

        Whatever goes wrong with the picture goes wrong before the post: surely nothing was published.
        """
        ends = vendor_http.clock() + TIMEOUT
        picture, page = uploads.checked(NAME, envelope), self._of_page(envelope)
        content = vendor_http.octets(request_body(envelope) | self._proof)
        if picture:
            photos = facebook_pictures.Asking(
                self._client, f"{page}/photos", self._headers, _VENDOR, self._proof, self._secrets
            )
            photo = await photos.uploaded(picture, TIMEOUT * uploads.SHARE, self._now())
            content = vendor_http.octets(request_body(envelope, photo) | self._proof)
        url = f"{page}/feed?fields=id,permalink_url"
        left = ends - vendor_http.clock()
        answer = await vendor_http.post(self._client, url, content, self._headers, left, _VENDOR)
        return facebook_replies.receipt(answer, self._now(), self._secrets)

    async def find(self, envelope: Envelope) -> Receipt | None:
        """Looks through the page's posts; see listed_posts for what proves what. At most 20 seconds."""
        url = f"{self._of_page(envelope)}/published_posts?{urlencode(facebook_list.ASKED | self._proof)}"
        ask = facebook_list.Asking(self._client, url, self._headers, _VENDOR, FIND_SECONDS)
        posts = await ask.posts(listed_posts.since(envelope), self._now())
        return listed_posts.verdict(posts, envelope)

    async def count(self, page: str, post: str) -> counts.Counts:
        """Two questions: what people did, and who saw it, which needs a permission of its own."""
        wanted = {"fields": "shares,comments.summary(true),reactions.summary(true)"} | self._proof
        did = await self._told(f"{self._root}/{post}?{urlencode(wanted)}")
        asked = {"metric": "post_total_media_view_unique,post_clicks"} | self._proof
        try:
            seen = await self._told(f"{self._root}/{post}/insights?{urlencode(asked)}")
        except errors.ChannelError:
            seen = {}
        return counts.facebook(did, seen)

    async def _told(self, url: str) -> Mapping[str, Any]:
        answer = await vendor_http.get(
            self._client, url, self._headers, counts.SECONDS, _VENDOR, most=counts.LONGEST
        )
        return counts.told(answer, _VENDOR.name)

    async def close(self) -> None:
        if self._owned:
            await self._client.aclose()

    def _of_page(self, envelope: Envelope) -> str:
        if not _PAGE.match(envelope.to):
            raise errors.Misconfigured("The Facebook page must be its number. Correct it in the settings.")
        return f"{self._root}/{envelope.to}"


def _message(body: str) -> str:
    if not body.strip():
        raise errors.Undeliverable("The post has no text. Write some.")
    over = len(body) - MESSAGE_MAX
    if over > 0:
        raise errors.Undeliverable(f"The post is {over} characters too long for Facebook. Shorten it.")
    return body


def _headers(token: str) -> dict[str, str]:
    if not re.fullmatch(r"[!-~]+", token):
        raise errors.Misconfigured("FACEBOOK_PAGE_TOKEN is empty or has spaces in it. Set it again.")
    return {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "User-Agent": "overture",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
    }


def _root(api_url: str, version: str) -> str:
    if not re.fullmatch(r"v[0-9]{1,3}\.0", version, re.ASCII):
        raise errors.Misconfigured("FACEBOOK_VERSION must be a version like v26.0. Correct it.")
    return vendor_http.endpoint(api_url, f"/{version}", _VENDOR)


def _proof(token: str, app_secret: str) -> dict[str, str]:
    """`appsecret_proof`: that whoever holds the token knows the app's secret too."""
    if not app_secret:
        return {}
    if not re.fullmatch(r"[!-~]+", app_secret):
        raise errors.Misconfigured("FACEBOOK_APP_SECRET has spaces in it. Set it again.")
    return {"appsecret_proof": hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()}
