"""Names a colleague of the reader in a first message, and only one who really answered (H3). It claims nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import regex

from engine.writing import Words, cleaning, facts, phrases
from storage.model.accounts import Engaged

FACT = "colleague"
"""Under this name the sentence has its source (engine.sourcing)."""
_RE = regex.compile(r"^(?:\s*(?:re|aw|fwd?|wg)\s*:)+", regex.IGNORECASE)
_TITLE, _TOPIC = 80, 100
_UNTOLD = ("sms", "call")
"""Channels with no room for it."""


def colleague(found: Sequence[Engaged], contact_id: int) -> Engaged | None:
    """Who of those that answered may be named to this contact: the newest with a name, a title and a topic fit to print."""
    fit = (_clean(one) for one in found if one.contact_id != contact_id)
    return next((one for one in fit if one.first_name and one.title and one.topic), None)


def put_in(
    words: Words, found: Engaged | None, channel: str, language: str, avoid: Sequence[str] = ()
) -> Words:
    """The words with a sentence that names the colleague behind the opening; unchanged where there is none to name.

    `language` is that of words that do not name their own; one without such a sentence stays a plain introduction.
    """
    locale = words.locale or language
    if found is None or channel in _UNTOLD or locale not in phrases.locales():
        return words
    book = phrases.load(locale, "colleague").tuned(avoid, 0)
    name = f"{found.first_name} {found.last_name}".strip()
    said = book.say("named", name=name, title=found.title, topic=found.topic)
    parts = words.body.split("\n\n")
    at = min(2, len(parts) - 1)
    note = f"It names {name} ({found.title}), who answered “{found.topic}” on {_day(found.at)}."
    return replace(
        words,
        body="\n\n".join([*parts[:at], said, *parts[at:]]),
        used=(*words.used, FACT),
        sources=(*words.sources, (said, (FACT,))),
        note=f"{words.note} {note}".strip(),
    )


def source(found: Engaged) -> str:
    """What the sentence may rest on, a form a line."""
    return "\n".join((f"{found.first_name} {found.last_name}".strip(), found.title, found.topic))


def _clean(one: Engaged) -> Engaged:
    title = cleaning.clean(one.title, _TITLE).strip(" .,;:")
    topic = cleaning.clean(_RE.sub("", one.topic), _TOPIC).strip(" .")
    strange = (text for text in (title, topic) if cleaning.is_order(text) or cleaning.is_reachable(text))
    if next(strange, ""):
        return replace(one, title="")
    return replace(
        one,
        first_name=facts.name(one.first_name),
        last_name=facts.name(one.last_name),
        title=title,
        topic=topic,
    )


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
