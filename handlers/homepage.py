"""The Home tab as a view, and the answer to `now`: what needs me, in the order in which to look at it. Pure pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from storage.lifecycle import State
from storage.model import ReplyClass
from storage.views import HomeView, Waiting

Permalink = Callable[[str, str], str]
_AT_HOME, _NOW = 10, 5
"""Rows of each kind."""


def render(view: HomeView, permalink: Permalink, *, prefix: str = "") -> Json:
    """`permalink` gives the address of a message; a draft that is on no card yet has no link."""
    empty = not view.campaigns or not view.sent
    shown = [
        blocks.header("Overture"),
        *(_first_steps(view, prefix) if empty else []),
        *_needs_me(view, permalink, _AT_HOME),
        *_campaigns(view),
        blocks.context(f"More: `/{prefix}outreach help`"),
    ]
    return {"type": "home", "blocks": shown[: blocks.VIEW_BLOCKS]}


def now(view: HomeView, permalink: Permalink) -> list[Json]:
    """The same in a message, where there is less room and the sentence above has said what is nothing."""
    undecided = view.waiting_in_all or view.strategies
    parts = [
        *(_approvals(view, permalink, _NOW) if undecided else []),
        *_others(view, permalink, _NOW),
        *_campaigns(view, button=False),
    ]
    return parts[1 : blocks.MESSAGE_BLOCKS + 1]


def sentence(view: HomeView) -> str:
    """What needs me, in one line."""
    parts = [
        words.count(view.waiting_in_all, "draft") if view.waiting_in_all else "",
        words.count(view.strategies, "strategy", "strategies") if view.strategies else "",
        words.count(view.troubled, "failure") if view.troubled else "",
        words.count(view.replies_in_all, "reply", "replies") if view.replies_in_all else "",
        words.count(view.calls_in_all, "due task") if view.calls_in_all else "",
        words.count(view.conflicts_in_all, "conflict") if view.conflicts_in_all else "",
    ]
    told = ", ".join(part for part in parts if part)
    return f"Needs you: {told}." if told else "Nothing needs you."


def _needs_me(view: HomeView, permalink: Permalink, most: int) -> list[Json]:
    """Approvals, failures, hot replies, due calls, conflicts: in that order."""
    return [*_approvals(view, permalink, most), *_others(view, permalink, most)]


def _others(view: HomeView, permalink: Permalink, most: int) -> list[Json]:
    return [
        *_failures(view, permalink, most),
        *_replies(view, permalink, most),
        *_calls(view, permalink, most),
        *_conflicts(view, permalink, most),
    ]


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


def _approvals(view: HomeView, permalink: Permalink, most: int) -> list[Json]:
    undecided = view.waiting_in_all or view.strategies
    drafts = f" · {words.count(view.waiting_in_all, 'draft')}" if view.waiting_in_all else ""
    title = f"*Waiting for a decision*{drafts}" if undecided else "Nothing waits for a decision."
    plans = (
        f"{words.count(view.strategies, 'strategy', 'strategies')} to decide on" if view.strategies else ""
    )
    rows = [
        _row(found, f"{_to(found)}{_until(found, view.zone)}", permalink) for found in view.waiting[:most]
    ]
    return _part(title, plans, rows, view.waiting_in_all)


def _failures(view: HomeView, permalink: Permalink, most: int) -> list[Json]:
    """What failed, was blocked, or may have gone out."""
    if not view.troubled:
        return []
    rows = [
        _row(found, f"{_sign(found)} {_to(found)}{_why(found)}", permalink) for found in view.failures[:most]
    ]
    return _part(f"*Failures* · {words.count(view.troubled, 'message')}", "", rows, view.troubled)


def _replies(view: HomeView, permalink: Permalink, most: int) -> list[Json]:
    if not view.replies_in_all:
        return []
    hot = f" · 🔥 {view.hot:,} hot" if view.hot else ""
    title = f"*Replies* · {words.count(view.replies_in_all, 'reply', 'replies')}{hot}"
    rows = [_row(found, _reply(found), permalink) for found in view.replies[:most]]
    return _part(title, "", rows, view.replies_in_all)


def _calls(view: HomeView, permalink: Permalink, most: int) -> list[Json]:
    """Calls and other tasks that wait for a person."""
    if not view.calls_in_all:
        return []
    rows = [_row(found, f"{_to(found)}{_since(found, view.zone)}", permalink) for found in view.calls[:most]]
    return _part(
        f"*Due calls and tasks* · {words.count(view.calls_in_all, 'task')}", "", rows, view.calls_in_all
    )


def _conflicts(view: HomeView, permalink: Permalink, most: int) -> list[Json]:
    """What holds everything to somebody until a person decides."""
    if not view.conflicts_in_all:
        return []
    rows = [_row(found, _conflict(found), permalink) for found in view.conflicts[:most]]
    title = f"*Conflicts that hold messages* · {words.count(view.conflicts_in_all, 'conflict')}"
    return _part(title, "", rows, view.conflicts_in_all)


def _part(title: str, note: str, rows: Sequence[Json], in_all: int) -> list[Json]:
    more = in_all - len(rows)
    rest = [blocks.context(f"… and {more:,} more")] if rows and more > 0 else []
    return [
        blocks.divider(),
        blocks.section(title),
        *([blocks.context(note)] if note else []),
        *rows,
        *rest,
    ]


def _row(found: Waiting, text: str, permalink: Permalink) -> Json:
    url = permalink(found.slack_channel, found.ts) if found.ts else ""
    value = str(Ref(found.id))
    return blocks.section(
        text, blocks.button("Open", Button.HOME_OPEN, value, about=found.to, url=url) if url else None
    )


def _to(found: Waiting) -> str:
    about = f" · {blocks.line(found.campaign)}" if found.campaign else ""
    return f"{words.channel(found.channel)} to {blocks.bold(found.to)}{about}"


def _until(found: Waiting, zone: str) -> str:
    return f"\nDecide by {blocks.when(found.due_at, zone)}" if found.due_at else ""


def _since(found: Waiting, zone: str) -> str:
    return f"\nDue {blocks.when(found.due_at, zone)}" if found.due_at else ""


def _sign(found: Waiting) -> str:
    return str(words.MESSAGE[State(found.state)]) if found.state in tuple(State) else "❌"


def _why(found: Waiting) -> str:
    return f"\n{blocks.line(found.note, 200)}" if found.note.strip() else ""


def _reply(found: Waiting) -> str:
    klass = words.REPLY[ReplyClass(found.klass)] if found.klass in tuple(ReplyClass) else "Reply"
    about = f" · {blocks.line(found.campaign)}" if found.campaign else ""
    said = f"\n“{blocks.line(found.note, 160)}”" if found.note.strip() else ""
    return f"💬 {blocks.bold(found.to)} · {klass}{about}{said}"


def _conflict(found: Waiting) -> str:
    about = f" · {blocks.line(found.campaign)}" if found.campaign else ""
    return f"⏸️ {blocks.bold(found.to)}{about}\n{blocks.line(found.note, 200)}"


def _campaigns(view: HomeView, *, button: bool = True) -> list[Json]:
    if not view.campaigns:
        return []
    lines = [
        f"{words.STATUS[found.status]} · {blocks.bold(found.name, 80)} · {waiting:,} to decide · {sent:,} sent"
        f"{' · ⚠️ a recommendation waits' if found.id in view.weak else ''}"
        for found, waiting, sent in view.campaigns
    ]
    more = view.campaigns_in_all - len(view.campaigns)
    rest = [f"… and {more:,} more"] if more > 0 else []
    new = blocks.button("New campaign", Button.HOME_NEW, str(Ref(0))) if view.sent and button else None
    return [blocks.divider(), blocks.section("*Campaigns*", new), blocks.section("\n".join(lines + rest))]
