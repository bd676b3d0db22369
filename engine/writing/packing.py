"""What a language model is told: the team's words and a few cleaned facts. Never a last name, an address or a phone."""

from __future__ import annotations

from typing import Any

from engine.rules import sequences
from engine.writing import (
    Brief,
    DraftRequest,
    Earlier,
    PostRequest,
    TopicsRequest,
    Voice,
    cleaning,
    drafting,
    facts,
    locales,
    reasons,
)

_LINE, _LIST = 300, 8


def plan(brief: Brief, voice: Voice, rejections: tuple[str, ...]) -> dict[str, Any]:
    return {
        "campaign": _brief(brief),
        "brand": _voice(voice),
        "sequence": {
            "channels": list(brief.channels),
            "touches": brief.touches,
            "waits": list(sequences.waits_of(brief.touches, brief.waits)),
            "purposes": dict(sequences.PURPOSES),
            "conditions": dict(sequences.CONDITIONS),
        },
        "rejections": _listed(rejections),
    }


def draft(request: DraftRequest) -> dict[str, Any]:
    """The recipient's facts are those that sentences of our own may rest on (engine.writing.facts)."""
    person = request.person
    known = facts.known(person)
    return {
        "campaign": _brief(request.brief),
        "brand": _voice(request.voice),
        "strategy": {
            "angle": cleaning.clean(request.angle, 1000),
            "own_angle": drafting.own_angle(request),
            "pillars": _listed(request.pillars),
            "purpose": sequences.PURPOSES.get(
                request.purpose or request.step.purpose, cleaning.clean(request.step.purpose, 120)
            ),
        },
        "channel": request.channel,
        "language": language(request),
        "recipient": {
            "first_name": facts.first_name(person),
            "facts": [{"id": name, "value": value} for name, value in facts.by_name(known).items()],
        },
        "history": [_earlier(touch) for touch in request.history[-5:]],
        "reply": _reply(request),
        "improve": _listed(request.improve),
        "rejections": _listed(request.rejections),
    }


def post(request: PostRequest) -> dict[str, Any]:
    return {
        "topic": cleaning.clean(request.topic, 2000, lines=True),
        "brand": _voice(request.voice),
        "network": request.network,
        "thread": request.thread,
        "language": cleaning.clean(request.voice.language or request.workspace_language, 20) or "en",
        "calendar": {
            "pillar": cleaning.clean(request.pillar, 40),
            "angle": request.angle,
            "hook": request.hook,
            "call_to_action": request.call,
            "key_message": cleaning.clean(request.key_message, _LINE),
        },
        "signal": cleaning.clean(request.signal, _LINE),
        "yesterday": cleaning.clean(request.continues, 20),
        "improve": _listed(request.improve),
    }


def topics(request: TopicsRequest) -> dict[str, Any]:
    return {
        "brand": _voice(request.voice),
        "language": cleaning.clean(request.voice.language or request.workspace_language, 20) or "en",
        "pillars": [cleaning.clean(pillar, 40) for pillar in request.pillars],
        "signals": _listed(request.signals),
        "rejections": _listed(request.rejections),
    }


def language(request: DraftRequest) -> str:
    """What a rejection asked for, else the language of recipient, campaign, brand or workspace (product C6)."""
    usual = (
        request.person.locale
        or request.brief.language
        or request.voice.language
        or request.workspace_language
    )
    wanted = reasons.language(request.rejections, locales.language(usual) or locales.LAST) or usual
    return cleaning.clean(wanted, 20) or "en"


def ours(brief: Brief, voice: Voice) -> tuple[str, ...]:
    """Every word the team itself gave: what an answer may repeat, links included."""
    own = (brief.name, brief.goal, brief.audience, brief.offer, brief.must_say)
    return (
        *own,
        voice.brand,
        voice.positioning,
        voice.call_to_action,
        voice.sender_name,
        *voice.targets,
        *voice.value_propositions,
    )


def _brief(brief: Brief) -> dict[str, Any]:
    return {
        "name": cleaning.clean(brief.name, _LINE),
        "goal": cleaning.clean(brief.goal, 1000),
        "audience": cleaning.clean(brief.audience, 1000),
        "offer": cleaning.clean(brief.offer, 2000, lines=True),
        "must_say": cleaning.clean(brief.must_say, cleaning.TEXT, lines=True),
        "must_not_say": cleaning.clean(brief.must_not_say, 1000),
        "tone": cleaning.clean(brief.tone, _LINE),
    }


def _voice(voice: Voice) -> dict[str, Any]:
    return {
        "name": cleaning.clean(voice.brand, _LINE),
        "positioning": cleaning.clean(voice.positioning, 1000),
        "audience": cleaning.clean(voice.audience, 1000),
        "value_propositions": _listed(voice.value_propositions),
        "tone": cleaning.clean(voice.tone, _LINE),
        "voice": cleaning.clean(voice.style, 1000),
        "say": [cleaning.clean(word, 80) for word in voice.say[:100]],
        "dont": [cleaning.clean(word, 80) for word in voice.dont[:100]],
        "call_to_action": cleaning.clean(voice.call_to_action, _LINE),
    }


def _earlier(touch: Earlier) -> dict[str, Any]:
    return {
        "purpose": sequences.PURPOSES.get(touch.purpose, ""),
        "sent_on": touch.sent_on,
        "subject": cleaning.clean(touch.subject, _LINE),
        "text": cleaning.clean(touch.body, 800, lines=True),
        "came_back": list(touch.came_back),
    }


def _reply(request: DraftRequest) -> dict[str, str]:
    """What they wrote, its class and the day it names; empty when there is no reply."""
    found = request.answering
    if not request.reply.strip():
        return {}
    told = {"text": cleaning.clean(request.reply, 1000, lines=True)}
    return told if found is None else told | {"class": found.klass, "day": found.day}


def _listed(texts: tuple[str, ...]) -> list[str]:
    return [cleaning.clean(text, _LINE) for text in texts[-_LIST:]]
