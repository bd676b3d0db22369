"""Tokens are renewed before they end; what is refused asks for a new connection, what is in doubt is tried again."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest

from engine import errors
from engine.channels import page_tokens
from engine.channels.page_tokens import Credentials

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
KEPT = Credentials("access-1", "refresh-1", "client", "hush", "2026-11-24T09:00:00+00:00")


def client(status: int, body: object) -> tuple[httpx.AsyncClient, list[httpx.Request]]:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, content=body if isinstance(body, bytes) else json.dumps(body).encode())

    return httpx.AsyncClient(transport=httpx.MockTransport(answer)), seen


async def test_the_new_refresh_token_takes_the_place_of_the_old_one() -> None:
    wire, seen = client(200, {"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": 7200})
    new = await page_tokens.renewed(wire, "x", "https://api.x.com", KEPT, NOW)
    assert (new.access_token, new.refresh_token) == ("access-2", "refresh-2")
    assert not new.has_ended(NOW + timedelta(minutes=114))
    assert new.has_ended(NOW + timedelta(minutes=116))
    assert page_tokens.read(new.written()) == new
    (asked,) = seen
    assert asked.url.path == "/2/oauth2/token"
    assert parse_qs(asked.content.decode()) == {
        "grant_type": ["refresh_token"], "refresh_token": ["refresh-1"], "client_id": ["client"],
    }  # fmt: skip
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"client:hush").decode()


async def test_linkedin_is_told_the_secret_in_the_form_and_its_refresh_token_stays() -> None:
    """As programmatic refresh tokens of LinkedIn's partners: POST /oauth/v2/accessToken, 60 days each."""
    wire, seen = client(200, {"access_token": "access-2", "expires_in": 5_184_000})
    new = await page_tokens.renewed(wire, "linkedin", "https://www.linkedin.com", KEPT, NOW)
    assert (new.access_token, new.refresh_token) == ("access-2", "refresh-1")
    assert not new.has_ended(NOW + timedelta(days=59))
    (asked,) = seen
    assert str(asked.url) == "https://www.linkedin.com/oauth/v2/accessToken"
    assert parse_qs(asked.content.decode()) == {
        "grant_type": ["refresh_token"], "refresh_token": ["refresh-1"],
        "client_id": ["client"], "client_secret": ["hush"],
    }  # fmt: skip
    assert "authorization" not in asked.headers


async def test_a_refresh_token_that_could_not_be_read_again_does_not_replace_one_that_can() -> None:
    """Kept as it came, the whole record would have been taken for a token, and sent as one."""
    wire, _ = client(200, {"access_token": "access-2", "refresh_token": "two words", "expires_in": 7200})
    new = await page_tokens.renewed(wire, "x", "https://api.x.com", KEPT, NOW)
    assert page_tokens.read(new.written()) == new
    assert (new.access_token, new.refresh_token) == ("access-2", "refresh-1")


@pytest.mark.parametrize("network", ["x", "linkedin"])
@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"error": "invalid_request"}, errors.Misconfigured),
        (401, {}, errors.Misconfigured),
        (429, {}, errors.Transient),
        (503, {}, errors.Transient),
        (200, {"token_type": "bearer"}, errors.Transient),
        (200, {"access_token": "two words"}, errors.Transient),
        (200, b"[" * 16_000, errors.Transient),
    ],
)
async def test_without_a_new_token_nothing_secret_is_said(
    network: str, status: int, body: object, error: type[errors.ChannelError]
) -> None:
    wire, _ = client(status, body)
    with pytest.raises(error) as raised:
        await page_tokens.renewed(wire, network, "https://vendor.example", KEPT, NOW)
    assert not any(secret in raised.value.reason for secret in ("access-1", "refresh-1", "hush"))


@pytest.mark.parametrize(
    "said",
    [
        "t0ken",
        "",
        "{",
        "[]",
        '{"access_token": "a"}',
        '{"access_token": "a b", "refresh_token": "r", "client_id": "c"}',
    ],
)
def test_what_names_no_way_to_renew_is_a_token_alone(said: str) -> None:
    assert page_tokens.read(said) is None


def test_a_token_of_unknown_age_is_renewed_first() -> None:
    found = page_tokens.read('{"access_token": "a", "refresh_token": "r", "client_id": "c"}')
    assert found is not None
    assert found.has_ended(NOW)
