"""Access tokens that end and can be renewed: what is kept of one besides itself, and how the next one is asked for.

X's last two hours, and a renewal gives a new refresh token and ends the old one, so it is done under a lock by who can
store the new one. LinkedIn's last 60 days; it gives refresh tokens to approved partners alone, for 365 days from the
first grant. Sources: the fact sheets on X and LinkedIn.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlencode

import httpx

from engine import errors
from engine.channels import vendor_http, vendor_words

SECONDS = 5.0
EARLY = timedelta(minutes=5)
"""A token is renewed this long before it ends: a send that has begun must not outlive it."""

_WORD = re.compile(r"[!-~]{1,2048}")


@dataclass(frozen=True, slots=True)
class Renewing:
    """Where a network renews a token, how many seconds one lasts when it does not say, and how it is told the secret."""

    vendor: vendor_http.Vendor
    path: str
    lasts: int
    secret_in_form: bool


NETWORKS = {
    "x": Renewing(vendor_http.Vendor("X", "X_API_URL"), "/2/oauth2/token", 7_200, secret_in_form=False),
    "linkedin": Renewing(
        vendor_http.Vendor("LinkedIn", "LINKEDIN_OAUTH_URL"),
        "/oauth/v2/accessToken",
        5_184_000,
        secret_in_form=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """`client_secret` is empty for public clients; `expires_at` is ISO 8601 in UTC, empty when nobody knows."""

    access_token: str
    refresh_token: str
    client_id: str
    client_secret: str = ""
    expires_at: str = ""

    def has_ended(self, now: datetime) -> bool:
        """Whether it ends so soon that it is renewed first."""
        try:
            return datetime.fromisoformat(self.expires_at) - EARLY <= now
        except ValueError:
            return True

    def written(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def read(secret: str) -> Credentials | None:
    """What was kept, or what a person gave as a JSON object; None for a token alone, or anything else."""
    try:
        found = json.loads(secret) if secret.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    values = {name: str(found.get(name) or "") for name in Credentials.__slots__}
    needed = ("access_token", "refresh_token", "client_id")
    fits = all(_WORD.fullmatch(value) for value in values.values() if value)
    return Credentials(**values) if fits and all(values[name] for name in needed) else None


async def renewed(
    client: httpx.AsyncClient, network: str, url: str, kept: Credentials, now: datetime
) -> Credentials:
    """The next token; `url` is the host. Raises Misconfigured when it is refused, Transient when nobody can be asked now."""
    how = NETWORKS[network]
    name = how.vendor.name
    form = {"grant_type": "refresh_token", "refresh_token": kept.refresh_token, "client_id": kept.client_id}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Encoding": "identity"}
    if kept.client_secret and how.secret_in_form:
        form["client_secret"] = kept.client_secret
    elif kept.client_secret:
        pair = base64.b64encode(f"{kept.client_id}:{kept.client_secret}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    place = vendor_http.endpoint(url, how.path, how.vendor)
    try:
        answer = await vendor_http.post(client, place, urlencode(form).encode(), headers, SECONDS, how.vendor)
    except errors.Unknown:
        raise errors.Transient(f"{name} does not say whether it renewed the token.") from None
    if answer.status in (400, 401, 403):
        raise errors.Misconfigured(f"{name} no longer renews the page's token. Connect it again.")
    said = vendor_words.parsed(answer.body)
    token = said.get("access_token")
    if answer.status != 200 or not isinstance(token, str) or not _WORD.fullmatch(token):
        raise errors.Transient(f"{name} does not renew the token now ({answer.status}).")
    seconds = said.get("expires_in")
    lasts = timedelta(seconds=seconds if isinstance(seconds, int) and 0 < seconds < 10**7 else how.lasts)
    following = said.get("refresh_token")
    return replace(
        kept,
        access_token=token,
        refresh_token=following
        if isinstance(following, str) and _WORD.fullmatch(following)
        else kept.refresh_token,
        expires_at=(now + lasts).isoformat(),
    )
