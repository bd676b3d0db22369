"""Rule-based messages to one person: facts on record choose the sentences. It claims nothing that is not on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import regex

from engine.writing import (
    DraftRequest,
    Words,
    angles,
    cleaning,
    facts,
    phrases,
    sentences,
    templates,
    wording,
)

_SHORT = regex.compile(r"\b(?:short|shorter|too long|brief|lengthy|wordy)", regex.IGNORECASE)
_QUOTED = regex.compile(r"[“\"]([^”\"]{2,40})[”\"]")


def draft(request: DraftRequest) -> Words:
    """A message for one person. Raises templates.MissingVariable when sender and brand have no name.

    The subject is empty for channels that have none. `used` names every fact a sentence rests on.
    """
    locale, foreign = _locale(request)
    desk = _desk(request, locale)
    name = facts.first_name(request.person)
    template = templates.find("email", request.step.purpose, locale)
    filled = template.fill(_values(desk, name))
    subject = filled.subject if request.channel == "email" else ""
    return Words(
        subject=subject,
        body=filled.body,
        source="template",
        template=template.name,
        used=_used(desk, name, f"{subject}\n{filled.body}"),
        note=_note(desk, name, foreign),
    )


def sign_off(request: DraftRequest) -> str:
    """The closing line and the sender's name, as the template writer signs; the name alone in other languages."""
    locale, foreign = _locale(request)
    closing = "" if foreign else phrases.load(locale).say(sentences.by_tone(request, "closing"))
    return f"{closing}\n{sentences.sender(request)}".strip()


def must_say(request: DraftRequest) -> str:
    """What the brief says must be said: the person's own words."""
    return cleaning.clean(request.brief.must_say, cleaning.TEXT, lines=True)


def link_line(request: DraftRequest, already: str) -> str:
    """The line with the brand's target, as the template writer puts it, or ""; bare in other languages."""
    locale, foreign = _locale(request)
    if foreign:
        address = sentences.target(request)
        return address if address not in already else ""
    return sentences.link(_desk(request, locale), already)


def left_out(request: DraftRequest) -> str:
    """The note on facts that were not used because they do not read like facts, or ""."""
    names = facts.known(request.person).left_out
    return phrases.load("en").say("note left out", names=", ".join(names)) if names else ""


def _desk(request: DraftRequest, locale: str) -> sentences.Desk:
    avoid = phrases.forbidden(request.brief, request.voice)
    quoted = [found for finding in request.improve for found in _QUOTED.findall(finding)]
    turn = bool(request.improve) + len(request.rejections)
    asked = " ".join((request.angle, *request.improve, *request.rejections))
    return sentences.Desk(
        request=request,
        book=phrases.load(locale).tuned((*avoid, *quoted), turn),
        known=_spoken(facts.known(request.person)),
        angle=angles.spoken(request.angle),
        short=bool(_SHORT.search(asked)),
    )


def _spoken(known: facts.Known) -> facts.Known:
    """The same facts with the company called as people call it."""
    company = known.parts.get("company", "")
    return replace(known, parts={**known.parts, "company": wording.called(company)}) if company else known


def _values(desk: sentences.Desk, name: str) -> Mapping[str, str]:
    request = desk.request
    pitch, proof = sentences.pitch(desk)
    sender = sentences.sender(request)
    return {
        "subject": sentences.subject(desk),
        "greeting": sentences.greeting(desk, name),
        "opening": sentences.opening(desk),
        "pitch": pitch,
        "proof": proof,
        "fit": sentences.fit(desk),
        "must_say": sentences.must_say(desk, f"{pitch} {proof}"),
        "link": sentences.link(desk, f"{pitch} {proof} {request.brief.must_say}"),
        "ask": sentences.ask(desk),
        "closing": desk.book.say(sentences.by_tone(request, "closing")),
        "sender": sender,
        "brand": "" if sender == sentences.brand(request) else sentences.brand(request),
    }


def _locale(request: DraftRequest) -> tuple[str, str]:
    """The locale to write in, and the one that was wanted when there is no template in it (product C6)."""
    wanted = request.person.locale or request.brief.language or request.voice.language or "en"
    code = regex.split(r"[-_.]", cleaning.clean(wanted, 20).casefold())[0]
    code = {"english": "en", "german": "de", "french": "fr", "spanish": "es"}.get(code, code)
    return (code, "") if code in phrases.locales() else ("en", code)


def _used(desk: sentences.Desk, name: str, text: str) -> tuple[str, ...]:
    folded = text.casefold()
    told = {part: value.casefold() for part, value in desk.known.parts.items()}
    told["tech"] = wording.enumerated(told.get("tech", ""))
    told["employees"] = told.get("employees", "") if told.get("employees") != "1" else "one person"
    said = [desk.known.sources[part] for part in desk.known.parts if told[part] in folded]
    said += [source for part, source in desk.known.sources.items() if part.startswith("detail ")]
    return tuple(dict.fromkeys(["first_name"] * bool(name) + said))


def _note(desk: sentences.Desk, name: str, foreign: str) -> str:
    notes = []
    if foreign:
        notes.append(desk.book.say("note locale", locale=foreign))
    if desk.request.person.first_name.strip() and not name:
        notes.append(desk.book.say("note nameless"))
    notes.append(left_out(desk.request))
    return " ".join(filter(None, notes))
