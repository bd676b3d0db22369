"""Which pictures the networks take with a post: one table, asked before approval and once more before an upload. Pure.

Sources: the fact sheets on LinkedIn, Facebook pages and X. A number that is ours says so.
"""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1_000_000
ALT_MAX = 1_000
"""Characters of the words for people who do not see the picture: X's contract, kept everywhere."""

NAMES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WebP"}


@dataclass(frozen=True, slots=True)
class Kind:
    """What the network called `name` takes. `most`: octets by media type. `pixels`: width times height, 0 if unlimited."""

    name: str
    most: dict[str, int]
    pixels: int = 0


KINDS = {
    # LinkedIn names no size: five megabytes are ours, so that a picture leaves within one send.
    "linkedin": Kind(
        "LinkedIn", dict.fromkeys(("image/jpeg", "image/png", "image/gif"), 5 * MEGABYTE), 36_152_320
    ),
    # Facebook says "wrong format" and not which is right (1366046); a moving picture would stand still there.
    "facebook": Kind("Facebook", dict.fromkeys(("image/jpeg", "image/png"), 4 * MEGABYTE)),
    # X takes moving pictures up to 15 MB, in parts; five are ours, so that every upload is one request.
    "x": Kind("X", dict.fromkeys(NAMES, 5 * MEGABYTE)),
}

_PREVIEWS = frozenset({"linkedin", "facebook"})


def accepted(network: str, media_type: str, size: int, width: int = 0, height: int = 0) -> str | None:
    """None if the network takes such a picture, else why not, in a sentence. `size` in octets; a `width` and `height`
    of 0 are unknown and not judged.

    A network without a line here takes none.
    """
    kind = KINDS.get(network)
    if kind is None:
        return "This channel takes no pictures. Remove the picture."
    if media_type not in kind.most:
        return f"{kind.name} takes {_listed([NAMES[one] for one in kind.most])}. Save the picture as one of them."
    if size <= 0:
        return "The picture is empty. Choose another one."
    most = kind.most[media_type]
    if size > most:
        # Rounded up, so that what is too large never reads as large as what is taken.
        has = -(-size // (MEGABYTE // 10)) / 10
        return f"The picture has {has:,.1f} MB; {kind.name} takes {most // MEGABYTE}. Make it smaller."
    if kind.pixels and width * height > kind.pixels:
        return f"The picture has {width:,} × {height:,} pixels; {kind.name} takes {kind.pixels:,}. Make it smaller."
    return None


def described(alt: str) -> str | None:
    """None if these words can stand for a picture, which may be none at all; else why not."""
    if len(alt) <= ALT_MAX:
        return None
    return f"The picture's description has {len(alt):,} characters; {ALT_MAX:,} are possible. Shorten it."


def beside(network: str, link: str, body: str) -> str | None:
    """None if a post may have both a picture and this link; else why not. An empty `link` is none.

    Where a link gets a preview the picture takes its place, so the words must hold the link or it would be lost.
    """
    if not link or link in body or network not in _PREVIEWS:
        return None
    return f"{KINDS[network].name} shows a picture or a link's preview. Put the link into the text, or remove one."


def _listed(names: list[str]) -> str:
    return " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
