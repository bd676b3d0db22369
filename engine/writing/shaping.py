"""Turns a checked answer of a model into an idea or words. Raises answers.Unfit rather than mending what is foul."""

from __future__ import annotations

from collections.abc import Iterable

import regex

from engine.rules import sequences
from engine.writing import (
    Brief,
    DraftRequest,
    Idea,
    PostRequest,
    Voice,
    Words,
    answers,
    cleaning,
    drafting,
    facts,
    packing,
    posting,
)
from storage.model import Step

SUBJECT_LIMIT, BODY_LEAST, BODY_LIMIT, ANGLE_LIMIT = 120, 50, 3000, 600

_THREAD = regex.compile(r"^\s*(?:re|fwd?|aw|wg|tr)\s*:", regex.IGNORECASE)


def idea(brief: Brief, voice: Voice, answer: answers.Plan, canary: str) -> Idea:
    """An idea whose every part says something. Raises answers.Unfit."""
    steps = _steps(brief, answer.steps)
    pillars, measures = _several(answer.pillars, 6), _several(answer.measures, 5)
    angle, timing = cleaning.clean(answer.angle, ANGLE_LIMIT), cleaning.clean(answer.timing, 300)
    if not (angle and timing and pillars and measures):
        raise answers.Unfit("left something out")
    text = "\n".join((angle, timing, *pillars, *measures))
    answers.check(text, ours=packing.ours(brief, voice), canary=canary, figures=False)
    return Idea(angle, pillars, steps, timing, measures, source="model")


def _steps(brief: Brief, touches: list[answers.Touch]) -> tuple[Step, ...]:
    """The model's sequence, if each touch is one that the campaign may have. The first always begins on day 0."""
    if not 1 <= len(touches) <= min(brief.touches, sequences.MOST):
        raise answers.Unfit(f"had {len(touches)} touches instead of at most {brief.touches}")
    for number, touch in enumerate(touches, 1):
        if touch.channel not in (brief.channels or ("email",)):
            raise answers.Unfit("used a channel that the campaign does not have")
        if number > 1 and not 1 <= touch.wait_days <= sequences.LONGEST:
            raise answers.Unfit("had touches less than a day or more than two months apart")
        if touch.purpose not in sequences.PURPOSES or touch.condition not in ("", *sequences.CONDITIONS):
            raise answers.Unfit("had a touch whose purpose or condition nobody knows")
    return tuple(
        Step(n, t.channel, t.wait_days if n > 1 else 0, t.purpose, t.condition if n > 1 else "")
        for n, t in enumerate(touches, 1)
    )


def draft(request: DraftRequest, answer: answers.Draft, canary: str) -> Words:
    """The model's words, with what must be said and the signature. Raises answers.Unfit."""
    email = request.channel == "email"
    subject = cleaning.clean(answer.subject, SUBJECT_LIMIT) if email else ""
    body = cleaning.clean(answer.body, BODY_LIMIT + 1, lines=True)
    known = facts.by_name(facts.known(request.person))
    if (email and not subject) or len(body) < BODY_LEAST:
        raise answers.Unfit("was too short")
    if len(body) > BODY_LIMIT or len(answer.subject) > SUBJECT_LIMIT:
        raise answers.Unfit("was too long")
    if _THREAD.match(subject):
        raise answers.Unfit("pretended to be part of a conversation")
    answers.check(
        f"{answer.subject}\n{answer.body}\n{subject}\n{body}",
        ours=(*packing.ours(request.brief, request.voice), request.angle),
        theirs=known.values(),
        canary=canary,
    )
    body = _signed(request, _complete(request, body))
    used = _used(request, known, answer.used_facts, f"{subject}\n{body}")
    return Words(subject, body, "model", used=used, note=drafting.left_out(request))


def post(request: PostRequest, answer: answers.Post, canary: str) -> Words:
    """The model's post with hashtags and the link at the end, within the limit. Raises answers.Unfit."""
    text = cleaning.clean(answer.text, posting.LIMIT + 1, lines=True)
    if len(text) < BODY_LEAST:
        raise answers.Unfit("was too short")
    present = set(regex.findall(r"#\w+", text))
    room = max(0, posting.MOST_TAGS - len(present))
    tags = list(filter(None, (posting.camel(tag) for tag in answer.hashtags[:3])))[:room]
    link = cleaning.clean(request.link, 2000)
    parts = (text.replace(link, "").strip() if link else text, " ".join(f"#{tag}" for tag in tags), link)
    body = "\n\n".join(filter(None, parts))
    if len(body) > posting.LIMIT or len(present) > posting.MOST_TAGS:
        raise answers.Unfit("was too long")
    ours = (*packing.ours(Brief(""), request.voice), request.topic, request.link)
    answers.check(f"{answer.text}\n{body}", ours=ours, canary=canary)
    return Words("", body, "model")


def _complete(request: DraftRequest, body: str) -> str:
    """The body with what must be said and the brand's link in it, before the question.

    Models leave out or reword the one and are told to write no link: code puts both in.
    """
    words = drafting.must_say(request)
    said = " ".join(words.split()) in " ".join(body.split())
    *before, last = body.split("\n\n")
    added = ("" if said else words, drafting.link_line(request, f"{body}\n{words}"))
    return "\n\n".join((*before, *filter(None, added), last))


def _signed(request: DraftRequest, body: str) -> str:
    signature = drafting.sign_off(request)
    name = signature.splitlines()[-1]
    return body if name in body.splitlines()[-3:] else f"{body}\n\n{signature}"


def _used(request: DraftRequest, known: dict[str, str], named: Iterable[str], text: str) -> tuple[str, ...]:
    """Facts the model names and facts whose value stands in the text; never one that is not on record."""
    folded = text.casefold()
    named = set(named)
    first = facts.first_name(request.person)
    used = ["first_name"] if first and first in text else []
    used += [name for name, value in known.items() if name in named or value.casefold() in folded]
    return tuple(used)


def _several(texts: list[str], most: int) -> tuple[str, ...]:
    cleaned = (cleaning.clean(text, 240) for text in texts)
    return tuple(dict.fromkeys(filter(None, cleaned)))[:most]
