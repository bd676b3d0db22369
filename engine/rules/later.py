"""The day somebody names: "next quarter", "im Januar", "après le 15", "dentro de 3 semanas". Pure; English to Spanish.

Never looks at a clock: a day is read against the day on which it was written.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from engine.rules import data

FARTHEST = timedelta(days=550)
"""Who names a later day meant something else."""
JUST_PAST = timedelta(days=60)
"""A day without a year that passed this recently is past; one longer ago means next year's."""
LED = 40
"""Signs before a day in which words like until and returning to the office on are looked for."""
PART = {"": 1, "early": 1, "mid": 15, "late": 25}


@dataclass(frozen=True, slots=True)
class Named:
    """A day and where it was named. `back` when words like until, back on or bis lead to it."""

    day: date
    start: int
    words: str
    back: bool = False


def fold(text: str) -> str:
    """Lower case without accents and apostrophes, one space between words; as the lists are written."""
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()
    return re.sub(r"\s+", " ", re.sub(r"['’`´]", "", bare))


def days(text: str, today: date) -> list[Named]:
    """Every day named, in reading order; those that are past or too far away are left out."""
    folded = fold(text)
    found = sorted(_read(folded, today), key=lambda one: (one.start, -len(one.words)))
    kept: list[Named] = []
    end = -1
    for one in found:
        if one.start < end:
            continue
        end = one.start + len(one.words)
        if today < one.day <= today + FARTHEST:
            kept.append(one)
    return kept


def last(found: list[Named]) -> date | None:
    """When somebody is back: the latest of the days after until or back on, else the latest of all."""
    return max((one.day for one in [one for one in found if one.back] or found), default=None)


def _read(folded: str, today: date) -> Iterator[Named]:
    for pattern, resolve in _READERS:
        for match in pattern.finditer(folded):
            day = resolve(match, today)
            if day is not None:
                start = match.start("it")
                before = folded[max(0, start - 24) : start]
                later = day + timedelta(days=1) if resolve in _ONE_DAY and _AFTER.search(before) else day
                back = _leads_back(folded, match, start)
                if back and resolve is _month and match["late"]:
                    later = _month_on(day, 1) - timedelta(days=1)
                yield Named(later, start, match["it"], back)


def _leads_back(folded: str, match: re.Match[str], start: int) -> bool:
    """Until, back on or the second day of a span before it, or “bin ich wieder da” behind it."""
    before = folded[max(0, start - LED) : start]
    named = match["it"].rpartition(" ")[0] + " " if match["it"].startswith(_LEADING) else ""
    led = _BACK.search(before) or _BACK.search(named) or _SPANNED.search(before)
    return bool(led or _AGAIN.match(folded, match.end("it")))


# --- how each way of writing is read


def _written(match: re.Match[str], today: date) -> date | None:
    """15 January 2027, January 15th, 15. Januar, 15 de enero."""
    day = int(match["d1"] or match["d2"])
    month = _MONTHS[match["m1"] or match["m2"]]
    year = match["y1"] or match["y2"]
    return _date(int(year) if year else None, month, day, today)


def _iso(match: re.Match[str], today: date) -> date | None:
    return _date(int(match["y"]), int(match["m"]), int(match["d"]), today)


def _figures(match: re.Match[str], today: date) -> date | None:
    """15.1., 15/01/2027. With slashes day and month may stand in either order: what could be both is not read, unless
    one of the two is past."""
    first, second = int(match["a"]), int(match["b"])
    if match["sep"] == "/" and first <= 12 and second <= 12 and first != second:
        year = int(match["y"] or 0)
        both = [date(year, *pair) for pair in ((first, second), (second, first))] if year > 2000 else []
        ahead = [day for day in both if day > today]
        return ahead[0] if len(ahead) == 1 else None
    day, month = (second, first) if match["sep"] == "/" and second > 12 else (first, second)
    stated = int(match["y"]) if match["y"] else None
    return _date(stated + 2000 if stated is not None and stated < 100 else stated, month, day, today)


def _ordinal(match: re.Match[str], today: date) -> date | None:
    """After the 15th: of this month, or of the next one when it has passed."""
    day = int(match["d"])
    for months in range(3):
        first = _month_on(today, months)
        if day <= calendar.monthrange(first.year, first.month)[1] and first.replace(day=day) > today:
            return first.replace(day=day)
    return None


