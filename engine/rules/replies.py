"""What a reply is taken for (G3): its class, how sure, by which words, and the day or the person it names.

Pure and linear in the text. Whoever reads decides what follows; here nothing acts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from engine.rules import automatic, later, phrases, quotes, seen
from engine.rules.phrases import Hit
from engine.rules.seen import Reading, Seen
from storage.model import ReplyClass

SURE = 0.65
"""Under this a reply is unclear, and a person is asked."""
CLEAR = 0.15
"""Two classes nearer to each other than this are unclear."""
SOON = 7
"""Days. "Call me on Tuesday" proposes a call, not a delay."""

_C = ReplyClass
_TOGETHER: Mapping[frozenset[ReplyClass], ReplyClass] = {
    frozenset({_C.INTERESTED, _C.QUESTION}): _C.INTERESTED,
    frozenset({_C.INTERESTED, _C.NOT_NOW}): _C.NOT_NOW,
    frozenset({_C.QUESTION, _C.NOT_NOW}): _C.NOT_NOW,
    frozenset({_C.NEGATIVE, _C.NOT_NOW}): _C.NOT_NOW,
    frozenset({_C.NEGATIVE, _C.REFERRAL}): _C.REFERRAL,
    frozenset({_C.QUESTION, _C.REFERRAL}): _C.REFERRAL,
    frozenset({_C.INTERESTED, _C.REFERRAL}): _C.REFERRAL,
    frozenset({_C.NOT_NOW, _C.REFERRAL}): _C.REFERRAL,
}
"""Classes that stand together without a contradiction, and what the two are called."""
_HUMAN: Mapping[str, ReplyClass] = {
    **{str(klass): klass for klass in _C if klass not in (_C.OUT_OF_OFFICE, _C.BOUNCE, _C.UNCLEAR)},
    "talk": _C.INTERESTED,
}
_NEAR = ("tomorrow", "morgen", "demain", "manana")


def read(text: str, today: date, headers: Mapping[str, str] | None = None) -> Reading:
    """Classify a reply written on `today`, a day at the recipient. `headers` of the mail, if it came with any."""
    said = {name.lower(): value.strip().lower()[:200] for name, value in (headers or {}).items()}
    own = quotes.own_words(text)
    found = seen.look(own)
    machine = automatic.bounce(text, said) or automatic.away(own, found, today, said)
    return machine or _human(own, found, today)


def _human(own: str, found: Seen, today: date) -> Reading:
    scores, words = _judged(own, found)
    day, dated = _proposed(own, found, today)
    whom, pointing = found.whom
    for klass, given in ((_C.NOT_NOW, dated), (_C.REFERRAL, pointing)):
        if given:
            scores[klass] = max(scores[klass], 0.85)
            words[klass] = [*words[klass], *given]
    if scores[_C.OPT_OUT] >= SURE:
        return Reading(_C.OPT_OUT, scores[_C.OPT_OUT], seen.unique(words[_C.OPT_OUT]))
    made = replace(_winner(scores, certain=bool(day or whom)), day=day, whom=whom)
    if sarcasm := found.of("sarcasm"):
        return replace(
            made, klass=_C.UNCLEAR, confidence=min(made.confidence, 0.5), words=found.quote(sarcasm)
        )
    names = made.between if made.klass is _C.UNCLEAR else (made.klass,)
    return replace(made, words=seen.unique([word for name in names for word in words[name]]))


def _judged(own: str, found: Seen) -> tuple[dict[ReplyClass, float], dict[ReplyClass, list[str]]]:
    """Each class's score and words."""
    groups: dict[ReplyClass, list[Hit]] = defaultdict(list)
    for hit in found.hits:
        klass, weight = _meant(hit, found.denied(hit)) if hit.kind in _HUMAN else (None, 0.0)
        if klass is not None:
            groups[klass].append(replace(hit, weight=weight))
    scores = defaultdict(float, {klass: seen.score(hits) for klass, hits in groups.items()})
    words = defaultdict(list, {klass: list(found.quote(hits)) for klass, hits in groups.items()})
    if "?" in own and not scores[_C.QUESTION] and len(found.words) > 2:
        scores[_C.QUESTION], words[_C.QUESTION] = 0.7, ["?"]
    return scores, words


def _meant(hit: Hit, denied: str) -> tuple[ReplyClass | None, float]:
    """A denied “interested” is negative; a denied opt-out is a doubt, unless they say that they cannot."""
    klass = _HUMAN[hit.kind]
    if not denied or (klass is _C.OPT_OUT and denied in phrases.listed("unable")):
        return klass, hit.weight
    if klass is _C.OPT_OUT:
        return klass, min(hit.weight, 0.5)
    return (_C.NEGATIVE, 0.7) if klass is _C.INTERESTED else (None, 0.0)


def _winner(scores: Mapping[ReplyClass, float], *, certain: bool) -> Reading:
    """`certain`: they name a day or a person, so that a no is no plain one. A thank you weighs nothing beside others."""
    ranked = sorted((one for one in scores.items() if one[1] > 0), key=lambda one: -one[1])
    firm = [one for one in ranked if one[0] is not _C.NEUTRAL] or ranked
    if not firm:
        return Reading(_C.UNCLEAR, 0.0)
    klass, sure = firm[0]
    doubt = Reading(_C.UNCLEAR, sure, between=tuple(name for name, _ in firm[:3]))
    for rival, weight in firm[1:]:
        if sure - weight >= CLEAR:
            continue
        together = _TOGETHER.get(frozenset({klass, rival}))
        if together is None or (_C.NEGATIVE in (klass, rival) and not certain):
            return doubt
        klass = together
    return Reading(klass, sure) if sure >= SURE else doubt


def _proposed(own: str, found: Seen, today: date) -> tuple[date | None, tuple[str, ...]]:
    """The day they ask to hear again: named beside words like call me, or almost all that was written."""
    named = later.days(own, today)
    cues = found.of("defer", "not_now", "talk")
    if not named or not (cues or (len(found.words) <= 7 and named[0].words not in _NEAR)):
        return None, ()
    if not found.of("not_now") and (named[0].day - today).days <= SOON:
        return None, ()
    return named[0].day, (*found.quote(cues), named[0].words)
