"""Numbers of posts as a file: the same as the raw rows say, filtered, never 0 for unknown, and nothing that runs."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine import social_figures
from engine.context import Context, Who
from engine.social_figures import Wanted
from handlers import cards as pictures
from storage import views, workspaces
from storage.tables import brands, cards, feeds, measurements, messages

FIRST = datetime(2026, 11, 10, tzinfo=UTC)
WANTED = {"first": date(2026, 11, 10), "last": date(2026, 11, 19)}
EVIL = "=HYPERLINK(1)"


@pytest.fixture
async def posted(ctx: Context, workspace: str) -> None:
    """Two brands on three networks over thirty days; Facebook never tells likes, X tells nothing."""
    mine = {"workspace_id": workspace}
    async with ctx.db.begin() as conn:
        ours = await workspaces.default_brand(conn, workspace)
        assert ours is not None
        evil = {**mine, "name": EVIL, "value_propositions": (), "dont": ()}
        other = (await conn.execute(insert(brands).values(evil).returning(brands.c.id))).scalar_one()
        pages = [
            {**mine, "brand_id": brand, "network": network, "name": network}
            for brand in (ours.id, other)
            for network in ("linkedin", "facebook", "x")
        ]
        found = list(
            await conn.execute(insert(feeds).returning(feeds.c.id, feeds.c.brand_id, feeds.c.network), pages)
        )
        common = {
            **mine,
            "fallbacks": (),
            "options": {},
            "state": "sent",
            "created_at": FIRST,
            "provider_id": "1",
        }
        made = [
            {
                **common, "brand_id": feed.brand_id, "feed_id": feed.id, "channel": feed.network,
                "dedupe_key": f"{feed.id}.{n}", "sent_at": FIRST + timedelta(days=n - 12, hours=feed.id),
            }
            for feed in found
            for n in range(30)
        ]  # fmt: skip
        rows = list(await conn.execute(insert(messages).returning(messages.c.id, messages.c.channel), made))
        counts = [
            {
                **mine, "message_id": row.id, "pulls": 1, "at": FIRST,
                "impressions": row.id * 10, "likes": row.id if row.channel == "linkedin" else None,
            }
            for row in rows
            if row.channel != "x"
        ]  # fmt: skip
        await conn.execute(insert(measurements), counts)


async def read(ctx: Context) -> list[dict[str, str]]:
    """The newest file as a spreadsheet reads it, which runs nothing in it."""
    async with ctx.db.read() as conn:
        card = list(await conn.execute(select(cards).order_by(cards.c.id)))[-1]
        view = await views.load(conn, "T1", card.kind, card.entity_id)
        assert await views.load(conn, "T2", card.kind, card.entity_id) is None
    file = pictures.RENDERERS[card.kind](view).file
    assert file is not None
    lines = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


async def recount(ctx: Context, start: datetime, **wanted: Any) -> tuple[int, str, str]:
    """Posts, impressions and likes of ten days, in plain Python."""
    async with ctx.db.read() as conn:
        sent = [
            row.id
            for row in await conn.execute(select(messages))
            if start <= row.sent_at < start + timedelta(days=10)
            and all(getattr(row, name) == value for name, value in wanted.items())
        ]
        told = [row for row in await conn.execute(select(measurements)) if row.message_id in sent]
    numbers = [[getattr(row, name) for row in told] for name in ("impressions", "likes")]
    known = [[value for value in values if value is not None] for values in numbers]
    return (len(sent), *(str(sum(values)) if values else "not available" for values in known))  # type: ignore[return-value]


async def test_every_cell_equals_a_recount_and_the_parts_sum_to_the_whole(
    ctx: Context, olivia: Who, posted: None
) -> None:
    await social_figures.sheet(ctx, olivia, Wanted(**WANTED, metrics=("impressions", "likes")))
    found = {row["network"]: row for row in await read(ctx)}
    assert set(found) == {"facebook", "linkedin", "x", "all"}
    for network, row in found.items():
        only = {} if network == "all" else {"channel": network}
        for start, after in ((FIRST, ""), (FIRST - timedelta(days=10), " before")):
            posts, *counts = await recount(ctx, start, **only)
            assert [row["posts" + after], row["impressions" + after], row["likes" + after]] == [
                str(posts),
                *counts,
            ]
    assert (found["x"]["impressions"], found["x"]["posts"]) == ("not available", "20")
    assert found["facebook"]["likes"] == "not available"
    assert (found["all"]["from"], found["all"]["to"]) == ("2026-11-10", "2026-11-19")
    assert sum(int(found[name]["posts"]) for name in ("facebook", "linkedin", "x")) == int(
        found["all"]["posts"]
    )


async def test_filters_filter_and_a_brand_named_like_a_formula_is_a_name(
    ctx: Context, olivia: Who, posted: None
) -> None:
    wanted = Wanted(**WANTED, networks=("linkedin",), metrics=("impressions",), brand=EVIL)
    await social_figures.sheet(ctx, olivia, wanted)
    (row,) = await read(ctx)
    assert (row["brand"], row["network"]) == (f"'{EVIL}", "linkedin")
    assert "likes" not in row
    async with ctx.db.read() as conn:
        brand_id = (await conn.execute(select(brands.c.id).where(brands.c.name == EVIL))).scalar_one()
    posts, impressions, _ = await recount(ctx, FIRST, channel="linkedin", brand_id=brand_id)
    assert (row["posts"], row["impressions"]) == (str(posts), impressions) == ("10", impressions)


async def test_without_posts_there_is_no_file(ctx: Context, olivia: Who) -> None:
    assert not (await social_figures.sheet(ctx, olivia, Wanted(**WANTED))).now
    async with ctx.db.read() as conn:
        assert (await conn.execute(select(cards.c.id))).first() is None
