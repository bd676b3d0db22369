"""The channel `sms` over Twilio: one envelope becomes one text through POST Messages.json.

There is no idempotency key, so doubt is Unknown, and `find` asks Twilio's list of messages what became of it. Links
stay as they were written: a signed one would be longer than most texts.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import httpx

from engine import errors
from engine.channels import (
    Envelope,
    Limits,
    Receipt,
    twilio_list,
    twilio_replies,
    twilio_webhook,
    vendor_http,
)
from engine.channels.incoming import Call, Incoming
from engine.rules import segments

NAME = "sms"
API_URL = "https://api.twilio.com"
TIMEOUT = 15.0
CONNECTIONS = 8
FIND_SECONDS = 20.0
HOOK = "twilio"
PATH = f"/webhooks/{HOOK}"

_VENDOR = vendor_http.Vendor("Twilio", "TWILIO_API_URL")
_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}\Z")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}\Z")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_SHORT_CODE = re.compile(r"[0-9]{3,8}\Z")
_KEY = re.compile(r"[!-~]{1,256}\Z")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def sender(address: str) -> dict[str, str]:
    """The form field that names who sends. Raises Misconfigured if `address` is neither a number nor a service.

    A name instead of a number is refused: nobody could reply STOP to it.
    """
    if _SERVICE.match(address):
        return {"MessagingServiceSid": address}
    if _E164.match(address) or _SHORT_CODE.match(address):
        return {"From": address}
    raise errors.Misconfigured(
        "TWILIO_FROM must be a number like +15551230000 or a service, MG…. Correct it."
    )


def words(envelope: Envelope) -> str:
    """Everything that the person reads. Raises Undeliverable for what no text message can be."""
    if not envelope.body.strip():
        raise errors.Undeliverable("The text has no words. Write some.")
    text = segments.whole(envelope.body.replace("\r\n", "\n"), envelope.footer)
    if _UNPRINTABLE.search(text):
        raise errors.Undeliverable("The text holds a character that cannot be sent. Type it again.")
    over = segments.length(text) - segments.LIMIT
    if over > 0:
        raise errors.Undeliverable(f"The text is {over} characters too long for Twilio. Shorten it.")
    return text


def form(envelope: Envelope, callback: str) -> dict[str, str]:
    """The fields of `POST Messages.json`. Raises Undeliverable, or Misconfigured for our own number."""
    if not _E164.match(envelope.to):
        raise errors.Undeliverable("The phone number must be written like +15551230000. Correct it.")
    fields = {"To": envelope.to} | sender(envelope.from_address) | {"Body": words(envelope)}
    return fields | {"StatusCallback": callback} if callback else fields


class Twilio:
    """`public_url` is where Twilio may report back; empty when nobody can reach us. `now` is machine time, used only
    to reckon waits, `jitter` in [0, 1).

    A client that is passed in stays open at `close`. Raises Misconfigured if a setting cannot be sent at all.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        api_url: str = API_URL,
        public_url: str = "",
        client: httpx.AsyncClient | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._headers = _headers(account_sid, auth_token)
        self._account = account_sid
        self._url = vendor_http.endpoint(api_url, twilio_list.path(account_sid), _VENDOR)
        self._token = auth_token
        self._callback = _reachable(public_url, api_url)
        self._owned = client is None
        self._client = client or vendor_http.client(timeout=TIMEOUT, connections=CONNECTIONS, keep=False)
        self._now, self._jitter = now, jitter
        self._limited = 0

    @property
    def name(self) -> str:
        return NAME

    @property
    def provider(self) -> str:
        """With the account: another one's list does not show our messages."""
        return f"twilio-{self._account[-8:].lower()}"

    @property
    def limits(self) -> Limits:
        return Limits(concurrency=CONNECTIONS, body=segments.LIMIT)

    @property
    def idempotent_for(self) -> timedelta:
        return timedelta(0)

    async def send(self, envelope: Envelope) -> Receipt:
        """The receipt holds Twilio's id. Follows no redirect; 17 seconds in all."""
        content = _octets(form(envelope, self._report_to(envelope.key)))
        answer = await vendor_http.post(self._client, self._url, content, self._headers, TIMEOUT, _VENDOR)
        self._limited = self._limited + 1 if answer.status == 429 else 0
        wait = twilio_replies.pause(self._limited, self._jitter())
        return twilio_replies.receipt(answer, self._now(), wait)

    async def find(self, envelope: Envelope) -> Receipt | None:
        """Asks for every message to this number; see twilio_list for what proves what. At most 20 seconds."""
        ask = twilio_list.Asking(self._client, self._url, self._headers, _VENDOR, FIND_SECONDS)
        listed = await ask.everything(envelope.to, self._now())
        return twilio_list.verdict(listed, envelope, words(envelope))

    @property
    def hook(self) -> str:
        return HOOK

    @property
    def hook_answer(self) -> tuple[str, str]:
        """TwiML that says nothing: no words leave that nobody approved. Twilio itself confirms STOP and HELP."""
        return "text/xml", "<Response/>"

    def read(self, call: Call) -> tuple[Incoming, ...] | None:
        return twilio_webhook.read(call, self._token)

    async def close(self) -> None:
        if self._owned:
            await self._client.aclose()

    def _report_to(self, key: str) -> str:
        """Carries our key, so that a report is understood before the receipt is written down."""
        if not _KEY.match(key):
            raise errors.Undeliverable("This text has no key that Twilio could give back.")
        return f"{self._callback}?key={quote(key, safe='')}" if self._callback else ""


def _headers(account_sid: str, auth_token: str) -> dict[str, str]:
    if not _ACCOUNT.match(account_sid):
        raise errors.Misconfigured("TWILIO_ACCOUNT_SID must be AC and 32 digits from 0 to f. Correct it.")
    if not re.fullmatch(r"[!-~]+", auth_token):
        raise errors.Misconfigured("TWILIO_AUTH_TOKEN is empty or has spaces in it. Set it again.")
    basic = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
    return {
        "Authorization": f"Basic {basic}",
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "overture",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
    }


def is_here(api_url: str) -> bool:
    """Whether it is no vendor's but a stand-in on this machine."""
    host = vendor_http.web_host(api_url) or ""
    return host == "localhost" or host.startswith("127.")


def _reachable(public_url: str, api_url: str) -> str:
    """Where reports go; empty where Twilio cannot reach us. It calls no host with an underscore in its name."""
    if not public_url:
        return ""
    host = vendor_http.web_host(public_url)
    if not host or "_" in host:
        raise errors.Misconfigured(
            "PUBLIC_URL is no address that Twilio calls. Take _ out of the host's name."
        )
    here = "." not in host or host.startswith("127.")
    return "" if here and not is_here(api_url) else public_url.rstrip("/") + PATH


def _octets(fields: dict[str, str]) -> bytes:
    try:
        return urlencode(fields).encode()
    except UnicodeEncodeError:
        raise errors.Undeliverable("The text holds a broken character. Type it again.") from None
