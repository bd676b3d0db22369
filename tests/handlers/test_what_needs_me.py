"""What needs a person, at home and by `now`: approvals, failures, replies, due calls, conflicts, then every campaign."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import seeding
from sqlalchemy import insert

from bot.local import blockkit
from engine.context import Context, Who
from handlers import homepage
from storage import cards, conflicts, replies, views, workspaces
from storage.lifecycle import State
from storage.model import ReplyClass
from storage.model.sending import WAITING
from storage.tables import bulk_drafts, bulks


def link(channel: str, ts: str) -> str:
    return f"https://slack.example/{channel}/{ts}"


@pytest.fixture
async def world(ctx: Context) -> Context:
    """Two campaigns; of each kind two or more things wait for a person, and some wait for nobody."""
    now = ctx.now()
    async with ctx.db.begin() as conn:
        spring = await seeding.campaign(conn, "T1", now)
        await seeding.campaign(conn, "T1", now, name="Autumn", status="paused")
        people = await seeding.people(conn, "T1", 9, now)
        late, soon = now + timedelta(days=3), now + timedelta(hours=1)
        await seeding.touches(
            conn, "T1", spring, people[:1], now, state=State.DRAFTED, due_at=late, with_cards=True
        )
        await seeding.touches(conn, "T1", spring, people[1:2], now, state=State.DRAFTED, due_at=soon)
        await seeding.touches(conn, "T1", spring, people[2:3], now, state=State.FAILED, note="550 No mailbox")
        await seeding.touches(conn, "T1", spring, people[3:4], now, state=State.UNSURE, note="It broke off")
        await seeding.touches(
            conn, "T1", spring, people[4:5], now, channel="call", note=WAITING, due_at=late, slot_at=now
        )
        await seeding.touches(conn, "T1", spring, people[5:6], now, channel="call", due_at=late, slot_at=late)
        sent = await seeding.touches(conn, "T1", spring, people[6:9], now, state=State.SENT, sent_at=now)
        kinds = (ReplyClass.NEUTRAL, ReplyClass.INTERESTED, ReplyClass.OUT_OF_OFFICE)
        for contact, message, klass in zip(people[6:9], sent, kinds, strict=True):
            await replies.add(
                conn, "T1", contact_id=contact, message_id=message, text=f"Words <of> {contact}", klass=klass,
                recorded_by="U2AMARA", now=now,
            )  # fmt: skip
        for number, decided in ((0, False), (1, True)):
            made = await conflicts.add(
                conn,
                "T1",
                contact_id=people[number],
                text="Their board <talks> to us",
                recorded_by="U2AMARA",
                now=now,
            )
            if decided:
                await conflicts.decide(conn, "T1", made, decision="resume", by="U2AMARA")
    return ctx


async def _view(ctx: Context, workspace: str = "T1") -> views.HomeView:
    async with ctx.db.read() as conn:
        return await views.home(conn, workspace)


async def test_each_kind_is_counted_and_shown_in_its_order(world: Context) -> None:
    view = await _view(world)
    assert [found.to for found in view.waiting] == ["Ada1", "Ada0"]
    assert (view.waiting_in_all, view.troubled, view.hot, view.replies_in_all, view.calls_in_all) == (
        2,
        2,
        1,
        2,
        1,
    )
    assert [(found.to, found.state, found.note) for found in view.failures] == [
        ("Ada3", "unsure", "It broke off"), ("Ada2", "failed", "550 No mailbox"),
    ]  # fmt: skip
    assert [(found.to, found.klass) for found in view.replies] == [
        ("Ada7", "interested"),
        ("Ada6", "neutral"),
    ]
    assert [(found.to, found.channel) for found in view.calls] == [("Ada4", "call")]
    assert await _view(world, "T2") == views.HomeView("UTC")


@pytest.mark.parametrize("place", ["home", "now"])
async def test_approvals_then_failures_then_replies_then_calls_then_campaigns(
    world: Context, place: str
) -> None:
    view = await _view(world)
    shown = homepage.render(view, link)["blocks"] if place == "home" else homepage.now(view, link)
    text = json.dumps(shown, ensure_ascii=False)
    order = [
        "Waiting for a decision",
        "*Failures*",
        "*Replies* · 2 replies · 🔥 1 hot",
        "*Due calls",
        "*Conflicts that hold messages* · 1 conflict",
        "*Campaigns*",
    ]
    assert [text.index(title) for title in order] == sorted(text.index(title) for title in order)
    assert "⏸️ Paused · *Autumn*" in text
    assert "Words &lt;of&gt; " in text
    assert "⏸️ *Ada0*\\nTheir board &lt;talks&gt; to us" in text
    problems: Any = (
        blockkit.view_problems(homepage.render(view, link))
        if place == "home"
        else blockkit.problems(shown, "message")
    )
    assert problems == []


async def test_it_is_said_in_a_sentence_and_nothing_is_nothing(world: Context, olivia: Who) -> None:
    assert homepage.sentence(await _view(world)) == (
        "Needs you: 2 drafts, 2 failures, 2 replies, 1 due task, 1 conflict."
    )
    assert homepage.sentence(views.HomeView("UTC")) == "Nothing needs you."


async def test_where_nothing_waits_it_is_said_once(world: Context) -> None:
    assert homepage.now(views.HomeView("UTC"), link) == []
    shown = json.dumps(homepage.now(replace(await _view(world), waiting=(), waiting_in_all=0), link))
    assert "Nothing waits" not in shown
    assert "*Failures*" in shown
    plan = json.dumps(homepage.now(views.HomeView("UTC", strategies=1), link))
    assert "*Waiting for a decision*" in plan
    assert "Nothing waits" not in plan


async def test_a_draft_without_a_card_of_its_own_leads_to_the_one_it_shares(world: Context) -> None:
    own, alone = sorted((await _view(world)).waiting, key=lambda found: bool(found.ts), reverse=True)
    async with world.db.begin() as conn:
        brand = await workspaces.default_brand(conn, "T1")
        assert brand is not None
        many = {"workspace_id": "T1", "brand_id": brand.id, "channel": "C1GROWTH", "created_at": world.now()}
        ids = list(
            await conn.scalars(
                insert(bulks).returning(bulks.c.id), [{**many, "key": "old"}, {**many, "key": "new"}]
            )
        )
        drafts = [{"workspace_id": "T1", "message_id": alone.id, "revision": 1, "since": 1}] * 2
        await conn.execute(
            insert(bulk_drafts), [{**row, "bulk_id": id_} for row, id_ in zip(drafts, ids, strict=True)]
        )
        await conn.execute(
            insert(bulk_drafts).values(
                workspace_id="T1", message_id=own.id, revision=1, since=1, bulk_id=ids[0]
            )
        )
        for id_ in ids:
            await cards.want(conn, "T1", "bulk", id_, "C1GROWTH")
            card = await cards.find(conn, "T1", "bulk", id_, "C1GROWTH")
            assert card is not None
            await cards.record(conn, card.id, ts=f"1764.{id_}")
    shown = {found.id: found.ts for found in (await _view(world)).waiting}
    assert shown == {own.id: own.ts or f"1764.{ids[0]}", alone.id: f"1764.{ids[1]}"}
