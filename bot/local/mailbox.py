"""The mails that reached the local workspace: stored, read into their parts. It sends nothing."""

import email.message
import email.policy
import re
import secrets
from collections.abc import Callable
from datetime import datetime

from bot.local.store import Json, Store

_ADDRESS = re.compile(r"<(https?://[^<>\s]+)>")


class Mailbox:
    """What a loopback mail server hands over, newest last."""

    def __init__(self, store: Store, now: Callable[[], datetime], changed: Callable[..., None]) -> None:
        self._store, self._now, self._changed = store, now, changed

    def deliver(self, envelope_from: str, to: list[str], raw: bytes) -> Json:
        """Keep one mail; envelope addresses and the raw bytes as SMTP had them."""
        mail = _read(raw) | {"envelope_from": envelope_from, "envelope_to": list(to)}
        mail |= {
            "id": f"{len(self.mails()) + 1:06d}-{secrets.token_hex(3)}",
            "received": self._now().isoformat(),
        }
        mail["read"] = False
        self._store.put("mail", mail["id"], mail)
        self._changed("mail", "sidebar")
        return mail

    def mails(self) -> list[Json]:
        return self._store.all("mail")

    def mail(self, key: str) -> Json | None:
        return self._store.get("mail", key)

    def opened(self, mail: Json) -> None:
        if not mail["read"]:
            self._store.put("mail", mail["id"], mail | {"read": True})
            self._changed("mail", "sidebar")

    def unread(self) -> int:
        return sum(not mail["read"] for mail in self.mails())


def one_click(mail: Json) -> str | None:
    """The address an RFC 8058 one-click POST goes to; None when the mail offers none."""
    headers = {name.lower(): value for name, value in mail["headers"]}
    if headers.get("list-unsubscribe-post", "").strip() != "List-Unsubscribe=One-Click":
        return None
    found = _ADDRESS.search(headers.get("list-unsubscribe", ""))
    return found.group(1) if found else None


def _read(raw: bytes) -> Json:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    headers = [[name, " ".join(str(value).split())] for name, value in message.items()]
    names = {name.lower(): value for name, value in headers}
    return {
        "from": names.get("from", ""),
        "to": names.get("to", ""),
        "subject": names.get("subject", ""),
        "date": names.get("date", ""),
        "message_id": names.get("message-id", ""),
        "headers": headers,
        "text": _part(message, "plain"),
        "html": _part(message, "html"),
    }


def _part(message: email.message.EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    data = part.get_payload(decode=True)
    charset = part.get_content_charset("utf-8")
    try:
        return data.decode(charset, "replace") if isinstance(data, bytes) else str(data)
    except LookupError:
        return data.decode("utf-8", "replace") if isinstance(data, bytes) else ""
