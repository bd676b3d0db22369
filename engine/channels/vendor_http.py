"""How a channel asks a vendor over HTTP: one exchange, no redirect followed, only the start of the answer read.

Says whether a request that got no answer may have left. Knows no vendor, no envelope and no meaning of a status.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import httpx

from engine import errors, faults

ANSWER_MAX = 16_384
ANSWER_SECONDS = 2.0

_CONNECT_TIMEOUT = 4.0
_BEFORE_WRITING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@dataclass(frozen=True, slots=True)
class Vendor:
    """The words of an error: who does not answer, and the setting that holds the address."""

    name: str
    setting: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is the start of what was said; empty when it was packed, which nobody asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def client(*, timeout: float, connections: int, keep: bool) -> httpx.AsyncClient:
    """At most `connections` requests in flight. `keep` their connections for a few seconds.

    Only for vendors that know an idempotency key: a kept connection may be gone, and leave a request in doubt.
    """
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections if keep else 0)
    patience = httpx.Timeout(timeout, connect=_CONNECT_TIMEOUT, pool=_CONNECT_TIMEOUT)
    return httpx.AsyncClient(timeout=patience, limits=limits, follow_redirects=False, verify=trusted())


@cache
def trusted() -> ssl.SSLContext:
    """As httpx would make it, once for all clients: to read the authorities takes it 50 ms a client."""
    return httpx.create_ssl_context()


async def post(
    wire: httpx.AsyncClient,
    url: str,
    content: bytes,
    headers: Mapping[str, str],
    timeout: float,
    vendor: Vendor,
) -> Answer:
    """`timeout`, seconds, until the answer begins; reading it takes at most ANSWER_SECONDS more.

    Raises Misconfigured for an impossible address, Transient if surely nothing left, Unknown if it may have.
    """
    try:
        async with asyncio.timeout(timeout):
            request = wire.build_request("POST", url, content=content, headers=dict(headers))
            response = await wire.send(request, stream=True, follow_redirects=False)
    except httpx.InvalidURL:
        raise errors.Misconfigured(f"{vendor.setting} is not a web address. Correct it.") from None
    except _BEFORE_WRITING:
        raise errors.Transient(f"{vendor.name} cannot be reached. It is tried again later.") from None
    except (TimeoutError, httpx.HTTPError):
        raise errors.Unknown(f"{vendor.name} did not answer whether it took the message.") from None
    try:
        await faults.point(faults.Point.ON_THE_WIRE)
        return Answer(response.status_code, response.headers, await _start_of(response, ANSWER_MAX))
    finally:
        await response.aclose()


async def get(
    wire: httpx.AsyncClient,
    url: str,
    headers: Mapping[str, str],
    timeout: float,
    vendor: Vendor,
    *,
    most: int,
) -> Answer:
    """Asks without changing anything: `timeout`, seconds, in all, and at most `most` octets of the body.

    Raises Misconfigured for an impossible address, Transient for whatever else goes wrong.
    """
    failed = f"{vendor.name} does not tell. It is asked again later."
    return await _repeatable(wire, _Asked("GET", url, headers), timeout, vendor, most=most, failed=failed)


async def upload(
    wire: httpx.AsyncClient,
    url: str,
    content: bytes,
    headers: Mapping[str, str],
    timeout: float,
    vendor: Vendor,
    *,
    method: str = "POST",
) -> Answer:
    """Hands over what nobody sees before a later request posts it: `timeout`, seconds, in all.

    Raises as `get` does, and never Unknown.
    """
    failed = f"{vendor.name} did not take the picture. It is tried again later."
    asked = _Asked(method, url, headers, content)
    return await _repeatable(wire, asked, timeout, vendor, most=ANSWER_MAX, failed=failed)


def clock() -> float:
    """Seconds of a clock that only goes forward, for the end of a send that has several requests."""
    return asyncio.get_running_loop().time()


def endpoint(api_url: str, path: str, vendor: Vendor) -> str:
    """The address to call. Raises Misconfigured if the setting is no web address."""
    if not web_host(api_url):
        raise errors.Misconfigured(f"{vendor.setting} is not a web address. Correct it.")
    return api_url.rstrip("/") + path


def web_host(link: str) -> str:
    """The host of a link that starts with http:// or https://; empty if it is none."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in {"http", "https"} and link.isprintable() else ""


def octets(content: Mapping[str, object]) -> bytes:
    """JSON in UTF-8. Raises Undeliverable on half characters."""
    try:
        return json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise errors.Undeliverable("The message holds a broken character. Type it again.") from None


@dataclass(frozen=True, slots=True)
class _Asked:
    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None = None


async def _repeatable(
    wire: httpx.AsyncClient, asked: _Asked, timeout: float, vendor: Vendor, *, most: int, failed: str
) -> Answer:
    """An exchange that may be repeated at will, so that nothing about it is in doubt."""
    try:
        async with asyncio.timeout(timeout):
            request = wire.build_request(
                asked.method, asked.url, content=asked.content, headers=dict(asked.headers)
            )
            response = await wire.send(request, stream=True, follow_redirects=False)
            try:
                return Answer(response.status_code, response.headers, await _start_of(response, most))
            finally:
                await response.aclose()
    except httpx.InvalidURL:
        raise errors.Misconfigured(f"{vendor.setting} is not a web address. Correct it.") from None
    except (TimeoutError, httpx.HTTPError):
        raise errors.Transient(failed) from None


async def _start_of(response: httpx.Response, most: int) -> bytes:
    """What was answered stays answered if the body breaks off, drips or has no end."""
    body = b""
    if "content-encoding" in response.headers:
        return body
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            async for chunk in response.aiter_bytes(4096):
                body += chunk
                if len(body) >= most:
                    break
    except (TimeoutError, httpx.HTTPError):
        return body
    return body[:most]
