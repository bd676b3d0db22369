"""The calendar's card: a week at a time, each day's posts with hour, network, hook, angle and topic, and the decision."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby

from engine.rules import timing
from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards import illustration
from handlers.cards.picture import Picture
from storage.calendars import PlannedPost
from storage.lifecycle import PENDING, State
from storage.model import StrategyState
from storage.views.social import CalendarView, DayPost

_SOURCE = {"model": "Topics by the language model", "rules": "Topics by rules, without a language model"}
_MOST = 70
_SIGN = {**words.MESSAGE, State.PLANNED: words.Sign("📅", "Planned")}
"""A post of a later week waits to be written; the card of a single one says that it is being written."""


def render(view: CalendarView) -> Picture:
    found, name = view.calendar, blocks.line(view.brand.name)
    title = blocks.header(f"Calendar for {view.brand.name}")
    if found.written_at is None:
        asked = f"✍️ Being written, asked by {blocks.person(found.asked_by)}."
        return Picture(f"A calendar for “{name}” is being written.", [title, blocks.section(asked)])
    state = words.STRATEGY[StrategyState(found.state)]
    total = sum(view.planned.values())
    text = f"Calendar for “{name}” ({state.word.lower()}): {words.count(total, 'post')}, {_span(view)}."
    shown = [
        title,
        blocks.section(f"{state}{_decided(view)}\n{_counts(view)}"),
        *([blocks.context(*hints)] if (hints := _hints(view)) else []),
        blocks.divider(),
        *_week(view),
        *blocks.actions([*_turning(view), *_deciding(view), *_opening(view)]),
    ]
    return Picture(text, shown)


def _span(view: CalendarView) -> str:
    start = date.fromisoformat(view.calendar.starts_on)
    end = start + timedelta(days=view.calendar.days - 1)
    return f"{timing.shown(start)} to {timing.shown(end, year=True)}"


def _counts(view: CalendarView) -> str:
    """How many posts there are, on which networks, and what they have become."""
    total = words.count(sum(view.planned.values()), "post")
    each = ", ".join(f"{words.channel(network)} {number}" for network, number in view.planned.items())
    became = [f"{sign} {view.states[state]:,}" for state, sign in _SIGN.items() if view.states.get(state)]
    done = f"\n{' · '.join(became)}" if became else ""
    return f"*{total}*, {_span(view)}: {each}{done}"


def _hints(view: CalendarView) -> list[str]:
    found = view.calendar
    source = _SOURCE.get(found.source, "")
    note = blocks.line(found.note, 300) if found.note.strip() else ""
    missing = [words.channel(network) for network in found.networks if network not in view.pages]
    pages = f"⚠️ No page yet for {' and '.join(missing)}: name it with /social brand." if missing else ""
    asks = illustration.MEANS if any(_asks(one) for one in view.posts) else ""
    return [text for text in (source, note, pages, asks, f"Times are those in {_city(view.zone)}.") if text]


def _city(zone: str) -> str:
    return blocks.line(zone.rsplit("/", 1)[-1].replace("_", " "), 40)


def _week(view: CalendarView) -> list[Json]:
    if not view.planned:
        return []
    nothing = "" if view.posts else " · no posts"
    page = blocks.section(f"*Week {view.calendar.week} of {view.last_week}*{nothing}")
    days = groupby(view.posts, key=lambda one: _stands(one.post, view.zone))
    return [page, *(blocks.section(_lines(day, list(posts), view.zone)) for day, posts in days)]


def _stands(post: PlannedPost, zone: str) -> date:
    """The day of a post, which may be another than the one it was planned for."""
    return blocks.local(post.slot_at, zone).date()


def _lines(day: date, posts: list[DayPost], zone: str) -> str:
    """The day's pillar is that of the posts planned for it; one that was moved here says where it came from."""
    own = next((one for one in posts if one.post.day == day.isoformat()), None)
    pillar = f" · {blocks.line(own.post.pillar, 40)}" if own else ""
    return "\n".join([f"*{timing.shown(day)}*{pillar}", *(_line(one, zone) for one in posts)])


