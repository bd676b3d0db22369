"""The campaign card: name, status, counts, channels, next touch, owner, and what can be done with it."""

from __future__ import annotations

from engine.rules import sequences
from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards.picture import Picture
from storage.lifecycle import State
from storage.model import Campaign, CampaignStatus, StrategyState
from storage.views import CampaignView

_SHOWN = (
    (State.DRAFTED, "to decide"),
    (State.APPROVED, "approved"),
    (State.SCHEDULED, "scheduled"),
    (State.SENT, "sent"),
    (State.UNSURE, "unsure"),
    (State.FAILED, "failed"),
    (State.BLOCKED, "blocked"),
    (State.REJECTED, "rejected"),
    (State.SKIPPED, "skipped"),
    (State.CANCELLED, "cancelled"),
)
_ENGAGED = (
    ("opened", "opened"),
    ("clicked", "clicked"),
    ("replied", "replied"),
    ("unsubscribed", "opted out"),
)
_ADD = "Add contacts: press the button, or drop a CSV file into this channel."
_DID = {
    "create": "Created",
    "pause": "Paused",
    "resume": "Resumed",
    "cancel": "Cancelled",
    "cap": "Daily cap changed",
}


def render(view: CampaignView) -> Picture:
    found = view.campaign
    status, people = words.STATUS[found.status], sum(view.people.values())
    next_step, did = _next_step(view, people), _who(view)
    facts = [
        ("Status", str(status)),
        ("Accounts" if found.by_account else "People", _counted(found, people)),
        ("Channels", ", ".join(words.channel(name) for name in found.channels) or "none"),
        ("Next touch", blocks.when(view.next_at, view.zone) if view.next_at else "nothing is scheduled"),
        ("Owner", blocks.person(found.owner_id)),
        ("Autonomy", words.AUTONOMY[found.autonomy]),
        *([("Touches on days", sequences.shown(view.waits))] if len(view.waits) > 1 else []),
        *_cap(found),
        *_sender(found),
        *_dates(view),
    ]
    shown = [
        blocks.header(found.name),
        *([blocks.section(blocks.line(found.goal, 300))] if found.goal.strip() else []),
        blocks.fields(facts),
        *([blocks.section(next_step)] if next_step else []),
        *([blocks.section("⚠️ *A recommendation* waits for your decision.")] if view.weak else []),
        blocks.context(f"*Messages:* {_counts(view)}", _engaged(view)),
        *([blocks.context(did)] if did else []),
        *blocks.actions(_buttons(view, people)),
    ]
    text = (
        f"Campaign “{blocks.line(found.name)}” ({status.word.lower()}): {_counted(found, people)}; "
        f"messages: {_counts(view)}."
    )
    return Picture(text, shown)


def _sender(found: Campaign) -> list[tuple[str, str]]:
    """Only one that was chosen for this campaign."""
    replies = f"replies to {blocks.line(found.reply_to, 120)}" if found.reply_to else ""
    told = ", ".join(part for part in (blocks.line(found.sender_name, 80), replies) if part)
    return [("Sender", told)] if told else []


def _dates(view: CampaignView) -> list[tuple[str, str]]:
    starts, ends = view.campaign.starts_at, view.campaign.ends_at
    from_ = f"from {blocks.when(starts, view.zone)}" if starts else ""
    until = f"until {blocks.when(ends, view.zone)}" if ends else ""
    return [("Runs", " ".join(part for part in (from_, until) if part))] if starts or ends else []


def _counted(found: Campaign, enrolled: int) -> str:
    return words.count(enrolled, "account" if found.by_account else "contact")


def _cap(found: Campaign) -> list[tuple[str, str]]:
    """Only a cap that somebody chose for this campaign: the sender's own is everybody's."""
    if found.cap is None:
        return []
    by = f", chosen by {blocks.person(found.cap_by)}" if found.cap_by else ""
    return [("Daily cap", f"{found.cap:,} a day{by}")]


def _counts(view: CampaignView) -> str:
    writing = view.messages.get(State.PLANNED, 0) - view.coming
    parts = [f"{view.messages[state]:,} {word}" for state, word in _SHOWN if view.messages.get(state)]
    first = [f"{writing:,} being written"] if writing > 0 else []
    later = [f"{view.coming:,} to come"] if view.coming else []
    return " · ".join([*first, *parts, *later]) or "none yet"


def _engaged(view: CampaignView) -> str:
    parts = [f"{view.engaged[kind]:,} {word}" for kind, word in _ENGAGED if view.engaged.get(kind)]
    return f"*By people:* {' · '.join(parts)}" if parts else ""


def _next_step(view: CampaignView, people: int) -> str:
    """What is missing before anything can leave."""
    if not people and view.campaign.status in (CampaignStatus.ACTIVE, CampaignStatus.PAUSED):
        return f"Nobody is in it yet. {_ADD}"
    if view.campaign.status is not CampaignStatus.DRAFT:
        return ""
    if view.writing:
        return "The strategy is being written; it appears in this thread."
    if view.strategy is StrategyState.DRAFT:
        return "The strategy in this thread waits for a decision."
    if not people:
        return f"{_ADD} Then have a strategy written and approve it."
    return "Next, have a strategy written and approve it."


def _who(view: CampaignView) -> str:
    last = view.last
    if last is None or last.event not in _DID:
        return ""
    leaving = f" · {blocks.line(str(last.detail), 80)}" if last.event == "pause" and last.detail else ""
    return f"{_DID[last.event]} by {blocks.person(last.actor)} {blocks.when(last.at, view.zone)}{leaving}"


def _buttons(view: CampaignView, people: int) -> list[Json]:
    found, ref = view.campaign, str(Ref(view.campaign.id))
    undecided = view.writing or view.strategy in (StrategyState.DRAFT, StrategyState.APPROVED)
    plan = blocks.button("Plan", Button.CAMPAIGN_PLAN, ref, about=found.name, style="primary")
    pause = blocks.button("Pause", Button.CAMPAIGN_PAUSE, ref, about=found.name)
    resume = blocks.button("Resume", Button.CAMPAIGN_RESUME, ref, about=found.name, style="primary")
    asks = blocks.confirmation(
        "Cancel this campaign?",
        f"Everything of {blocks.bold(found.name, 100)} that has not left is dropped. This is final.",
        "Cancel campaign",
        danger=True,
    )
    cancel = blocks.button(
        "Cancel", Button.CAMPAIGN_CANCEL, ref, about=found.name, style="danger", confirm=asks
    )
    by_status = {
        CampaignStatus.DRAFT: [cancel] if undecided else [plan, cancel],
        CampaignStatus.ACTIVE: [pause, cancel],
        CampaignStatus.PAUSED: [resume, cancel],
    }
    shown = by_status.get(found.status, [])
    add = blocks.button("Add contacts", Button.CAMPAIGN_IMPORT, ref, about=found.name)
    return [add, *shown] if shown and not people else shown
