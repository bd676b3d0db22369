"""The card of a recorded reply: who, their words, what it was taken for and why, and what happens next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards.picture import Picture
from storage.model import ReplyClass
from storage.views import ReplyView

_DECIDED = {
    "continue": "▶️ Continued: messages to them go on",
    "stop": "⏹️ Stopped: nothing more goes to them",
    "meeting": "📅 A meeting is booked: nothing more goes to them",
    "won": "🏆 Won: nothing more goes to them",
    "lost": "🏳️ Lost: nothing more goes to them",
    "opted out": "🔕 Opted out: they are on the suppression list",
}
_ANSWER = "✍️ A suggested answer stands in this thread; it leaves only if you approve it."
_STOPPED = "🔕 Texts and calls to them have ended (settings: `stop_scope`)."
_BY_ITSELF = (ReplyClass.OUT_OF_OFFICE, ReplyClass.BOUNCE)
_CHOICES = (
    ("Meeting booked", Button.REPLY_MEETING),
    ("Won", Button.REPLY_WON),
    ("Lost", Button.REPLY_LOST),
    ("Not now", Button.REPLY_NOT_NOW),
)


def render(view: ReplyView) -> Picture:
    found, name = view.reply, blocks.line(view.contact.name)
    klass = words.REPLY[found.klass]
    company = f" at {blocks.line(view.contact.company)}" if view.contact.company.strip() else ""
    about = f" · {blocks.line(view.campaign)}" if view.campaign else ""
    shown = [
        blocks.section(f"💬 *Reply from {name}*{company}{about}\n*{klass}*{_day(found.reading or {})}"),
        *(blocks.quote(blocks.cut(found.text, 1_500), 1) if found.text.strip() else []),
        blocks.context(
            f"Recorded by {blocks.person(found.recorded_by)} {blocks.when(found.created_at, view.zone)}",
            f"In answer to “{blocks.line(view.subject)}”" if view.subject else "",
            _taken(found.reading or {}),
        ),
        *([blocks.context(_ANSWER)] if view.answer else []),
        *_proposal(view),
        *_decision(view),
        *blocks.actions([_correction(view)]),
    ]
    return Picture(f"{name} replied ({klass.lower()}): {blocks.line(found.text, 200)}", shown)


def _taken(reading: Mapping[str, Any]) -> str:
    """What rules made of it, how sure, by which words; and who knew better."""
    by = f"Corrected by {blocks.person(reading['corrected_by'])}. " if reading.get("corrected_by") else ""
    if not reading.get("klass"):
        return by.strip()
    sure = f"{round(100 * float(reading.get('confidence') or 0))} % sure"
    seen = ", ".join(f"“{blocks.line(str(word), 60)}”" for word in reading.get("words") or ())
    read = _name(reading["klass"])
    if reading["klass"] == ReplyClass.UNCLEAR:
        could = " or ".join(_name(one) for one in reading.get("between") or ())
        because = f" It says {seen}." if seen else " No words that rules know."
        return f"{by}Rules are not sure what it is{f': {could}' if could else ''}.{because} Say it below."
    return f"{by}Taken for {read} by rules, {sure}{f', because of {seen}' if seen else ''}."


def _name(klass: str) -> str:
    return (
        words.REPLY.get(ReplyClass(klass), "").lower() if klass in tuple(ReplyClass) else blocks.line(klass)
    )


def _day(reading: Mapping[str, Any]) -> str:
    day, whom = str(reading.get("day") or ""), blocks.line(str(reading.get("whom") or ""))
    named = f" · names {words.day(day)}" if day else ""
    return named + (f" · points to {whom}" if whom else "")


def _decision(view: ReplyView) -> list[Json]:
    found = view.reply
    if found.decision:
        said = _DECIDED.get(found.decision, f"⏳ {blocks.line(found.decision).capitalize()}")
        by = f", decided by {blocks.person(found.decided_by)}" if found.decided_by else ""
        return [blocks.section(f"{said}{by}.")]
    if found.klass in _BY_ITSELF:
        return [blocks.context(_by_itself(view))]
    ref, about = str(Ref(found.id)), view.contact.name
    held = (
        f"{words.count(view.pending, 'message')} to them {'waits' if view.pending == 1 else 'wait'} for you."
    )
    stopped = _STOPPED if (found.reading or {}).get("stopped") == "phone" else ""
    never = blocks.confirmation(
        "Suppress them?", "Nothing is ever sent to them again, from any campaign.", "Opt out", danger=True
    )
    return [
        blocks.context(stopped, held if view.pending else "Nothing to them is pending."),
        *blocks.actions(
            [
                *(blocks.button(label, button, ref, about=about) for label, button in _CHOICES),
                blocks.button(
                    "Opt out", Button.REPLY_OPT_OUT, ref, about=about, style="danger", confirm=never
                ),
            ]
        ),
        *blocks.actions(
            [
                blocks.button("Continue", Button.REPLY_CONTINUE, ref, about=about),
                blocks.button("Stop", Button.REPLY_STOP, ref, about=about),
            ]
        ),
    ]


def _proposal(view: ReplyView) -> list[Json]:
    """Whom they point to may become a contact: a person adds them."""
    whom = blocks.line(str((view.reply.reading or {}).get("whom") or ""), 60)
    if view.reply.klass is not ReplyClass.REFERRAL or not whom:
        return []
    add = blocks.button("Add as contact", Button.REPLY_ADD, str(Ref(view.reply.id)), about=whom)
    return [blocks.section(f"They point to *{whom}*.", add)]


def _by_itself(view: ReplyView) -> str:
    """What an automatic answer or a bounce did without a person."""
    reading = view.reply.reading or {}
    if view.reply.klass is ReplyClass.BOUNCE:
        dead = "The address is dead: it is on the suppression list, and nothing more goes there."
        return dead if reading.get("suppressed") else "A passing reason: messages to them go on."
    if view.contact.away_until is None:
        return "Messages to them go on."
    assumed = "" if reading.get("day") else " It names no day, so a week is assumed."
    return f"Messages to them go on by themselves {blocks.when(view.contact.away_until, view.zone)}.{assumed}"


def _correction(view: ReplyView) -> Json:
    ref = str(Ref(view.reply.id))
    others = {
        f"{ref}:{klass}": shown for klass, shown in words.NAMED_REPLY.items() if klass != view.reply.klass
    }
    return blocks.menu("It is something else", Button.REPLY_CLASS, others)
