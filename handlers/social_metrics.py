"""What posts brought, in numbers: filtered by days, networks, metrics and brand."""

from __future__ import annotations

from datetime import date

from engine import social_figures
from engine.errors import Refused
from engine.rules import network_words
from engine.social_figures import Figures, Wanted
from handlers import blocks, day_names, parse, words
from handlers.request import Answer, Request
from storage.measurements import Sum

OPTIONS = ("from", "to", "networks", "network", "channels", "metrics", "metric", "brand", "as")


async def metrics(request: Request) -> Answer:
    """As lines here, or with `csv` (also `as:csv`) as a file in the channel."""
    asked = parse.arguments(request.text, OPTIONS, ("csv",))
    named, as_file = _split(asked)
    wanted = Wanted(
        await day_names.read(request, "from", asked.get("from")),
        await day_names.read(request, "to", asked.get("to")),
        network_words.read_all([asked.get("networks") or asked.get("network") or asked.get("channels")]),
        _listed(asked.get("metrics") or asked.get("metric")),
        asked.get("brand") or named,
    )
    if as_file:
        return _file(await social_figures.sheet(request.ctx, request.who, wanted))
    found = await social_figures.figures(request.ctx, request.who, wanted)
    if not found.now:
        return _nothing(found)
    lines = [
        _line(words.channel(network), part, found.before.get(network), found)
        for network, part in sorted(found.now.items())
    ]
    total = [_line("All", found.total, found.total_before, found)] if len(lines) > 1 else []
    return Answer("\n".join([_title(found), *lines, *total]))


def _split(asked: parse.Arguments) -> tuple[str, bool]:
    """The brand's name, and whether a file is wanted: its word stands last, so that no brand is taken for it."""
    form = asked.get("as").strip().lower()
    if form not in ("", "csv", "card"):
        raise Refused("“as” is csv or card.", field="as")
    last = bool(asked.words) and asked.words[-1].lower() == "csv"
    named = " ".join(asked.words[:-1]) if last else asked.text
    return named, last or form == "csv" or "csv" in asked.flags


def _file(found: Figures) -> Answer:
    if not found.now:
        return _nothing(found)
    return Answer(f"{_title(found)}\nThe file follows here.")


def _nothing(found: Figures) -> Answer:
    return Answer(f"{_title(found)}\nNo posts went out in that time.")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in text.split(",") if part.strip())


def _title(found: Figures) -> str:
    whose = f"Posts of {blocks.line(found.brand)}" if found.brand else "Posts of every brand"
    return f"*{whose}, {_day(found.first)} to {_day(found.last)} {found.last.year}* (change against as many days before)"


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _line(name: str, part: Sum, before: Sum | None, found: Figures) -> str:
    parts = [words.count(part.posts, "post")]
    parts += [_metric(metric, part, before) for metric in found.metrics]
    some = f" (told about {part.told} of {part.posts})" if 0 < part.told < part.posts else ""
    return f"• *{name}*: {' · '.join(parts)}{some}"


def _metric(metric: str, part: Sum, before: Sum | None) -> str:
    value, earlier = getattr(part, metric), getattr(before, metric) if before else None
    if value is None:
        return f"{metric} not available"
    change = ""
    if earlier is not None and earlier != value:
        change = f" ({'▲' if value > earlier else '▼'} {abs(value - earlier):,})"
    return f"{value:,} {metric.removesuffix('s') if value == 1 else metric}{change}"
