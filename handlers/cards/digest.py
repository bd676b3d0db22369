"""The digest: the numbers of a day or a week with their change, channels, campaigns, what waits, what failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from engine.rules import timing
from handlers import blocks, words
from handlers.blocks import Json
from handlers.cards.picture import Picture
from storage.views import DigestView

_TOP = (("sent", "Sent"), ("replied", "Replies"), ("reply_rate", "Reply rate"))
_LINES = (
    ("Delivery", (("delivered", "delivered"), ("failed", "failed"), ("bounced", "bounced"))),
    (
        "Engagement",
        (
            ("opened", "opened"),
            ("open_rate", "of delivered opened"),
            ("clicked", "clicked"),
            ("click_rate", "of delivered clicked"),
            ("unsubscribed", "opted out"),
        ),
    ),
    (
        "Response",
        (("positive", "positive"), ("converted", "converted"), ("median_reply", "median time to a reply")),
    ),
)
_POSTS = (
    ("sent", "published"),
    ("failed", "failed"),
    ("impressions", "impressions"),
    ("engagements", "engagements"),
    ("engagement_rate", "engagement rate"),
)
_PAGE = (("sent", "published"), ("impressions", "impressions"), ("engagements", "engagements"))
_CHANNEL = (("sent", "sent"), ("delivered", "delivered"), ("failed", "failed"), ("bounced", "bounced"))
_OUT = (("unsubscribed", "opted out"),)
_TOLD = (
    "sent", "delivered", "failed", "bounced", "replied", "opened", "opened_by_machines", "clicked",
    "clicked_by_machines", "unsubscribed", "converted", "impressions", "engagements", "reactions",
)  # fmt: skip
"""What happened at all; the rates follow from these."""
_CAMPAIGNS, _BLOCK = 10, 10


def render(view: DigestView) -> Picture:
    name = _name(view)
    title = blocks.header(name)
    if view.figures is None:
        return Picture(f"{name} is being counted.", [title, blocks.section("⏳ Being counted.")])
    outreach = _part(view.figures, "outreach")
    quiet = not any(_busy(_part(view.figures, name)) for name in ("outreach", "posts"))
    shown = [
        title,
        *(_quiet(view.figures) if quiet else _numbers(outreach, view.figures)),
        *_attention(view.figures),
        blocks.context(*[_plain(note) for note in _listed(view.figures.get("notes"))[:5]], _asked(view)),
    ]
    return Picture(_sentence(name, outreach, view.figures), shown)


def _name(view: DigestView) -> str:
    """What it is and when: counted figures name their days themselves."""
    day = (view.figures or {}).get("day")
    local = blocks.local(view.ends_at - timedelta(seconds=1), view.zone)
    told = blocks.line(str(day), 60) if day else timing.shown(local, year=True)
    if view.is_week:
        return f"Week of {told}" if day else f"Week to {told}"
    return f"Digest of {told}"


def _busy(part: Mapping[str, Any]) -> bool:
    return any(part.get(name) not in (None, 0, "not available") for name in _TOLD)


def _quiet(figures: Mapping[str, Any]) -> list[Json]:
    """Nothing happened: one line, and what there was before."""
    change = _part(figures, "change")
    before = [
        f"{-change[key]:,} {label}"
        for key, label in (("sent", "sent"), ("replied", "replied"))
        if isinstance(change.get(key), int) and change[key] < 0
    ]
    told = f" Before: {', '.join(before)}." if before else ""
    return [blocks.section(f"Nothing was sent, published, opened or answered.{told}")]


def _numbers(outreach: Mapping[str, Any], figures: Mapping[str, Any]) -> list[Json]:
    change = _part(figures, "change")
    top = [(label, _top(outreach, key) + _changed(change, key)) for key, label in _TOP]
    return [
        blocks.fields(top),
        *[blocks.context(f"*{label}:* {_line(outreach, facts)}") for label, facts in _LINES],
        *_channels(figures.get("channels")),
        *_posts(figures),
        *_campaigns(figures.get("campaigns")),
    ]


def _top(outreach: Mapping[str, Any], key: str) -> str:
    of = _of_people(outreach) if key == "reply_rate" else ""
    return (
        f"{_number(outreach, key)}{f', {of}' if of else ''}{_earlier(outreach) if key == 'replied' else ''}"
    )


def _of_people(part: Mapping[str, Any]) -> str:
    """The two numbers behind a reply rate; nothing where nobody was written to."""
    people = part.get("people")
    if not isinstance(people, int) or not people:
        return ""
    return f"{_number(part, 'answered')} of {words.count(people, 'person', 'people')}"


def _earlier(part: Mapping[str, Any]) -> str:
    """Replies beside a rate of 0 % answer what was sent before."""
    return ", to earlier messages" if part.get("replied") and part.get("answered") == 0 else ""


def _responses(part: Mapping[str, Any]) -> str:
    of = _of_people(part)
    rate = f"{_number(part, 'reply_rate')} reply rate{f' ({of})' if of else ''}"
    return f"{_number(part, 'replied')} replied{_earlier(part)} · {rate}"


def _part(figures: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = figures.get(name)
    return found if isinstance(found, Mapping) else {}


def _number(part: Mapping[str, Any], key: str) -> str:
    """A count, or a rate that is put into words already; "not available" is never 0."""
    value = part.get(key)
    if value is None:
        return "not available"
    return f"{value:,}" if isinstance(value, int | float) else blocks.line(str(value), 40)


def _changed(change: Mapping[str, Any], key: str) -> str:
    value = change.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return f"  {blocks.line(value, 40)}" if isinstance(value, str) and value else ""
    if value == 0:
        return "  (unchanged)"
    return f"  ({'▲ up' if value > 0 else '▼ down'} {abs(value):,.4g})"


def _line(part: Mapping[str, Any], shown: Sequence[tuple[str, str]]) -> str:
    facts = [_fact(_number(part, key), label) for key, label in shown if part.get(key) is not None]
    return " · ".join(facts) or "none"


def _fact(number: str, label: str) -> str:
    if number == "not available":
        return f"{label} not available"
    return f"{number} {label.removesuffix('s') if number == '1' else label}"


def _channels(found: Any) -> list[Json]:
    """The parts of the numbers above: one line for every channel on which something happened."""
    rows = [row for row in _listed(found) if isinstance(row, Mapping)]
    lines = [
        f"*{_of(row)}:* {_line(row, _CHANNEL)} · {_responses(row)} · {_line(row, _OUT)}"
        for row in rows
        if _busy(row)
    ]
    return [blocks.context(*lines)] if lines else []


def _of(row: Mapping[str, Any]) -> str:
    """Replies that answer none of our messages came on a channel that nobody noted."""
    name = str(row.get("channel") or "")
    return words.channel(name) if name else "Channel unknown"


def _posts(figures: Mapping[str, Any]) -> list[Json]:
    """All posts; a line a brand, and a line a page, where several make them up."""
    posts = _part(figures, "posts")
    return [
        blocks.context(f"*Posts:* {_line(posts, _POSTS if posts.get('sent') else _POSTS[:2])}"),
        *_several(figures.get("brands"), _POSTS, blocks.bold),
        *_several(figures.get("feeds"), _PAGE, blocks.line),
    ]


def _several(found: Any, facts: Sequence[tuple[str, str]], written: Callable[[str, int], str]) -> list[Json]:
    rows = [row for row in _listed(found) if isinstance(row, Mapping)]
    lines = [
        f"{written(str(row.get('name', '')), 80)}{_where(row)}: {_line(row, facts)}" for row in rows[:_BLOCK]
    ]
    if len(rows) > _BLOCK:
        lines[-1] = f"… and {len(rows) - _BLOCK + 1} more"
    return [blocks.context(*lines)] if len(lines) > 1 else []


def _where(row: Mapping[str, Any]) -> str:
    """A brand's pages on several networks mostly have one name."""
    network = str(row.get("network") or "")
    return f" on {words.channel(network)}" if network else ""


