"""How a fragment from a record fits into an English sentence, judged by its first word. It adds and drops no meaning."""

from __future__ import annotations

from collections.abc import Iterable

import regex

_LONG = 90


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A closed list of words for each way a fragment can open; what opens otherwise is taken for a noun or left alone.
_IRREGULAR = _words(
    "won grew built bought sold began became went took made set cut hit put left held met chose brought ran spun "
    "rose fell got led kept broke drew gave came found saw spent sent taught told wrote won lost paid split"
)
_NOT_PAST = _words("need seed speed feed red bed shed sacred hundred limited united")
_PRESENT = _words(
    "opens launches announces acquires hires wins raises expands joins starts signs buys merges receives secures "
    "closes enters is has was had will plans becomes doubles grows builds introduces celebrates"
)
_PASSIVE = _words("named ranked shortlisted nominated rated certified recognised recognized honoured honored")
_ACTIVE_AFTER = _words("a an the its their his her our two three new")
_THINGS = _words(
    "building funding financing training meeting rating listing offering pricing housing hearing filing marketing "
    "engineering manufacturing spring king ring wing string thing during something"
)
_WISH = _words(
    "reduce cut save improve increase grow win keep find get hire retain lower raise speed simplify automate "
    "replace boost stop avoid prevent shorten reach attract enter expand modernise modernize digitise digitize "
    "fill fix scale turn see know make build send plan book learn sell pay spend track manage run protect meet "
    "answer"
)
_SPEAKER = _words(
    "we our you your i my they he she it it's with if when for since as while because to not never only how why "
    "what where who can can't cannot could should is are has have had was were does doesn't don't needs lacks "
    "wants struggles loses there too"
)
_QUANTITY = _words(
    "a an the one two three four five six seven eight nine ten half twice no fewer more less all every each some "
    "any better faster lower higher shorter longer cheaper clearer simpler safer free full fixed same"
)
_MONTHS = _words(
    "january february march april may june july august september october november december monday tuesday "
    "wednesday thursday friday saturday sunday"
)
_PLACES = _words(
    "london paris berlin hamburg munich vienna zurich geneva madrid rome milan lisbon dublin brussels amsterdam "
    "tokyo boston chicago austin seattle denver europe africa asia america england scotland wales ireland france "
    "germany spain italy portugal poland sweden norway denmark finland austria switzerland canada mexico brazil "
    "india china japan australia english german french spanish italian dutch swiss european american british "
    "google microsoft amazon slack salesforce shopify hubspot oracle stripe excel outlook linkedin"
)
_AWARD = regex.compile(r"\b(?:award|prize|medal|trophy)s?\b", regex.IGNORECASE)
_BROKEN = regex.compile(r"[.!?;:…]\s|[!?…:;“”\"\n]|[.!?]$")
_LIST = regex.compile(r"\s*[,;|]\s*(?:and\s+|&\s*)?|\s+/\s+")
_ARTICLE = regex.compile(
    r"^(?:united |netherlands|philippines|uk$|usa?$|u\.s\.|czech republic|isle of |bahamas)", regex.IGNORECASE
)
_LEGAL = regex.compile(
    r",?\s+(?:gmbh(?:\s*&\s*co\.?\s*kg)?|inc\.?|ltd\.?|llc|llp|plc|ag|se|kg|s\.?a\.?r\.?l\.?|s\.?a\.?|s\.?r\.?l\.?|b\.?v\.?|a/s|aps|oy|ab)$",
    regex.IGNORECASE,
)


def called(company: str) -> str:
    """A company as people call it: without the legal form at the end of its registered name."""
    return _LEGAL.sub("", company) or company


def lowered(text: str, *names: str) -> str:
    """The text as it reads inside a sentence: its first letter small, unless the first word is a name or a code.

    `names` are names it may open with. A second capital anywhere keeps the text as it is: that is a title or a name.
    """
    first = text.split(" ", 1)[0].strip(",.:;")
    bare = first.casefold()
    titled = len(first) > 1 and first[0].isupper() and first[1:].islower() and first.isalpha()
    known = (
        bare in _MONTHS or bare in _PLACES or any(bare == name.casefold().split(" ", 1)[0] for name in names)
    )
    second = text[len(first) :].split()
    named = (
        bool(second)
        and second[0][:1].isupper()
        and bare not in _QUANTITY
        and (len(second[0]) == 1 or not second[0].isupper())
    )
    if (first == "A" and second) or (titled and not known and not named):
        return text[0].lower() + text[1:]
    return text


def listed(items: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


def enumerated(text: str) -> str:
    """A cell such as "NetSuite, Looker" as it is spoken: "NetSuite and Looker"."""
    parts = [part for part in _LIST.split(text) if part]
    return listed(parts) if parts else text


def place(text: str) -> str:
    """A place after "in": countries that take an article get it."""
    return f"the {text}" if _ARTICLE.match(text) else text


def news(text: str, company: str) -> str:
    """How news is told: "award", "did", "was", "doing", "told" (it names the company), "new", "thing", "quoted"."""
    first, second = _opening(text)
    if _BROKEN.search(text) or first in _SPEAKER - _PRESENT:
        return "quoted"
    if company and text.casefold().startswith(company.casefold()):
        rest = text[len(company) :].strip()
        return "told" if rest and news(rest, "") in ("did", "award") else "thing"
    if (first in _PASSIVE and second not in _ACTIVE_AFTER) or (second == "by" and _is_past(first)):
        return "was"
    if _is_past(first) or first in _PRESENT:
        return "award" if first in ("won", "received") and _AWARD.search(text) else "did"
    if first.endswith("ing") and first not in _THINGS:
        return "doing"
    return "new" if first == "new" else "thing"


def pain(text: str) -> str:
    """How a difficulty is told: "wish" (it opens with what to do), "thing" or "quoted"."""
    first, _ = _opening(text)
    if _BROKEN.search(text) or first in _SPEAKER or len(text) > _LONG:
        return "quoted"
    return "wish" if first in _WISH else "thing"


def promise(text: str) -> str:
    """How a brand's own phrase fits: "got" (a thing to get), "done" (a thing to do), "said" or "bare" (unknown)."""
    first, _ = _opening(text)
    if (
        ". " in text
        or "\n" in text
        or text.endswith(("!", "?"))
        or (first in _SPEAKER and len(text.split()) > 3)
    ):
        return "said"
    if first in _QUANTITY or first in ("our", "your") or first[:1].isdigit():
        return "got"
    return "done" if first in _WISH else "bare"


def is_long(text: str) -> bool:
    """True for a fragment after which a sentence should end."""
    return len(text) > _LONG


def _opening(text: str) -> tuple[str, str]:
    words = [word.strip(",.:;'’") for word in text.casefold().replace("’", "'").split()[:2]]
    first, second = (*words, "", "")[:2]
    return first, second


def _is_past(word: str) -> bool:
    regular = word.endswith("ed") and len(word) > 4 and word.isalpha() and word not in _NOT_PAST
    return regular or word in _IRREGULAR
