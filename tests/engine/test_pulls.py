"""Networks are asked after an hour, a day and a week; what they do not tell stays unknown; a strong topic goes on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from seeding import Clock
from sqlalchemy import select, update

from engine import brands, draft, errors, pulls, social_figures
from engine.channels import Channel, Limits
from engine.channels.counts import Counts
from engine.channels.per_feed import PerFeed
from engine.context import Context, Who
from engine.plan import calendar, calendar_days
from engine.plan.calendar import Wanted
from engine.social_figures import Wanted as Figures
from storage import measurements
from storage.lifecycle import State
from storage.tables import calendar_posts, messages
from storage.tables import measurements as rows


class Network(PerFeed):
    """Counts what a test says, or fails the way it is told to."""

    def __init__(self) -> None:
        super().__init__("x", _none, _never, Limits(), None)
        self.answer: Counts | Exception = Counts()
        self.asked: list[str] = []

    async def count(self, feed: str, page: str, post: str) -> Counts:
        self.asked.append(f"{page}/{post}")
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def _none(feed: str) -> str:
    return ""


def _never(token: str) -> Channel:
    raise AssertionError("nothing is sent here")


@pytest.fixture
def network(ctx: Context) -> Network:
    ctx.channels["x"] = Network()  # type: ignore[index]
    return ctx.channels["x"]  # type: ignore[return-value]


@pytest.fixture
async def published(ctx: Context, olivia: Who, clock: Clock, network: Network) -> int:
    """A drafted calendar on X from today on, whose first post has just gone out."""
    values = "Fewer empty miles\nA report in two days"
    await brands.change(ctx, olivia, {"x_address": "@acme", "value_propositions": values})
    found = await calendar.ask(ctx, olivia, Wanted(days=5, starts_on=date(2026, 11, 24), networks=("x",)))
    await calendar_days.work(ctx, await calendar_days.claim(ctx))
    await calendar.approve(ctx, olivia, found.id)
    await write(ctx)
    async with ctx.db.begin() as conn:
        first = (
            (await conn.execute(select(calendar_posts.c.message_id).order_by(calendar_posts.c.day)))
            .scalars()
            .first()
        )
        sent = {"state": State.SENT, "sent_at": ctx.now(), "provider_id": "9", "due_at": None}
        await conn.execute(update(messages).where(messages.c.id == first).values(**sent))
    assert first is not None
    return int(first)


async def write(ctx: Context) -> None:
    while claimed := await draft.claim(ctx):
        await draft.work(ctx, claimed)


async def pull(ctx: Context) -> tuple[object, ...]:
    """One look of the clock and the loop; what is kept of the post afterwards."""
    async with ctx.db.begin() as conn:
        await measurements.ensure(conn, since=ctx.now() - timedelta(days=8))
    while claimed := await pulls.claim(ctx):
        await pulls.work(ctx, claimed)
    async with ctx.db.read() as conn:
        c = rows.c
        return tuple((await conn.execute(select(c.pulls, c.due_at, c.impressions, c.likes))).one())


async def test_the_latest_counts_are_kept_and_asked_for_three_times(
    ctx: Context, clock: Clock, network: Network, published: int
) -> None:
    sent = ctx.now()
    assert await pull(ctx) == (0, sent + timedelta(hours=1), None, None)
    clock.forward(hours=1)
    network.answer = Counts(100, 2, None, 0, 0, 2)
    assert await pull(ctx) == (1, sent + timedelta(hours=24), 100, 2)
    clock.forward(hours=23)
    network.answer = Counts(400, None, None, None, None, 7)
    assert await pull(ctx) == (2, sent + timedelta(days=7), 400, 7)
    clock.forward(days=6)
    network.answer = Counts(500, 8, 1, 0, 0, 7)
    assert await pull(ctx) == (3, None, 500, 7)
    clock.forward(days=30)
    await pull(ctx)
    assert network.asked == ["@acme/9"] * 3


async def test_a_busy_network_is_asked_again_and_a_closed_one_stays_unknown(
    ctx: Context, clock: Clock, network: Network, published: int, olivia: Who
) -> None:
    await pull(ctx)
    clock.forward(hours=1)
    network.answer = errors.Transient("busy")
    assert await pull(ctx) == (0, ctx.now() + pulls.AGAIN, None, None)
    clock.forward(minutes=15)
    network.answer = errors.Misconfigured("no permission")
    assert (await pull(ctx))[2:] == (None, None)
    told = await social_figures.figures(ctx, olivia, Figures(metrics=("impressions",)))
    assert (told.now["x"].posts, told.now["x"].told, told.now["x"].impressions) == (1, 0, None)


async def test_a_strong_topic_is_continued_tomorrow_with_its_number(
    ctx: Context, clock: Clock, network: Network, published: int
) -> None:
    await pull(ctx)
    clock.forward(hours=1)
    network.answer = Counts(1_000, 63, 20, 3, 10, 30)
    await pull(ctx)
    await write(ctx)
    async with ctx.db.read() as conn:
        drafts = (
            await conn.execute(
                select(messages.c.body, messages.c.options, messages.c.revision)
                .where(messages.c.state == State.DRAFTED)
                .order_by(messages.c.slot_at)
            )
        ).all()
        about = (
            await conn.execute(select(calendar_posts.c.key_message).order_by(calendar_posts.c.slot_at))
        ).scalars()
        yesterdays, own, *_ = about.all()
    tomorrow, *later = drafts
    assert "6.3 %" in tomorrow.body
    assert (yesterdays in tomorrow.body, own in tomorrow.body, own != yesterdays) == (True, False, True)
    assert (tomorrow.options["continues"], tomorrow.revision) == ("6.3 %", 2)
    assert all("%" not in one.body and one.revision == 1 for one in later)
