"""Rule-based posts: the person's words first, hashtags and link last. It adds no claim of its own."""

from __future__ import annotations

import regex

from engine.rules import lengths
from engine.writing import Brief, PostRequest, Words, cleaning, phrases, templates, threads, wording

# Product C5: the message within the first 150 characters, 1,300 in all, at most five hashtags.
OPENING, LIMIT, MOST_TAGS = 150, 1300, 5
_LIMITS = {"linkedin": LIMIT, "facebook": 700, "x": lengths.X_MAX}
_TAGS = {"linkedin": MOST_TAGS, "facebook": 4, "x": 3}

_SENTENCE = regex.compile(r"(?<=[.!?…])\s+")
_TAG = regex.compile(r"(?<!\w)#(\w+)")
_WORD = regex.compile(r"[\p{L}\p{N}]+")
_COMMON_WORDS = (
    "about after again also because been before being could every first from have here into just know like made "
    "make many more most much need only other over same should some such than that their them then there these they "
    "this those through today under until very want week were what when where which while will with without would "
    "your year years opened launched released announced published started going coming january february march april "
    "may june july august september october november december monday tuesday wednesday thursday friday saturday sunday"
)
_COMMON = frozenset(_COMMON_WORDS.split())
_BETWEEN = regex.compile(
    r"\s*[,;:|/&–—.!?()]+\s*|\s+-\s+"
    r"|\s+(?:for|and|or|of|to|with|that|who|which|in|at|by|from|on|für|und|oder|von|mit|die|der|das|den|aus|bei|zu|zur|zum"
    r"|pour|et|ou|de|des|du|avec|qui|dans|para|y|o|del|con|que|en)\s+(?:(?:the|a|an|la|le|les|el|los|las|un|une|una)\s+)?",
    regex.IGNORECASE,
)
_SPEAKING = "we our i you your it wir unser unsere sie ihr nous notre vous nosotros nuestro nuestra"
_SPEAKERS = frozenset(_SPEAKING.split())


def post(request: PostRequest) -> Words:
    """A post from a topic, in the same words each time. Raises templates.MissingVariable for an empty topic."""
    book = phrases.load("en").tuned(phrases.forbidden(Brief(""), request.voice), len(request.improve))
    link = cleaning.clean(request.link, 2000)
    topic = cleaning.clean(request.topic, cleaning.TEXT, lines=True)
    if link:
        topic = topic.replace(link, "").strip()
    if request.thread:
        return _thread(book, request, topic, link)
    message, rest = _message(book, request, topic)
    template = templates.find("linkedin", "post", "en")
    values = {"message": message, "rest": rest, "link": link, "tags": tags(request, topic)}
    values |= _extras(book, request, topic)
    body, cut = _fitted(template, values, request.network)
    note = book.say("post note cut", limit=f"{limit(request.network):,}") if cut else ""
    return Words("", body, "template", template.name, (), note)


def _thread(book: phrases.Book, request: PostRequest, topic: str, link: str) -> Words:
    """What the person said, a post for each part where they parted it; else its first sentences, then the others.

    A sentence of the brand is added only where there would be nothing after the first post.
    """
    own = lengths.posts(topic)
    message, rest = _message(book, request, topic if len(own) < threads.FEWEST else own[0])
    if not message:
        raise templates.MissingVariable("message", "x.thread")
    if not rest:
        message, *others = _SENTENCE.split(message, maxsplit=1)
        rest = "".join(others)
    extras = _extras(book, request, topic)
    groups = own if len(own) > 1 else (message, rest or extras["context"])
    alone = len(list(filter(None, groups))) < threads.FEWEST
    question = extras["question"] or (book.say("post question") if alone else "")
    ending = "\n\n".join(filter(None, (f"{question} {link}".strip(), tags(request, topic))))
    body, cut = threads.laid_out(groups, ending, apart=bool(question))
    note = book.say("post note cut", limit=f"{threads.MOST * lengths.X_MAX:,}") if cut else ""
    return Words("", body, "template", "x.thread", (), note)


def limit(network: str) -> int:
    """How long a post of this network should be at most, as engine.rules.lengths counts (C5)."""
    return _LIMITS.get(network, LIMIT)


def most_tags(network: str) -> int:
    """How many hashtags read well there."""
    return _TAGS.get(network, MOST_TAGS)


def tags(request: PostRequest, topic: str) -> str:
    """Hashtags in camel case for the brand and the topic, not counting those in the text, within what the network takes."""
    present = {tag.casefold() for tag in _TAG.findall(topic)}
    words = _WORD.findall(regex.sub(r"https?://\S+|#\w+", " ", topic))
    whole = [camel(topic)] if 1 < len(words) <= 4 else []
    # Capitals inside a sentence are names; then the longest telling word.
    found = regex.findall(r"(?<=[\p{Ll},] )\p{Lu}[\p{L}\p{N}]{2,}", topic)
    names = [name for name in found if name.casefold() not in _COMMON]
    telling = sorted(
        (word for word in words if len(word) > 6 and word.casefold() not in _COMMON),
        key=lambda word: -len(word),
    )
    wanted = [camel(request.voice.brand), *(whole or [camel(word) for word in (*names[:2], *telling[:1])])]
    unique = {tag.casefold(): tag for tag in reversed(wanted) if tag and tag.casefold() not in present}
    room = max(0, min(3, most_tags(request.network) - len(present)))
    return " ".join(f"#{tag}" for tag in list(reversed(unique.values()))[:room])


