"""The Home tab as a view: a pure picture, like a card, for one person."""

from __future__ import annotations

from collections.abc import Callable

from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from storage.views import HomeView, Waiting

Permalink = Callable[[str, str], str]
_WAITING, _CAMPAIGNS = 10, 15


def render(view: HomeView, permalink: Permalink, *, prefix: str = "") -> Json:
    """`permalink` gives the address of a message; a draft whose card is not posted yet has no link."""
    empty = not view.campaigns or not view.sent
    shown = [
        blocks.header("Overture"),
        *(_first_steps(view, prefix) if empty else []),
        *_approvals(view, permalink),
        *_campaigns(view),
        blocks.context(f"More: `/{prefix}outreach help`"),
    ]
    return {"type": "home", "blocks": shown[: blocks.VIEW_BLOCKS]}


def _first_steps(view: HomeView, prefix: str) -> list[Json]:
    new = blocks.button(
        "New campaign", Button.HOME_NEW, str(Ref(0)), style="" if view.campaigns else "primary"
    )
    add = blocks.button("Import contacts", Button.HOME_IMPORT, str(Ref(0)))
    steps = (
        (bool(view.campaigns), "Create a campaign", new),
        (bool(view.contacts), "Import contacts, or drop a CSV file into its channel", add),
        (bool(view.sent), "Press Plan on its card, approve the strategy, then the drafts", None),
    )
    return [
        blocks.section("*Three first steps*"),
        *(_step(number, *step) for number, step in enumerate(steps, 1)),
    ]


def _step(number: int, done: bool, text: str, button: Json | None) -> Json:
    return blocks.section(f"{'✅ Done:' if done else f'*{number}.*'} {text}", None if done else button)


def _approvals(view: HomeView, permalink: Permalink) -> list[Json]:
    waiting = words.count(view.waiting_in_all, "draft")
    title = blocks.section(
        f"*Waiting for a decision* · {waiting}" if view.waiting_in_all else "Nothing waits for a decision."
    )
    plans = (
        f"{words.count(view.strategies, 'strategy', 'strategies')} to decide on" if view.strategies else ""
    )
    trouble = f"❌ {words.count(view.troubled, 'message')} failed, blocked or unsure" if view.troubled else ""
    notes = [blocks.context(plans, trouble)] if plans or trouble else []
    rows = [_draft(found, view.zone, permalink) for found in view.waiting[:_WAITING]]
    more = view.waiting_in_all - len(rows)
    rest = [blocks.context(f"… and {more:,} more")] if more > 0 else []
    return [blocks.divider(), title, *notes, *rows, *rest]


def _draft(found: Waiting, zone: str, permalink: Permalink) -> Json:
    due = f"\nDecide by {blocks.when(found.due_at, zone)}" if found.due_at else ""
    about = f" · {blocks.line(found.campaign)}" if found.campaign else ""
    url = permalink(found.slack_channel, found.ts) if found.ts else ""
    text = f"{words.channel(found.channel)} to {blocks.bold(found.to)}{about}{due}"
    value = str(Ref(found.message_id))
    return blocks.section(
        text, blocks.button("Open", Button.HOME_OPEN, value, about=found.to, url=url) if url else None
    )


def _campaigns(view: HomeView) -> list[Json]:
    if not view.campaigns:
        return []
    lines = [
        f"{words.STATUS[found.status]} · {blocks.bold(found.name, 80)} · {waiting:,} to decide · {sent:,} sent"
        for found, waiting, sent in view.campaigns[:_CAMPAIGNS]
    ]
    more = len(view.campaigns) - _CAMPAIGNS
    rest = [f"… and {more} more"] if more > 0 else []
    new = blocks.button("New campaign", Button.HOME_NEW, str(Ref(0))) if view.sent else None
    return [blocks.divider(), blocks.section("*Campaigns*", new), blocks.section("\n".join(lines + rest))]