def _campaigns(found: Any) -> list[Json]:
    rows = [row for row in _listed(found) if isinstance(row, Mapping)]
    if not rows:
        return []
    lines = [
        f"• {blocks.bold(str(row.get('name', '')), 80)} {_number(row, 'sent')} sent, {_answers(row)}"
        for row in rows[:_CAMPAIGNS]
    ]
    more = [f"… and {len(rows) - _CAMPAIGNS} more"] if len(rows) > _CAMPAIGNS else []
    return [blocks.section("*Campaigns*\n" + "\n".join(lines + more))]


def _answers(row: Mapping[str, Any]) -> str:
    of = _of_people(row)
    return f"{_number(row, 'replied')} replied{_earlier(row)}{f' ({of})' if of else ''}"


def _attention(figures: Mapping[str, Any]) -> list[Json]:
    lines = [f"🕓 {told} for a decision" for told in _waiting(figures)]
    for key in ("failures", "alerts"):
        found = figures.get(key)
        if isinstance(found, int) and found:
            lines.append(f"❌ {words.count(found, key[:-1])}")
        elif isinstance(found, list | tuple):
            lines += [f"• {_plain(item)}" for item in found[:5]]
    return [blocks.section("*Needs you*\n" + "\n".join(lines))] if lines else []


def _waiting(figures: Mapping[str, Any]) -> list[str]:
    found = [
        (figures.get(key), one, many)
        for key, one, many in (("waiting", "draft", "drafts"), ("replies", "reply", "replies"))
    ]
    return [
        f"{words.count(number, one, many)} {'waits' if number == 1 else 'wait'}"
        for number, one, many in found
        if isinstance(number, int) and number
    ]


def _listed(found: Any) -> list[Any]:
    return list(found) if isinstance(found, list | tuple) else []


def _plain(item: Any) -> str:
    values = (
        item.values() if isinstance(item, Mapping) else item if isinstance(item, list | tuple) else (item,)
    )
    return blocks.line(" — ".join(str(value) for value in values), 250)


def _asked(view: DigestView) -> str:
    span = f"{blocks.when(view.starts_at, view.zone)} to {blocks.when(view.ends_at, view.zone)}"
    asked = f", asked by {blocks.person(view.asked_by)}" if view.asked_by else ""
    return f"Counted from {span}{asked}. The picture below shows the same numbers."


def _sentence(name: str, outreach: Mapping[str, Any], figures: Mapping[str, Any]) -> str:
    rest = " and ".join(_waiting(figures))
    told = f" {rest} for a decision." if rest else ""
    posts = _part(figures, "posts").get("sent")
    published = f", {words.count(posts, 'post')} published" if isinstance(posts, int) and posts else ""
    return (
        f"{name}: {_number(outreach, 'sent')} sent, {_number(outreach, 'replied')} replied{published}.{told}"
    )