def phrases_named(*texts: str) -> tuple[str, ...]:
    """What a text names, in one to three words each: "scheduling software", "independent clinics"; none of whole
    sentences."""
    parts = (
        part for text in texts for part in _BETWEEN.split(cleaning.clean(text, cleaning.CELL).strip(" ."))
    )
    split = ((part, _WORD.findall(part)) for part in parts)
    return tuple(part for part, found in split if _names(found))


def _names(found: list[str]) -> bool:
    named = 1 <= len(found) <= 3 and found[0].casefold() not in _SPEAKERS
    return named and any(len(word) > 4 for word in found) and not any(word.isdigit() for word in found)


def camel(text: str) -> str:
    """ "route planning" → "RoutePlanning"; "" for text that makes no readable tag (over 30 characters, digits only)."""
    words = _WORD.findall(cleaning.clean(text, cleaning.NAME))
    tag = "".join(word[0].upper() + word[1:] for word in words)
    return tag if len(tag) <= 30 and any(letter.isalpha() for letter in tag) else ""


def _message(book: phrases.Book, request: PostRequest, topic: str) -> tuple[str, str]:
    """The message (at most 150 characters where a sentence allows) and what follows it."""
    if len(topic.split()) < 5 and topic and not topic.endswith((".", "!", "?")):
        brand = cleaning.clean(request.voice.brand, cleaning.NAME)
        slot = "post message" if brand else "post message unbranded"
        return book.say(slot, brand=brand, topic=topic), ""
    first, _, after = topic.partition("\n")
    sentences = _SENTENCE.split(first)
    message = sentences.pop(0)
    while sentences and len(message) + len(sentences[0]) < OPENING:
        message = f"{message} {sentences.pop(0)}"
    if len(message) > OPENING:
        message, extra = _clause(message)
        sentences.insert(0, extra)
    message = message if not message or message.endswith((".", "!", "?", "…", ":")) else message + "."
    return message, "\n\n".join(filter(None, (" ".join(filter(None, sentences)), after.strip())))


def _clause(sentence: str) -> tuple[str, str]:
    """A long sentence parted at its last comma, dash or colon before 150 characters, else left whole."""
    found = list(regex.finditer(r"(?:[,;:]|\s[–—-])\s+", sentence[:OPENING]))
    if not found or found[-1].start() < OPENING // 3:
        return sentence, ""
    rest = sentence[found[-1].end() :]
    return sentence[: found[-1].start()] + "…", "… " + rest


def _extras(book: phrases.Book, request: PostRequest, topic: str) -> dict[str, str]:
    voice = request.voice
    brand = cleaning.clean(voice.brand, cleaning.NAME)
    values = [cleaning.clean(one, cleaning.CELL).rstrip(" .") for one in voice.value_propositions]
    value = next((one for one in values if one and one.casefold() not in topic.casefold()), "")
    positioning = cleaning.clean(voice.positioning, cleaning.CELL).rstrip(" .")
    slot = f"post context {wording.promise(value)}" if value else "post context positioning"
    said = wording.lowered(value or positioning, brand)
    if value and wording.promise(value) == "said":
        context = value if value.endswith(("!", "?")) else f"{value}."
    else:
        context = book.say(slot, brand=brand, value=said) if said and brand else ""
    return {"context": context, "question": "" if "?" in topic else book.say("post question")}


def _fitted(template: templates.Template, values: dict[str, str], network: str) -> tuple[str, bool]:
    """The body within the limit: our own additions go first, then whole sentences from the end."""
    most = limit(network)
    added = ("context", "question", "tags") if network == "x" else ("context", "question")
    for dropped in (added[:count] for count in range(len(added) + 1)):
        body = template.fill({name: value for name, value in values.items() if name not in dropped}).body
        if lengths.of(network, body) <= most:
            return body, False
    bare = {"message": values["message"], "tags": values["tags"], "link": values["link"]}
    if network == "x":
        bare["tags"] = ""
    room = most - lengths.of(network, template.fill(bare).body) - 2
    if room < 0:
        bare["message"] = cleaning.clean(bare["message"], max(1, len(bare["message"]) + room))
    rest = values["rest"][: max(0, room)]
    ends = [found.end() for found in regex.finditer(r"[.!?…](?=\s|$)", rest)]
    bare["rest"] = rest[: ends[-1]] if ends else ""
    return template.fill(bare).body, True
