"""The card of a contact: who they are, their score and why, what comes next, what happened, and what a hand may do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from engine import scores
from engine.rules import timing
from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards.picture import Picture
from storage.lifecycle import State
from storage.model import Contact, ContactStatus, Entry
from storage.views import ContactView, Touching

_REACHED = (
    ("email", "Email"), ("phone", "Phone"), ("whatsapp", "WhatsApp"), ("linkedin_url", "LinkedIn"), ("x_handle", "X"),
    ("instagram", "Instagram"), ("messenger_id", "Messenger"),
)  # fmt: skip
_DID: Mapping[str, str] = {
    "add": "Added",
    "fill": "Filled in",
    "put_right": "Put right",
    "suppress": "Suppressed",
    "reply": "Replied",
    "correct": "Reply corrected",
    "decide": "Reply decided",
    "meeting": "Meeting booked",
    "conflict": "Conflict",
    "qualify": "Qualified",
    "pause": "Paused",
    "resume": "Resumed",
    "take_over": "Taken over",
    "give_back": "Given back",
    "send_now": "Sent now",
    "merge": "Merged",
    "skip": "Skipped",
}
_FACTS, _HISTORY, _NOTES = 10, 8, 3


def render(view: ContactView) -> Picture:
    contact, score = view.known.contact, scores.of(view.known)
    company = contact.company or view.account
    role = ", ".join(blocks.line(part, 80) for part in (contact.title, company) if part.strip())
    status = f"{words.CONTACT[ContactStatus(contact.status)]} · *{score.total} of 100, {score.grade}*" + (
        " · qualified" if score.qualified else ""
    )
    shown = [
        blocks.section(f"👤 {blocks.bold(_name(contact))}{f', {role}' if role else ''}\n{status}"),
        *_stopped(view),
        blocks.fields(list(_facts(view))),
        blocks.section(_score(view)),
        *([blocks.section(f"*Facts*\n{known}")] if (known := _known(contact)) else []),
        blocks.section(f"*Next touch*\n{_next(view)}"),
        *([blocks.section(f"*Notes*\n{notes}")] if (notes := _notes(view)) else []),
        blocks.context(f"*History*\n{_history(view)}"),
        *blocks.actions(_buttons(view)),
    ]
    text = (
        f"Contact {blocks.line(_name(contact))}: score {score.total} of 100 ({score.grade}), {_said(view)}."
    )
    return Picture(text, shown)


def _name(contact: Contact) -> str:
    others = (contact.phone, contact.linkedin_url, contact.x_handle, contact.instagram, contact.whatsapp)
    return (
        contact.name
        or next((text for text in others if text.strip()), "")
        or contact.messenger_id
        or "Nameless"
    )


def _stopped(view: ContactView) -> list[Json]:
    contact = view.known.contact
    lines = []
    if view.known.suppressed:
        lines.append(
            f"⛔ On the suppression list ({blocks.line(view.known.suppressed, 60)}): never written to."
        )
    if contact.taken_by:
        lines.append(f"✋ {blocks.person(contact.taken_by)} took them over: nothing else leaves to them.")
    if contact.paused_by:
        lines.append(f"⏸️ {blocks.person(contact.paused_by)} paused everything to them.")
    if contact.held_since and not contact.taken_by and not contact.paused_by:
        lines.append("⏳ A reply or a conflict waits for a decision.")
    if contact.away_until:
        lines.append(f"🌴 Nothing leaves before {blocks.when(contact.away_until, view.zone)}.")
    return [blocks.section("\n".join(lines))] if lines else []


def _facts(view: ContactView) -> Iterator[tuple[str, str]]:
    contact = view.known.contact
    for name, label in _REACHED:
        if value := getattr(contact, name):
            guessed = " (guessed: never used automatically)" if name == "email" and contact.guessed else ""
            yield label, blocks.line(value, 200) + guessed
    if view.account:
        yield "Account", blocks.line(view.account, 80)
    if contact.zones:
        yield (
            "Zone",
            f"{blocks.line(', '.join(contact.zones), 120)}, from the {blocks.line(contact.zone_from or 'contact', 20)}",
        )
    asks = [f"asks for {words.channel(contact.preferred_channel)}"] if contact.preferred_channel else []
    asks += [f"refuses {words.channel(name)}" for name in contact.refused_channels]
    if asks:
        yield "Channels", "; ".join(asks)
    if contact.locale:
        yield "Locale", blocks.line(contact.locale, 20)
    for said in view.agreed:
        name, what = words.channel(said.channel), "given" if said.given else "taken back"
        day = timing.shown(blocks.local(said.at, view.zone), year=True)
        yield f"Consent to {name}", f"{what} on {day}: {blocks.line(said.source, 120)}"
    yield "Source", blocks.line(contact.source, 80) or "added by hand"


def _score(view: ContactView) -> str:
    """Every part with its points and what it rests on; what nobody knows is named, not guessed."""
    score = scores.of(view.known)
    known = [
        f"{part.name} {part.points} of {part.most} ({blocks.line(part.why, 60)})"
        for part in score.parts
        if part.known
    ]
    unknown = f"\n_Unknown: {', '.join(score.unknown)}_" if score.unknown else ""
    return f"*Score {score.total} · {score.grade}*\n{' · '.join(known)}{unknown}"


def _known(contact: Contact) -> str:
    lines = [_fact(name, dict(fact)) for name, fact in list(contact.facts.items())[:_FACTS]]
    more = len(contact.facts) - len(lines)
    return "\n".join([*lines, *([f"… and {more} more"] if more > 0 else [])])


def _fact(name: str, fact: Mapping[str, Any]) -> str:
    source = blocks.line(str(fact.get("source") or ""), 60)
    label = blocks.line(name.replace("_", " "), 40)
    return f"• {label}: {blocks.line(str(fact.get('value') or ''), 120)}{f' _({source})_' if source else ''}"


def _next(view: ContactView) -> str:
    upcoming = view.next
    if upcoming is None:
        return "Nothing is planned."
    when = blocks.when(upcoming.at, view.zone) if upcoming.at and upcoming.timed else "no time yet"
    state = words.MESSAGE[State(upcoming.state)]
    note = f" · {blocks.line(upcoming.note, 160)}" if upcoming.note else ""
    more = f"\n{words.count(view.pending - 1, 'further message')} after it" if view.pending > 1 else ""
    return f"{_touch(upcoming)} · {when} · {state}{note}{more}"


def _touch(found: Touching) -> str:
    of = f" of {blocks.line(found.campaign, 60)}" if found.campaign else ""
    return f"{words.channel(found.channel)}, touch {found.step}{of}"


def _notes(view: ContactView) -> str:
    return "\n".join(
        f"“{blocks.line(str(found.detail), 300)}” {blocks.person(found.actor)} {blocks.when(found.at, view.zone)}"
        for found in view.notes[:_NOTES]
    )


def _history(view: ContactView) -> str:
    """What was sent and what people did, newest first."""
    sent = [(found.at, f"📬 {_touch(found)}{_subject(found)}") for found in view.sent if found.at]
    done = [(found.at, _event(found)) for found in view.history]
    lines: list[tuple[datetime, str]] = sorted([*sent, *done], key=lambda line: line[0], reverse=True)
    told = [f"{blocks.when(at, view.zone)} · {what}" for at, what in lines[:_HISTORY]]
    return "\n".join([*told, *_enrolled(view)]) or "Nothing yet."


def _subject(found: Touching) -> str:
    return f": “{blocks.line(found.subject, 60)}”" if found.subject.strip() else ""


def _event(found: Entry) -> str:
    what = _DID.get(found.event) or blocks.line(found.event.replace("_", " "), 30).capitalize()
    detail = f": {blocks.line(str(found.detail), 80)}" if found.detail and found.event != "conflict" else ""
    by = "" if found.event == "skip" else f" by {blocks.person(found.actor)}"
    return f"{what}{by}{detail}"


def _enrolled(view: ContactView) -> list[str]:
    return [
        f"In {blocks.bold(name, 60)}: {blocks.line(state, 20)}{f' ({blocks.line(why, 80)})' if why else ''}"
        for name, state, why in view.campaigns[:3]
    ]


def _said(view: ContactView) -> str:
    contact = view.known.contact
    if view.known.suppressed:
        return "on the suppression list"
    if contact.taken_by or contact.paused_by:
        return "taken over" if contact.taken_by else "paused"
    return f"{words.count(view.pending, 'message')} pending"


def _buttons(view: ContactView) -> list[Json]:
    contact, name = view.known.contact, _name(view.known.contact)
    ref = str(Ref(contact.id))
    asks = blocks.confirmation(
        "Take them over?",
        f"Every sequence to {blocks.line(name, 80)} ends, and nothing else leaves to them. You write to them yourself.",
        "Take over",
        deny="Not now",
    )
    send = blocks.button("Send now", Button.CONTACT_SEND, ref, about=name)
    edit = blocks.button("Edit", Button.CONTACT_EDIT, ref, about=name)
    note = blocks.button("Note", Button.CONTACT_NOTE, ref, about=name)
    told = blocks.button("Channels", Button.CONTACT_CHANNELS, ref, about=name)
    if contact.taken_by:
        return [blocks.button("Give back", Button.CONTACT_GIVE_BACK, ref, about=name), edit, note, told]
    take = blocks.button("Take over", Button.CONTACT_TAKE_OVER, ref, about=name, confirm=asks)
    if contact.paused_by:
        return [
            blocks.button("Resume", Button.CONTACT_RESUME, ref, about=name, style="primary"),
            take,
            edit,
            note,
            told,
        ]
    pause = blocks.button("Pause", Button.CONTACT_PAUSE, ref, about=name)
    merge = blocks.button("Merge", Button.CONTACT_MERGE, ref, about=name)
    return [*([send] if view.next else []), pause, take, edit, note, told, merge]
