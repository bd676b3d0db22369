"""Seals secrets that must lie in the database: the newest key of SECRET_KEY seals, all of them open. Logs nothing."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from engine.errors import Misconfigured
from engine.rules import links

PURPOSE = "feed token"


class Seal:
    """`keys` is the SECRET_KEY list, newest first; each gives a key of its own for this purpose (HKDF)."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        derived = (base64.urlsafe_b64encode(links.derive(key, PURPOSE)) for key in keys)
        self._fernet = MultiFernet([Fernet(key) for key in derived])

    def close(self, text: str) -> str:
        """The sealed text: only somebody with the key can read or alter it."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """What was sealed. Raises Misconfigured when no present key opens it."""
        try:
            return self._fernet.decrypt(sealed.encode("ascii", "replace")).decode()
        except InvalidToken:
            raise Misconfigured(
                "The stored token was sealed with another SECRET_KEY. Connect it again."
            ) from None

    def renew(self, sealed: str) -> str:
        """The same secret under the newest key. Raises Misconfigured like `open`."""
        return self.close(self.open(sealed))