def _month(match: re.Match[str], today: date) -> date | None:
    part = "mid" if match["mid"] else "late" if match["late"] else ""
    month, year = _MONTHS[match["m"]], match["y"]
    found = _date(int(year) if year else None, month, PART[part], today)
    return _month_on(found, 1) if found and _AFTER.search(match["it"][: -len(match["m"])]) else found


def _span(match: re.Match[str], today: date) -> date | None:
    """In 3 weeks, dans un mois, in einem Quartal."""
    number, unit = match["n"], _UNITS[match["u"]]
    many = int(number) if number.isdecimal() else _COUNTS[number]
    if unit % 30 == 0 or unit == 365:
        months = many * (12 if unit == 365 else unit // 30)
        return _same_day(today, months) if months <= 24 else None
    return today + timedelta(days=many * unit)


def _next(match: re.Match[str], today: date) -> date | None:
    """The first day of the next one; of the one behind that when the words are after next week."""
    unit = _UNITS[match["u1"] or match["u2"]]
    skipped = 1 + bool(_AFTER.search(match.string[max(0, match.start("it") - 24) : match.start("it")]))
    if unit == 7:
        return today + timedelta(days=7 * skipped - today.weekday())
    if unit == 30:
        return _month_on(today, skipped)
    if unit == 90:
        return _month_on(today, 3 * skipped - (today.month - 1) % 3)
    return date(today.year + skipped, 1, 1) if unit == 365 else today + timedelta(days=skipped)


def _quarter(match: re.Match[str], today: date) -> date | None:
    year = int(match["y"]) if match["y"] else None
    return _date(year, 3 * int(match["q"] or match["q2"]) - 2, 1, today)


def _weekday(match: re.Match[str], today: date) -> date:
    ahead = (_WEEKDAYS[match["w"]] - today.weekday()) % 7 or 7
    return today + timedelta(days=ahead)


def _tomorrow(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=1)


def _new_year(match: re.Match[str], today: date) -> date:
    """After the holidays: the first full week of January."""
    return date(today.year + 1, 1, 7)


def _summer(match: re.Match[str], today: date) -> date | None:
    return _date(None, 9, 1, today)


def _date(year: int | None, month: int, day: int, today: date) -> date | None:
    """Without a year the next such day; None when it was just past, or there is none."""
    try:
        if year is not None:
            return date(year, month, day)
        found = date(today.year, month, day)
        if found > today:
            return found
        return None if today - found < JUST_PAST else found.replace(year=today.year + 1)
    except ValueError:
        return None


def _month_on(day: date, months: int) -> date:
    """The first of the month so many months on."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _same_day(day: date, months: int) -> date:
    first = _month_on(day, months)
    return first.replace(day=min(day.day, calendar.monthrange(first.year, first.month)[1]))


# --- the patterns: every repetition is bounded, so that reading is linear


def _words(kind: str) -> dict[str, int]:
    rows = [line.split() for line in data.lines("calendar_words")]
    return {word: int(number) for name, number, *words in rows if name == kind for word in words}


def _any(words: dict[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_MONTHS, _WEEKDAYS, _UNITS, _COUNTS = (_words(kind) for kind in ("month", "weekday", "unit", "count"))
_AFTER = re.compile(
    r"\b(?:after|nach|apres|despues de|despues del|past)(?: the| dem| der| den| le| la| el)? ?$"
)
_BACK = re.compile(
    r"\b(?:until|till|til|through|thru|back|return|returning|resuming|bis|zuruck|wieder|wieder da|ab|jusquau|jusqua|"
    r"jusquen|retour|reviens|reviendrai|rentre|rentrerai|hasta|regreso|regresare|regresando|vuelta|vuelvo|volvere|"
    r"reincorporo|reincorporare|a partir)"
    r"(?: (?:on|in|at|from|and|including|to|work|my|desk|office|the|of|im|buro|einschliesslich|inkl\.|zum|am|ab|dem|den|"
    r"der|einschl\.|au|bureau|le|la|oficina|du|de|el|del|dia|als|around|about)){0,6}(?: \w{3,10}\.?,?)? ?$"
)
_SPANNED = re.compile(
    r"\d(?:st|nd|rd|th|er)?\.?(?: (?:de )?\w{3,10}\.?)?(?: (?:de )?20\d\d)? ?"
    r"(?:-|–|—|to|au|al|and|und|et|y) ?(?:the |le |el )?$"
)
_LEADING = ("until ", "till ", "bis ", "ab ", "hasta ", "jusquen ", "a partir de ")
"""Words like until that are read as a part of “until January”."""
_AGAIN = re.compile(r"[.,]? ?(?:\w{2,9} ){0,3}(?:wieder|zuruck)\b")
_ONE_DAY = (_written, _iso, _figures, _ordinal, _weekday)
_M, _U, _N, _Y = _any(_MONTHS), _any(_UNITS), _any(_COUNTS), r"20\d\d"
_IN = (
    "in|im|en|by|until|till|bis|after|nach|apres|before|vor|avant|from|ab|this|next|early|around|anfang|debut|hasta|"
    "jusquen|despues de|principios de|a partir de"
)
_DAY = r"0?[1-9]|[12]\d|3[01]"
_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], date | None]], ...] = tuple(
    (re.compile(pattern), resolve)
    for pattern, resolve in (
        (rf"\b(?P<it>(?P<y>{_Y})-(?P<m>\d\d)-(?P<d>\d\d))\b", _iso),
        (
            rf"\b(?P<it>(?:(?P<d1>{_DAY})(?:st|nd|rd|th|er)?\.? (?:of |de |del )?"
            rf"(?P<m1>{_M})\b\.?"
            rf"(?:,? (?:de |del )?(?P<y1>{_Y}))?"
            rf"|(?P<m2>{_M})\.? (?:the )?(?P<d2>{_DAY})(?:st|nd|rd|th)?\b(?:,? (?P<y2>{_Y}))?))",
            _written,
        ),
        (
            rf"(?<![\d./])(?P<it>(?P<a>{_DAY})(?P<sep>[./]) ?(?P<b>\d\d?)(?:(?P=sep) ?(?P<y>{_Y}|\d\d)?)?)(?![\d/])",
            _figures,
        ),
        (
            rf"\b(?:the|dem|den|le|el|am|bis zum|zum) (?P<it>(?P<d>{_DAY})(?:st|nd|rd|th|\.|\b))(?! ?(?:{_M}|\d|[:h%€$]))",
            _ordinal,
        ),
        (
            rf"\b(?P<it>(?:{_IN}|(?P<mid>mid|mitte|mi|mediados de)|(?P<late>end of|late|ende|fin|finales de))[ -]"
            rf"(?P<m>{_M})\b(?:,? (?:de |del )?(?P<y>{_Y}))?)",
            _month,
        ),
        (
            rf"\b(?:in|dans|en|dentro de|after|for|about) (?:about |etwa |ca |environ |unos |unas |a )?"
            rf"(?P<it>(?P<n>\d{{1,3}}|{_N})(?: of)? (?P<u>{_U}))\b",
            _span,
        ),
        (
            rf"\b(?P<it>(?:next|nachste[nrsm]?|kommende[nrsm]?|proxim[oa]|following) (?P<u1>{_U})"
            rf"|l?(?P<u2>{_U}) (?:prochaine?|suivante?|proxim[oa]|que viene|entrante))\b",
            _next,
        ),
        (
            rf"\b(?P<it>(?:q(?P<q>[1-4])|(?P<q2>[1-4])(?:\.|st|nd|rd|th|er|eme|o)? (?:quarter|quartal|trimestre))"
            rf"(?: (?:of |de )?(?P<y>{_Y}))?)\b",
            _quarter,
        ),
        (rf"\b(?P<it>(?P<w>{_any(_WEEKDAYS)}))\b", _weekday),
        (r"\b(?P<it>tomorrow|morgen|demain|manana)\b", _tomorrow),
        (
            r"\b(?P<it>(?:new year|the holidays|christmas|xmas|weihnachten|den feiertagen|neuen jahr|les fetes|noel|"
            r"nouvel an|navidad|las fiestas|ano nuevo|nuevo ano))\b",
            _new_year,
        ),
        (
            r"\b(?:after|nach|apres|despues d)[a-z ]{0,12}(?P<it>summer|sommer|sommerferien|sommerpause|ete|verano)\b",
            _summer,
        ),
    )
)
