"""Opens the networks that brands post on: each page over its own token, sealed in the database, or the environment's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.settings import Settings
from engine.channels import Channel, Limits, facebook, linkedin, x
from engine.channels.per_feed import FindingPerFeed, PerFeed
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
    kinds: dict[str, type[PerFeed]] = {"linkedin": PerFeed, "facebook": FindingPerFeed, "x": FindingPerFeed}

    async def token_of(feed: str) -> str:
        """The demo's stand-ins tell pages apart by a token that is the page's own address."""
        if not feed.isdecimal():
            return ""
        async with db.read() as conn:
            address, sealed = await brands.sealed_token(conn, int(feed))
        if sealed:
            return seal.open(sealed)
        return f"local-{address}" if demo and address else ""

    return {
        name: kinds[name](name, token_of, _maker(settings, name), LIMITS[name], opened.get(name))
        for name in kinds
    }


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
