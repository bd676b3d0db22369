"""One outreach mail as bytes, text and HTML, assembled by hand from an envelope.

Knows nothing of servers. By hand because the standard library's EmailMessage is most of the CPU of a send.
"""

from __future__ import annotations

import binascii
import email.utils
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from engine import errors
from engine.channels import Envelope, headers, hypertext

_TOO_LONG = re.compile(rb"(?m)^(.{74,})(=20|=09)$")
_LITERAL = bytes(range(32, 127)).replace(b"=", b"") + b"\n"


@dataclass(frozen=True, slots=True)
class Mail:
    """`sender` and `recipient` as they stand in MAIL and RCPT; `content` is ASCII with CRLF, no dots stuffed."""

    sender: str
    recipient: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Words:
    """The two parts a recipient reads, whoever carries the mail. Line feeds only."""

    text: str
    html: str


def words(envelope: Envelope) -> Words:
    """The text part is the body as approved, a blank line, and the footer.

    The rule for the opt-out line: a footer that already holds `unsubscribe_url` is left alone, otherwise one line
    with the link ends the footer. Links in the body keep their wording; only the HTML part points them at
    `tracked`. Raises Undeliverable on half characters.
    """
    body, footer = _lines(envelope.body), _lines(envelope.footer)
    return Words(_plain_text(body, footer, envelope.unsubscribe_url), hypertext.page(envelope, body, footer))


def assemble(envelope: Envelope) -> Mail:
    """multipart/alternative, every line at most 998 octets and body lines at most 76.

    Raises Undeliverable if a value cannot stand in a mail, Misconfigured if our own address cannot.
    """
    recipient = headers.wire_address(envelope.to)
    sender = own_address(envelope.from_address)
    read = words(envelope)
    fields = _fields(envelope, sender, recipient)
    # "=_" occurs neither in quoted-printable nor in base64, so no content can hold the boundary.
    boundary = "=_" + hashlib.sha256(envelope.message_id.encode()).hexdigest()[:32]
    parts = (_part("plain", read.text), _part("html", read.html))
    return Mail(sender, recipient, _multipart(fields, boundary, parts))


def own_address(address: str) -> str:
    """MAIL_FROM as servers take it. Raises Misconfigured, or Undeliverable on CR, LF and NUL."""
    headers.safe("From", address)
    try:
        return headers.wire_address(address)
    except errors.Undeliverable:
        raise errors.Misconfigured("The sender's mail address is not valid. Correct MAIL_FROM.") from None


def _lines(value: str) -> str:
    """One kind of line end. Raises Undeliverable on half characters."""
    if not headers.encodable(value):
        raise errors.Undeliverable("The text holds a broken character. Type it again.")
    return value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value


def _fields(envelope: Envelope, sender: str, recipient: str) -> list[str]:
    fields = [
        headers.mailbox("From", envelope.from_name, sender),
        headers.mailbox("To", envelope.to_name, recipient),
        headers.text("Subject", envelope.subject),
        f"Date: {_date(envelope.at)}",
        f"Message-ID: {headers.message_id('Message-ID', envelope.message_id)}",
    ]
    if envelope.reply_to and envelope.reply_to != envelope.from_address:
        fields.append(headers.mailbox("Reply-To", "", headers.wire_address(envelope.reply_to)))
    if envelope.in_reply_to or envelope.references:
        fields += headers.thread(envelope.in_reply_to, envelope.references)
    if envelope.unsubscribe_url:
        fields += headers.unsubscribe(envelope.unsubscribe_url)
    return fields


def _date(at: datetime) -> str:
    return email.utils.format_datetime(at.astimezone(UTC))


def _plain_text(body: str, footer: str, unsubscribe_url: str) -> str:
    if unsubscribe_url and unsubscribe_url not in footer:
        line = f"Unsubscribe: {unsubscribe_url}"
        footer = f"{footer}\n{line}" if footer else line
    return f"{body}\n\n{footer}" if footer else body


def _part(subtype: str, content: str) -> bytes:
    octets = content.encode()
    name, encoded = _transfer(octets)
    return (
        b"Content-Type: text/%b; charset=utf-8\r\nContent-Transfer-Encoding: %b\r\n\r\n%b"
        % (subtype.encode(), name, encoded)
    )  # fmt: skip


def _transfer(octets: bytes) -> tuple[bytes, bytes]:
    """Quoted-printable while it is shorter: an octet it must escape costs three, base64 always costs 4/3."""
    escaped = len(octets.translate(None, _LITERAL))
    if escaped * 6 > len(octets):
        encoded = binascii.b2a_base64(octets.replace(b"\n", b"\r\n"), newline=False)
        return b"base64", b"\r\n".join(encoded[at : at + 76] for at in range(0, len(encoded), 76))
    encoded = binascii.b2a_qp(octets)
    if b"=20\n" in encoded or b"=09" in encoded or encoded.endswith(b"=20"):
        # binascii lets a line that ends in a space or tab grow to 78.
        encoded = _TOO_LONG.sub(rb"\1=\n\2", encoded)
    return b"quoted-printable", encoded.replace(b"\n", b"\r\n")


def _multipart(fields: list[str], boundary: str, parts: tuple[bytes, ...]) -> bytes:
    fields += ["MIME-Version: 1.0", f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"']
    mark = b"\r\n--" + boundary.encode()
    head = "\r\n".join(fields).encode("ascii")
    return head + b"\r\n" + b"".join(mark + b"\r\n" + part for part in parts) + mark + b"--\r\n"
