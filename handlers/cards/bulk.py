"""The card of many drafts: how many pass, three samples, what stands out, who is left out, and one button for all."""

from __future__ import annotations

from engine import policy
from engine.rules import many
from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards.picture import Picture
from storage.model import BulkDecision
from storage.views.bulks import BulkView, DraftLine

_SAMPLE = 280


def render(view: BulkView) -> Picture:
    name, decision = _name(view), view.decision
    head = f"{words.count(view.waiting, 'draft')} {'waits' if view.waiting == 1 else 'wait'} for a decision"
    shown = [
        blocks.section(
            f"*{name}*\n🕓 {head}" if view.waiting else f"*{name}*\nNothing waits for a decision."
        ),
        *([blocks.fields(_facts(view))] if view.waiting else []),
        *_samples(view),
        *_outliers(view),
        *_left_out(view),
        *([blocks.section(_decided(decision, view.zone))] if decision else []),
        *_undone(view),
        *_rule(view),
        *blocks.actions(_buttons(view)),
    ]
    text = f"{name}: {head}; {view.passing:,} pass, {view.left_in_all:,} left out."
    return Picture(text + (f" {_decided_plainly(decision)}" if decision else ""), shown)


def _name(view: BulkView) -> str:
    found = view.bulk
    if found.campaign_id is not None:
        return f"{blocks.line(view.about)}, touch {found.step}"
    return f"Posts of {blocks.line(view.about)}, week of {words.day(found.key.rpartition(':')[2])}"


def _facts(view: BulkView) -> list[tuple[str, str]]:
    least, most = view.scores
    scores = str(least) if least == most else f"{least} to {most}"
    left = [("Left out", words.count(view.left_in_all, "draft"))] if view.left_in_all else []
    more = [
        part
        for part in (_coming(view.uncounted, "being counted"), _coming(view.writing, "to be written"))
        if part
    ]
    return [
        ("Pass every check", words.count(view.passing, "draft")),
        *left,
        *([("Their scores", scores)] if view.passing else []),
        *([("First decision by", blocks.when(view.first_at, view.zone))] if view.first_at else []),
        *([("More", ", ".join(more))] if more else []),
    ]


def _coming(number: int, what: str) -> str:
    return f"{number:,} {what}" if number else ""


def _samples(view: BulkView) -> list[Json]:
    if not view.samples:
        return []
    title = "Three samples" if len(view.samples) == 3 else "Samples"
    return [blocks.section(f"*{title}*"), *(blocks.section(_sample(line)) for line in view.samples)]


def _sample(line: DraftLine) -> str:
    subject = f": {blocks.line(line.subject, 100)}" if line.subject.strip() else ""
    return f"*{blocks.line(line.name, 60)}* (score {line.score}){subject}\n{blocks.line(line.body, _SAMPLE)}"


def _outliers(view: BulkView) -> list[Json]:
    """The two that stand out most of those that pass; those with findings are left out and named below."""
    if view.lowest is None or view.longest is None or view.passing < 2:
        return []
    low, long = view.lowest, view.longest
    return [
        blocks.section(
            "*Look at these twice*\n"
            f"• Lowest score: {blocks.line(low.name, 60)}, {low.score}\n"
            f"• Longest: {blocks.line(long.name, 60)}, {long.length:,} characters"
        )
    ]


def _left_out(view: BulkView) -> list[Json]:
    if not view.left_out:
        return []
    lines = [f"• {blocks.line(line.name, 60)}: {blocks.line(line.problem, 110)}" for line in view.left_out]
    more = view.left_in_all - len(view.left_out)
    rest = [f"… and {more:,} more"] if more > 0 else []
    return [blocks.section("\n".join(["*Left out, to decide one by one*", *lines, *rest]))]


def _decided(made: BulkDecision, zone: str) -> str:
    by = f"{blocks.person(made.decided_by)} {blocks.when(made.decided_at, zone)}"
    if made.state == "open":
        return f"⏳ *{made.covered:,} approved* by {by}; {made.approved:,} are carried out so far."
    return f"✅ *{made.approved:,} approved* by {by}.{_uncovered(made)}"


def _undone(view: BulkView) -> list[Json]:
    last = view.undone
    if last is None:
        return []
    return [
        blocks.section(f"↩️ *Taken back* by {blocks.person(last.actor)} {blocks.when(last.at, view.zone)}")
    ]


def _uncovered(made: BulkDecision) -> str:
    """What the click did not cover, in plain words."""
    changed, kept = words.count(made.changed, "draft"), words.count(made.kept, "draft")
    left = f" {changed} changed after the count: not covered." if made.changed else ""
    return left + (
        f" {kept} left out after all: a check stops it, or another person must." if made.kept else ""
    )


def _decided_plainly(made: BulkDecision) -> str:
    return f"{made.approved:,} approved by {blocks.person(made.decided_by)}.{_uncovered(made)}"


def _rule(view: BulkView) -> list[Json]:
    """What the button covers, and that some must be opened first."""
    if not _offers(view):
        return []
    rules = policy.read(view.settings)
    few = many.to_open(view.passing, over=rules.look_over, few=rules.look_at)
    first = f" {few} random ones are opened first." if few else ""
    return [
        blocks.context(
            f"Approve all covers these {view.passing:,} as they are now; one that changes afterwards is not covered.{first}"
        )
    ]


def _offers(view: BulkView) -> bool:
    carried_out = view.decision is None or view.decision.state != "open"
    return carried_out and view.passing > 0


def _buttons(view: BulkView) -> list[Json]:
    found, name = view.bulk, view.about
    approve = blocks.button(
        f"Approve all {view.passing:,} that pass",
        Button.BULK_APPROVE,
        str(Ref(found.id, found.number)),
        about=name,
        style="primary",
    )
    each = blocks.button("Open one by one", Button.BULK_OPEN, str(Ref(found.id)), about=name)
    undo = _undo(view)
    return [
        *([approve] if _offers(view) else []),
        *([each] if view.waiting else []),
        *([undo] if undo else []),
    ]


def _undo(view: BulkView) -> Json | None:
    """Until the sender has claimed them."""
    made = view.decision
    if made is None or made.state == "open" or not view.standing:
        return None
    return blocks.button(
        f"Undo all {view.standing:,}", Button.BULK_UNDO, str(Ref(view.bulk.id, made.number)), about=view.about
    )
