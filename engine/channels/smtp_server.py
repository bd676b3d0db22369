"""The SMTP_URL, read and checked once. Never connects, never shows a value of the URL."""

from __future__ import annotations

import enum
import ipaddress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from engine import errors


class Tls(enum.StrEnum):
    """How the connection is protected. Certificates are checked in every mode but OFF."""

    OFF = "off"
    OFFERED = "offered"
    REQUIRED = "required"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int
    tls: Tls
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def loopback(self) -> bool:
        return _loopback(self.host)


def read(url: str) -> Server:
    """smtp:// is STARTTLS when offered, smtp+starttls:// or ?starttls=required always, smtps:// TLS at once.

    `?tls=off` never encrypts. User and password are percent-decoded; with them, a server that is not on this
    machine must encrypt: OFFERED becomes REQUIRED and OFF is refused. Default ports: 465 for smtps, 587 where
    STARTTLS is required, else 25. Raises Misconfigured.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise _wrong("it is not a URL") from None
    if parts.scheme not in {"smtp", "smtps", "smtp+starttls"} or not parts.hostname:
        raise _wrong("it must look like smtp://host:port or smtps://user:password@host")
    if parts.path not in {"", "/"} or parts.fragment:
        raise _wrong("nothing may follow the port; write # and / in a password as %23 and %2F")
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    tls = _tls(parts, with_login=bool(username))
    return Server(parts.hostname, port or _default_port(tls), tls, username, password)


def _tls(parts: SplitResult, *, with_login: bool) -> Tls:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not set(options.items()) <= {("tls", "off"), ("starttls", "required")} or len(options) > 1:
        raise _wrong("its only options are tls=off and starttls=required, one of them")
    if parts.scheme == "smtps":
        if options:
            raise _wrong("smtps:// takes no options")
        return Tls.IMPLICIT
    secret_leaves = with_login and not _loopback(parts.hostname or "")
    if "tls" in options:
        if parts.scheme != "smtp" or secret_leaves:
            raise _wrong("tls=off would send the password in clear; leave it out")
        return Tls.OFF
    required = parts.scheme == "smtp+starttls" or "starttls" in options or secret_leaves
    return Tls.REQUIRED if required else Tls.OFFERED


def _default_port(tls: Tls) -> int:
    return {Tls.IMPLICIT: 465, Tls.REQUIRED: 587}.get(tls, 25)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _wrong(why: str) -> errors.Misconfigured:
    return errors.Misconfigured(f"SMTP_URL cannot be used: {why}.")
