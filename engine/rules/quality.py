"""How good a draft is, 0 to 100, and what is wrong with it (C4). The same text always gives the same score.

Looks at words only; whether a claim is true or a person may be written to is decided elsewhere.
Where C4 names no number, the penalty is modest and stands beside the check.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from engine.rules import data, lengths, links, reading, segments, unfilled
from storage.model import channels

PASSING = 80  # under it a draft is rewritten, then flagged (C4)
placeholders = unfilled.placeholders

_REPLY_MARK = re.compile(r"\s*(re|fwd?|aw|wg|sv|vs|antw|rv|tr|reenv)\s*(\[\d+\])?\s*[:：]", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_HASHTAG = re.compile(r"(?<![\w&/])#\w*[^\W\d]\w*")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]"
)  # Thai, Lao, Kana, Han: no spaces between words
_DEFAULT_LINKS = {"email": 3}
_PLAIN = str.maketrans("‘’“”–—…\u00a0\u202f•", "''\"\"--.  -")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `blocks` removes Approve until the text is edited."""

    code: str
    sentence: str
    penalty: int
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    score: int
    findings: tuple[Finding, ...]

    @property
    def blocked(self) -> bool:
        """Whether any finding forbids approval."""
        return any(finding.blocks for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Limits:
    """Lengths of one channel as engine.rules.lengths counts: `hard` is the platform's, the others are soft targets (C5).

    `link` is how long one may be; 0 where the platform shortens them, or nobody minds.
    """

    hard: int
    soft: int
    lead: int
    hashtags: int
    link: int = 0


LIMITS = {
    "linkedin": Limits(hard=3000, soft=1300, lead=150, hashtags=5),
    "facebook": Limits(hard=63_206, soft=700, lead=63_206, hashtags=4),
    "x": Limits(hard=lengths.X_MAX, soft=lengths.X_MAX, lead=lengths.X_MAX, hashtags=3),
    # LinkedIn publishes no limit for messages: a post's is taken, and a target that fits on a phone.
    "linkedin_dm": Limits(hard=3000, soft=600, lead=3000, hashtags=0),
    "sms": Limits(hard=segments.LIMIT, soft=segments.TARGET - 1, lead=segments.LIMIT, hashtags=0, link=40),
}


def assess(
    channel: str,
    subject: str,
    body: str,
    *,
    forbidden: tuple[str, ...] = (),
    previous: tuple[str, ...] = (),
    links_allowed: int | None = None,
    in_thread: bool = False,
    language: str = "en",
    added: str = "",
) -> Assessment:
    """Score and findings of one draft.

    `forbidden` are words or phrases of the brand and the campaign; `previous` the bodies of earlier touches to the
    same contact, which notes for a call may repeat: callers give their name each time. `links_allowed` is 3 in email
    and 1 elsewhere unless given. `in_thread` permits "Re:".
    `language` chooses the reading-ease formula. `added` is what code puts below the text: the platform counts it too.
    """
    allowed = _DEFAULT_LINKS.get(channel, 1) if links_allowed is None else links_allowed
    both = f"{subject}\n{body}"
    findings = [
        *(_subject(subject, in_thread) if channels.known(channel).subject else ()),
        *_body(body),
        *_blocking_words(both, forbidden),
        *_phrases(both, "generic", 10, 30, "fits anybody"),
        *_phrases(both, "salesy", 15, 40, "pushes"),
        *_manner(subject, body, allowed, language),
        *(_repetition(body, previous) if not channels.known(channel).spoken else ()),
        *_channel_limits(channel, body, added),
        *(_parts(body, added) if channels.known(channel).signed else ()),
    ]
    score = 100 - sum(finding.penalty for finding in findings)
    return Assessment(max(score, 0), tuple(findings))


def forbidden_words(text: str, forbidden: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `forbidden` that `text` holds as whole words, in any case and any Unicode form, in the order given."""
    folded = _folded(text)
    return tuple(word for word in forbidden if (pattern := _phrase(word)) and pattern.search(folded))


def shared_words(one: str, other: str) -> float:
    """Share of distinct words two texts have in common, 0 to 1 (Dice)."""
    left, right = set(_WORD.findall(_folded(one))), set(_WORD.findall(_folded(other)))
    return 2 * len(left & right) / (len(left) + len(right)) if left and right else 0.0


def _subject(subject: str, in_thread: bool) -> Iterator[Finding]:
    length = len(subject.strip())
    if not length:
        yield Finding("subject_missing", "The subject is missing.", 20)
    elif length < 10:
        yield Finding("subject_short", f"The subject has {length} characters; use at least 10.", 10)
    elif length > 80:
        yield Finding("subject_long", f"The subject has {length} characters; stay within 80.", 5)
    if not in_thread and (mark := _REPLY_MARK.match(subject)):
        sentence = f"The subject starts with “{mark.group().strip()}” but nothing was written before."
        yield Finding("subject_misleading", sentence, 0, blocks=True)


def _body(body: str) -> Iterator[Finding]:
    length = len(body.strip())
    if not length:
        yield Finding("body_missing", "The text is missing.", 30)
    elif length < 50:
        yield Finding("body_short", f"The text has {length} characters; use at least 50.", 15)


def _blocking_words(text: str, forbidden: tuple[str, ...]) -> Iterator[Finding]:
    for word in forbidden_words(text, forbidden):
        yield Finding("forbidden_word", f"“{word}” is on the list of words not to use.", 0, blocks=True)
    for hole in unfilled.placeholders(text):
        yield Finding("placeholder", f"“{hole}” is not filled in.", 0, blocks=True)


def _phrases(text: str, kind: str, each: int, at_most: int, verb: str) -> Iterator[Finding]:
    left, rest = at_most, " ".join(_folded(text).split())
    for phrase in _listed(kind):
        if phrase not in rest or not (pattern := _phrase(phrase)) or not pattern.search(rest):
            continue
        rest = pattern.sub(" ", rest)  # "limited time offer" is not also "limited time"
        yield Finding(f"{kind}_phrase", f"“{phrase}” {verb}; say it in your own words.", min(each, left))
        left -= min(each, left)


def _manner(subject: str, body: str, allowed: int, language: str) -> Iterator[Finding]:
    words = _WORD.findall(f"{subject} {body}")
    shouted = [
        word for word in words if len(word) >= 5 and word.isupper()
    ]  # shorter ones are mostly abbreviations
    if len(shouted) >= 2 or (subject.isupper() and len(_WORD.findall(subject)) >= 2):
        yield Finding("caps", "Several words are in capitals.", 5)
    if (marks := len(re.findall("[!！]", subject + body))) > 1:
        yield Finding(
            "exclamation_marks", f"There are {marks} exclamation marks; one is enough.", min(marks - 1, 5)
        )
    if (count := len(links.links_in(body))) > allowed:
        yield Finding("links", f"There are {count} links; at most {allowed} read well.", 5)
    ease = reading.ease(_without_links(body), language)
    if ease is not None and ease < 50:  # under 50 is college level, under 30 a law journal (Flesch)
        yield Finding(
            "reading_ease", f"It reads hard (reading ease {ease:.0f}); shorten it.", 5 if ease < 30 else 3
        )


def _without_links(text: str) -> str:
    for link in links.links_in(text):
        text = text.replace(link, "", 1)
    return text


def _repetition(body: str, previous: tuple[str, ...]) -> Iterator[Finding]:
    most = max((shared_words(body, earlier) for earlier in previous), default=0.0)
    if most > 0.5:
        sentence = f"{most:.0%} of its words were in an earlier message to this person; say something new."
        yield Finding("repeats_earlier", sentence, 10)


def _parts(body: str, added: str) -> Iterator[Finding]:
    """A typographic sign has a plain twin; an accent has none."""
    plain = body.translate(_PLAIN)
    parts, fewer = (segments.size(segments.whole(text, added)).parts for text in (body, plain))
    if fewer < parts:
        sign = next(sign for sign in body if ord(sign) in _PLAIN)
        yield Finding("parts", f"“{sign}” makes it {parts} parts instead of {fewer}; write a plain sign.", 3)


def _channel_limits(channel: str, body: str, added: str) -> Iterator[Finding]:
    limits, length = LIMITS.get(channel), lengths.of(channel, body)
    if limits is None:
        return
    if channel == "x" and body.strip() and (refused := lengths.fault(body)):
        yield Finding("too_long", refused, 0, blocks=True)
    elif lengths.on_the_wire(channel, body) + len(added) + bool(added) > limits.hard:
        sentence = f"The text has {length:,} characters; the platform takes {limits.hard:,}."
        yield Finding("too_long", sentence, 0, blocks=True)
    elif length > limits.soft:
        yield Finding("long", f"The text has {length:,} characters; aim for {limits.soft:,}.", 5)
    if limits.link and (long := [link for link in links.links_in(body) if len(link) > limits.link]):
        yield Finding(
            "long_link", f"A link has {len(long[0])} characters; use one of {limits.link} at most.", 3
        )
    if length > limits.lead and not re.search(r"[.!?…:](\s|$)|\n", body.strip()[: limits.lead + 1]):
        yield Finding("late_message", f"No sentence ends within the first {limits.lead} characters.", 3)
    if (tags := len(_HASHTAG.findall(body))) > limits.hashtags:
        yield Finding("hashtags", f"There are {tags} hashtags; use at most {limits.hashtags}.", 5)


def _folded(text: str) -> str:
    visible = (
        "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
        if not text.isascii()
        else text
    )
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold()).replace("’", "'")


@lru_cache(maxsize=2048)
def _phrase(phrase: str) -> re.Pattern[str] | None:
    words = _folded(phrase).split()
    return re.compile(_bounded(words)) if words else None


@lru_cache(maxsize=8)
def _listed(kind: str) -> tuple[str, ...]:
    """The phrases of every language: a contact's language may be unknown, and these mean nothing else elsewhere."""
    folded = (" ".join(_folded(phrase).split()) for phrase in data.lines(f"{kind}_phrases"))
    return tuple(sorted(folded, key=len, reverse=True))


def _bounded(words: list[str]) -> str:
    inner = r"\s+".join(re.escape(word) for word in words)
    before = "" if _UNSPACED.match(words[0][0]) else r"(?<!\w)"
    after = "" if _UNSPACED.match(words[-1][-1]) else r"(?!\w)"
    return before + inner + after
