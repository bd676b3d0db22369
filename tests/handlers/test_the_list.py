"""`/outreach list` names the newest campaigns, and says how many there are beside them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import seeding
from desk import Desk, Mail, Port

from engine.context import Context, Who
from handlers.outreach import LISTED


@pytest.mark.parametrize(("there", "rest"), [(LISTED, ""), (LISTED + 2, "… and 2 more")])
async def test_the_newest_are_listed_and_the_others_counted(
    ctx: Context, olivia: Who, there: int, rest: str
) -> None:
    desk = Desk(replace(ctx, channels={"email": Mail()}), olivia, Port())
    async with ctx.db.begin() as conn:
        for n in range(1, there + 1):
            await seeding.campaign(conn, "T1", ctx.now(), name=f"Spring {n}")
    answer = await desk.say("list")
    lines = answer.shown[1]["text"]["text"].splitlines()
    assert answer.text == f"{there} campaigns in this workspace."
    assert [f"*Spring {n}*" in lines[there - n] for n in range(there, there - LISTED, -1)] == [True] * LISTED
    assert lines[LISTED:] == ([rest] if rest else [])
