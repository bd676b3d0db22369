"""The card of a rehearsal: how much leaves on which day, to whom first, what waits and why; then what really came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from engine.rules import timing
from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards.picture import Picture
from storage.views import RehearsalView

DAYS = 42
"""Days shown; the file has all."""
A_SECTION = 10
_PLANS = {
    "": "The strategy is the approved one.",
    "rules": "Nobody has approved a strategy yet: one by rules was assumed.",
    "model": "Nobody has approved a strategy yet: the proposed one was assumed.",
}
_ASSUMED = (
    "Assumes that every draft is approved as soon as it is written and that nobody answers. Nothing was sent."
)


def render(view: RehearsalView) -> Picture:
    found, name = view.found, blocks.line(view.campaign)
    title = f"*Rehearsal of {name}*, {words.count(found.days, 'day')}"
    asked = blocks.context(f"Asked by {blocks.person(found.asked_by)}")
    if found.state == "failed":
        return Picture(
            f"The rehearsal of “{name}” failed: {blocks.line(found.error, 200)}",
            [blocks.section(f"🔴 {title}\n{blocks.sentence(found.error)}"), *_again(view), asked],
        )
    if found.state != "done" or found.report is None:
        how = f"Day {found.reached:,} of {found.days:,}." if found.reached else "It begins."
        return Picture(
            f"The rehearsal of “{name}” is being worked out.", [blocks.section(f"⏳ {title}\n{how}"), asked]
        )
    said = found.report
    told = _told(said)
    shown = [
        blocks.section(f"🎭 {title}\n{told}"),
        *_days(view, said.get("days") or ()),
        *_reasons(said.get("reasons") or ()),
        *_compared(found.compared, found.zone),
        *_again(view, compare=bool(said.get("sent"))),
        *(
            [
                blocks.context(
                    f"Days as in {blocks.line(_city(found.zone), 40)}; hours are the recipients' own."
                )
            ]
            if said.get("sent")
            else []
        ),
        blocks.context(_ASSUMED, _PLANS.get(str(said.get("plan", "")), _PLANS["model"])),
        asked,
    ]
    return Picture(f"Rehearsal of “{name}”, {words.count(found.days, 'day')}: {told}", shown)


def _told(said: Mapping[str, Any]) -> str:
    sent, people = int(said.get("sent") or 0), int(said.get("people") or 0)
    head = f"{words.count(sent, 'message')} to {words.count(people, 'person', 'people')}"
    rest = [
        f"{int(said.get(key) or 0):,} {what}"
        for key, what in (
            ("waited", "wait first"),
            ("held", "held"),
            ("stopped", "stop"),
            ("later", "come later"),
        )
        if said.get(key)
    ]
    return " · ".join([head, *rest]) + "."


def _days(view: RehearsalView, days: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Lines like "Tue 24 Nov · 5 of 5 Email · Ada Lovelace 09:00, Bo Ek 09:00 in New York, +3"."""
    real = {day["day"]: day for day in (view.found.compared or {}).get("days", ())}
    lines = [_day(view, day, real.get(day["day"])) for day in days if day["sent"]]
    more = [f"… and {words.count(len(lines) - DAYS, 'more day')} in the file."] if len(lines) > DAYS else []
    shown = lines[:DAYS] + more
    return [
        blocks.section("\n".join(shown[first : first + A_SECTION]))
        for first in range(0, len(shown), A_SECTION)
    ]


def _day(view: RehearsalView, day: Mapping[str, Any], real: Mapping[str, Any] | None) -> str:
    at = _moment(day["day"])
    on = timing.shown(at) if at else blocks.line(str(day["day"]), 40)
    amounts = ", ".join(_amount(day, channel, sent) for channel, sent in day["sent"].items())
    first = ", ".join(_who(view, touch, by=len(day["sent"]) > 1) for touch in day["first"])
    more = sum(day["sent"].values()) - len(day["first"])
    came = f" · really {int(real['real']):,}" if real is not None else ""
    waited = f" · {int(day['waited']):,} waited" if day.get("waited") else ""
    return f"*{on}* · {amounts}{came}{waited} · {first}" + (f", +{more:,}" if more > 0 else "")


def _amount(day: Mapping[str, Any], channel: str, sent: int) -> str:
    limit = day["limit"].get(channel)
    of = f" of {limit:,}" if limit is not None else ""
    beside = day["others"].get(channel)
    others = f" (+{beside:,} of other campaigns)" if beside else ""
    return f"{sent:,}{of} {blocks.line(words.channel(channel), 40)}{others}"


def _who(view: RehearsalView, touch: Mapping[str, Any], *, by: bool) -> str:
    """At the recipient's own time, whose place is named where the clock of the card's days shows another. `by`: how."""
    at, name = _moment(touch["at"]), blocks.line(view.names.get(touch["contact"], "somebody erased"), 30)
    how = f" by {blocks.line(words.channel(touch['channel']), 40)}" if by else ""
    if at is None:
        return f"{name}{how}"
    here, there = blocks.local(at, view.found.zone), blocks.local(at, touch["zone"])
    same = (here.date(), here.time()) == (there.date(), there.time())
    day = "" if here.date() == there.date() else f"{there:%a} "
    place = "" if same else f" in {blocks.line(_city(touch['zone']), 30)}"
    return f"{name} {day}{there:%H:%M}{place}{how}"


def _city(zone: str) -> str:
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def _moment(text: str) -> datetime | None:
    """A day or an instant of the report; what is neither is shown as it is."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _reasons(reasons: Sequence[Mapping[str, Any]]) -> list[Json]:
    lines = [f"• {int(one['count']):,} × {blocks.line(_begun(str(one['why'])), 200)}" for one in reasons]
    return [blocks.section("*What stands in the way*\n" + "\n".join(lines))] if lines else []


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _compared(compared: Mapping[str, Any] | None, zone: str) -> list[Json]:
    if not compared:
        return []
    until = _moment(compared["until"])
    when = f" up to {blocks.when(until, zone)}" if until else ""
    parts = [
        f"{int(compared[key]):,} {what}"
        for key, what in (
            ("same", "as planned"), ("moved", "at another hour"), ("missing", "did not leave"),
            ("unplanned", "were not planned"),
        )
        if compared[key] or key == "same"
    ]  # fmt: skip
    return [blocks.section(f"*Compared{when}*\n{' · '.join(parts)}.")]


def _again(view: RehearsalView, *, compare: bool = False) -> list[Json]:
    ref, about = str(Ref(view.found.id)), view.campaign
    buttons = [blocks.button("Compare", Button.REHEARSAL_COMPARE, ref, about=about)] if compare else []
    return blocks.actions(
        [*buttons, blocks.button("Rehearse again", Button.REHEARSAL_AGAIN, ref, about=about)]
    )
