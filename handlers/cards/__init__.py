"""Cards: for each kind a pure function from a view (storage.views) to a Picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from handlers.cards import (
    account,
    advice,
    bulk,
    calendar,
    campaign,
    chart,
    conflict,
    contact,
    digest,
    importing,
    message,
    posted_picture,
    proposal,
    rehearsal,
    rehearsed,
    reminder,
    reply,
    run,
    sender,
    sheet,
    strategy,
    task,
)
from handlers.cards.picture import File, Picture

__all__ = ("RENDERERS", "File", "Picture")

RENDERERS: Mapping[str, Callable[[Any], Picture]] = {
    "campaign": campaign.render,
    "strategy": strategy.render,
    "message": message.render,
    "task": task.render,
    "bulk": bulk.render,
    "reply": reply.render,
    "account": account.render,
    "proposal": proposal.render,
    "conflict": conflict.render,
    "contact": contact.render,
    "advice": advice.render,
    "reminder": reminder.render,
    "digest": digest.render,
    "chart": chart.render,
    "import": importing.render,
    "run": run.render,
    "rehearsal": rehearsal.render,
    "rehearsal_chart": rehearsed.chart,
    "rehearsal_rows": rehearsed.rows,
    "sender": sender.render,
    "sheet": sheet.render,
    "calendar": calendar.render,
    "picture": posted_picture.render,
    "post_reminder": reminder.render,
}
