"""What a language model is asked to answer with, and what makes an answer unfit. It trusts nothing it reads."""

from __future__ import annotations

from collections.abc import Iterable

import pydantic
import regex

from engine.writing import cleaning

_URL = regex.compile(r"\b(?:h(?:tt|xx)ps?://|www\.)[^\s<>()\"']+", regex.IGNORECASE)
_HOST = regex.compile(
    r"(?<![\w@.-])(?:[\p{L}\p{N}-]+\.)+(?:com|net|org|io|ai|co|app|dev|ru|cn|xyz|info|biz|top|site|online|shop|me|uk|de|"
    r"fr|es|eu|us|click|link|page|ly|gl|gg|to|cc|tk|su|ws|live|example)\b(?:/\S*)?",
    regex.IGNORECASE,
)
_DISGUISED = regex.compile(r"\[\s*(?:\.|dot|at)\s*\]|\(\s*(?:dot|at)\s*\)|\]\(|</?[a-z!]", regex.IGNORECASE)
_MAIL = regex.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = regex.compile(r"\+?\(?\d[\d\s().\u2010-\u2015/-]{5,}\d")
_FIGURE = regex.compile(
    r"\d[\d.,]*\s*(?:%|percent|per cent|€|\$|£|eur\b|usd\b)|[€$£]\s*\d[\d.,]*", regex.IGNORECASE
)
_NUMBER = regex.compile(r"\d(?:[\d.,]*\d)?")
_DENIALS = (
    r"\b(?:this|i|i[’']m|it|mail|email|message|note)\b[^.!?\n]{0,40}\b(?:not|never|no|isn[’']t|wasn[’']t|aren[’']t)\b"
    r"[^.!?\n]{0,30}\b(?:bot|robot|ai|machine|automated)\b",
    r"\b(?:written|typed|sent|wrote)\b[^.!?\n]{0,25}\b(?:by (?:a )?(?:human|real person|hand)|personally)\b",
    r"\bi[’']?(?:\s+a)?m a (?:human|real person)\b",
    r"\b(?:ich|dies\w*|nachricht|e?-?mail)\b[^.!?\n]{0,40}\b(?:kein\w*|nicht)\b[^.!?\n]{0,30}\b(?:bot|roboter|maschine|ki)\b",
    r"\b(?:persönlich|von hand|von einem menschen|selbst)\b[^.!?\n]{0,15}\b(?:geschrieben|verfasst|getippt)\b",
    r"\b(?:je|ce|cet|ceci|message|e?-?mail)\b[^.!?\n]{0,40}\b(?:pas|aucun|jamais)\b[^.!?\n]{0,30}\b(?:bot|robot|machine|ia)\b",
    r"\b(?:écrit|rédigé|tapé)\w*\b[^.!?\n]{0,25}\b(?:à la main|personnellement|par (?:un humain|une personne))\b",
    r"\b(?:este|esto|mensaje|correo|yo)\b[^.!?\n]{0,40}\bno\b[^.!?\n]{0,30}\b(?:bot|robot|máquina|automátic[oa]|ia)\b",
    r"\b(?:escrit[oa]|redactad[oa])\b[^.!?\n]{0,25}\b(?:a mano|personalmente|por una persona)\b",
)
_DENIAL = regex.compile("|".join(_DENIALS), regex.IGNORECASE)


class Touch(pydantic.BaseModel):
    """One step of a plan; `wait_days` after the one before. What it may say is checked in shaping."""

    model_config = pydantic.ConfigDict(extra="forbid", strict=True)

    channel: str
    wait_days: int
    purpose: str
    condition: str


class Plan(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True)

    angle: str
    pillars: list[str]
    steps: list[Touch]
    timing: str
    measures: list[str]


class Source(pydantic.BaseModel):
    """A sentence of the body about the recipient, and the ids of the facts it rests on."""

    model_config = pydantic.ConfigDict(extra="forbid", strict=True)

    sentence: str
    facts: list[str]


class Draft(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True)

    subject: str
    body: str
    sources: list[Source]


class Post(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True)

    text: str
    hashtags: list[str]


class Topic(pydantic.BaseModel):
    """`rests_on` repeats the brand's own sentence that the topic is about."""

    model_config = pydantic.ConfigDict(extra="forbid", strict=True)

    pillar: str
    topic: str
    rests_on: str


class Topics(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True)

    topics: list[Topic]


class Unfit(Exception):
    """An answer that must not be used. The reason completes “The language model's answer …”."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check(
    text: str, *, ours: Iterable[str], theirs: Iterable[str] = (), canary: str, figures: bool = True
) -> None:
    """Raise Unfit when words hold what nobody gave: a link, an address, a number, a placeholder, our instructions.

    `ours` is what the team typed; what is reachable (links, mail, phones) may only come from there. `theirs` is
    the recipient's data: figures may come from it too, and a company's own bare name such as "Booking.com".
    `figures` False lets percentages and amounts pass: in drafts they are marked, sentence by sentence
    (engine.rules.claims), where a person reads them.
    """
    own, lent = "\n".join(ours).casefold(), "\n".join(theirs).casefold()
    folded = text.casefold()
    if canary.casefold() in folded:
        raise Unfit("repeated our instructions")
    if cleaning.is_unfilled(text):
        raise Unfit("held a placeholder")
    if _DISGUISED.search(text) or _foreign_link(folded, own, lent):
        raise Unfit("held a link that nobody gave")
    if any(found not in own for found in _MAIL.findall(folded)):
        raise Unfit("held a mail address that nobody gave")
    if _foreign_phone(folded, own):
        raise Unfit("held a phone number that nobody gave")
    if figures and not _amounts(_FIGURE.findall(folded)) <= _amounts([own, lent]):
        raise Unfit("held a figure that nobody gave")
    if _DENIAL.search(text):
        raise Unfit("spoke about who wrote it")


def _foreign_link(text: str, own: str, lent: str) -> bool:
    allowed = {host(found) for found in (*_URL.findall(own), *_HOST.findall(own))}
    if any(host(found) not in allowed for found in _URL.findall(text)):
        return True
    names = {line.strip() for line in lent.splitlines()}
    return any(
        host(found) not in allowed and found not in names
        for found in _HOST.findall(_MAIL.sub(" ", _URL.sub(" ", text)))
    )


def host(link: str) -> str:
    """The host of a link as written, without scheme, user, port and "www."."""
    bare = regex.sub(r"^h\w+://", "", link.casefold())
    return (
        regex.split(r"[/?#\\]", bare)[0].rpartition("@")[2].split(":")[0].removeprefix("www.").rstrip(".,;!?")
    )


def _foreign_phone(text: str, own: str) -> bool:
    known = {_digits(one) for one in _PHONE.findall(own)}
    found = {_digits(one) for one in _PHONE.findall(text)}
    return any(len(one) >= 7 for one in found - known)


def _amounts(texts: Iterable[str]) -> set[str]:
    return {_digits(number) for text in texts for number in _NUMBER.findall(text)}


def _digits(text: str) -> str:
    return "".join(sign if sign.isdigit() else "" for sign in text)
