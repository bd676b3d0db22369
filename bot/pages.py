"""Opens the networks that brands post on: each page over its own token, sealed in the database, or the environment's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.settings import Settings
from engine.channels import Channel, Limits, facebook, linkedin, page_tokens, vendor_http, x
from engine.channels.per_feed import PerFeed
from engine.rules import lengths
from engine.sealing import Seal
from storage import brands
from storage.db import Database

LIMITS = {
    "linkedin": Limits(linkedin.CONNECTIONS, linkedin.COMMENTARY_MAX),
    "facebook": Limits(facebook.CONNECTIONS, facebook.MESSAGE_MAX),
    "x": Limits(x.CONNECTIONS, lengths.X_MAX),
}


def open_all(
    settings: Settings, opened: Mapping[str, Channel], db: Database, seal: Seal, *, demo: bool
) -> dict[str, Channel]:
    """Every network, whether or not the environment has a token for it: a page may be connected at any time."""
    hosts = {"x": settings.x_api_url, "linkedin": settings.linkedin_oauth_url}
    tokens = {name: _Tokens(name, hosts.get(name, ""), db, seal, demo) for name in LIMITS}
    return {
        name: PerFeed(
            name, tokens[name].of, _maker(settings, name), limits, opened.get(name),
            tokens[name].renewed if name in page_tokens.NETWORKS else None,
        )
        for name, limits in LIMITS.items()
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Tokens:
    """The tokens of a network's pages; `host` is where they are renewed."""

    network: str
    host: str
    db: Database
    seal: Seal
    demo: bool

    async def of(self, feed: str) -> str:
        """The demo's stand-ins tell pages apart by a token that is the page's own address."""
        if not feed.isdecimal():
            return ""
        async with self.db.read() as conn:
            address, sealed = await brands.sealed_token(conn, int(feed))
        if not sealed:
            return f"local-{address}" if self.demo and address else ""
        secret = self.seal.open(sealed)
        kept = page_tokens.read(secret)
        if kept is None:
            return secret
        return kept.access_token if not kept.has_ended(datetime.now(UTC)) else await self.renewed(feed)

    async def renewed(self, feed: str, refused: str = "") -> str:
        """Under the row's lock, so that no two processes use up one refresh token; five seconds every two hours at most.

        `refused` is a token that the network accepts no longer, whatever its time says.
        """
        async with self.db.begin() as conn:
            _, sealed = await brands.sealed_token(conn, int(feed), lock=True)
            secret = self.seal.open(sealed) if sealed else ""
            kept = page_tokens.read(secret)
            if kept is None:
                return "" if refused else secret
            if kept.access_token != refused and not kept.has_ended(datetime.now(UTC)):
                return kept.access_token
            async with vendor_http.client(timeout=page_tokens.SECONDS, connections=1, keep=False) as client:
                new = await page_tokens.renewed(client, self.network, self.host, kept, datetime.now(UTC))
            await brands.renew_token(conn, int(feed), self.seal.close(new.written()))
        return new.access_token


def _maker(settings: Settings, network: str) -> Callable[[str], Channel]:
    def make(token: str) -> Channel:
        if network == "linkedin":
            return linkedin.LinkedIn(
                token, api_url=settings.linkedin_api_url, version=settings.linkedin_version
            )
        if network == "facebook":
            return facebook.Facebook(
                token,
                app_secret=settings.facebook_app_secret.get_secret_value(),
                api_url=settings.facebook_api_url,
                version=settings.facebook_version,
            )
        return x.X(token, api_url=settings.x_api_url)

    return make
