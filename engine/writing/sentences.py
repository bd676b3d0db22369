"""The sentences of a message to one person, each resting on the brief or on a fact on record. It fills no template."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from engine.writing import DraftRequest, angles, cleaning, facts, phrases, templates, wording

SUBJECT_MIN, SUBJECT_MAX = 10, 60
MOST_PROMISES = 2

_FORMAL = regex.compile(r"\b(?:formal|polite|conservative|respectful|serious)", regex.IGNORECASE)
_ADDRESS = regex.compile(r"https?://[^\s<>\"]+", regex.IGNORECASE)
_PROMISES, _LONG = 110, 120
_END = (".", "!", "?", "…")
# What a campaign is after decides what its first touch asks for. First match wins.
_GOALS: tuple[tuple[str, regex.Pattern[str]], ...] = (
    ("demo", regex.compile(r"\bdemo", regex.IGNORECASE)),
    ("trial", regex.compile(r"\btrial|\bsign.?up", regex.IGNORECASE)),
    ("event", regex.compile(r"\bwebinar|\bevent|\binvit|\bconference|\bworkshop", regex.IGNORECASE)),
    ("guide", regex.compile(r"\bguide|\bdownload|\bwhite.?paper|\be.?book|\bnewsletter", regex.IGNORECASE)),
    ("feedback", regex.compile(r"\bfeedback|\bresearch|\bsurvey|\binterview", regex.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """All that one draft is written from. `dated` names the facts that are a day, `lead` the part that the lead's own
    angle comes from; `cut`: a person asked for fewer words, so that all that is optional goes."""

    request: DraftRequest
    book: phrases.Book
    known: facts.Known
    angle: str
    short: bool
    dated: tuple[str, ...] = ()
    lead: str = ""
    cut: bool = False

    def part(self, name: str) -> str:
        return self.known.parts.get(name, "")

    @property
    def company(self) -> str:
        return self.part("company")


def subject(desk: Desk) -> str:
    pain = desk.part("pain")
    tries = [desk.book.say(f"subject {desk.angle}", company=one) for one in dict.fromkeys((desk.company, ""))]
    if pain and wording.pain(pain) == "thing":
        named = desk.book.say(f"subject pain {desk.angle}", value=wording.lowered(pain))
        tries.insert(0, named[0].upper() + named[1:])
    fitting = (one for one in tries if SUBJECT_MIN <= len(one) <= SUBJECT_MAX)
    return next(fitting, desk.book.say("subject plain"))


def greeting(desk: Desk, name: str) -> str:
    if not name:
        return desk.book.say("greeting unnamed")
    last = facts.name(desk.request.person.last_name)
    return desk.book.say(
        by_tone(desk.request, "greeting"), first_name=name, full_name=" ".join(filter(None, (name, last)))
    )


def opening(desk: Desk) -> str:
    """The strongest fact and the question of the angle, then the next fact; without facts the question alone."""
    wonder = desk.book.say(f"wonder {desk.angle}")
    news, pain, role = desk.part("news"), desk.part("pain"), _role(desk, "work")
    company = desk.company or desk.book.say("your company")
    if news:
        quoted = wording.news(news, desk.company) == "quoted"
        asked = _asked(desk, told(desk, "news"), wonder, quoted=quoted)
        return f"{asked} {_pain(desk, pain, 'also ')}" if pain else asked
    if pain:
        return _asked(desk, _pain(desk, pain, ""), wonder, quoted=wording.pain(pain) == "quoted")
    if role:
        return desk.book.say("opening role", role=role, wonder=wonder)
    slot = "opening company" if desk.company else "opening plain"
    return desk.book.say(slot, company=company, wonder=wonder)


def told(desk: Desk, part: str) -> str:
    """The news or the difficulty on record in a sentence of its own."""
    value = desk.part(part)
    if part == "pain":
        return _pain(desk, value, "")
    kind = wording.news(value, desk.company)
    text = value if kind == "quoted" else wording.lowered(value, desk.company)
    return desk.book.say(f"news {kind}", value=text, company=desk.company or desk.book.say("your company"))


def _asked(desk: Desk, said: str, wonder: str, *, quoted: bool) -> str:
    """The fact and what one wonders about it: in one sentence, unless the fact is long or in the reader's own words."""
    if quoted or len(said) > _LONG:
        return f"{said} {desk.book.say('wonder apart', wonder=wonder)}"
    return f"{said[:-1]}{desk.book.say('wonder joined', wonder=wonder)}"


def _pain(desk: Desk, value: str, also: str) -> str:
    kind = wording.pain(value)
    text = value if kind == "quoted" else wording.lowered(value)
    return desk.book.say(f"pain {kind}", value=text, also=also)


def _role(desk: Desk, slot: str) -> str:
    title, industry = desk.part("title"), wording.lowered(desk.part("industry"))
    if industry and industry.casefold() in title.casefold():
        industry = ""
    parts = " ".join(name for name, value in (("title", title), ("industry", industry)) if value)
    return desk.book.say(f"{slot} {parts}", title=title, industry=industry) if parts else ""


def fit(desk: Desk) -> str:
    """What rests on the quieter facts: role, size, place and tools in one sentence, other facts in a second."""
    reported = desk.part("news") or desk.part("pain")
    role = _role(desk, "role") if reported else ""
    setting = _setting(desk)
    said = (
        [desk.book.say("fit", role=role, setting=setting, what=brand(desk.request) or "that")]
        if role or setting
        else []
    )
    if desk.known.details:
        pairs = [one[:-1].partition(" (") for one in desk.known.details]
        noted = [desk.book.say("detail", name=name, value=value) for name, _, value in pairs]
        said.append(desk.book.say("details", value=wording.listed(noted)))
    return " ".join(said)


