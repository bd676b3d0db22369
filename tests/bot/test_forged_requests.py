"""Anybody may knock at Slack's door: what Slack never sent is refused, and neither answered as a fault nor logged as one."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
import seeding
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.slack import Slack
from bot.web import Web
from engine.context import Context
from storage.lifecycle import State
from storage.tables import engagements

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
NOW = {"x-slack-request-timestamp": "1795304700", "x-slack-signature": "v0=" + "a" * 64}


@pytest.fixture
def door(ctx: Context) -> Web:
    client = AsyncWebClient("xoxb-1", retry_handlers=[])
    return Web(ctx, Slack(ctx, client, token="xoxb-1", signing_secret="s", prefix="", url="").app)


@pytest.mark.parametrize(
    ("media_type", "body", "headers"),
    [
        (JSON, b"{no json", NOW), (JSON, b"[]", NOW), (JSON, b"null", NOW), (JSON, b'"x"', NOW),
        (JSON, b"[" * 100_000, NOW), (JSON, b"\xff\xfe", NOW), (JSON, b"", NOW),
        (FORM, b"payload=%7Bno", NOW), (FORM, b"payload=[]", NOW), (FORM, b"payload=" + b"[" * 50_000, NOW),
        (FORM, b"payload=%5B%5D&payload=%7B%7D", NOW), ("multipart/form-data; boundary=x", b"--x--", NOW),
        (JSON, json.dumps({"type": "url_verification", "challenge": "x"}).encode(), NOW),
        (JSON, json.dumps({"type": "event_callback", "team_id": ["x"], "event": 5}).encode(), NOW),
        (JSON, b"{}", NOW | {"x-slack-request-timestamp": "soon"}),
        (JSON, b"{}", NOW | {"x-slack-request-timestamp": "9" * 400}),
        (JSON, b"{}", NOW | {"x-slack-request-timestamp": "-1"}),
        (JSON, b"{}", {}),
    ],
)  # fmt: skip
async def test_what_slack_never_sent_is_refused_and_no_fault(
    door: Web, media_type: str, body: bytes, headers: dict[str, str]
) -> None:
    transport = httpx.ASGITransport(app=door.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        with capture_logs() as logged:
            answer = await client.post(
                "/slack/events", content=body, headers={**headers, "content-type": media_type}
            )
    assert answer.status_code == 401
    assert [line for line in logged if line["log_level"] in ("error", "critical")] == []


async def test_a_caller_who_hangs_up_in_mid_body_is_no_fault(door: Web) -> None:
    incoming = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(incoming)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/slack/events", "raw_path": b"/slack/events", "query_string": b"",
        "headers": [], "http_version": "1.1", "scheme": "http", "server": ("bot", 80), "root_path": "",
    }  # fmt: skip
    with capture_logs() as logged:
        await door.app()(scope, receive, send)
    assert (sent, logged) == ([], [])


async def test_a_look_at_the_headers_of_a_picture_or_a_link_is_no_persons(ctx: Context, door: Web) -> None:
    async with ctx.db.begin() as conn:
        campaign = await seeding.campaign(conn, "T1", ctx.now())
        people = await seeding.people(conn, "T1", 1, ctx.now())
        sent_at = ctx.now() - timedelta(hours=3)
        (message,) = await seeding.touches(
            conn, "T1", campaign, people, ctx.now(), state=State.SENT, sent_at=sent_at
        )
    person = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
    transport = httpx.ASGITransport(app=door.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://bot", headers=person) as client:
        for address in (
            f"/o/{ctx.signer.sign('open', message)}",
            f"/c/{ctx.signer.sign('click', message, 0)}",
        ):
            await client.head(address)
    async with ctx.db.read() as conn:
        seen = (await conn.execute(select(engagements.c.kind, engagements.c.human))).all()
    assert sorted(tuple(one) for one in seen) == [("clicked", False), ("opened", False)]
