"""Views of real rows: what the engine wrote is what a card shows, and never across workspaces."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert

from bot.local import blockkit
from engine import approve, campaigns, contacts, draft, plan, review
from engine.campaigns import NewCampaign
from engine.contacts import NewContact
from engine.context import Context, Who
from engine.plan import sequence, settle
from handlers import actions, cards, homepage
from storage import engagements, replies, senders, views
from storage.model import Engagement, EngagementKind, ReplyClass, StrategyState
from storage.tables import digests, runs


class _Mail:
    name = "email"
    provider = "wire"


@pytest.fixture
async def world(ctx: Context, olivia: Who) -> Context:
    """A campaign with one contact, its strategy approved, its first draft written."""
    here = replace(ctx, channels={"email": _Mail()})
    async with here.db.begin() as conn:
        await senders.ensure(
            conn, "T1", "email", address="hello@acme.example", name="Acme", zone="UTC", cap=None
        )
    made = await campaigns.create(
        here, olivia, NewCampaign("Launch", goal="book demos", offer="a free audit")
    )
    new = NewContact(
        email="ada@engines.example",
        first_name="Ada",
        company="Engines",
        title="Countess",
        zone="Europe/Berlin",
    )
    await contacts.add(here, olivia, new, made.id)
    await plan.ask(here, olivia, made.id)
    await plan.work(here, await plan.claim(here))
    await plan.approve(here, olivia, 1)
    while await settle.turn(here) or await sequence.turn(here):
        pass
    await draft.work(here, await draft.claim(here))
    return here


async def _load(ctx: Context, kind: str, id_: int = 1, workspace: str = "T1") -> Any:
    async with ctx.db.read() as conn:
        return await views.load(conn, workspace, kind, id_)


async def test_the_campaign_card_counts_what_there_is(world: Context) -> None:
    view = await _load(world, "campaign")
    assert dict(view.messages) == {"drafted": 1}
    assert sum(view.people.values()) == 1
    assert (view.strategy, view.writing) == (StrategyState.APPROVED, False)
    assert "1 to decide" in cards.RENDERERS["campaign"](view).text


async def test_the_draft_card_knows_its_reader_its_words_and_its_gates(world: Context, olivia: Who) -> None:
    view = review.judged(await _load(world, "message"), world.now())
    assert (view.account, view.revision.revision, view.before) == ("Engines", 1, None)
    assert {gate for gate, _, _ in view.verdicts} >= {"suppression", "window", "frequency"}
    picture = cards.RENDERERS["message"](view)
    assert "in Berlin, window 09:00-18:00, zone from the contact" in str(picture.blocks)
    assert "'Approve'" in str(picture.blocks)
    await approve.edit(
        world, olivia, actions.Ref(1, 1), subject="Another subject", body=view.case.message.body + " Bye."
    )
    edited = await _load(world, "message")
    assert (edited.before.revision, edited.last.event, edited.last.actor) == (1, "revise", "U1OLIVIA")
    assert "What changed" in str(cards.RENDERERS["message"](edited).blocks)
    await approve.reject(world, olivia, actions.Ref(1, 2), "Too long")
    shown = str(cards.RENDERERS["message"](await _load(world, "message")).blocks)
    assert "Reason: Too long" in shown
    assert "by <@U1OLIVIA>" in shown


async def test_what_came_back_is_on_the_message_and_on_the_campaign(world: Context) -> None:
    facts = [
        Engagement(1, EngagementKind.OPENED, world.now(), "a", human=False),
        Engagement(1, EngagementKind.OPENED, world.now(), "b"),
        Engagement(1, EngagementKind.OPENED, world.now(), "c"),
        Engagement(1, EngagementKind.CLICKED, world.now(), "d"),
    ]
    async with world.db.begin() as conn:
        await engagements.record(conn, "T1", facts)
    assert len((await _load(world, "message")).engagements) == 4
    assert dict((await _load(world, "campaign")).engaged) == {"opened": 1, "clicked": 1}


async def test_the_home_tab_lists_the_draft_with_its_deadline(world: Context) -> None:
    async with world.db.read() as conn:
        view = await views.home(conn, "T1")
        other = await views.home(conn, "T2")
    assert [(found.id, found.to, found.slack_channel, found.ts) for found in view.waiting] == [
        (1, "Ada", "C1GROWTH", None)
    ]
    assert (view.waiting_in_all, view.contacts, view.campaigns[0][1:]) == (1, 1, (1, 0))
    assert other == views.HomeView("UTC")
    assert blockkit.view_problems(homepage.render(view, lambda channel, ts: "")) == []


async def test_no_card_shows_what_another_workspace_owns(world: Context) -> None:
    now = world.now()
    async with world.db.begin() as conn:
        await replies.add(
            conn,
            "T1",
            contact_id=1,
            message_id=1,
            text="Yes",
            klass=ReplyClass.INTERESTED,
            recorded_by="U1",
            now=now,
        )
        await conn.execute(
            insert(digests).values(
                workspace_id="T1", key="k", channel="C1", starts_at=now, ends_at=now, zone="UTC", chart=b"png",
                figures={"email": {"sent": 3}}, created_at=now,
            )
        )  # fmt: skip
        await conn.execute(
            insert(runs).values(
                workspace_id="T1", campaign_id=1, batch=10, dry=True, asked_by="U1", channel="C1", state="open",
                created_at=now,
            )
        )  # fmt: skip
    for kind in ("campaign", "strategy", "message", "reply", "contact", "digest", "chart", "run"):
        assert (await _load(world, kind)) is not None, kind
        assert (await _load(world, kind, workspace="T2")) is None, kind
        assert (await _load(world, kind, 99)) is None, kind
        picture = cards.RENDERERS[kind](await _load(world, kind))
        assert blockkit.problems(picture.blocks, "message") == []
    assert (await _load(world, "reply")).pending == 1
