"""Signed links: what an open, a click or an unsubscribe carries, and which links a text holds.

Never stores or resolves anything: a token names a message and a number, and proves that we wrote it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_ID_BYTES, _NUMBER_BYTES, _MAC_BYTES = 6, 2, 16  # 24 bytes are 32 characters with no spare bits to alter
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_LINK = re.compile(r"\bhttps?://[^\s<>\"“”«»\x00-\x1f]+", re.IGNORECASE)
_TRAILING = ".,;:!?'’*_~|…"
_PAIRS = {")": "(", "]": "[", "}": "{"}


def derive(secret: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose out of one SECRET_KEY (HKDF-SHA256)."""
    return HKDF(SHA256(), length=32, salt=None, info=b"overture " + purpose.encode()).derive(secret)


class Signer:
    """Signs with the newest key and reads with all. `keys` is the SECRET_KEY list, newest first."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        if not keys or not all(keys):
            raise ValueError("signing needs at least one key, none of them empty")
        self._keys = keys
        self._derived: dict[str, tuple[bytes, ...]] = {}

    def sign(self, purpose: str, message_id: int, n: int = 0) -> str:
        """A 32-character URL-safe token for `message_id` (under 2^48) and link number `n` (under 2^16)."""
        payload = message_id.to_bytes(_ID_BYTES, "big") + n.to_bytes(_NUMBER_BYTES, "big")
        return base64.b64encode(_mac(self._for(purpose)[0], payload) + payload, b"-_").decode("ascii")

    def read(self, purpose: str, token: str) -> tuple[int, int] | None:
        """(message id, n) of a token signed for `purpose`; None for anything else. Never raises, constant time."""
        if not _TOKEN.fullmatch(token):
            return None
        raw = base64.urlsafe_b64decode(token)
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        matches = [hmac.compare_digest(mac, _mac(key, payload)) for key in self._for(purpose)]
        if not any(matches):
            return None
        return int.from_bytes(payload[:_ID_BYTES], "big"), int.from_bytes(payload[_ID_BYTES:], "big")

    def _for(self, purpose: str) -> tuple[bytes, ...]:
        if purpose not in self._derived:
            self._derived[purpose] = tuple(derive(key, f"link {purpose}") for key in self._keys)
        return self._derived[purpose]


def open_url(public_url: str, token: str) -> str:
    """Where the open pixel points."""
    return f"{public_url.rstrip('/')}/o/{token}"


def click_url(public_url: str, token: str) -> str:
    """Where a link in a mail points before it is redirected."""
    return f"{public_url.rstrip('/')}/c/{token}"


def unsubscribe_url(public_url: str, token: str) -> str:
    """Where both the one-click POST (RFC 8058) and the page live."""
    return f"{public_url.rstrip('/')}/u/{token}"


def links_in(text: str) -> tuple[str, ...]:
    """The http(s) links of a text as written and in order, repeats included; the n-th is link number n.

    Punctuation that ends a sentence and brackets that were opened outside are not part of a link.
    """
    if "://" not in text:
        return ()
    found = (_trimmed(match.group()) for match in _LINK.finditer(text))
    return tuple(link for link in found if re.match(r"(?i)https?://\w", link))


def _mac(key: bytes, payload: bytes) -> bytes:
    """Keyed BLAKE2b (RFC 7693, section 2.9): a MAC by itself, in one pass."""
    return hashlib.blake2b(payload, key=key, digest_size=_MAC_BYTES).digest()


def _trimmed(link: str) -> str:
    unopened = {close: link.count(close) - link.count(open_) for close, open_ in _PAIRS.items()}
    end = len(link)
    while end:
        last = link[end - 1]
        if unopened.get(last, 0) > 0:
            unopened[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return link[:end]
