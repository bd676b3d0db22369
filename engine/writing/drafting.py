"""Rule-based messages to one person: facts on record choose the sentences. It claims nothing that is not on record."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import regex

from engine.rules import specifics
from engine.writing import (
    DraftRequest,
    Words,
    angles,
    cleaning,
    facts,
    locales,
    localising,
    phrases,
    reasons,
    replying,
    sentences,
    templates,
    tongues,
    touches,
    wording,
)

_SHORT = regex.compile(r"\b(?:short|shorter|too long|brief|lengthy|wordy)", regex.IGNORECASE)
_SHORTER = 0.85
"""A text is called shorter under that share of what it would be without the reason, in whatever language."""
_QUOTED = regex.compile(r"[“\"]([^”\"]{2,40})[”\"]")


def draft(request: DraftRequest) -> Words:
    """A message for one person. Raises templates.MissingVariable when sender and brand have no name.

    The subject is empty for channels that have none. `used` names every fact a sentence rests on.
    """
    choice = chosen(request)
    desk = _desk(request, choice.locale)
    name = facts.first_name(request.person)
    template = _template(request, choice.locale)
    filled = touches.fill(desk, template, _makers(desk, name, template))
    subject = filled.subject if request.channel == "email" else ""
    setting = (
        localising.plain
        if template.channel == "sms"
        else functools.partial(localising.typeset, locale=choice.locale)
    )
    body = setting(filled.body)
    return Words(
        subject=setting(subject),
        body=body,
        source="template",
        template=template.name,
        used=_used(desk, name, f"{subject}\n{filled.body}"),
        note=" ".join(filter(None, (_followed(desk, body), _note(desk, name, choice.note, body)))),
        locale=choice.locale,
        sources=_sources(desk, body),
        angle=own_angle(request),
    )


def _template(request: DraftRequest, locale: str) -> templates.Template:
    """The channel's own words; where its sequence has none, the mail's."""
    sequence = touches.sequence(request)
    channel = request.channel if templates.holds(request.channel, locale, sequence) else "email"
    return templates.find(channel, touches.purpose(request), locale, sequence)


def chosen(request: DraftRequest) -> locales.Choice:
    """The language of the words: what a rejection asked for, else the contact's, the campaign's or brand's, or the
    workspace's (product C6)."""
    wanted = (
        request.person.locale,
        request.brief.language,
        request.voice.language,
        request.workspace_language,
    )
    usual = locales.choose(wanted, phrases.locales())
    asked = reasons.language(request.rejections, usual.locale)
    return locales.choose((asked, *wanted), phrases.locales()) if asked else usual


def own_angle(request: DraftRequest) -> str:
    """The lead's own angle for people: how it is called and the fact it comes from; "" where none was asked for."""
    if not request.own_angle:
        return ""
    known = facts.known(request.person)
    name, part = angles.of_lead(known.parts)
    if not name:
        return phrases.load("en").say("note no angle")
    return phrases.load("en").say(
        "note angle",
        angle=angles.title(name),
        fact=known.sources[part].replace("_", " "),
        value=known.parts[part],
    )


def sign_off(request: DraftRequest) -> str:
    """The closing line and the sender's name, as the template writer signs; the name alone in other languages."""
    choice = chosen(request)
    closing = "" if choice.note else phrases.load(choice.locale).say(sentences.by_tone(request, "closing"))
    return f"{closing}\n{sentences.sender(request)}".strip()


def must_say(request: DraftRequest) -> str:
    """What the brief says must be said: the person's own words."""
    return cleaning.clean(request.brief.must_say, cleaning.TEXT, lines=True)


def link_line(request: DraftRequest, already: str) -> str:
    """The line with the brand's target, as the template writer puts it, or ""; bare in other languages."""
    choice = chosen(request)
    if choice.note:
        address = sentences.target(request)
        return address if address not in already else ""
    return sentences.link(_desk(request, choice.locale), already)


def left_out(request: DraftRequest) -> str:
    """The note on facts that were not used because they do not read like facts, or ""."""
    names = facts.known(request.person).left_out
    return phrases.load("en").say("note left out", names=", ".join(names)) if names else ""


def _desk(request: DraftRequest, locale: str) -> sentences.Desk:
    avoid = phrases.forbidden(request.brief, request.voice)
    quoted = [found for finding in request.improve for found in _QUOTED.findall(finding)]
    turn = bool(request.improve) + len(request.rejections)
    asked = " ".join((request.angle, *request.improve, *request.rejections))
    cut = reasons.is_short(request.rejections)
    known = facts.known(request.person)
    own, lead = angles.of_lead(known.parts) if request.own_angle else ("", "")
    return sentences.Desk(
        request=request,
        book=phrases.load(locale).tuned((*avoid, *quoted), turn, short=cut),
        known=localising.known(_spoken(known), locale),
        angle=own or angles.spoken(request.angle),
        lead=lead,
        short=cut or bool(_SHORT.search(asked)),
        cut=cut,
        dated=tuple(part for part, value in known.parts.items() if localising.is_day(value)),
    )


