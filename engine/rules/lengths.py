"""How long a text is where a platform counts in its own way, and whether X would take it. Pure.

X: 280 weighted per post. Source: X's page on counting characters; the ranges are those of twitter-text 3.
"""

from __future__ import annotations

import unicodedata

import regex

from engine.channels import little_text
from engine.rules import data

X_MAX = 280
LINK = 23
"""What any link weighs on X, which rewrites it."""
POSTS = 10
"""As many posts a thread may have: all of them leave within one send."""

_BREAK = regex.compile(r"\n[ \t]*-{3,}[ \t]*(?=\n|\Z)")
_LIGHT = ((0x0, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
_REFUSED = regex.compile("[\ufffe\ufeff\uffff\ud800-\udfff]")
_CASHTAG = regex.compile(r"(?<![\w$])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?!\w)")

_LATIN = "a-zA-Z0-9À-ÖØ-öø-ɏ"
_PATH = rf"{_LATIN}Ѐ-ӿ!*';:=+,.$/%#\[\]\-–_~@|&"
_END = rf"{_LATIN}Ѐ-ӿ+\-=_#/"
_ROUND = rf"\([{_PATH}]+\)"
_NAME = r"[^\s!'#%&()*+,\\./:;<=>?@\[\]^{|}~$\"]"
_TLD = rf"(?:[a-zA-Z]{{2,24}}|xn--[a-zA-Z0-9-]+|{'|'.join(data.lines('unicode_tlds'))})(?![a-zA-Z0-9@+-])"
_WITH_PROTOCOL = rf"(?<![A-Za-z0-9@＠$#＃])https?://(?:{_NAME}+\.)*(?:(?!_){_NAME})+\.{_TLD}"
_BARE = rf"(?<![{_LATIN}@＠$#＃./-]|(?<![{_LATIN}])_)(?:[{_LATIN}][{_LATIN}-]*\.)+{_TLD}"
_PORT = r"(?::[0-9]+)?"
_WAY = rf"/(?:(?:[{_PATH}]|{_ROUND})*(?:[{_END}]|{_ROUND}))?"
_QUERY = r"(?:\?[a-zA-Z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-zA-Z0-9\-_&=#/])?"
# Of a name without https:// X takes a port and a query only together with a path.
_URL = regex.compile(
    rf"(?:{_WITH_PROTOCOL}{_PORT}(?:{_WAY})?{_QUERY}|{_BARE}(?:{_PORT}{_WAY}{_QUERY})?)", regex.IGNORECASE
)
_ONE = (
    r"(?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier}"
    r"|(?!\p{Emoji_Presentation})\p{Extended_Pictographic}\ufe0f|\p{Extended_Pictographic})"
)
_EMOJI = regex.compile(
    r"\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3"
    rf"|{_ONE}(?:[\U000e0020-\U000e007e]{{1,6}}\U000e007f|(?:\u200d{_ONE}){{1,3}})?"
)
_WHOLE = regex.compile(rf"(?P<link>{_URL.pattern})|(?P<emoji>{_EMOJI.pattern})", regex.IGNORECASE)


def of(channel: str, text: str) -> int:
    """What the channel's hard limit counts: characters; on X the weight of the heaviest post of the thread."""
    return max(map(weighted, posts(text)), default=0) if channel == "x" else len(text)


def on_the_wire(channel: str, text: str) -> int:
    """The same as it is sent: LinkedIn's limit counts the backslashes before signs that mean something to it."""
    return len(little_text.escape(text)) if channel == "linkedin" else of(channel, text)


def posts(text: str) -> tuple[str, ...]:
    """The posts of a thread on X, in order: a line of nothing but hyphens, three or more, begins the next one."""
    parts = _BREAK.split("\n" + _plain(text))
    return tuple(part.strip() for part in parts if part.strip())


def weighted(text: str) -> int:
    """What `text` weighs on X: Latin letters and punctuation 1, others 2, an emoji 2, a link 23.

    Of the top-level domains only those that are not ASCII are listed: a bare name with a dot is a link whatever its
    ending is ("Node.js"), which errs on the heavy side.
    """
    text = _plain(text)
    total, end = 0, 0
    for found in _WHOLE.finditer(text):
        total += _weight(text[end : found.start()]) + (LINK if found["link"] else 2)
        end = found.end()
    return total + _weight(text[end:])


def unlinked(text: str) -> str:
    """The text without whatever X rewrites as a link: a space in its place."""
    return _URL.sub(" ", _plain(text))


def fault(text: str) -> str:
    """Why X cannot take `text` as a post or a thread, in a sentence; empty if it can."""
    parts = posts(text)
    if not parts:
        return "The post has no text. Write some."
    if len(parts) > POSTS:
        return f"The thread has {len(parts)} posts; at most {POSTS} can leave at once."
    if len({" ".join(unlinked(part).split()) for part in parts}) < len(parts):
        return "Two posts of the thread differ in their links alone, or not at all. Change one."
    for number, part in enumerate(parts, 1):
        which = f"Post {number} of the thread" if len(parts) > 1 else "The post"
        if (weight := weighted(part)) > X_MAX:
            return f"{which} weighs {weight:,}; X takes {X_MAX} (a link counts {LINK}). Shorten it."
        if _REFUSED.search(part):
            return f"{which} holds a character that X refuses. Type it again."
        if len(_CASHTAG.findall(part)) > 1:
            return f"{which} has more than one cashtag; X takes one."
    return ""


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")


def _weight(text: str) -> int:
    return sum(1 if any(low <= ord(c) <= high for low, high in _LIGHT) else 2 for c in text)
