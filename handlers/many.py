"""Many drafts at once: approve all that pass, look at a few first, or open them one by one."""

from __future__ import annotations

import json

from engine import many
from engine.many import Look
from handlers import actions, blocks, words
from handlers.actions import Form, Ref
from handlers.blocks import Json
from handlers.request import NOTHING, Answer, Request

_ROOM = 5
"""Blocks of words that a modal shows of one draft: 15,000 characters."""


async def approve(request: Request) -> Answer:
    ref = actions.ref(request.value)
    look = await many.press(request.ctx, request.who, ref)
    if look is not None:
        await request.slack.open_view(modal(look, ref, channel=request.who.channel))
    return NOTHING


async def looked(request: Request) -> Answer:
    await many.approve(request.ctx, request.who, actions.ref(request.metadata.get("ref", "")))
    return NOTHING


async def undo(request: Request) -> Answer:
    _, left = await many.undo(request.ctx, request.who, actions.ref(request.value))
    return Answer(f"Press again for the next of {left:,}.") if left else NOTHING


async def one_by_one(request: Request) -> Answer:
    now, later = await many.one_by_one(request.ctx, request.who, actions.ref(request.value).id)
    if not now:
        return Answer("Every draft has its card in the thread already.")
    more = f" Press again for the next of {later:,}." if later else ""
    return Answer(f"{words.count(now, 'card')} {'follows' if now == 1 else 'follow'} in the thread.{more}")


def modal(look: Look, ref: Ref, *, channel: str = "") -> Json:
    """Random drafts in full; sending the form approves all that were counted."""
    drafts = "this draft" if len(look.drafts) == 1 else f"these {len(look.drafts)} drafts"
    shown = [
        blocks.section(f"{look.passing:,} are approved together. Read {drafts} first, picked at random.")
    ]
    for name, row in look.drafts:
        subject = f"\n*Subject:* {blocks.line(row.subject, 300)}" if row.subject.strip() else ""
        shown += [blocks.divider(), blocks.section(f"*To {blocks.line(name)}*{subject}")]
        shown += blocks.quote(row.body, _ROOM)
    return {
        "type": "modal",
        "callback_id": str(Form.LOOK),
        "title": blocks.plain("Look at these", 24),
        "submit": blocks.plain(f"Approve all {look.passing:,}", 24),
        "close": blocks.plain("Not yet", 24),
        "private_metadata": json.dumps({"channel": channel, "ref": str(ref)}),
        "blocks": shown,
    }
