"""Whether two texts are the same words, and which words changed. Compares; never decides what may be sent."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import LCSseq

_PIECE = re.compile(r"\s*\S+")
_MAX_WORDS = 4_000


class ChangeKind(StrEnum):
    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Change:
    """A run of words that stayed, went or came. A long kept run is shortened around " … "."""

    kind: ChangeKind
    text: str


def content_hash(text: str) -> str:
    """SHA-256 hex of the words a reader sees: case, spacing and Unicode form do not count."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return hashlib.sha256(_bytes(" ".join(folded.split()))).hexdigest()


def words_hash(subject: str, body: str, channel: str, address: str, *seen: str) -> str:
    """SHA-256 hex of exactly what was approved and for whom: one other character is another hash.

    `seen` is what was shown besides the words (storage.model.attached). Each field is preceded by its length, so that
    no text can move from one field to the next.
    """
    fields = [_bytes(field) for field in (channel, address, subject, body, *seen)]
    return hashlib.sha256(b"".join([len(raw).to_bytes(8, "big") + raw for raw in fields])).hexdigest()


def changed_words(before: str, after: str, *, context: int = 6, limit: int = 1_500) -> tuple[Change, ...]:
    """The runs of words kept, removed and added, in reading order; empty when not a word changed.

    Kept runs show `context` words at each end. All texts together stay within `limit` characters; the run that
    passes it ends in "…" and those after it are left out. Only the first 4,000 words of each text are compared.
    """
    old, new = _PIECE.findall(before.strip())[:_MAX_WORDS], _PIECE.findall(after.strip())[:_MAX_WORDS]
    old_words, new_words = [word.strip() for word in old], [word.strip() for word in new]
    if old_words == new_words:
        return ()
    runs: list[Change] = []
    steps = list(LCSseq.opcodes(old_words, new_words))
    for place, step in enumerate(steps):
        if step.tag == "equal":
            kept = new[step.dest_start : step.dest_end]
            first, last = place == 0, place == len(steps) - 1
            runs.append(Change(ChangeKind.KEPT, _shortened(kept, context, first=first, last=last)))
            continue
        runs.append(Change(ChangeKind.REMOVED, "".join(old[step.src_start : step.src_end]).strip()))
        runs.append(Change(ChangeKind.ADDED, "".join(new[step.dest_start : step.dest_end]).strip()))
    return _capped(_merged(run for run in runs if run.text), limit)


def told(changes: Iterable[Change], why: str = "") -> str:
    """What went and what came in one line, after the reason: "Too pushy · −free +paid"."""
    sign = {ChangeKind.REMOVED: "−", ChangeKind.ADDED: "+"}
    runs = " ".join(f"{sign[run.kind]}{' '.join(run.text.split())}" for run in changes if run.kind in sign)
    return " · ".join(part for part in (why, runs or "spacing only") if part)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _shortened(words: list[str], context: int, *, first: bool, last: bool) -> str:
    head, tail = (0 if first else context), (0 if last else context)
    if len(words) <= head + tail + 1:
        return "".join(words).strip()
    parts = ("".join(words[:head]).strip(), "…", "".join(words[len(words) - tail :]).strip())
    return " ".join(part for part in parts if part)


def _merged(runs: Iterable[Change]) -> list[Change]:
    """A replaced run is one removal and one addition, also where the comparison found several in a row."""
    merged: list[Change] = []
    pending: dict[ChangeKind, list[str]] = {ChangeKind.REMOVED: [], ChangeKind.ADDED: []}

    def flush() -> None:
        for kind, texts in pending.items():
            if texts:
                merged.append(Change(kind, " ".join(texts)))
                texts.clear()

    for run in runs:
        if run.kind is ChangeKind.KEPT:
            flush()
            merged.append(run)
        else:
            pending[run.kind].append(run.text)
    flush()
    return merged


def _capped(runs: list[Change], limit: int) -> tuple[Change, ...]:
    shown: list[Change] = []
    for run in runs:
        if len(run.text) > limit:
            cut = Change(run.kind, run.text[: limit - 1] + "…")
            return (*shown, cut) if limit > 0 else tuple(shown)
        shown.append(run)
        limit -= len(run.text)
    return tuple(shown)


# --- posts that say the same

NEAR = 88.0
"""How alike, of 100, two texts are that say the same. A year of honest posts stays under 86."""
_NO_WORDS = re.compile(r"https?://\S+|#\w+")
_WORD = re.compile(r"[^\W_]+")


def nearest(text: str, others: Mapping[int, str]) -> int | None:
    """The key of the text that says nearly the same: sentences swapped, or one word changed. Links, hashtags and
    capitals do not count; None when there is none, or no words to compare."""
    words = _words(text)
    if len(words) < 3:
        return None
    asked, plain = set(words), " ".join(words)
    known = {key: _words(other) for key, other in others.items()}
    one_word = (key for key, other in known.items() if len(other) >= 3 and len(asked ^ set(other)) <= 2)
    found = next(one_word, None)
    if found is not None:
        return found
    choices = {key: " ".join(other) for key, other in known.items()}
    best = process.extractOne(plain, choices, scorer=fuzz.ratio, score_cutoff=NEAR)
    return int(best[2]) if best else None


@lru_cache(maxsize=4_096)
def _words(text: str) -> tuple[str, ...]:
    """Folded and sorted, so that the order of sentences does not count."""
    return tuple(sorted(_WORD.findall(_NO_WORDS.sub(" ", unicodedata.normalize("NFKC", text).casefold()))))
