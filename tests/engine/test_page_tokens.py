"""Tokens of pages lie sealed in the database, serve their own page alone, and are told to nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from channels import listening
from sqlalchemy import select, text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import pages
from bot.settings import Settings
from engine import brands, feeds
from engine.channels import Envelope, Limits, Receipt, page_tokens
from engine.channels.counts import Counts
from engine.channels.per_feed import PerFeed
from engine.context import Context, Who
from engine.errors import Misconfigured, Refused, TokenRefused, Transient
from engine.rules import retry
from engine.sealing import Seal
from storage import brands as rows
from storage.lifecycle import Event
from storage.tables import feeds as feed_table
from storage.tables import senders, timeline

OLD, NEW = b"an old key of sixteen", b"a new key of sixteen!"
TOKEN = "AQX-t0ken.of_the~page"


def test_an_old_key_still_opens_and_the_newest_seals() -> None:
    sealed = Seal((OLD,)).close(TOKEN)
    both = Seal((NEW, OLD))
    assert both.open(sealed) == TOKEN
    assert Seal((NEW,)).open(both.renew(sealed)) == TOKEN
    assert TOKEN not in sealed


@pytest.mark.parametrize("sealed", ["", "nonsense", "gAAAAA" * 10, Seal((OLD,)).close(TOKEN)])
def test_what_no_key_opens_is_a_fault_of_the_setup(sealed: str) -> None:
    with pytest.raises(Misconfigured, match="SECRET_KEY"):
        Seal((NEW,)).open(sealed)


async def test_a_token_is_kept_sealed_and_a_stopped_page_goes_on(ctx: Context, olivia: Who) -> None:
    await brands.save(ctx, olivia, "Beta", {"x_address": "@beta"})
    async with ctx.db.begin() as conn:
        await conn.execute(senders.update().values(stopped="X no longer accepts the token (401)."))
    found = await feeds.connect(ctx, olivia, Seal((NEW,)), "x", "beta", TOKEN)
    assert (found.brand, found.address) == ("Beta", "@beta")
    async with ctx.db.read() as conn:
        ((feed_id, kept),) = (await conn.execute(select(feed_table.c.id, feed_table.c.sealed_token))).all()
        assert (await conn.execute(select(senders.c.stopped))).scalars().all() == [""]
        notes = (await conn.execute(select(timeline.c.detail))).scalars().all()
        assert await rows.connected(conn, "T1") == {"x": 1}
    assert Seal((NEW,)).open(kept) == TOKEN
    assert feed_id
    assert not any(TOKEN in note for note in (*notes, kept))


@pytest.mark.parametrize(
    ("network", "brand", "token", "said"),
    [
        ("x", "Beta", "two words", "token"),
        ("x", "Beta", "", "token"),
        ("x", "Gamma", TOKEN, "no brand called"),
        ("linkedin", "Beta", TOKEN, "no linkedin page"),
        ("myspace", "Beta", TOKEN, "no network"),
    ],
)
async def test_what_cannot_be_connected_is_refused(
    ctx: Context, olivia: Who, network: str, brand: str, token: str, said: str
) -> None:
    await brands.save(ctx, olivia, "Beta", {"x_address": "@beta"})
    with pytest.raises(Refused, match=said) as refused:
        await feeds.connect(ctx, olivia, Seal((NEW,)), network, brand, token)
    assert TOKEN not in refused.value.sentence


async def test_another_page_does_not_inherit_a_token(ctx: Context, olivia: Who) -> None:
    await brands.save(ctx, olivia, "Beta", {"x_address": "@beta"})
    await feeds.connect(ctx, olivia, Seal((NEW,)), "x", "Beta", TOKEN)
    await brands.save(ctx, olivia, "Beta", {"x_address": "@gamma"})
    async with ctx.db.read() as conn:
        assert (await conn.execute(text("SELECT sealed_token FROM feeds"))).scalars().all() == [""]


class Adapter:
    """Remembers what went over it."""

    name, provider, limits, idempotent_for = "x", "x", Limits(), timedelta()

    def __init__(self, token: str) -> None:
        self.token, self.sent, self.closed = token, list[Envelope](), False

    async def send(self, envelope: Envelope) -> Receipt:
        self.sent.append(envelope)
        return Receipt("1")

    async def close(self) -> None:
        self.closed = True


async def test_every_page_goes_over_its_own_token_and_the_environments_serves_the_rest(
    envelope_to: Envelope,
) -> None:
    tokens, made = {"1": "one", "2": "two"}, list[Adapter]()
    shared = Adapter("environment")

    async def token_of(feed: str) -> str:
        return tokens.get(feed, "")

    def make(token: str) -> Adapter:
        made.append(Adapter(token))
        return made[-1]

    channel = PerFeed("x", token_of, make, Limits(), shared)
    for feed in ("1", "2", "1", "3"):
        await channel.send(replace(envelope_to, options={"feed": feed}))
    assert [(one.token, len(one.sent)) for one in (*made, shared)] == [
        ("one", 2),
        ("two", 1),
        ("environment", 1),
    ]
    tokens["1"] = "renewed"
    await channel.send(replace(envelope_to, options={"feed": "1"}))
    assert made[-1].token == "renewed"
    await channel.close()
    assert all(one.closed for one in (*made, shared))


async def test_a_page_without_any_token_says_how_to_connect_it(envelope_to: Envelope) -> None:
    async def none(feed: str) -> str:
        return ""

    with pytest.raises(Misconfigured, match="overture connect x"):
        await PerFeed("x", none, Adapter, Limits(), None).send(envelope_to)


@pytest.mark.parametrize("fault", [OSError("database"), RecursionError(), KeyError("row")])
async def test_a_token_that_cannot_be_read_leaves_no_doubt_about_the_post(
    envelope_to: Envelope, fault: Exception
) -> None:
    async def away(feed: str) -> str:
        raise fault

    with pytest.raises(Transient) as said:
        await PerFeed("x", away, Adapter, Limits(), Adapter("environment")).send(envelope_to)
    assert retry.judge(said.value, retry.Before(), 0.0).event is Event.RETRY


@pytest.mark.parametrize("ask", ["send", "find", "count"])
async def test_a_token_that_cannot_be_renewed_just_now_leaves_no_doubt_either(
    envelope_to: Envelope, ask: str
) -> None:
    class Stale(Adapter):
        async def send(self, envelope: Envelope) -> Receipt:
            raise TokenRefused("X no longer accepts the token (401).")

        async def find(self, envelope: Envelope) -> Receipt | None:
            return await self.send(envelope)

        async def count(self, page: str, post: str) -> Counts:
            raise TokenRefused("X no longer accepts the token (401).")

    async def token(feed: str) -> str:
        return "stale"

    async def away(feed: str, refused: str) -> str:
        raise OSError("database")

    feeds_of = PerFeed("x", token, Stale, Limits(), None, away)
    asked = {
        "send": lambda: feeds_of.send(envelope_to),
        "find": lambda: feeds_of.find(envelope_to),
        "count": lambda: feeds_of.count("1", "@beta", "7"),
    }
    with pytest.raises(Transient):
        await asked[ask]()


class Refusing:
    """X or LinkedIn that takes one token alone and hands it out; `spent` are the refresh tokens it was given."""

    def __init__(self, status: int = 200) -> None:
        self.status, self.spent, self.posted = status, list[str](), list[str]()

    async def answer(self, request: Request) -> Response:
        if request.url.path in ("/2/oauth2/token", "/oauth/v2/accessToken"):
            async with request.form() as form:
                self.spent.append(str(form["refresh_token"]))
            return JSONResponse({"access_token": "fresh", "refresh_token": "r2"}, self.status)
        if request.headers["authorization"] != "Bearer fresh":
            return JSONResponse({"title": "Unauthorized", "status": 401}, 401)
        if request.method == "POST":
            said = await request.json()
            self.posted.append(said.get("text") or said["commentary"])
            return JSONResponse({"data": {"id": "1", "text": ""}}, 201, {"x-restli-id": "urn:li:share:1"})
        return JSONResponse({"data": {"id": "7", "username": "beta"}})


@pytest.mark.parametrize(("status", "posts"), [(200, ["Words"]), (400, [])])
@pytest.mark.parametrize(
    ("network", "page", "id_"), [("x", "@beta", "1"), ("linkedin", "urn:li:organization:7", "urn:li:share:1")]
)
async def test_a_token_refused_before_its_time_is_renewed_once(
    ctx: Context,
    olivia: Who,
    envelope_to: Envelope,
    network: str,
    page: str,
    id_: str,
    status: int,
    posts: list[str],
) -> None:
    await brands.save(ctx, olivia, "Beta", {f"{network}_address": page})
    kept = page_tokens.Credentials("stale", "r1", "client", "", "2099-01-01T00:00:00+00:00")
    await feeds.connect(ctx, olivia, Seal((NEW,)), network, "Beta", kept.written())
    async with ctx.db.read() as conn:
        feed_id = (await conn.execute(select(feed_table.c.id))).scalar_one()
    vendor = Refusing(status)
    app = Starlette(routes=[Route("/{path:path}", vendor.answer, methods=["GET", "POST"])])
    with listening.at(app) as url:
        settings = Settings(x_api_url=url, linkedin_api_url=url, linkedin_oauth_url=url)
        opened = pages.open_all(settings, {}, ctx.db, Seal((NEW,)), demo=False)[network]
        send = opened.send(replace(envelope_to, to=page, options={"feed": str(feed_id)}))
        if posts:
            assert (await send).provider_id == id_
        else:
            with pytest.raises(Misconfigured, match="Connect it again"):
                await send
        await opened.close()
    assert (vendor.spent, vendor.posted) == (["r1"], posts)


@pytest.fixture
def envelope_to(ctx: Context) -> Envelope:
    return Envelope(
        "1.1.0-1",
        "x",
        "@beta",
        "",
        "@beta",
        "Beta",
        "",
        "",
        "Words",
        "<1@x>",
        ctx.now(),
        options={"feed": "9"},
    )
