"""How an explanation looks: what counts now, every gate with what it saw, why then and there, whose words. Pure."""

from __future__ import annotations

import re
from datetime import datetime

from engine.rules import similarity
from engine.rules.similarity import Change, ChangeKind
from engine.why import Explanation, Judgement
from handlers import blocks, words
from handlers.blocks import Json
from handlers.cards import draft
from storage.lifecycle import State
from storage.model import Revision, channels

_INSTANT = re.compile(r"20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\+00:00", re.ASCII)
"""As engine.rules.timing.instant writes it."""
_SIGN = {"pass": "✅ Passes", "hold": "⏳ Holds", "block": "⛔ Blocks"}


def render(told: Explanation) -> list[Json]:
    view = told.view
    row = view.case.message
    sign = words.MESSAGE[State(row.state)]
    kind = "Post for" if view.case.feed else f"{words.channel(row.channel)} to"
    head = f"{sign} · *{kind} {draft.recipient(view)}*"
    note = f"\n{blocks.line(row.note, 400)}" if row.note else ""
    change = f"\n*What would have to change:* {told.change}" if told.change else ""
    return [
        blocks.section(head + note + change),
        *_left(told),
        blocks.divider(),
        *(
            blocks.section(_local(_gate(judged, counts=judged.gate == told.decisive), view.zone))
            for judged in told.judgements
        ),
        blocks.divider(),
        blocks.section(f"*Why this channel*\n{draft.channel(view)}{_others(told)}"),
        blocks.section(f"*Why then*\n{draft.time(view) or 'No time was given to it.'}{_wait(told)}"),
        *([blocks.section(f"*Why this person*\n{_person(told)}")] if view.case.contact else []),
        blocks.section(f"*Whose words*\n{_origin(told)}"),
        *_edits(told),
    ]


def _left(told: Explanation) -> list[Json]:
    """What left had passed every check by then; the checks below it look at today."""
    row = told.view.case.message
    if State(row.state) is not State.SENT or row.sent_at is None or channels.known(row.channel).by_hand:
        return []
    when = blocks.when(row.sent_at, told.view.zone)
    return [blocks.context(f"It passed every check when it left, {when}. Below is how each stands now.")]


def sentence(told: Explanation) -> str:
    """The same in one sentence: the text of the answer."""
    view = told.view
    state = words.MESSAGE[State(view.case.message.state)].word.lower()
    change = f" {told.change}" if told.change else ""
    return f"The message to {draft.recipient(view)} is {state}.{change}"


def _gate(judged: Judgement, *, counts: bool) -> str:
    """The one that counts is named so."""
    mark = " *(this one counts)*" if counts else ""
    saw = f"{blocks.line(judged.value, 300)}" if judged.value else ""
    source = f" ({blocks.line(judged.source, 200)})" if judged.source else ""
    seen = f"\n_{saw}{source}_" if saw else ""
    return f"{_SIGN[judged.kind]} · *{judged.gate}*{mark}: {blocks.line(judged.reason, 300)}{seen}"


def _local(text: str, zone: str) -> str:
    """With every instant in the reader's own zone, as on the cards."""
    return _INSTANT.sub(lambda found: blocks.when(datetime.fromisoformat(found[0]), zone), text)


def _others(told: Explanation) -> str:
    """What stood against every other channel when this touch was planned."""
    kept = told.view.case.message.options.get("other_channels")
    pairs = [pair for pair in kept if len(pair) == 2] if isinstance(kept, list | tuple) else []
    lines = [f"{words.channel(str(name))}: {blocks.line(str(why), 150)}" for name, why in pairs[:8]]
    return "".join(f"\n_Not {line}_" for line in lines)


def _wait(told: Explanation) -> str:
    if told.step is None or told.step.wait_days == 0:
        return ""
    return f"\nTouch {told.step.number}, {words.count(told.step.wait_days, 'day')} after the one before it."


def _person(told: Explanation) -> str:
    contact = told.view.case.contact
    assert contact is not None
    source = blocks.line(contact.source, 100) or "added by hand"
    source = f"was {source}" if source.startswith("added ") else f"came from {source}"
    into = told.view.case.campaign
    part = f", enrolled in {blocks.line(into.name)}" if into else ""
    row, company = told.view.case.message, told.view.case.account
    why = str(row.options.get("why_person") or "") if company else ""
    turn = (
        f"\nIn the order of {blocks.line(company.name)}: {blocks.line(why, 150)}." if company and why else ""
    )
    to = f"\nTo {blocks.line(told.view.case.address, 100)}." if told.view.case.address.strip() else ""
    return f"The contact {source}{part}.{turn}{to}"


def _origin(told: Explanation) -> str:
    """The strategy, the template or the model, the facts used, and the language."""
    row = told.view.case.message
    strategy = f" · strategy {row.strategy_id}" if row.strategy_id else ""
    hint = draft.hint(told.view)
    approved = f" · approved by {blocks.person(row.approved_by)}" if row.approved_by else ""
    origin = f"{draft.author(told.view)}{strategy} · revision {row.revision}{approved}"
    return origin + (f"\n{hint}" if hint else "")


def _edits(told: Explanation) -> list[Json]:
    """What people changed, word by word, each with their reason."""
    lines = [_edit(found, told.view.zone) for found in told.view.edits[:5]]
    return [blocks.section("\n".join(["*What people changed*", *lines]))] if lines else []


def _edit(found: Revision, zone: str) -> str:
    runs = [Change(ChangeKind(str(run["kind"])), str(run["text"])) for run in found.changes]
    said = blocks.line(similarity.told(runs, found.why), 450)
    return f"• Revision {found.revision}, {blocks.person(found.author)} {blocks.when(found.created_at, zone)}: {said}"
