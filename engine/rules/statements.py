"""Whether a sentence says that something is so with its reader. Pure; by the openings of such sentences, per language.

A heuristic for what a model wrote: it errs on the side of asking for a source, and questions and suppositions are free.
"""

from __future__ import annotations

import re

_SUPPOSED = re.compile(
    r"\?|\b(?:if|whether|wonder|would|could|might|may|can|let|please|wenn|falls|ob|würden|könnten|bitte|möchten"
    r"|si|pourriez|pouvez|puis|souhaitez|préférez|podría|puede|quiere|prefiere|gustaría)\b",
    re.IGNORECASE,
)
_STATED = {
    "en": (
        r"\byou(?:['’]ve|['’]re)\b",
        r"\byou (?:have|are|were|had|both|also|just|recently|already|probably|currently|clearly|must|need|run|use)\b",
        r"\byou (?:lead|manage|face|struggle|lose|spend|want|grew|grow|raised|opened|launched|hired|won|sold|bought)\b",
        r"\byou (?:moved|announced|doubled|posted|wrote|said|mentioned|told|asked)\b",
        r"\byour (?:\w+[ -]){1,4}(?:is|are|has|have|had|was|were|grew|runs|uses|needs|struggles?|loses|faces|spends?)\b",
        r"\byour (?:\w+[ -]){1,4}\w{3,}ed\b",
        r"\bcongratulations\b|\bcongrats\b|\bas (?:we )?(?:discussed|agreed)\b",
        r"\bI (?:saw|noticed|read|heard|learned|see|understand)\b",
    ),
    "de": (
        r"\bSie (?:haben|sind|waren|hatten|nutzen|suchen|planen|führen|leiten|brauchen|verlieren|kämpfen|wachsen)\b",
        r"\bIhr(?:e|en|em|er|es)? (?:\w+ ){1,3}(?:ist|sind|hat|haben|war|waren|wächst|braucht|verliert|nutzt)\b",
        r"\bglückwunsch|\bich habe (?:gesehen|gelesen|gehört|bemerkt)|\bwie (?:besprochen|vereinbart)\b",
    ),
    "fr": (
        r"\bvous (?:avez|êtes|étiez|aviez|utilisez|cherchez|perdez|dirigez|gérez|manquez|recrutez)\b",
        r"\b(?:votre|vos) (?:\S+ ){1,3}(?:est|sont|a|ont|était|étaient|perd|cherche|utilise)\b",
        r"\bfélicitations\b|\bj[’'](?:ai (?:vu|lu|appris|remarqué))|\bcomme convenu\b",
    ),
    "es": (
        r"\b(?:usted|ustedes) (?:ha|han|es|son|tiene|tienen|usa|usan|busca|buscan|dirige|pierde)\b",
        r"\bsus? (?:\S+ ){1,3}(?:es|son|está|están|ha|han|tiene|pierde|usa|busca)\b",
        r"\b(?:felicidades|enhorabuena)\b|\bhe (?:visto|leído|oído|sabido)\b|\bcomo (?:hablamos|acordamos)\b",
    ),
}
_PATTERNS = {language: re.compile("|".join(some), re.IGNORECASE) for language, some in _STATED.items()}


def states(sentence: str, language: str = "en") -> bool:
    """True for “Your vans are half empty.”; not for “If your vans are half empty …” or a question."""
    pattern = _PATTERNS.get(language[:2], _PATTERNS["en"])
    return bool(pattern.search(sentence)) and not _SUPPOSED.search(sentence)
