"""What a campaign lets leave without a person, and whose name stands on it."""

from __future__ import annotations

from typing import Any

import pytest
import seeding
from sqlalchemy import update

from engine import autonomy
from engine.context import Context
from engine.rules import autonomy as rules
from engine.rules.quality import Assessment, Finding
from storage import facts, messages, workspaces
from storage.lifecycle import State
from storage.model import Message
from storage.tables import contacts
from storage.tables import messages as rows

CLEAN = Assessment(95, ())


async def decided(
    ctx: Context,
    found: Assessment = CLEAN,
    *,
    level: str = "auto",
    step: int = 1,
    settings: dict[str, Any] | None = None,
    contact: dict[str, Any] | None = None,
    by: str | None = "U2AMARA",
) -> Message:
    """One draft of a campaign that Amara made automatic and Olivia owns, after the campaign looked at it."""
    async with ctx.db.begin() as conn:
        await workspaces.set_settings(conn, "T1", settings or {})
        campaign_id = await seeding.campaign(conn, "T1", ctx.now(), autonomy=level, autonomy_by=by)
        (person,) = await seeding.people(conn, "T1", 1, ctx.now())
        await conn.execute(
            update(contacts).where(contacts.c.id == person).values(contact or {"title": "Engineer"})
        )
        (id_,) = await seeding.touches(
            conn, "T1", campaign_id, [person], ctx.now(), state=State.DRAFTED, step=step
        )
        (case,) = await facts.gather(conn, await messages.find(conn, "T1", rows.c.id == id_))
        await autonomy.automatically(ctx, conn, [(case, found)])
        row = await messages.get(conn, "T1", id_)
    assert row is not None
    return row


async def test_a_clean_draft_leaves_in_the_name_of_who_switched_it_on(ctx: Context) -> None:
    row = await decided(ctx)
    assert (row.state, row.approved_by, row.approved_revision) == (State.APPROVED, "U2AMARA", 1)


@pytest.mark.parametrize(
    "case",
    [
        {"level": "review"},
        {"level": "first"},
        {"by": None},
        {"found": Assessment(79, ())},
        {"found": Assessment(95, (Finding("x", "A warning.", 0),))},
        {"contact": {"guessed": True}},
        {"contact": {"facts": {"industry": {"value": "Banking", "source": "csv"}}}},
        {"contact": {"email": "noreply@lovelace.example"}},  # a gate, as at every level
        {"settings": {"four_eyes": True}, "by": "U1OLIVIA"},
    ],
    ids=lambda case: ", ".join(case),
)
async def test_everything_else_goes_to_a_person(ctx: Context, case: dict[str, Any]) -> None:
    row = await decided(ctx, **case)
    assert (row.state, row.approved_by) == (State.DRAFTED, None)


async def test_after_a_reviewed_first_touch_the_next_ones_leave(ctx: Context) -> None:
    assert (await decided(ctx, level="first", step=2)).state == State.APPROVED


async def test_four_eyes_let_what_somebody_else_than_the_owner_made_automatic(ctx: Context) -> None:
    assert (await decided(ctx, settings={"four_eyes": True})).state == State.APPROVED


async def test_a_valuable_contact_is_written_to_by_a_person_though_no_score_is_stored_yet(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound is lowered, so that a title is enough to pass it."""
    monkeypatch.setattr(rules, "VALUABLE", 30)
    assert (await decided(ctx, contact={"title": "CEO", "score": None})).state == State.DRAFTED
