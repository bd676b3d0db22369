"""The channel `email` over Resend: one envelope becomes one mail through POST /emails.

The idempotency key makes doubt harmless for a day: the same request may be repeated, and arrives once. Resend gives
every mail a Message-ID of its own, so ours is not sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx

from engine import errors
from engine.channels import Envelope, Limits, Receipt, headers, mime, resend_replies, vendor_http

NAME = "email"
API_URL = "https://api.resend.com"
TIMEOUT = 15.0
CONNECTIONS = 8
KEPT = timedelta(hours=24)
TAG = "overture_key"

_VENDOR = vendor_http.Vendor("Resend", "RESEND_API_URL")
_KEY = re.compile(r"[!-~]{1,256}\Z")
_TAG_VALUE = re.compile(r"[^A-Za-z0-9_-]")
_MISREAD = re.compile(r'[<>"\\=\x00-\x1f\x7f]+')
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 '-]+\Z")


def request_body(envelope: Envelope) -> dict[str, object]:
    """The JSON of `POST /emails`; the same envelope always gives the same, whatever `at` says.

    Text and HTML are those of a mail over SMTP. The tag carries the key, so that a webhook can name the message.
    Raises Undeliverable if a value cannot stand in a mail, Misconfigured if our own address cannot.
    """
    sender, recipient = mime.own_address(envelope.from_address), headers.wire_address(envelope.to)
    words = mime.words(envelope)
    mail: dict[str, object] = {
        "from": _person("From", envelope.from_name, sender),
        "to": [_person("To", envelope.to_name, recipient)],
        "subject": _subject(envelope.subject),
        "text": words.text,
        "html": words.html,
        "headers": _headers(envelope),
        "tags": [{"name": TAG, "value": _TAG_VALUE.sub("-", envelope.key)}],
    }
    if envelope.reply_to and envelope.reply_to != envelope.from_address:
        mail["reply_to"] = [headers.wire_address(envelope.reply_to)]
    return mail


class Resend:
    """`now` is machine time, used only to reckon waits.

    A client that is passed in stays open at `close`. Raises Misconfigured if a setting cannot be sent at all.
    """

    def __init__(
        self,
        api_key: str,
        *,
        api_url: str = API_URL,
        client: httpx.AsyncClient | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if not re.fullmatch(r"[!-~]+", api_key):
            raise errors.Misconfigured("RESEND_API_KEY is empty, or holds what no key can. Set it again.")
        self._url = vendor_http.endpoint(api_url, "/emails", _VENDOR)
        self._headers = {
            "Authorization": f"Bearer {api_key}",
            "Content-Type": "application/json",
            "User-Agent": "overture",
            "Accept-Encoding": "identity",
        }
        self._owned = client is None
        self._client = client or vendor_http.client(timeout=TIMEOUT, connections=CONNECTIONS, keep=True)
        self._now = now

    @property
    def name(self) -> str:
        return NAME

    @property
    def provider(self) -> str:
        return "resend"

    @property
    def limits(self) -> Limits:
        return Limits(concurrency=CONNECTIONS, subject=headers.SUBJECT_MAX)

    @property
    def idempotent_for(self) -> timedelta:
        return KEPT

    async def send(self, envelope: Envelope) -> Receipt:
        """The receipt holds Resend's id. Follows no redirect; 17 seconds in all."""
        if not _KEY.match(envelope.key):
            raise errors.Undeliverable("This mail has no key that Resend would take.")
        content = vendor_http.octets(request_body(envelope))
        sent = self._headers | {"Idempotency-Key": envelope.key}
        answer = await vendor_http.post(self._client, self._url, content, sent, TIMEOUT, _VENDOR)
        return resend_replies.receipt(answer, self._now())

    async def close(self) -> None:
        if self._owned:
            await self._client.aclose()


def _person(field: str, name: str, address: str) -> str:
    """`name <address>`. Characters by which a parser could take the name for an address are left out of it."""
    headers.mailbox(field, name, address)  # refuses what no mail may hold
    name = " ".join(_MISREAD.sub(" ", name).split())
    if not name:
        return address
    return f"{name} <{address}>" if _PLAIN_NAME.match(name) else f'"{name}" <{address}>'


def _subject(subject: str) -> str:
    """As it is: Resend encodes it. What a reader would take for an encoded-word would not show what was approved."""
    headers.text("Subject", subject)  # refuses what no mail may hold
    if "=?" in subject:
        raise errors.Undeliverable('The Subject holds "=?", which mail programs misread. Change it.')
    return subject


def _headers(envelope: Envelope) -> dict[str, str]:
    fields = headers.thread(envelope.in_reply_to, envelope.references)
    if envelope.unsubscribe_url:
        fields += headers.unsubscribe(envelope.unsubscribe_url)
    pairs = (field.replace("\r\n", "").partition(": ") for field in fields)
    return {name: value for name, _, value in pairs}
