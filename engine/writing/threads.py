"""A thread for X, laid out from sentences that are there already: two to six posts, each within 280. It writes none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import regex

from engine.rules import lengths

FEWEST, MOST = 2, 6
BREAK = "\n---\n"

_PIECE = regex.compile(r"(?P<said>.+?(?:[.!?…]+(?=\s|$)|[。！？]+|(?=\n)|$))(?P<after>\s*)", regex.DOTALL)
_GOES_ON = "…"


def laid_out(groups: Iterable[str], ending: str, *, apart: bool) -> tuple[str, bool]:
    """The words of a thread, and whether anything was cut. Every group begins a post; the ending is one of its own if
    it stands `apart`, else it goes below the last one where it fits.

    What is too much goes from the end of the groups; the first and the ending stay. A post that says what one before
    it said is left out, for X refuses it.
    """
    posts = _distinct([post for group in groups for post in _packed(group)])
    room = MOST - bool(ending)
    shown = posts[:room]
    whole = _distinct([*shown, ending]) if apart and ending else closed(shown, ending)
    return BREAK.join(whole), len(posts) > room


def closed(posts: Sequence[str], ending: str) -> tuple[str, ...]:
    """The posts with the ending: below the last one where it fits, else as one more."""
    if not (posts and ending):
        return (*posts, *([ending] if ending else []))
    last = f"{posts[-1]}\n\n{ending}"
    return (*posts[:-1], last) if lengths.weighted(last) <= lengths.X_MAX else (*posts, ending)


def _packed(text: str) -> list[str]:
    """The text in as few posts as hold it, parted between sentences where they allow it."""
    posts: list[str] = []
    current = between = ""
    for said, after in _pieces(text):
        if current and lengths.weighted(longer := f"{current}{between}{said}") <= lengths.X_MAX:
            current = longer
        else:
            posts += [current] if current else []
            current = said
        between = after
    return [*posts, *([current] if current else [])]


def _pieces(text: str) -> list[tuple[str, str]]:
    """Sentences and lines that each fit into a post, with the white space after them."""
    found: list[tuple[str, str]] = []
    for one in _PIECE.finditer(text.strip()):
        said = one["said"].strip()
        while lengths.weighted(said) > lengths.X_MAX:
            head, said = _parted(said)
            found.append((head, "\n"))
        found += [(said, one["after"])] if said else []
    return found


def _parted(text: str) -> tuple[str, str]:
    """A sentence too long for a post: as much of it as fits, at a space if there is one, and the rest."""
    letters = regex.findall(r"\X", text)
    low, high = 1, len(letters)
    while low < high:
        middle = (low + high + 1) // 2
        fits = lengths.weighted("".join(letters[:middle]) + _GOES_ON) <= lengths.X_MAX
        low, high = (middle, high) if fits else (low, middle - 1)
    head = "".join(letters[:low])
    space = head.rfind(" ")
    head = head[:space] if space > len(head) // 2 else head
    return head.rstrip() + _GOES_ON, text[len(head) :].lstrip()


def _distinct(posts: Sequence[str]) -> list[str]:
    """Without those that differ from an earlier one in nothing but links."""
    found: dict[str, str] = {}
    for post in posts:
        found.setdefault(" ".join(lengths.unlinked(post).split()), post)
    return list(found.values())
