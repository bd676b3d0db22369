"""How easily a text reads: Flesch's reading ease, with a syllable counter that groups vowels.

An estimate: it looks words up nowhere, and errs by a few points on names and numbers.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_VOWELS = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüÿœ]+", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?…]+(?=\s|$)|\n\s*\n")

# base − per word of a sentence − per syllable of a word: Flesch (en), Amstad (de), Kandel-Moles (fr), Szigriszt (es)
_FORMULAS = {
    "en": (206.835, 1.015, 84.6),
    "de": (180.0, 1.0, 58.5),
    "fr": (207.0, 1.015, 73.6),
    "es": (206.835, 1.0, 62.3),
}
MIN_WORDS = 20


def ease(text: str, language: str = "en") -> float | None:
    """Reading ease, about 0 (hard) to 100 (easy); None under 20 words or in a language without a formula."""
    words, formula = _WORD.findall(text), _FORMULAS.get(language[:2].lower())
    if formula is None or len(words) < MIN_WORDS:
        return None
    sentences = sum(1 for part in _SENTENCE.split(text) if _WORD.search(part))
    base, per_word, per_syllable = formula
    syllables = sum(_syllables(word, language[:2].lower()) for word in words)
    return base - per_word * len(words) / max(sentences, 1) - per_syllable * syllables / len(words)


def _syllables(word: str, language: str) -> int:
    count = len(_VOWELS.findall(word))
    silent = language in {"en", "fr"} and word[-1] in "eE" and word[-2:-1] not in tuple("lL")
    return max(count - (1 if silent else 0), 1)