def _setting(desk: Desk) -> str:
    size, city, tech = (desk.part(name) for name in ("employees", "city", "tech"))
    if not (size or city or tech):
        return ""
    slot = {"": "size unknown", "1": "size one"}.get(size, "size")
    where = desk.book.say("base", value=wording.place(city)) if city else ""
    said = " ".join(filter(None, (desk.book.say(slot, value=size), where)))
    return f"{said}, {desk.book.say('tech', value=wording.enumerated(tech))}" if tech else said


def pitch(desk: Desk) -> tuple[str, str]:
    """Who is writing and the offer; then what the brand promises, in its own words, unless that is the offer itself."""
    request, book = desk.request, desk.book
    who = brand(request) or sender(request)
    values = promises(desk)
    offer = cleaning.clean(request.brief.offer, 1000, lines=True)
    if offer:
        said = offered(desk, offer, who)
        values = [one for one in values if one.casefold() not in said.casefold()]
        return said, _promised(desk, values[: not desk.short], who, "proof")
    positioning = cleaning.clean(request.voice.positioning, cleaning.CELL).rstrip(" .")
    if not values:
        return (_who(desk, positioning, who) if positioning else ""), book.say("pitch question", brand=who)
    known = positioning and not desk.short and not wording.is_long(positioning)
    return (_who(desk, positioning, who) if known else ""), _promised(desk, values, who, "pitch")


def promises(desk: Desk) -> list[str]:
    """The brand's promises that may be said: those of the angle first, as many as make one sentence."""
    cleaned = (
        cleaning.clean(one, cleaning.CELL).rstrip(" .;,") for one in desk.request.voice.value_propositions
    )
    free = [one for one in cleaned if one and not cleaning.contains_any(one, desk.book.avoid)]
    free.sort(key=lambda one: not angles.speaks(desk.angle, one))
    most = 1 if desk.short or (free and wording.promise(free[0]) == "said") else MOST_PROMISES
    kept = free[:1]
    for one in free[1:most]:
        fits = wording.promise(one) != "said" and len("".join(kept)) + len(one) <= _PROMISES
        kept += [one] * fits
    return kept


def _who(desk: Desk, positioning: str, who: str) -> str:
    if wording.promise(positioning) == "said":
        return _sentence(positioning)
    slot = "who done" if wording.promise(positioning) == "done" else "who"
    return desk.book.say(slot, brand=who, value=wording.lowered(positioning, who))


def offered(desk: Desk, offer: str, who: str) -> str:
    """The offer in an English sentence that fits its first word."""
    kind = wording.promise(offer)
    if kind == "said":
        return _sentence(offer)
    return desk.book.say(f"offer {kind}", brand=who, offer=wording.lowered(offer.rstrip(" ."), who))


def _promised(desk: Desk, values: list[str], who: str, slot: str) -> str:
    if not values:
        return ""
    kinds = {wording.promise(one) for one in values}
    if kinds == {"said"}:
        return _sentence(values[0])
    kind = "bare" if kinds > {"done"} else "got" if "got" in kinds else kinds.pop()
    lowered = [wording.lowered(one, who) for one in values]
    return desk.book.say(f"{slot} {kind}", brand=who, value=wording.listed(lowered))


def _sentence(text: str) -> str:
    return text if text.endswith(_END) else f"{text}."


def must_say(desk: Desk, already: str) -> str:
    text = cleaning.clean(desk.request.brief.must_say, cleaning.TEXT, lines=True)
    if not text or text in already:
        return ""
    if (len(text.split()) > 3 and text[0].isupper()) or "\n" in text:
        return text if text.endswith(_END) or "\n" in text else text + "."
    said = desk.book.say("must say", value=text)
    return said[:-1] if text.endswith(_END) else said


def link(desk: Desk, already: str) -> str:
    """The brand's target as a line of its own, without a full stop that would stick to the address."""
    address = target(desk.request)
    return desk.book.say("link", value=address) if address and address not in already else ""


def target(request: DraftRequest) -> str:
    """The web address in the brand's call to action, or ""."""
    found = _ADDRESS.search(cleaning.clean(request.voice.call_to_action, 2000))
    return found.group().rstrip(".,;:!?)”") if found else ""


def ask(desk: Desk) -> str:
    purpose = desk.request.step.purpose.casefold().strip()
    slot = f"ask {purpose}"
    if not desk.book.has(slot):
        slot = f"ask {_goal(desk)}"
    return desk.book.say(slot, you=desk.company or "you")


def ask_aloud(desk: Desk) -> str:
    """What a caller asks for: what the campaign is after."""
    return desk.book.say(f"aloud {_goal(desk)}")


def _goal(desk: Desk) -> str:
    wanted = f"{desk.request.brief.goal} {desk.request.voice.call_to_action}"
    return next((name for name, pattern in _GOALS if pattern.search(wanted)), "call")


def by_tone(request: DraftRequest, slot: str) -> str:
    tone = request.brief.tone or request.voice.tone
    formal = _FORMAL.search(tone) and not regex.search(r"\b(?:not|less|in)\W?formal", tone, regex.IGNORECASE)
    return f"{slot} formal" if formal else slot


def brand(request: DraftRequest) -> str:
    return cleaning.clean(request.voice.brand, cleaning.NAME)


def sender(request: DraftRequest) -> str:
    name = cleaning.clean(request.voice.sender_name, cleaning.NAME) or brand(request)
    if not name:
        raise templates.MissingVariable("sender", "email")
    return name
