"""What somebody wrote themselves, without what they quoted and without their signature. Pure, linear in the text.

Never judges what it means.
"""

from __future__ import annotations

import re

MOST = 20_000
"""Characters that are looked at; the rest is left out."""

_UNSAFE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_WROTE = re.compile(
    r"^\s{0,8}(?:(?:on|am|le|el)\s.{0,200}|.{0,120}<[^<>\s]{3,100}>\s?)"
    r"(?:wrote|schrieb.{0,80}|a écrit|escribió)\s?[:：]\s*$",
    re.IGNORECASE,
)
_WROTE_BEGINS = re.compile(r"^\s{0,8}(?:on|am|le|el)\s.{0,200}$", re.IGNORECASE)
_DIVIDER = re.compile(
    r"^\s{0,8}[-_]{2,40}\s?(?:original message|forwarded message|ursprüngliche nachricht|originalnachricht|"
    r"weitergeleitete nachricht|message d'origine|message original|message transféré|mensaje original|"
    r"mensaje reenviado|urspr\. nachricht)\s?[-_]{2,40}\s*$",
    re.IGNORECASE,
)
_RULE = re.compile(r"^\s{0,8}_{10,200}\s*$")
_FROM = re.compile(r"^\s{0,8}\*?(?:from|von|de)\s?:\*?\s.{0,300}$", re.IGNORECASE)
_SENT = re.compile(
    r"^\s{0,8}\*?(?:sent|date|gesendet|datum|envoyé|enviado|enviado el|fecha|to|an|à|para|subject|betreff|objet|asunto)"
    r"\s?:\*?(?:\s.{0,300})?$",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"^\s{0,8}(?:sent from (?:my|mail for|outlook|yahoo|proton|samsung)|get outlook for|"
    r"(?:von meinem .{2,40}|mit meinem .{2,40}) (?:gesendet|gesendet\.)|gesendet (?:von|mit) |"
    r"envoyé (?:de|depuis) (?:mon|outlook|yahoo|mail)|télécharger outlook|"
    r"enviado desde (?:mi|outlook|yahoo|mail)|obtener outlook|obtén outlook|holen sie sich outlook|outlook für )",
    re.IGNORECASE,
)


def clean(text: str) -> str:
    """At most MOST characters, line ends made alike, without control, bidirectional and zero-width characters."""
    joined = text[: MOST * 2].replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    return _UNSAFE.sub("", joined)[:MOST].replace("’", "'").replace("\u00a0", " ")


def own_words(text: str) -> str:
    """Without quoted lines, quoted messages and the signature. The whole text where nothing would be left."""
    lines = clean(text).split("\n")
    kept: list[str] = []
    at = 0
    while at < len(lines):
        skipped = _quotation(lines, at)
        if skipped < 0:
            break
        if skipped:
            at += skipped
            continue
        if _is_signature(lines[at]):
            at = _after_signature(lines, at)
            continue
        kept.append(lines[at])
        at += 1
    found = "\n".join(kept).strip()
    return found or clean(text).strip()


def _quotation(lines: list[str], at: int) -> int:
    """How many lines from here are quoted: 0 for none, −1 for all that follow."""
    line = lines[at]
    if line.lstrip()[:1] == ">":
        return 1
    if _DIVIDER.match(line) or (_RULE.match(line) and _is_header(lines, at + 1)) or _is_header(lines, at):
        return -1
    header = _wrote(lines, at)
    if not header:
        return 0
    following = next((text for text in lines[at + header : at + header + 3] if text.strip()), "")
    return header if following.lstrip()[:1] == ">" else -1


def _wrote(lines: list[str], at: int) -> int:
    """Lines of an "On … wrote:", which mail programs break in two; 0 when this is none."""
    if _WROTE.match(lines[at]):
        return 1
    if at + 1 < len(lines) and _WROTE_BEGINS.match(lines[at]) and len(lines[at + 1]) < 200:
        return 2 if _WROTE.match(f"{lines[at]} {lines[at + 1].strip()}") else 0
    return 0


def _is_header(lines: list[str], at: int) -> bool:
    """From: and, in one of the next two lines, Sent:, To: or Subject:."""
    if at >= len(lines) or not _FROM.match(lines[at]):
        return False
    return any(_SENT.match(line) for line in lines[at + 1 : at + 3])


def _is_signature(line: str) -> bool:
    return line.rstrip() in ("--", "—", "-- ") or bool(_DEVICE.match(line))


def _after_signature(lines: list[str], at: int) -> int:
    """A device's line is skipped alone; a "-- " ends at the next quotation, or with the text."""
    if _DEVICE.match(lines[at]):
        return at + 1
    at += 1
    while at < len(lines) and lines[at].lstrip()[:1] != ">" and not _quotation(lines, at):
        at += 1
    return at
