"""Slack's date tokens (``{date_short_pretty} at {time}``) in a reader's own zone. Pure."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_FIELD = re.compile(r"\{(\w+)\}")


def shown(stamp: str, form: str, zone: ZoneInfo, now: datetime) -> str | None:
    """The text of a date token; None when the number or a field is unknown, and the fallback is to be shown."""
    try:
        moment = datetime.fromtimestamp(int(stamp), UTC).astimezone(zone)
    except (ValueError, OverflowError, OSError):
        return None
    today = now.astimezone(zone)
    fields = _FIELD.findall(form)
    texts = {name: _text(name, moment, today) for name in fields}
    if not fields or None in texts.values():
        return None
    return _FIELD.sub(lambda found: str(texts[found.group(1)]), form)


def clock(moment: datetime) -> str:
    return f"{moment.hour % 12 or 12}:{moment:%M %p}"


def day(moment: datetime, today: datetime) -> str:
    """Today, Yesterday, or ``Tuesday, December 1st``: the divider between days."""
    return _pretty(moment, today) or f"{moment:%A, %B} {_ordinal(moment.day)}"


def _text(name: str, moment: datetime, today: datetime) -> str | None:
    number, year = moment.day, moment.year
    texts = {
        "date_num": f"{moment:%Y-%m-%d}",
        "date_slash": f"{moment:%m/%d/%Y}",
        "date": f"{moment:%B} {_ordinal(number)}, {year}",
        "date_long": f"{moment:%A, %B} {_ordinal(number)}, {year}",
        "date_long_full": f"{moment:%A, %B} {number}, {year}",
        "date_short": f"{moment:%b} {number}, {year}",
        "time": clock(moment),
        "time_secs": f"{moment.hour % 12 or 12}:{moment:%M:%S %p}",
        "ago": _ago(moment, today),
        "day_divider_pretty": day(moment, today),
    }
    if name.endswith("_pretty") and name.removesuffix("_pretty") in {"date", "date_long", "date_short"}:
        return _pretty(moment, today) or texts[name.removesuffix("_pretty")]
    return texts.get(name)


def _pretty(moment: datetime, today: datetime) -> str:
    away = (moment.date() - today.date()).days
    return {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}.get(away, "")


def _ordinal(number: int) -> str:
    ending = "th" if 10 < number < 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _ago(moment: datetime, today: datetime) -> str:
    away = abs(moment - today)
    for unit, span in (
        ("day", timedelta(days=1)),
        ("hour", timedelta(hours=1)),
        ("minute", timedelta(minutes=1)),
    ):
        if away >= span:
            count = away // span
            words = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"{words} ago" if moment <= today else f"in {words}"
    return "just now"
