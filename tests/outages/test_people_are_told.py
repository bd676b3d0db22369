"""While the database is away: a sentence with an id within three seconds, pages that say "later", a red light."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator

import httpx
import pytest
from proxy import Proxy
from scene import CLICK, FILE, FORM, NEW, Client, due, edge, on_postgres, on_sqlite, say
from sqlalchemy import func, select, text
from structlog.testing import LogCapture

from bot import answers, web
from engine.context import Context
from storage import engines
from storage.tables import campaigns, contacts, imports, messages, suppressions, timeline

SLACK_WAITS = 3.0
TOLD = re.compile(
    r"The database (does not answer|stores nothing right now)\. Try again in a moment\. \(id ([0-9a-f]{8})\)"
)
BODIES = {"command": NEW, "click": CLICK, "form": FORM, "event": FILE}


async def press(ctx: Context, kind: str) -> tuple[int, str, float]:
    """What Slack and the person get, in a process that knows nobody yet, and after how many seconds."""
    client = Client()
    door = edge(ctx, client)
    started = time.monotonic()
    status, answer = await say(door, BODIES[kind])
    seconds = time.monotonic() - started
    await door.finish(5)
    return status, " ".join([answer or "", *client.said]), seconds


def id_of(sentence: str, logged: LogCapture) -> str:
    """The id that somebody was told: it is in the log once, without a way through the code."""
    found = TOLD.search(sentence)
    assert found, sentence
    lines = [entry for entry in logged.entries if entry.get("error_id") == found[2]]
    assert [(entry["event"], "exc_info" in entry) for entry in lines] == [("unanswered", False)]
    return found[2]


async def written(ctx: Context) -> list[int]:
    """How much there is of everything that the four payloads write, and how many messages are approved."""
    async with ctx.db.read() as conn:
        counts = [
            (await conn.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (campaigns, contacts, imports, timeline)
        ]
        approved = select(func.count()).where(messages.c.state == "approved")
        return [*counts, (await conn.execute(approved)).scalar_one()]


async def a_draft(ctx: Context) -> None:
    await due(ctx, 1, name="Winter")
    async with ctx.db.begin() as conn:
        await conn.execute(text("UPDATE messages SET state = 'drafted', approved_by = NULL"))


@on_postgres
@pytest.mark.parametrize("how", ["refuses", "is silent"])
@pytest.mark.parametrize("kind", BODIES)
async def test_everything_is_answered_in_time_and_works_once_the_database_is_back(
    ctx: Context, away: Context, proxy: Proxy, logged: LogCapture, how: str, kind: str
) -> None:
    await a_draft(away)
    before = await written(ctx)
    await (proxy.refuse() if how == "refuses" else proxy.fall_silent())
    status, sentence, seconds = await press(away, kind)
    assert seconds < SLACK_WAITS
    if kind == "event":  # nobody is told; Slack delivers it again
        assert (status, [entry["event"] for entry in logged.entries]) == (500, ["unanswered"])
    else:
        assert status == 200
        id_of(sentence, logged)
    if kind == "form":
        assert "errors" in sentence  # it stays open, with what was typed
    assert await written(ctx) == before
    await (proxy.accept_again() if how == "refuses" else proxy.speak_again())
    status, sentence, _ = await press(away, kind)
    assert (status, TOLD.search(sentence)) == (200, None)
    assert await written(ctx) != before


@on_postgres
async def test_falling_silent_between_two_statements_is_told_late_and_frees_the_connection(
    away: Context, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, logged: LogCapture
) -> None:
    """Nobody can know then whether it was done, so the first answer does not say that it was not."""
    monkeypatch.setattr(answers, "ANSWER_WITHIN", 0.5)
    monkeypatch.setattr(engines, "LONGEST", 1.0)
    locked, seen = asyncio.Event(), Client()
    door = edge(away, seen)
    assert (await say(door, NEW))[0] == 200

    async def hold() -> None:
        async with away.db.begin() as conn:
            await conn.execute(text("LOCK TABLE campaigns"))
            locked.set()
            await asyncio.sleep(0.3)
            await proxy.fall_silent()

    holding = asyncio.create_task(hold())
    await locked.wait()
    _, first = await say(door, NEW)
    await door.finish(5)
    await asyncio.gather(holding, return_exceptions=True)
    assert json.loads(first)["text"] == answers.SLOW
    id_of(seen.said[-1], logged)
    await proxy.speak_again()
    async with away.db.begin() as conn:
        await conn.execute(text("SELECT 1"))


@on_postgres
async def test_a_full_disk_stores_nothing_of_a_command(ctx: Context, logged: LogCapture) -> None:
    before = await written(ctx)
    async with ctx.db.begin() as conn:
        await conn.exec_driver_sql(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
        )
        await conn.exec_driver_sql(
            "CREATE TRIGGER full_disk AFTER INSERT ON timeline EXECUTE FUNCTION full_disk()"
        )
    sentence = (await press(ctx, "command"))[1]
    assert "stores nothing right now" in sentence
    id_of(sentence, logged)
    assert await written(ctx) == before
    async with ctx.db.begin() as conn:
        await conn.exec_driver_sql("DROP TRIGGER full_disk ON timeline")
    assert "Created *Spring*" in (await press(ctx, "command"))[1]


@on_sqlite
async def test_a_full_file_stores_nothing_of_a_form_and_turns_the_light_red(
    ctx: Context, logged: LogCapture, pages: httpx.AsyncClient
) -> None:
    async with ctx.db.begin() as conn:
        used = (await conn.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await conn.exec_driver_sql(f"PRAGMA max_page_count = {used}")
    sentence = ""
    for n in range(200):  # what is left of the pages that exist
        form = json.loads(json.dumps(FORM).replace("ada@", f"ada{n}@"))
        before = await written(ctx)
        status, sentence = await say(edge(ctx, Client()), form)
        if "errors" in (sentence or ""):
            break
    id_of(sentence, logged)
    assert (status, await written(ctx)) == (200, before)
    red = await pages.get("/readyz")
    assert (red.status_code, red.json()["reason"]) == (503, "full")
    async with ctx.db.begin() as conn:
        await conn.exec_driver_sql("PRAGMA max_page_count = 100000")
    assert "errors" not in (await press(ctx, "form"))[1]


# --- pages


@pytest.fixture
async def pages(ctx: Context) -> AsyncIterator[httpx.AsyncClient]:
    async with served(ctx) as client:
        yield client


def served(ctx: Context) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=web.Web(ctx, None).app())
    return httpx.AsyncClient(transport=transport, base_url="http://bot")


@on_postgres
@pytest.mark.parametrize("how", ["refuses", "is silent"])
async def test_links_say_later_and_an_opt_out_is_never_taken_for_done(
    ctx: Context, away: Context, proxy: Proxy, logged: LogCapture, how: str
) -> None:
    (message,) = await due(away, 1)
    token = away.signer.sign("unsubscribe", message)
    asked = [
        ("POST", f"/u/{token}"),
        ("GET", f"/u/{token}"),
        ("GET", f"/o/{away.signer.sign('open', message)}"),
    ]
    asked.append(("GET", f"/c/{away.signer.sign('click', message, 0)}"))
    async with served(away) as client:
        await (proxy.refuse() if how == "refuses" else proxy.fall_silent())
        for method, path in asked:
            started = time.monotonic()
            answer = await client.request(method, path)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
            assert time.monotonic() - started < SLACK_WAITS
            found = re.search(r"\(id ([0-9a-f]{8})\)", answer.text)
            assert found
            assert found[1] in [entry.get("error_id") for entry in logged.entries]
        assert not [entry for entry in logged.entries if "exc_info" in entry]
        await (proxy.accept_again() if how == "refuses" else proxy.speak_again())
        done = await client.post(f"/u/{token}")
    async with ctx.db.read() as conn:
        stopped = (await conn.execute(select(func.count()).select_from(suppressions))).scalar_one()
    assert (done.status_code, stopped) == (200, 1)


# --- the lights


async def lights(client: httpx.AsyncClient) -> tuple[int, int, str]:
    """Alive, ready, and why not; both within three seconds."""
    started = time.monotonic()
    alive, ready = await asyncio.gather(client.get("/healthz"), client.get("/readyz"))
    assert time.monotonic() - started < SLACK_WAITS
    return alive.status_code, ready.status_code, ready.json().get("reason", "")


@on_postgres
async def test_readiness_turns_red_and_green_again_and_liveness_stays_green(
    away: Context, proxy: Proxy, logged: LogCapture
) -> None:
    async with served(away) as client:
        assert await lights(client) == (200, 200, "")
        await proxy.refuse()
        assert await lights(client) == (200, 503, "away")
        await proxy.accept_again()
        assert await lights(client) == (200, 200, "")
        await proxy.fall_silent()
        taken = proxy.accepted
        assert await asyncio.gather(*(lights(client) for _ in range(30))) == [(200, 503, "away")] * 30
        assert proxy.accepted - taken <= 1  # thirty who ask take one connection, not the pool
        await proxy.speak_again()
        assert await lights(client) == (200, 200, "")
    said = [(entry["event"], entry.get("reason")) for entry in logged.entries]
    assert said == [("not_ready", "away"), ("ready", None)] * 2


async def test_readiness_is_red_while_a_migration_is_pending(ctx: Context, pages: httpx.AsyncClient) -> None:
    async with ctx.db.begin() as conn:
        await conn.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert await lights(pages) == (200, 503, "migration")
    async with ctx.db.begin() as conn:
        await conn.execute(text("DROP TABLE alembic_version"))
    assert await lights(pages) == (200, 503, "migration")


async def test_with_every_connection_taken_the_light_is_red_and_people_are_told(
    ctx: Context, pages: httpx.AsyncClient, logged: LogCapture
) -> None:
    held, done = asyncio.Semaphore(0), asyncio.Event()

    async def hold(reading: bool) -> None:
        async with ctx.db.read() if reading else ctx.db.begin():
            held.release()
            await done.wait()

    taken = [True] * 3 + [False] if ctx.db.is_sqlite else [False] * 15
    holders = [asyncio.create_task(hold(reading)) for reading in taken]
    for _ in taken:
        await held.acquire()
    assert await lights(pages) == (200, 503, "busy")
    _, sentence, seconds = await press(ctx, "command")
    assert seconds < SLACK_WAITS
    id_of(sentence, logged)
    done.set()
    await asyncio.gather(*holders)
    assert await lights(pages) == (200, 200, "")
    assert "Created *Spring*" in (await press(ctx, "command"))[1]
