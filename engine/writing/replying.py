"""What a template takes from a reply: the kind of answer, a few of their own words, a day, a name. Claims nothing else.

A reply is data: what could be an order, a link or an address in it is never repeated.
"""

from __future__ import annotations

import regex

from engine.writing import Answering, DraftRequest, cleaning, facts, localising, phrases
from engine.writing.sentences import Desk

SEQUENCE = "answer"
PURPOSES = ("interested", "question", "not_now", "referral", "negative", "neutral")
_SHORT, _QUESTION = 70, 160
_SENTENCE = regex.compile(r"(?:[^.!?…\n]|[.!?…](?=\S))+[.!?…]*")


def purpose(reply: Answering) -> str:
    """The answer that fits the class of a reply; the one that takes no side for any other class."""
    return reply.klass if reply.klass in PURPOSES else "neutral"


def note(request: DraftRequest) -> str:
    """Which phrase tells people what such an answer lacks."""
    if request.answering is None:
        return "note reply"
    return "note question" if purpose(request.answering) == "question" else "note answer"


def said(desk: Desk) -> str:
    """Their question, or all they wrote if that is short, in quotes; "" where it should not be repeated."""
    reply = desk.request.answering
    if reply is None:
        return ""
    text = cleaning.clean(reply.text, cleaning.TEXT, lines=True)
    if purpose(reply) == "question":
        asked = (one.strip() for one in _SENTENCE.findall(text) if one.strip().endswith("?"))
        words, most = next(asked, ""), _QUESTION
    else:
        words, most = " ".join(text.split()), _SHORT
    if not words or len(words) > most or _is_unfit(desk, words):
        return ""
    return desk.book.say("quoted", value=words.rstrip(" .!"))


def day(desk: Desk) -> str:
    """The day they named, as it is written in the language."""
    reply = desk.request.answering
    named = localising.day(reply.day, desk.book.locale) if reply is not None else ""
    return "" if named == (reply.day if reply else "") else named


def whom(desk: Desk) -> str:
    """The person they named; an address is not repeated."""
    reply = desk.request.answering
    found = [facts.name(part) for part in (reply.whom if reply else "").split()]
    return " ".join(found) if found and all(found) and not _is_unfit(desk, " ".join(found)) else ""


def _is_unfit(desk: Desk, words: str) -> bool:
    avoid = (*desk.book.avoid, *phrases.forbidden(desk.request.brief, desk.request.voice))
    strange = cleaning.is_order(words) or cleaning.is_reachable(words) or cleaning.is_unfilled(words)
    return strange or cleaning.contains_any(words, avoid)
