"""What fills the templates of a sequence: one value for each name they may declare. It claims nothing not on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import regex

from engine.rules import sequences
from engine.writing import (
    DraftRequest,
    angles,
    cleaning,
    facts,
    localising,
    replying,
    sentences,
    templates,
    wording,
)
from engine.writing.sentences import Desk

SMS_LENGTH = 199
"""A text should have fewer than 200 characters (C5)."""
_ORDER = ("news", "pain", "title", "industry", "tech", "detail", "employees", "city", "ordered", "since")
_LATE = ("angle", "question", "value", "close")
_PAST = ("ordered", "since")
_TOPIC, _SHORT_NAME = 70, 26
# What a text message can do without, first what it misses least.
_SPARE = ("wonder", "promise", "promise_next", "topic", "basis", "back", "left", "reason")
_EXTRA = ("wonder_next", "promise", "promise_next", "also", "positioning")
_OPTIONAL = ("proof", "past", "fit")
_AGAIN = regex.compile(
    r"\bre-?engag|\breactivat|\bwin(?:ning)?.?back|\blapsed|\bdormant|\bformer (?:customer|client)|\breaktivier"
    r"|\brückgewinn|\behemalige|\brelance|\bréactiv|\banciens? clients?|\breactiva|\bantiguos? clientes?",
    regex.IGNORECASE,
)


def purpose(request: DraftRequest) -> str:
    """The key of what this touch is for, as the request or its step names it; "call" for anything unknown.

    What answers a reply is for that reply's class.
    """
    if request.answering is not None:
        return replying.purpose(request.answering)
    key = sequences.purpose_key(request.purpose or request.step.purpose)
    return key if key in sequences.PURPOSES else "call"


def sequence(request: DraftRequest) -> str:
    """ "answer" after a reply, else "cold", or "reengagement" when the request or its brief says that the readers are
    customers of old."""
    if request.answering is not None:
        return replying.SEQUENCE
    brief = request.brief
    told = " ".join((brief.name, brief.goal, brief.audience))
    return request.sequence or ("reengagement" if _AGAIN.search(told) else "cold")


def fill(
    desk: Desk, template: templates.Template, shared: Mapping[str, Callable[[], str]]
) -> templates.Filled:
    """The template with this desk's values. A text message gives up optional parts until it fits 200 characters.

    `shared` makes the values that every template may use. Raises templates.MissingVariable.
    """
    makers = {**shared, **_makers(desk, template)}
    values = {name: makers[name]() for name in template.variables if name in makers}
    if desk.short:
        extra = (*_EXTRA, *_OPTIONAL) if desk.cut else _EXTRA
        values |= dict.fromkeys((one for one in extra if template.variables.get(one) is not None), "")
    filled = template.fill(values)
    spare = [name for name in _SPARE if template.variables.get(name) is not None]
    for name in spare if template.channel == "sms" else ():
        if len(filled.body) <= SMS_LENGTH:
            break
        values[name] = ""
        filled = template.fill(values)
    return filled


def _makers(desk: Desk, template: templates.Template) -> Mapping[str, Callable[[], str]]:
    request = desk.request
    order = _parts(desk, template)
    first, second = (*order, "", "")[:2]
    tag = "named" if template.channel in ("linkedin_dm", "call") else "tag"
    slots = dict.fromkeys(("basis", "back"), f"{tag} {template.purpose}") if _is_thin(order, template) else {}
    promises = [quoted(desk, one) for one in sentences.promises(desk)]
    angle = list(angles.STEMS)
    other = angle[(angle.index(desk.angle) + 1) % len(angle)]
    return {
        "reason": lambda: _reason(desk, first),
        "hello": lambda: _hello(desk),
        "spoken": lambda: _reason(desk, first, "spoken"),
        "ask_aloud": lambda: sentences.ask_aloud(desk),
        "basis": lambda: _fact(desk, slots.get("basis", "basis"), first),
        "back": lambda: _fact(desk, slots.get("back", "back"), first),
        "left": lambda: "" if first == "company" else _fact(desk, slots.get("back", "back"), first),
        "past": lambda: _fact(desk, "reason", next((part for part in _PAST if part in order), "")),
        "also": lambda: _fact(desk, "basis", second),
        "wonder": lambda: desk.book.say(f"wonder {desk.angle}"),
        "wonder_next": lambda: desk.book.say(f"wonder {other}"),
        "topic": lambda: topic(desk),
        "positioning": lambda: _positioning(desk),
        "offer": lambda: _offer(desk),
        "promise": lambda: promises[0] if promises else "",
        "promise_next": lambda: promises[1] if len(promises) > 1 else "",
        "roomy": lambda: "" if desk.cut else "yes",
        "earlier": lambda: "yes" if len(request.history) >= _referred(template) else "",
        "company": lambda: desk.company,
        "short_company": lambda: desk.company if len(desk.company) <= _SHORT_NAME else "",
        "who": lambda: who(desk),
        "said": lambda: replying.said(desk),
        "day": lambda: replying.day(desk),
        "whom": lambda: replying.whom(desk),
    }


def _referred(template: templates.Template) -> int:
    """How many sent messages a template's words about earlier ones mean: “my earlier messages” are two."""
    return 2 if template.purpose in ("angle", "question") else 1


