"""Many drafts decided at once: one decision about one count, exactly its revisions, whoever races whom."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import seeding
from sqlalchemy import func, insert, select, update

from engine import approve, many
from engine.context import Context, Who
from engine.errors import Forbidden, Refused
from engine.many import apply, count
from handlers.actions import Ref
from storage import bulk_decisions, bulks, facts, messages, revisions, workspaces
from storage.lifecycle import Event, State
from storage.model import Bulk, BulkDecision, Revision
from storage.tables import bulk_decisions as decision_rows
from storage.tables import cards, feeds, timeline
from storage.tables import messages as rows

OTHER = "Another text about booking, long enough for every check. Would a call on Thursday suit you?"


async def drafted(ctx: Context, number: int, *, scores: Sequence[int] = (), first: int = 0) -> list[int]:
    """Drafts of one step with counted words, announced."""
    async with ctx.db.begin() as conn:
        found = await conn.execute(select(func.min(rows.c.campaign_id)))
        campaign_id = found.scalar_one() or await seeding.campaign(conn, "T1", ctx.now())
        people = await seeding.people(conn, "T1", number, ctx.now(), first)
        week = ctx.now() + timedelta(days=7)
        ids = await seeding.touches(
            conn, "T1", campaign_id, people, ctx.now(), state=State.DRAFTED, due_at=week, slot_at=None
        )
        scored = dict(zip(ids, (*scores, *[95] * number), strict=False))
        await revisions.add(
            conn,
            [
                Revision(
                    id_,
                    1,
                    seeding.SUBJECT,
                    seeding.BODY,
                    "template",
                    "template",
                    "",
                    scored[id_],
                    (),
                    ctx.now(),
                )
                for id_ in ids
            ],
        )
        await many.announce(
            ctx, conn, await facts.gather(conn, await messages.find(conn, "T1", rows.c.id.in_(ids[:50])))
        )
    return ids


async def counted(ctx: Context) -> Bulk:
    """The one bulk there is, when everything in it was counted."""
    while await count.turn(ctx):
        pass
    async with ctx.db.read() as conn:
        found = (await conn.execute(select(*bulks.COLUMNS))).one()
    return Bulk(*found)


async def applied(ctx: Context) -> BulkDecision:
    while await apply.turn(ctx):
        pass
    async with ctx.db.read() as conn:
        found = (
            await conn.execute(select(*bulk_decisions.COLUMNS).order_by(decision_rows.c.id.desc()))
        ).first()
    assert found is not None
    return BulkDecision(*found)


async def states(ctx: Context) -> Counter[str]:
    async with ctx.db.read() as conn:
        return Counter((await conn.execute(select(rows.c.state))).scalars())


def button(bulk: Bulk) -> Ref:
    return Ref(bulk.id, bulk.number)


async def test_ten_are_ten_cards_and_eleven_are_one(ctx: Context) -> None:
    await drafted(ctx, 10)
    async with ctx.db.read() as conn:
        assert set((await conn.execute(select(cards.c.kind))).scalars()) == {"message"}
    await drafted(ctx, 1, first=10)
    bulk = await counted(ctx)
    async with ctx.db.read() as conn:
        assert await bulks.size(conn, bulks.passing(bulk, bulk.number)) == 11
        (kind,) = (await conn.execute(select(cards.c.kind).where(cards.c.kind == "bulk"))).scalars()
    assert kind == "bulk"


async def test_two_people_at_once_give_one_decision(ctx: Context, olivia: Who, amara: Who) -> None:
    await drafted(ctx, 12)
    bulk = await counted(ctx)
    said = await asyncio.gather(
        *(many.press(ctx, who, button(bulk)) for who in (olivia, amara, olivia, amara)),
        return_exceptions=True,
    )
    assert Counter(type(answer) for answer in said) == {type(None): 1, Refused: 3}
    made = await applied(ctx)
    assert {str(answer) for answer in said if answer} == {
        f"<@{made.decided_by}> has already approved these; nothing was changed."
    }
    assert (made.approved, made.changed, made.kept) == (12, 0, 0)
    async with ctx.db.read() as conn:
        approvals = await conn.execute(
            select(timeline.c.entity_id, timeline.c.actor).where(
                timeline.c.event == "approve", timeline.c.entity == "message"
            )
        )
        assert Counter(row.actor for row in approvals) == {made.decided_by: 12}


async def test_the_click_covers_what_was_counted_and_neither_newer_words_nor_newer_drafts(
    ctx: Context, olivia: Who, amara: Who
) -> None:
    ids = await drafted(ctx, 12)
    bulk = await counted(ctx)
    await approve.edit(ctx, amara, Ref(ids[0], 1), subject=seeding.SUBJECT, body=OTHER)
    await drafted(ctx, 2, first=12)
    assert (await counted(ctx)).number > bulk.number
    await many.press(ctx, olivia, button(bulk))
    await approve.edit(
        ctx, amara, Ref(ids[1], 1), subject=seeding.SUBJECT, body=OTHER
    )  # before the loop came
    made = await applied(ctx)
    assert (made.covered, made.approved, made.changed) == (11, 10, 2)
    assert await states(ctx) == {State.APPROVED: 10, State.DRAFTED: 4}


async def test_words_edited_and_counted_again_are_decided_alone_whatever_is_counted_since(
    ctx: Context, olivia: Who, amara: Who
) -> None:
    ids = await drafted(ctx, 12)
    await counted(ctx)
    await approve.edit(ctx, amara, Ref(ids[0], 1), subject=seeding.SUBJECT, body=OTHER)
    await many.press(ctx, olivia, button(await counted(ctx)))
    made = await applied(ctx)
    assert (made.covered, made.approved, made.changed) == (11, 11, 0)
    assert await states(ctx) == {State.APPROVED: 11, State.DRAFTED: 1}


async def test_two_workers_and_a_dead_one_carry_a_decision_out_once(
    ctx: Context, olivia: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply, "BATCH", 7)
    await drafted(ctx, 40)
    await many.press(ctx, olivia, button(await counted(ctx)))
    async with ctx.db.begin() as conn:  # took it and died
        now = await ctx.db.machine_now(conn)
        (_,) = await bulk_decisions.lease(conn, me="dead", machine_now=now, until=now - timedelta(seconds=1))
    workers = [replace(ctx, me=name) for name in ("one", "two")]

    async def work(worker: Context) -> None:
        for _ in range(20):
            await apply.turn(worker)
            await asyncio.sleep(0)

    await asyncio.gather(*(work(worker) for worker in workers))
    made = await applied(ctx)
    assert (made.state, made.approved, made.changed, made.kept) == ("done", 40, 0, 0)
    assert await states(ctx) == {State.APPROVED: 40}


async def test_a_worker_that_lost_its_lease_writes_nothing(ctx: Context, olivia: Who) -> None:
    await drafted(ctx, 12)
    await many.press(ctx, olivia, button(await counted(ctx)))
    async with ctx.db.begin() as conn:
        now = await ctx.db.machine_now(conn)
        (late,) = await bulk_decisions.lease(
            conn, me="late", machine_now=now, until=now - timedelta(seconds=1)
        )
    await applied(ctx)
    async with ctx.db.begin() as conn:
        assert not await bulk_decisions.write(conn, late, me="late", approved=99)
    assert (await applied(ctx)).approved == 12


async def test_thousands_are_a_row_that_a_loop_applies(ctx: Context, olivia: Who) -> None:
    await drafted(ctx, 1_500)
    bulk = await counted(ctx)
    assert (look := await many.press(ctx, olivia, button(bulk))) is not None
    assert (look.passing, len(look.drafts)) == (1_500, 3)
    await many.approve(ctx, olivia, button(bulk))
    assert await states(ctx) == {State.DRAFTED: 1_500}, "the click itself changes no message"
    assert (await applied(ctx)).approved == 1_500
    assert await states(ctx) == {State.APPROVED: 1_500}


async def test_nobody_approves_many_without_having_opened_a_few(
    ctx: Context, olivia: Who, amara: Who
) -> None:
    await drafted(ctx, 51)
    bulk = await counted(ctx)
    assert await many.press(ctx, olivia, button(bulk)) is not None
    with pytest.raises(Refused, match="Open a few"):
        await many.approve(ctx, amara, button(bulk))  # Olivia looked, Amara did not
    async with ctx.db.read() as conn:
        assert len(await bulk_decisions.looked(conn, bulk, bulk.number, olivia.user_id)) == 3
    await many.approve(ctx, olivia, button(bulk))
    assert (await applied(ctx)).approved == 51


async def test_a_low_score_and_words_nobody_checked_are_left_out(ctx: Context, olivia: Who) -> None:
    ids = await drafted(ctx, 12, scores=(79, 80))
    async with ctx.db.begin() as conn:
        await revisions.add_finding(
            conn, "T1", "none", {"code": "x", "sentence": "", "penalty": 0, "blocks": False}
        )
        await conn.execute(
            update(rows).where(rows.c.id == ids[2]).values(revision=7)
        )  # words without a check
    await many.press(ctx, olivia, button(await counted(ctx)))
    made = await applied(ctx)
    assert made.approved == 10
    async with ctx.db.read() as conn:
        left = await conn.execute(select(rows.c.id).where(rows.c.state == State.DRAFTED).order_by(rows.c.id))
        assert list(left.scalars()) == [ids[0], ids[2]]


async def test_what_stopped_passing_after_the_count_is_kept_and_named(ctx: Context, olivia: Who) -> None:
    ids = await drafted(ctx, 12)
    await many.press(ctx, olivia, button(await counted(ctx)))
    async with ctx.db.begin() as conn:
        finding = {"code": "said", "sentence": "Too good to be true.", "penalty": 5, "blocks": False}
        await revisions.add_finding(conn, "T1", State.DRAFTED, finding)
    made = await applied(ctx)
    assert (made.approved, made.kept) == (0, 12)
    async with ctx.db.read() as conn:
        assert await bulks.size(conn, bulks.left_out(await _bulk(ctx))) == len(ids)


async def test_four_eyes_keeps_back_only_what_is_the_approvers_own(
    ctx: Context, olivia: Who, amara: Who
) -> None:
    ids = await drafted(ctx, 12)
    async with ctx.db.begin() as conn:
        await workspaces.set_settings(conn, "T1", {"four_eyes": True})
    await approve.edit(ctx, amara, Ref(ids[0], 1), subject=seeding.SUBJECT, body=OTHER)
    async with ctx.db.begin() as conn:  # edited before edits were marked as such
        await conn.execute(update(rows).values(options={}))
    bulk = await counted(ctx)
    with pytest.raises(Forbidden, match="You asked for these words"):
        await approve.approve(ctx, olivia, Ref(ids[1], 1))
    await many.press(ctx, amara, button(bulk))
    made = await applied(ctx)
    assert (made.approved, made.kept) == (11, 1)


async def test_what_nobody_has_claimed_is_taken_back_together(ctx: Context, olivia: Who, amara: Who) -> None:
    ids = await drafted(ctx, 12)
    bulk = await counted(ctx)
    await many.press(ctx, olivia, button(bulk))
    with pytest.raises(Refused, match="not carried out yet"):
        await many.undo(ctx, amara, button(bulk))
    await applied(ctx)
    async with ctx.db.begin() as conn:  # one is on the wire, one was approved anew with other words
        await messages.move(conn, Event.SCHEDULE, [messages.Change(ids[0])], actor="schedule", now=ctx.now())
        await messages.move(conn, Event.CLAIM, [messages.Change(ids[0])], actor="deliver", now=ctx.now())
    await approve.edit(ctx, amara, Ref(ids[1], 1), subject=seeding.SUBJECT, body=OTHER)
    await approve.approve(ctx, olivia, Ref(ids[1], 2))
    assert await many.undo(ctx, amara, button(bulk)) == (10, 0)
    assert await states(ctx) == {State.DRAFTED: 10, State.SENDING: 1, State.APPROVED: 1}
    with pytest.raises(Refused, match="Nothing of it"):
        await many.undo(ctx, amara, button(bulk))
    await many.press(ctx, amara, button(await counted(ctx)))
    made = await applied(ctx)
    assert (made.decided_by, made.approved, made.changed) == (amara.user_id, 10, 0)


async def test_posts_of_a_week_belong_together_in_the_zone_of_their_brand(ctx: Context, olivia: Who) -> None:
    """In Auckland the week ends on Sunday at 11:00 UTC."""
    ends = datetime(2026, 11, 29, 11, tzinfo=ctx.now().tzinfo)
    slots = [*(ends - timedelta(minutes=n) for n in range(1, 13)), ends, ends + timedelta(hours=1)]
    async with ctx.db.begin() as conn:
        brand = await workspaces.default_brand(conn, "T1")
        assert brand is not None
        await workspaces.set_brand(conn, "T1", brand.id, {"zone": "Pacific/Auckland"})
        feed = insert(feeds).values(
            workspace_id="T1", brand_id=brand.id, network="linkedin", address="urn:1", name="Acme"
        )
        (feed_id,) = (await conn.execute(feed.returning(feeds.c.id))).one()
        new = [
            {
                "workspace_id": "T1", "brand_id": brand.id, "feed_id": feed_id, "channel": "linkedin", "fallbacks": (),
                "body": f"{OTHER} {n}", "options": {"channel": "C1GROWTH"}, "state": State.DRAFTED, "revision": 1,
                "due_at": slot, "slot_at": slot, "dedupe_key": f"post:{n}", "content_hash": str(n), "created_at": ctx.now(),
            }
            for n, slot in enumerate(slots)
        ]  # fmt: skip
        ids = await messages.add(conn, new, actor="plan", now=ctx.now())
        await revisions.add(
            conn, [Revision(id_, 1, "", OTHER, "template", "template", "", 90, (), ctx.now()) for id_ in ids]
        )
        await many.announce(ctx, conn, await facts.gather(conn, await messages.find(conn, "T1")))
    bulk = await counted(ctx)
    assert bulk.key.endswith(":2026-11-23")
    async with ctx.db.read() as conn:
        assert await bulks.size(conn, select(rows.c.id).where(bulks.drafts(bulk))) == 12
        kinds = Counter((await conn.execute(select(cards.c.kind))).scalars())
    assert kinds == {"bulk": 1, "message": 2}, "two of the next week stand alone"


async def _bulk(ctx: Context) -> Bulk:
    async with ctx.db.read() as conn:
        return Bulk(*(await conn.execute(select(*bulks.COLUMNS))).one())