def _line(one: DayPost, zone: str) -> str:
    post = one.post
    at = f"{blocks.local(post.slot_at, zone):%H:%M}"
    sign = f"{_SIGN[State(one.state)].emoji} " if one.state else ""
    idea = f"{blocks.line(post.hook)}, {blocks.line(post.angle)}"
    call = f", → {blocks.line(post.call)}" if post.call else ""
    call += ", 🧵 a thread" if post.format == "thread" else _pictured(one)
    planned = date.fromisoformat(post.day)
    call += f", moved from {timing.shown(planned)}" if planned != _stands(post, zone) else ""
    what = blocks.link(one.url, post.topic[:_MOST]) if one.url.startswith("https://") else _topic(post.topic)
    return f"{sign}`{at}` *{words.channel(post.network)}* {what} _({idea}{call})_{_became(one)}"


def _pictured(one: DayPost) -> str:
    if one.pictured:
        return ", 🖼️ with its picture"
    return ", 🖼️ asks for a picture" if _asks(one) else ""


def _asks(one: DayPost) -> bool:
    undecided = not one.state or one.state in PENDING
    return one.post.format == "picture" and not one.pictured and undecided


def _topic(text: str) -> str:
    return blocks.line(text, _MOST).replace("_", " ").replace("*", "∗")


def _became(one: DayPost) -> str:
    """What a person should know without opening it: trouble, or that its time passed."""
    if not one.state or one.state not in (State.FAILED, State.BLOCKED, State.UNSURE, State.CANCELLED):
        return ""
    return f": {blocks.line(one.note or words.MESSAGE[State(one.state)].word, 80)}"


def _decided(view: CalendarView) -> str:
    found = view.calendar
    by = f" by {blocks.person(found.decided_by)}" if found.decided_by else ""
    at = f" {blocks.when(found.decided_at, view.zone)}" if found.decided_at else ""
    reason = found.reason if found.state == StrategyState.REJECTED else ""
    return f"{by}{at}" + (f"\nReason: {blocks.line(reason, 500)}" if reason.strip() else "")


def _turning(view: CalendarView) -> list[Json]:
    found, about = view.calendar, view.brand.name
    earlier = blocks.button(
        "◀ Earlier", Button.CALENDAR_EARLIER, str(Ref(found.id, max(found.week - 1, 1))), about=about
    )
    later = blocks.button("Later ▶", Button.CALENDAR_LATER, str(Ref(found.id, found.week + 1)), about=about)
    return [*([earlier] if found.week > 1 else []), *([later] if found.week < view.last_week else [])]


def _deciding(view: CalendarView) -> list[Json]:
    if view.calendar.state != StrategyState.DRAFT:
        return []
    ref, about = str(Ref(view.calendar.id)), view.brand.name
    ends = f"{words.count(view.cancels, 'unsent post')} of the calendar in force will be cancelled."
    asks = blocks.confirmation("Replace the calendar?", ends, "Approve") if view.cancels else None
    approve = blocks.button(
        "Approve", Button.CALENDAR_APPROVE, ref, about=about, style="primary", confirm=asks
    )
    return [approve, blocks.button("Reject", Button.CALENDAR_REJECT, ref, about=about, style="danger")]


def _opening(view: CalendarView) -> list[Json]:
    """Any post of the week on a card of its own: to read, edit, approve or skip it."""
    posts = [one.post for one in view.posts if one.post.message_id]
    choices = {
        str(
            Ref(post.message_id or 0)
        ): f"{timing.shown(_stands(post, view.zone))} {words.channel(post.network)}"
        for post in posts
    }
    return [blocks.menu("Open a post", Button.CALENDAR_OPEN, choices)] if choices else []