def _parts(desk: Desk, template: templates.Template) -> list[str]:
    """The facts on record, those the template prefers first; written again, the next one leads."""
    known = [*desk.known.parts, *(["detail"] if desk.known.details else [])]
    past = _PAST if template.sequence == "reengagement" else ()
    order = dict.fromkeys((*([desk.lead] if desk.lead else []), *template.facts, *past, *_ORDER))
    found = [part for part in order if part in known]
    start = desk.book.turn % len(found) if found else 0
    return [*found[start:], *found[:start], *(["company"] if desk.company else [])]


def _is_thin(order: list[str], template: templates.Template) -> bool:
    """With one fact on record a late touch only names it: a third sentence about it would repeat the first two."""
    return len([part for part in order if part != "company"]) < 2 and template.purpose in _LATE


def _reason(desk: Desk, part: str, slot: str = "reason") -> str:
    """Why this person: "reason" as one writes it, "spoken" as one says it on the phone."""
    if desk.book.locale == "en" and part in ("news", "pain"):
        return sentences.told(desk, part)
    return _fact(desk, slot, part) or desk.book.say(f"{slot} plain")


def _hello(desk: Desk) -> str:
    """What a caller says first: who is meant, and who is calling."""
    person, brand, sender = desk.request.person, sentences.brand(desk.request), sentences.sender(desk.request)
    first, last = facts.first_name(person), facts.name(person.last_name)
    full = " ".join(filter(None, (first, last))) if first else ""
    return desk.book.say(
        "hello", first_name=first, full_name=full, sender=sender, brand="" if brand == sender else brand
    )


def _fact(desk: Desk, slot: str, part: str) -> str:
    if not part:
        return ""
    name, value = "", desk.part(part)
    if part == "detail":
        name, _, value = desk.known.details[0][:-1].partition(" (")
    named = slot.startswith(("tag ", "named "))
    if part == "city" and not named:
        value = localising.place(value, desk.book.locale)
    if part == "industry" and desk.book.locale == "en":
        value = wording.lowered(value)
    if part == "tech":
        value = wording.enumerated(value) if desk.book.locale == "en" else value
    if named:
        own = f"tag {slot.split()[1]} {part}"
        said = own if desk.book.has(own) else slot
        return "" if part == "company" else desk.book.say(said, value=value, name=name)
    dated = "yes" if part in desk.dated else ""
    return desk.book.say(f"{slot} {part}", value=value, name=name, company=desk.company, dated=dated)


def topic(desk: Desk) -> str:
    """What the campaign is about in a few words, as its brief or brand puts it, or ""."""
    voice = desk.request.voice
    told = (desk.request.brief.offer, voice.positioning, *voice.value_propositions)
    cleaned = (cleaning.clean(one, cleaning.CELL).rstrip(" .!?") for one in told)
    usable = [one for one in cleaned if one and not cleaning.contains_any(one, desk.book.avoid)]
    found = next((one for one in usable if len(one) <= _TOPIC and ". " not in one), "")
    if found and desk.book.locale == "en" and wording.promise(found) == "got":
        return wording.lowered(found)
    return quoted(desk, found)


def quoted(desk: Desk, text: str) -> str:
    """The brand's own words in the quotes of the language: they fit any sentence."""
    return desk.book.say("quoted", value=text.rstrip(" .!")) if text else ""


def who(desk: Desk) -> str:
    return sentences.brand(desk.request) or sentences.sender(desk.request)


def _positioning(desk: Desk) -> str:
    text = cleaning.clean(desk.request.voice.positioning, cleaning.CELL).rstrip(" .")
    if not text or wording.is_long(text):
        return ""
    return desk.book.say("who", brand=who(desk), value=text)


def _offer(desk: Desk) -> str:
    """The offer: the person's own sentence, or named after a colon; without one an honest word instead."""
    offer = cleaning.clean(desk.request.brief.offer, 1000, lines=True)
    if not offer:
        return desk.book.say("offer none", brand=who(desk))
    if desk.book.locale == "en":
        return sentences.offered(desk, offer, who(desk))
    if offer.endswith((".", "!", "?", "…")) or "\n" in offer:
        return offer
    return desk.book.say("offer named", brand=who(desk), value=offer)
