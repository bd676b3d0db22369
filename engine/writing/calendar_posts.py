"""Rule-based posts of a social calendar: hook, one thought, an angle, where to go. It claims nothing but the brand's own.

Every network gets its own length; what does not fit goes in a fixed order, the hook and the call to action last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.rules import lengths
from engine.writing import Brief, PostRequest, Words, cleaning, phrases, posting, threads, topics

FEW_TAGS = 2
"""Hashtags that a post keeps where three are too long."""
ON_X = 90
"""Characters of the brand's sentence that a post on X repeats at most."""
_ENDS = (".", "!", "?", "…")


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence or two of a post. `keep` is when it goes: the lowest first; 9 stays."""

    text: str
    keep: int
    joined: bool = False


def post(request: PostRequest) -> Words:
    """The same request always gives the same words."""
    choice = topics.language(request.voice, request.workspace_language)
    book = phrases.load(choice.locale, "calendar").tuned(phrases.forbidden(Brief(""), request.voice), 0)
    name = f"calendar.{choice.locale}: {request.hook}, {request.angle}"
    if request.thread:
        body = _thread(book, request)
        return Words("", body, "template", f"{name}, thread", _used(request), choice.note, choice.locale)
    body = _fitted([part for part in _parts(book, request) if part.text], request.network)
    return Words("", body, "template", name, _used(request), choice.note, choice.locale)


def _parts(book: phrases.Book, request: PostRequest) -> Sequence[Part]:
    """Written again, it says other things; on X it then keeps both its sentences before its hashtags and its call."""
    on_x = request.network == "x"
    brand = cleaning.clean(request.voice.brand, cleaning.NAME)
    value = cleaning.clean(request.key_message or request.topic, ON_X if on_x else topics.KEY_MESSAGE)
    value = value.rstrip(" .")
    said = {"brand": brand, "value": value, "claim": value if value.endswith(_ENDS) else f"{value}."}
    turn, again = _turn(request), len(request.improve)
    hook = _say(book, f"hook {request.hook}", turn, **said)
    signal = _signal(book, request, turn, said)
    closing = "" if request.call else _say(book, "closing", turn // 5 + again)
    call = _say(book, f"call {request.call}", turn // 5 + again) if request.call else ""
    link = cleaning.clean(request.link, 2000) if request.link else ""
    continued = _say(book, "continued", 0, number=request.continues) if request.continues else ""
    return (
        Part(continued, 6),
        Part(signal, 9 if signal else 0, joined=bool(continued)),
        Part("" if signal and on_x and not request.thread else hook, 9 if not signal else 5),
        Part(_thought(book, request), 4 if not on_x or turn % 2 else 2),
        Part(
            _say(book, f"angle {request.angle}", turn // 3 + again),
            2 if not on_x or turn % 2 else 4,
            joined=True,
        ),
        Part(call or closing, 1 if on_x and again else 7),
        Part(link if on_x or request.picture else "", 9, joined=bool(call)),
        Part(_tags(book, request), 8 if not on_x else 0 if again else 3),
    )


def _thread(book: phrases.Book, request: PostRequest) -> str:
    """The hook alone, then what goes on in the world, the thought with its angle, and where to go with the hashtags."""
    continued, signal, hook, thought, angle, call, link, tags = (part.text for part in _parts(book, request))
    groups = (hook, f"{continued} {signal}", f"{thought} {angle}")
    return threads.laid_out(groups, f"{call} {link}\n\n{tags}".strip(), apart=bool(call))[0]


def _signal(book: phrases.Book, request: PostRequest, turn: int, said: dict[str, str]) -> str:
    """What a person told us of the world, named as such, and the way back to the brand: to its sentence where the hook
    gives way, so that no post says it twice.
    """
    if not request.signal:
        return ""
    text = cleaning.clean(request.signal, 100 if request.network == "x" else 200).rstrip(" .")
    told = _say(book, f"signal {request.signal_kind or 'trend'}", turn, signal=text)
    back = "signal bridge" if request.network == "x" and not request.thread else "signal lead"
    return f"{told} {_say(book, back, turn, **said)}"


def _thought(book: phrases.Book, request: PostRequest) -> str:
    """The sentence of the topic's view; of one that a model or a person made, the topic itself."""
    name = request.topic.partition(": ")[0].rpartition(", ")[2]
    views = dict(topics.facets(book, request.pillar))
    whole = request.topic.partition(": ")[0]
    found = views.get(whole) or views.get(name)
    if found:
        return found
    topic = cleaning.clean(request.topic, cleaning.CELL)
    return topic if topic.endswith((".", "!", "?", "…")) else f"{topic}."


def _say(book: phrases.Book, slot: str, turn: int, **values: str) -> str:
    return book.tuned(book.avoid, turn).say(slot, **values) if book.has(slot) else ""


def _turn(request: PostRequest) -> int:
    """Which of several alternatives: from what the post is about, so that the same one is always chosen."""
    about = f"{request.topic}|{request.angle}|{request.hook}|{request.network}|{request.voice.brand}"
    return int.from_bytes(hashlib.sha256(about.encode()).digest()[:4]) + len(request.improve)


def _tags(book: phrases.Book, request: PostRequest) -> str:
    """Hashtags in camel case: the brand, the pillar, what it does and for whom; as many as the network reads well with."""
    voice = request.voice
    pillar = _say(book, f"tag {request.pillar}", 0) or request.pillar
    made = map(
        posting.camel,
        (voice.brand, pillar, *posting.phrases_named(voice.positioning, voice.audience)),
    )
    unique: dict[str, str] = {}
    for tag in filter(None, made):
        unique.setdefault(tag.casefold(), f"#{tag}")
    return " ".join([*unique.values()][: posting.most_tags(request.network)])


def _fitted(parts: list[Part], network: str) -> str:
    """Within the network's length: hashtags that are too many go before a sentence does."""
    limit = posting.limit(network)
    if lengths.of(network, _set(parts)) > limit:
        parts = [_with_few_tags(part) for part in parts]
    while lengths.of(network, _set(parts)) > limit and any(part.keep < 9 for part in parts):
        _drop(parts)
    return _set(parts)


def _with_few_tags(part: Part) -> Part:
    tags = part.text.split(" ") if part.text.startswith("#") else []
    return replace(part, text=" ".join(tags[:FEW_TAGS])) if tags else part


def _drop(parts: list[Part]) -> None:
    """The part that goes first; what was joined to it begins a paragraph of its own."""
    place = min(range(len(parts)), key=lambda one: parts[one].keep)
    del parts[place]
    if place < len(parts):
        parts[place] = replace(parts[place], joined=False)


def _set(parts: Sequence[Part]) -> str:
    text = ""
    for part in parts:
        between = "" if not text else " " if part.joined else "\n\n"
        text += between + part.text
    return text


def _used(request: PostRequest) -> tuple[str, ...]:
    told = ("key message", request.key_message), ("signal", request.signal), ("number", request.continues)
    return tuple(name for name, value in told if value)
