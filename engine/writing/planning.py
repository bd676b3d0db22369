"""Rule-based strategies: the same facts give the same idea. It reads the brief and people's reasons, nothing else."""

from __future__ import annotations

import regex

from engine.rules import ladder, sequences
from engine.writing import Brief, Idea, Voice, angles, cleaning, phrases, wording
from storage.model import Step

_SHORT = regex.compile(
    r"\b(?:short|shorter|brief|briefer|too long|lengthy|wordy|concise|trim)", regex.IGNORECASE
)
_TONE = regex.compile(
    r"\b(?:tone|pushy|salesy|formal|casual|friendly|aggressive|informal|stiff)", regex.IGNORECASE
)
_PRICE = regex.compile(
    r"\b(?:price|prices|pricing|cost|costs|cheap|expensive|discount|money)\b", regex.IGNORECASE
)
_PILLARS = 5


def plan(brief: Brief, voice: Voice, rejections: tuple[str, ...]) -> Idea:
    """An idea that is never empty. Each rejection moves on to another angle and is quoted in the note."""
    book = phrases.load("en", "plan")
    reasons = tuple(filter(None, (cleaning.clean(one, 200) for one in rejections)))
    angle = _angle(brief, voice, reasons)
    steps = sequence(brief)
    return Idea(
        angle=_sentence(book, brief, voice, angle, reasons),
        pillars=_pillars(book, brief, voice, angle),
        steps=steps,
        timing=_timing(book, steps, "company" if brief.by_account else "contact"),
        measures=_measures(book, brief),
        source="rules",
        note=book.say("note", reasons=", ".join(f"“{one}”" for one in reasons)) if reasons else "",
    )


def sequence(brief: Brief) -> tuple[Step, ...]:
    """The brief's touches by the ladder over the campaign's channels, with its waits and the purposes of E1."""
    waits = sequences.waits_of(brief.touches, brief.waits)
    parts = zip(waits, sequences.purposes_of(brief.touches), strict=True)
    return tuple(
        Step(number, ladder.planned(number, brief.channels, brief.rungs), wait, purpose)
        for number, (wait, purpose) in enumerate(parts, 1)
    )


def _angle(brief: Brief, voice: Voice, reasons: tuple[str, ...]) -> str:
    ranked = angles.rank(brief, voice)
    priced = any(_PRICE.search(one) for one in reasons)
    left = [name for name in ranked if name != "cost" or not priced]
    # A price complaint about another angle must still move on from what was shown before.
    shown = [ranked[index % len(ranked)] for index in range(len(reasons))]
    fresh = [name for name in left if name not in shown]
    return fresh[0] if fresh else left[len(reasons) % len(left)]


def _sentence(book: phrases.Book, brief: Brief, voice: Voice, angle: str, reasons: tuple[str, ...]) -> str:
    audience = cleaning.clean(brief.audience or voice.audience, 120).rstrip(" .")
    goal = cleaning.clean(brief.goal, 120).rstrip(" .")
    said = book.say(
        f"angle {angle}",
        audience=wording.lowered(audience) if audience else book.say("audience plain"),
        thing=_thing(book, brief, voice),
        aim=book.say("aim", value=goal) if goal else "",
    )
    return " ".join((said, *_asked(book, reasons)))


def _thing(book: phrases.Book, brief: Brief, voice: Voice) -> str:
    """What the reader is told: the offer, else what the brand promises or does, else what the campaign is called."""
    brand = cleaning.clean(voice.brand, cleaning.NAME)
    told = (
        ("offer", brief.offer),
        *(("value", one) for one in voice.value_propositions),
        ("brand" if brand else "plain", voice.positioning),
        ("plain", brief.name),
    )
    cleaned = ((slot, cleaning.clean(text, 160).rstrip(" .")) for slot, text in told)
    slot, value = next(((slot, text) for slot, text in cleaned if text), ("plain", "the campaign"))
    return book.say(f"thing {slot}", value=value, brand=brand)


def _asked(book: phrases.Book, reasons: tuple[str, ...]) -> list[str]:
    asks = (("asked short", _SHORT), ("asked tone", _TONE), ("asked price", _PRICE))
    return [book.say(slot) for slot, pattern in asks if any(pattern.search(one) for one in reasons)]


def _pillars(book: phrases.Book, brief: Brief, voice: Voice, angle: str) -> tuple[str, ...]:
    values = voice.value_propositions[:1]
    found = [
        book.say(f"pillar {angle}"),
        *(book.say("pillar offer", value=cleaning.clean(one, 160)) for one in (brief.offer,) if one.strip()),
        *(book.say("pillar value", value=cleaning.clean(one, 160)) for one in values if one.strip()),
        *(
            book.say("pillar audience", value=cleaning.clean(one, 120))
            for one in (brief.audience,)
            if one.strip()
        ),
        *(book.say("pillar goal", value=cleaning.clean(one, 120)) for one in (brief.goal,) if one.strip()),
        book.say("pillar facts"),
    ]
    return tuple(dict.fromkeys(found))[:_PILLARS]


def _timing(book: phrases.Book, steps: tuple[Step, ...], whose: str) -> str:
    days = sequences.days([step.wait_days for step in steps])
    return book.say(
        "timing",
        touches=str(len(steps)),
        whose=whose,
        channel=steps[0].channel.replace("_", " "),
        days=", ".join(str(day) for day in days),
    )


def _measures(book: phrases.Book, brief: Brief) -> tuple[str, ...]:
    goal = cleaning.clean(brief.goal, 120).rstrip(" .")
    found = (
        book.say("measure reply", name=cleaning.clean(brief.name, 80)),
        book.say("measure goal", value=goal) if goal else "",
        book.say("measure harm"),
    )
    return tuple(filter(None, found))
