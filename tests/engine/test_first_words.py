"""What reaches somebody first says who is writing, whichever touch of the sequence it is; and words that a person
rejected or changed wait for a person."""

from __future__ import annotations

from typing import Any

import pytest
import seeding
from running import drafted, every
from sqlalchemy import update
from wires import row_of

from engine import approve
from engine.context import Context, Who
from handlers.actions import Ref
from storage import campaigns
from storage.lifecycle import State
from storage.tables import campaigns as campaign_table
from storage.tables import messages as rows

STEPS = ("short call asked", "sample offered", "polite close")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def planned(ctx: Context, before: tuple[State, ...], **campaign: Any) -> int:
    """The next touch of somebody whose touches so far ended in these states, as it is drafted."""
    now = ctx.now()
    async with ctx.db.begin() as conn:
        id_ = await seeding.campaign(conn, "T1", now, **campaign)
        await campaigns.add_strategy(
            conn,
            {
                "workspace_id": "T1", "campaign_id": id_, "asked_by": "U1OLIVIA", "created_at": now,
                "written_at": now, "angle": "Time.", "state": "approved", "source": "rules",
                "steps": [
                    {"number": n, "channel": "email", "wait_days": 0, "purpose": purpose}
                    for n, purpose in enumerate(STEPS, 1)
                ],
            },
        )  # fmt: skip
        people = await seeding.people(conn, "T1", 1, now)
        for step, state in enumerate(before, 1):
            sent_at = now if state is State.SENT else None
            await seeding.touches(
                conn, "T1", id_, people, now, state=state, step=step, due_at=None, sent_at=sent_at
            )
        (touch,) = await seeding.touches(
            conn, "T1", id_, people, now, state=State.PLANNED, step=len(before) + 1, revision=0, slot_at=None
        )
    await drafted(ctx)
    return touch


@pytest.mark.parametrize(
    ("before", "template"),
    [
        ((), "cold-call.en"),
        ((State.SENT,), "cold-sample.en"),
        ((State.SKIPPED,), "cold-call.en"),
        ((State.REJECTED,), "cold-call.en"),
        ((State.CANCELLED,), "cold-call.en"),  # nobody decided in time
        ((State.FAILED,), "cold-call.en"),
        ((State.REJECTED, State.SKIPPED), "cold-call.en"),
        ((State.SKIPPED, State.SENT), "cold-close.en"),
        ((State.SENT, State.SKIPPED), "cold-close.en"),
    ],
)
async def test_the_first_words_that_reach_somebody_introduce_us(
    ctx: Context, workspace: str, before: tuple[State, ...], template: str
) -> None:
    row = await row_of(ctx, await planned(ctx, before))
    assert (row.state, row.options["template"]) == (State.DRAFTED, template)


@pytest.mark.parametrize("rejected", [False, True])
async def test_an_automatic_campaign_asks_about_words_that_follow_a_rejection(
    ctx: Context, olivia: Who, rejected: bool
) -> None:
    touch = await planned(ctx, ())
    if rejected:
        await approve.reject(ctx, olivia, Ref(touch, 1), "too long")
    await approve.rewrite(ctx, olivia, Ref(touch, 1))
    async with ctx.db.begin() as conn:
        await conn.execute(update(campaign_table).values(autonomy="auto", autonomy_by="U1OLIVIA"))
    await drafted(ctx)
    (row,) = await every(ctx, rows.c.id == touch)
    assert (row.revision, row.state) == (2, State.DRAFTED if rejected else State.APPROVED)
    assert bool(row.options.get("rejected")) is rejected