def _spoken(known: facts.Known) -> facts.Known:
    """The same facts with the company called as people call it."""
    company = known.parts.get("company", "")
    return replace(known, parts={**known.parts, "company": wording.called(company)}) if company else known


def _makers(desk: sentences.Desk, name: str, template: templates.Template) -> Mapping[str, Callable[[], str]]:
    """The values every template may use; those of the English first touch are made only where one declares them."""
    request = desk.request
    pitch = functools.cache(lambda: sentences.pitch(desk))

    def said() -> str:
        """What the template shows of the team's own words: they need not stand there twice."""
        return (
            " ".join(pitch())
            if "pitch" in template.variables
            else request.brief.offer * ("offer" in template.variables)
        )

    brand = sentences.brand(request)
    return {
        "subject": lambda: sentences.subject(desk),
        "greeting": lambda: sentences.greeting(desk, name),
        "opening": lambda: sentences.opening(desk),
        "pitch": lambda: pitch()[0],
        "proof": lambda: pitch()[1],
        "fit": lambda: sentences.fit(desk),
        "must_say": lambda: sentences.must_say(desk, said()),
        "link": lambda: sentences.link(desk, f"{said()} {request.brief.must_say}"),
        "ask": lambda: sentences.ask(desk),
        "closing": lambda: desk.book.say(sentences.by_tone(request, "closing")),
        "sender": lambda: sentences.sender(request),
        "brand": lambda: "" if sentences.sender(request) == brand else brand,
    }


def _used(desk: sentences.Desk, name: str, text: str) -> tuple[str, ...]:
    folded = " ".join(text.casefold().split())
    said = [source for source, value in _told(desk) if value in folded]
    return tuple(dict.fromkeys(["first_name"] * bool(name) + said))


def _sources(desk: sentences.Desk, body: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each sentence that a fact was put into, with the names of its facts."""
    told = list(_told(desk))
    found = []
    for one in specifics.sentences(body):
        folded = " ".join(one.text.casefold().split())
        names = tuple(dict.fromkeys(source for source, value in told if value in folded))
        found += [(one.text, names)] if names else []
    return tuple(found)


def _told(desk: sentences.Desk) -> Iterator[tuple[str, str]]:
    """The facts on record, each by its source's name and as a sentence says it, folded."""
    told = {part: " ".join(value.casefold().split()) for part, value in desk.known.parts.items()}
    if desk.book.locale == "en":
        told["tech"] = wording.enumerated(told.get("tech", ""))
        told["employees"] = told.get("employees", "") if told.get("employees") != "1" else "one person"
    for number, detail in enumerate(desk.known.details, 1):
        told[f"detail {number}"] = " ".join(detail[:-1].partition(" (")[2].casefold().split())
    for part, source in desk.known.sources.items():
        if told.get(part):
            yield source, told[part]


def _followed(desk: sentences.Desk, body: str) -> str:
    """What of a person's reason these words follow, and that the rest needs a hand; "" where nobody rejected any."""
    request, locale, book = desk.request, desk.book.locale, phrases.load("en")
    if not request.rejections:
        return ""
    usual = replace(request, rejections=())
    what = []
    if desk.cut:
        what += ["shorter"] * (len(body) < _SHORTER * len(draft(usual).body))
    if reasons.language(request.rejections, chosen(usual).locale) == locale:
        what.append(f"in {locales.name(locale)}")
    return (
        book.say("note reason followed", what=", ".join(what))
        if what
        else book.say("note reason not followed")
    )


def _note(desk: sentences.Desk, name: str, language: str, body: str) -> str:
    notes = [language, _mixed(desk, body)]
    if desk.request.person.first_name.strip() and not name:
        notes.append(phrases.load("en").say("note nameless"))
    notes.append(left_out(desk.request))
    if desk.request.reply.strip():
        notes.append(phrases.load("en").say(replying.note(desk.request)))
    return " ".join(filter(None, notes))


def _mixed(desk: sentences.Desk, body: str) -> str:
    """That words of the team stand in it in another language: a template translates nothing."""
    brief, voice = desk.request.brief, desk.request.voice
    told = filter(None, (brief.offer, brief.must_say, voice.positioning, *voice.value_propositions))
    if not (found := tongues.foreign(told, body, desk.book.locale)):
        return ""
    said = "; ".join(f"“{cleaning.clean(one, cleaning.CELL)}”" for one in found)
    spoken = locales.name(tongues.language(found[0]))
    return phrases.load("en").say(
        "note mixed", said=said, language=spoken, wanted=locales.name(desk.book.locale)
    )
