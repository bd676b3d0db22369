"""What a brand's calendar can be about, by rules: its own sentences, seen from each pillar. It invents no fact."""

from __future__ import annotations

from collections.abc import Sequence

from engine.rules.calendar import Topic
from engine.writing import Topics, TopicsRequest, Voice, cleaning, locales, phrases

KEY_MESSAGE = 140
MOST = 12
"""Key messages that a calendar rests on."""


def topics(request: TopicsRequest) -> Topics:
    """At least four topics for each pillar, the same for the same brand."""
    choice = language(request.voice, request.workspace_language)
    book = phrases.load(choice.locale, "calendar")
    messages = key_messages(request.voice)
    found = {pillar: _seen_from(book, pillar, messages) for pillar in request.pillars}
    return Topics(found, "rules", choice.note)


def language(voice: Voice, workspace: str) -> locales.Choice:
    """The brand's language, else the workspace's (product C6)."""
    return locales.choose((voice.language, workspace), phrases.locales())


def key_messages(voice: Voice) -> tuple[str, ...]:
    """The brand's value propositions, else what it does, else its name: never empty."""
    brand = cleaning.clean(voice.brand, cleaning.NAME) or "our work"
    given = [*voice.value_propositions[:MOST], *([] if voice.value_propositions else [voice.positioning])]
    cleaned = (cleaning.clean(one, KEY_MESSAGE).rstrip(" .") for one in given)
    return tuple(dict.fromkeys(one for one in cleaned if one)) or (brand,)


def facets(book: phrases.Book, pillar: str) -> tuple[tuple[str, str], ...]:
    """(name, sentence) of each view that a pillar offers."""
    slot = f"facet {pillar}" if book.has(f"facet {pillar}") else "facet other"
    said = (book.tuned(book.avoid, turn).say(slot) for turn in range(len(book.slots[slot])))
    parts = (one.partition("::") for one in dict.fromkeys(said))
    return tuple((name.strip(), sentence.strip()) for name, _, sentence in parts)


def _seen_from(book: phrases.Book, pillar: str, messages: Sequence[str]) -> tuple[Topic, ...]:
    """Every key message from every view; neighbours differ in both where they can."""
    views = facets(book, pillar)
    own = "" if book.has(f"facet {pillar}") else f"{cleaning.clean(pillar, 40)}, "
    count = max(len(views), len(messages))
    pairs = [
        (views[number % len(views)][0], messages[(number + lap) % len(messages)])
        for lap in range(len(views) * len(messages))
        for number in range(count)
    ]
    made = (Topic(f"{own}{name}: {message}", message) for name, message in dict.fromkeys(pairs))
    return tuple(made)
