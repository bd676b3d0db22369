"""What came back, as people tell it: replies and their correction, decisions, meetings, conflicts."""

from __future__ import annotations

from collections.abc import Mapping

from engine import conflicts, replies
from engine.errors import Refused
from handlers import actions, blocks, forms, parse, words
from handlers.request import NOTHING, Answer, Request
from storage.model import Reply, ReplyClass

_SAID: Mapping[ReplyClass, str] = {
    ReplyClass.OPT_OUT: "They are on the suppression list; nothing more goes to them.",
    ReplyClass.OUT_OF_OFFICE: "What is pending to them waits until they are back, and then goes on.",
    ReplyClass.BOUNCE: "No person wrote it, so nothing waits for one.",
}
_WAITS = "Everything pending to them waits for your decision."


async def new(request: Request) -> Answer:
    asked = parse.arguments(request.text, ("contact", "class", "text"), free=True)
    if asked.empty:
        await request.slack.open_view(forms.reply(channel=request.who.channel))
        return NOTHING
    return await _record(request, *_parts(asked))


async def submitted(request: Request) -> Answer:
    here = request.speaking_in(request.metadata.get("channel", ""))
    return await _record(here, request.get("contact"), request.get("class"), request.get("text"))


async def corrected(request: Request) -> Answer:
    ref, _, klass = request.value.partition(":")
    found = _klass(klass) if actions.ref(ref) and klass else None
    if found is None:
        raise Refused("Choose what it is from the menu on its card.")
    said = await replies.correct(request.ctx, request.who, actions.ref(ref).id, found)
    return Answer(said)


async def go_on(request: Request) -> Answer:
    return await _decide(request, "continue")


async def stop(request: Request) -> Answer:
    return await _decide(request, "stop")


async def met(request: Request) -> Answer:
    return await _decide(request, "meeting")


async def won(request: Request) -> Answer:
    return await _decide(request, "won")


async def lost(request: Request) -> Answer:
    return await _decide(request, "lost")


async def opted_out(request: Request) -> Answer:
    return await _decide(request, "opt out")


async def not_now(request: Request) -> Answer:
    ref = actions.ref(request.value)
    day = await replies.proposal(request.ctx, request.who, ref.id)
    await request.slack.open_view(forms.not_now(ref, day.isoformat(), channel=request.who.channel))
    return NOTHING


async def not_now_submitted(request: Request) -> Answer:
    ref = actions.ref(request.metadata.get("ref", ""))
    await replies.not_now(request.ctx, request.who, ref.id, parse.day("day", request.get("day")))
    return NOTHING


async def meeting(request: Request) -> Answer:
    asked = parse.arguments(request.text, ("contact", "on", "note"), free=True)
    contact, note = _first(asked, "note")
    if not contact:
        raise Refused(
            f"Name who meets you, like `{words.command(request, 'meeting ada@example.com on:2026-12-01')}`."
        )
    on = parse.day("on", asked.get("on"))
    credited = await replies.meeting(
        request.ctx, request.who, contact=contact, on=on, note=parse.bounded("note", note, 500)
    )
    more = "" if credited else " Nothing was ever sent to them, so no message is credited with it."
    return Answer(f"The meeting with {blocks.line(contact)} is recorded; nothing more goes to them.{more}")


async def conflict(request: Request) -> Answer:
    asked = parse.arguments(request.text, ("contact", "text"), free=True)
    contact, text = _first(asked, "text")
    if not contact:
        typed = words.command(request, 'conflict ada@example.com "Their lawyer called"')
        raise Refused(f"Name whom it is about and what you know, like `{typed}`.")
    text = parse.bounded("text", text, 1_000)
    await conflicts.report(request.ctx, request.who, contact=contact, text=text)
    return Answer(f"The conflict is recorded. {_WAITS}")


async def resume(request: Request) -> Answer:
    await conflicts.decide(request.ctx, request.who, actions.ref(request.value).id, "resume")
    return NOTHING


async def close(request: Request) -> Answer:
    await conflicts.decide(request.ctx, request.who, actions.ref(request.value).id, "close")
    return NOTHING


async def _decide(request: Request, decision: str) -> Answer:
    await replies.decide(request.ctx, request.who, actions.ref(request.value).id, decision)
    return NOTHING


async def _record(request: Request, contact: str, klass: str, text: str) -> Answer:
    found = await replies.record(
        request.ctx, request.who, contact=contact, klass=_klass(klass) if klass else None,
        text=parse.bounded("text", text),
    )  # fmt: skip
    return Answer(
        f"The reply of {blocks.line(contact)} is recorded{_taken(found)}. {_SAID.get(found.klass, _WAITS)}"
    )


def _taken(found: Reply) -> str:
    read = (found.reading or {}).get("klass")
    return f" and taken for {words.REPLY[found.klass].lower()}" if read else ""


def _klass(text: str) -> ReplyClass:
    folded = _folded(text)
    if folded not in words.NAMED_REPLY:
        near = parse.nearest(folded, words.NAMED_REPLY) or "interested"
        raise Refused(
            f"“{blocks.line(text, 30)}” is no kind of reply; did you mean {near}? Known are {', '.join(words.NAMED_REPLY)}.",
            field="class",
        )
    return ReplyClass(folded)


def _folded(text: str) -> str:
    return text.strip().lower().replace(" ", "_").replace("-", "_")


def _parts(asked: parse.Arguments) -> tuple[str, str, str]:
    """`ada@example.com [interested] "words"`, with or without the names of the options.

    A first word that is no kind of reply belongs to what they wrote; so does a kind with nothing behind it.
    """
    given = list(asked.words)
    contact = asked.get("contact") or (given.pop(0) if given else "")
    klass, named = asked.get("class"), given and _folded(given[0]) in words.NAMED_REPLY
    if not klass and named and (len(given) > 1 or asked.get("text")):
        klass = given.pop(0)
    return contact, klass, asked.get("text") or asked.after(len(asked.words) - len(given))


def _first(asked: parse.Arguments, rest: str) -> tuple[str, str]:
    """Whom it is about, and the words behind."""
    named = asked.get("contact")
    contact = named or (asked.words[0] if asked.words else "")
    return contact, asked.get(rest) or asked.after(0 if named else 1)
