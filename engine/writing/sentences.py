"""The sentences of a message to one person, each resting on the brief or on a fact on record. It fills no template."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from engine.writing import DraftRequest, angles, cleaning, facts, phrases, templates

SUBJECT_MIN, SUBJECT_MAX = 10, 60

_PARAGRAPH = 230
_FORMAL = regex.compile(r"\b(?:formal|polite|conservative|respectful|serious)", regex.IGNORECASE)
_NOUN = regex.compile(r"^(?:an?|the|our|your|two|three)\s", regex.IGNORECASE)
_SPEAKER = regex.compile(r"^(?:we|our|you|your|i|with|if|when|for)\b", regex.IGNORECASE)
_ADDRESS = regex.compile(r"https?://[^\s<>\"]+", regex.IGNORECASE)
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
    """All that one draft is written from."""

    request: DraftRequest
    book: phrases.Book
    known: facts.Known
    angle: str
    short: bool

    def part(self, name: str) -> str:
        return self.known.parts.get(name, "")

    @property
    def company(self) -> str:
        return self.part("company")


def subject(desk: Desk) -> str:
    company = desk.company or desk.book.say("your company")
    offer = cleaning.clean(desk.request.brief.offer, cleaning.CELL).rstrip(" .")
    tries = [
        desk.book.say(f"subject {desk.angle}", company=one)
        for one in (company, desk.book.say("your company"))
    ]
    if _NOUN.match(offer) and not cleaning.is_reachable(offer):
        alone = not desk.company or " for " in offer
        slot = "subject offer alone" if alone else "subject offer"
        tries.insert(0, desk.book.say(slot, offer=offer[0].upper() + offer[1:], company=company))
    fitting = (one for one in tries if SUBJECT_MIN <= len(one) <= SUBJECT_MAX)
    return next(fitting, desk.book.say("subject plain"))


def greeting(desk: Desk, name: str) -> str:
    if not name:
        return desk.book.say("greeting unnamed")
    return desk.book.say(by_tone(desk.request, "greeting"), first_name=name)


def _opening(desk: Desk) -> str:
    told = [desk.book.say(part, value=desk.part(part)) for part in ("news", "pain") if desk.part(part)]
    profile = " ".join(part for part in ("title", "industry") if desk.part(part))
    slot = {"title industry": "role industry", "title": "role", "industry": "industry"}.get(profile, "")
    if not slot and not told:
        slot = "company" if desk.company else "plain"
    if slot:
        told.append(desk.book.say(f"opening {slot}", **{**_NO_PARTS, **desk.known.parts}))
    return " ".join(told)


def about_you(desk: Desk) -> str:
    """What rests on facts: one paragraph while it is short, two when there is more to say."""
    opening, detail = _opening(desk), _detail(desk)
    apart = "\n\n" if len(opening) + len(detail) > _PARAGRAPH else " "
    return apart.join(filter(None, (opening, detail)))


_NO_PARTS = {"title": "", "company": "", "industry": ""}


def _detail(desk: Desk) -> str:
    size, base = bool(desk.part("employees")), bool(desk.part("city"))
    slot = {(True, True): "size base", (True, False): "size", (False, True): "base"}.get(
        (size, base), "plain"
    )
    test = desk.book.say(f"test {desk.angle}")
    said = []
    if slot != "plain" or not desk.short:
        said.append(
            desk.book.say(
                f"frame {slot}", employees=desk.part("employees"), city=desk.part("city"), test=test
            )
        )
    if desk.part("tech"):
        said.append(desk.book.say("tech", value=desk.part("tech")))
    if desk.known.details:
        said.append(desk.book.say("details", value=", ".join(desk.known.details)))
    return " ".join(said)


def pitch(desk: Desk) -> tuple[str, str]:
    """The offer in a sentence, and the value proposition that proves it unless it is the offer itself."""
    request = desk.request
    values = [cleaning.clean(one, cleaning.CELL).rstrip(" .") for one in request.voice.value_propositions]
    values = [one for one in values if one]
    offer = cleaning.clean(request.brief.offer, 1000, lines=True) or (values.pop(0) if values else "")
    positioning = cleaning.clean(request.voice.positioning, cleaning.CELL).rstrip(" .")
    slot, text = _pitch_slot(offer, positioning)
    said = desk.book.say(f"pitch {slot}", brand=brand(request) or sender(request), offer=text)
    fitting = [one for one in values if angles.spoken(one) == desk.angle] or values
    proof = desk.book.say("proof", value=fitting[0]) if fitting and not desk.short else ""
    return said, proof if fitting and fitting[0].casefold() not in said.casefold() else ""


def _pitch_slot(offer: str, positioning: str) -> tuple[str, str]:
    if not offer:
        return ("positioning", positioning) if positioning else ("question", "")
    bare = offer.rstrip(" .")
    if (
        (_SPEAKER.match(offer) and len(offer.split()) > 3)
        or ". " in offer
        or "\n" in offer
        or offer.endswith(("!", "?"))
    ):
        return "sentence", offer if offer.endswith(_END) else offer + "."
    return ("noun", bare[0].lower() + bare[1:]) if _NOUN.match(bare) else ("line", bare)


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
        wanted = f"{desk.request.brief.goal} {desk.request.voice.call_to_action}"
        slot = "ask " + next((name for name, pattern in _GOALS if pattern.search(wanted)), "call")
    return desk.book.say(slot, you=desk.company or "you")


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
