"""Turns a checked answer of a model into an idea or words. Raises answers.Unfit rather than mending what is foul."""

from __future__ import annotations

from collections.abc import Iterable

import regex

from engine.rules import calendar, lengths, segments, sequences
from engine.writing import (
    Brief,
    DraftRequest,
    Idea,
    PostRequest,
    Topics,
    TopicsRequest,
    Voice,
    Words,
    answers,
    cleaning,
    drafting,
    facts,
    localising,
    packing,
    phrases,
    posting,
    threads,
)
from storage.model import Step, channels

SUBJECT_LIMIT, BODY_LEAST, BODY_LIMIT, ANGLE_LIMIT = 120, 50, 3000, 600
MOST_SOURCES = 60
TOPIC_LIMIT, TOPICS_LEAST = 160, 4

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
        figures=False,
    )
    body = _finished(request, body)
    named = [name for one in answer.sources for name in one.facts]
    used = _used(request, known, named, f"{subject}\n{body}")
    sources = tuple(_sourced(known, one) for one in answer.sources[:MOST_SOURCES])
    return Words(
        subject, body, "model", used=used, note=drafting.left_out(request), sources=sources,
        angle=drafting.own_angle(request),
    )  # fmt: skip


def _sourced(known: dict[str, str], one: answers.Source) -> tuple[str, tuple[str, ...]]:
    """A sentence with the facts it names, those on record alone."""
    names = tuple(dict.fromkeys(name for name in one.facts if name in known))
    return cleaning.clean(one.sentence, BODY_LIMIT), names


def post(request: PostRequest, answer: answers.Post, canary: str) -> Words:
    """The model's post with hashtags and the link at the end, within the network's limit. Raises answers.Unfit."""
    text = cleaning.clean(answer.text, threads.MOST * lengths.X_MAX, lines=True)
    if len(text) < BODY_LEAST:
        raise answers.Unfit("was too short")
    most = posting.most_tags(request.network)
    present = set(regex.findall(r"#\w+", text))
    room = max(0, most - len(present))
    tags = list(filter(None, (posting.camel(tag) for tag in answer.hashtags[:most])))[:room]
    link = cleaning.clean(request.link, 2000)
    shown = link if request.network == "x" or request.picture or not request.hook else ""
    said = text.replace(link, "").strip() if link else text
    ending = "\n\n".join(filter(None, (" ".join(f"#{tag}" for tag in tags), shown)))
    body = _thread(request, said, ending) if request.network == "x" else f"{said}\n\n{ending}".strip()
    if lengths.of(request.network, body) > posting.limit(request.network) or len(present) > most:
        raise answers.Unfit("was too long")
    ours = (*packing.ours(Brief(""), request.voice), request.topic, request.link, request.key_message)
    theirs = (request.signal, request.continues)
    answers.check(f"{answer.text}\n{body}", ours=ours, theirs=theirs, canary=canary)
    told = ("key message", request.key_message), ("signal", request.signal), ("number", request.continues)
    return Words("", body, "model", used=tuple(name for name, value in told if value))


def _thread(request: PostRequest, text: str, ending: str) -> str:
    """One post for X, or two to six of them where a thread was asked for. Raises answers.Unfit."""
    posts = lengths.posts(text)
    if not request.thread and len(posts) > 1:
        raise answers.Unfit("was a thread, which nobody asked for")
    if not request.thread:
        return f"{text}\n\n{ending}".strip()
    closed = threads.closed(posts, ending)
    if len(posts) < threads.FEWEST or len(closed) > threads.MOST:
        raise answers.Unfit(f"was no thread of {threads.FEWEST} to {threads.MOST} posts")
    if lengths.fault(body := threads.BREAK.join(closed)):
        raise answers.Unfit("was a thread that X would refuse")
    return body


def topics(request: TopicsRequest, answer: answers.Topics, canary: str) -> Topics:
    """At least four topics for each pillar, none of them twice, each resting on a sentence that the brand said and
    without a word that it never uses. Raises answers.Unfit.

    A signal may lend figures; nothing in it is a link of ours.
    """
    own = {_folded(one): one for one in (*request.voice.value_propositions, request.voice.positioning) if one}
    never = phrases.forbidden(Brief(""), request.voice)
    found: dict[str, list[calendar.Topic]] = {pillar: [] for pillar in request.pillars}
    seen: set[str] = set()
    for one in answer.topics[:200]:
        text, rests_on = cleaning.clean(one.topic, TOPIC_LIMIT), own.get(_folded(one.rests_on), "")
        fit = text and rests_on and one.pillar in found and not cleaning.contains_any(text, never)
        if fit and (words := calendar.words_of(text)) not in seen:
            seen.add(words)
            found[one.pillar].append(calendar.Topic(text, cleaning.clean(rests_on, 140)))
    if any(len(topics) < TOPICS_LEAST for topics in found.values()):
        raise answers.Unfit("had too few topics that rest on what the brand says")
    text = "\n".join(topic.text for topics in found.values() for topic in topics)
    ours = packing.ours(Brief(""), request.voice)
    answers.check(text, ours=ours, theirs=request.signals, canary=canary)
    return Topics({pillar: tuple(topics) for pillar, topics in found.items()}, "model")


def _folded(text: str) -> str:
    return " ".join(cleaning.clean(text, 1000).casefold().rstrip(" .").split())


def _finished(request: DraftRequest, body: str) -> str:
    """The body with what code adds on this channel. Raises answers.Unfit."""
    kind = channels.known(request.channel)
    if kind.signed:
        return _texted(request, body)
    if not kind.by_hand:
        return _signed(request, _complete(request, body))
    return _by_hand(request, body)


def _by_hand(request: DraftRequest, body: str) -> str:
    """What a person copies or reads aloud: no link, and no more of a signature than a name below a message."""
    words, parts = drafting.must_say(request), body.split("\n\n")
    if " ".join(words.split()) not in " ".join(body.split()):
        parts.insert(min(2, len(parts) - 1), words)
    name = "" if channels.known(request.channel).spoken else drafting.sign_off(request).splitlines()[-1]
    return "\n\n".join(filter(None, (*parts, name)))


def _texted(request: DraftRequest, body: str) -> str:
    """A text message: one paragraph with what must be said and the name, in plain signs. Raises answers.Unfit.

    No link is added, which would be longer than the rest.
    """
    must = drafting.must_say(request)
    name = drafting.sign_off(request).splitlines()[-1]
    said = " ".join(body.split())
    missing = "" if not must or " ".join(must.split()) in said else " ".join(must.split())
    text = localising.plain(" ".join(filter(None, (said, missing, f"- {name}"))))
    if len(text) >= segments.TARGET:
        raise answers.Unfit("was too long for a text message")
    return text


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
