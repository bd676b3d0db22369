"""The settings of a workspace: defaults, their validation, and changes that never lose other defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError, field_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.context import Context, Who
from engine.deciding import Deciding
from engine.errors import Refused
from engine.rules import caps, ladder, sequences, timing, titles
from storage import caps as cap_rows
from storage import marks, workspaces
from storage.model import Autonomy

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NEVER = "off"

StopScope = Literal["person", "phone"]
"""What a STOP by text message ends: everything to that person, or texts and calls to that number."""

LEAST_GAP = 24
"""Hours; settings refuse less (E1)."""

_PLACE = re.compile(r"[CGDUW][A-Z0-9]{1,30}", re.ASCII)
"""The id of a channel, of a direct message, or of a person who is written to."""


class Policy(Deciding):
    """What a workspace may change, with engine.deciding. Only what differs from these defaults is stored.

    `zone` is the workspace's IANA zone. `gap_hours`: least time between two touches to a contact (E4).
    `fatigue`: so many touches without a sign of life, and a contact is left alone for a month after each (E4).
    `expiry_days`: how long a first touch waits for a decision (D6). `digest_at` is local time in `zone`;
    `weekly_on` the day on which the week before is summed up, or "off" (J1).
    `retention_days`: how long opens, clicks and the like are kept (K6).
    `touches` and `waits`: how many a new sequence has and the days between them, "2, 3, 5", the last repeats (E1).
    `ladder`: the channel of each touch to a contact, "email 1-2, sms 3-4, call 5+" (F3).
    `stop_scope`: what a STOP by text message ends (I3).
    `auto_pause`: a conflict pauses its account; off, the next step waits and its card asks (H4). `titles`: scores of
    titles of the workspace's own, "head of: 70" (H1).
    `email_cap`: the most mails a day, None for no limit; `email_warm_up`: "5+5" for new senders, or "none" (E5).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    zone: str = "UTC"
    window: str = "09:00-18:00"
    gap_hours: int = Field(default=48, ge=1, le=24 * 60)
    fatigue: int = Field(default=12, ge=3, le=100)
    expiry_days: int = Field(default=7, ge=1, le=90)
    touches: int = Field(default=sequences.TOUCHES, ge=1, le=sequences.MOST)
    waits: str = ", ".join(map(str, sequences.WAITS))
    ladder: str = ladder.shown(ladder.LADDER)
    auto_pause: bool = True
    stop_scope: StopScope = "person"
    titles: str = ""
    autonomy: Autonomy = Autonomy.REVIEW
    language: str = "en"
    retention_days: int = Field(default=90, ge=30, le=3650)
    digest_at: time = time(9)
    weekly_on: str = WEEKDAYS[0]
    digest_channel: str = ""
    admin_channel: str = ""
    email_cap: int | None = Field(default=caps.of_channel("email").most, ge=1, le=100_000)
    email_warm_up: str = "5+5"

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return timing.validate_zone(value)

    @field_validator("window")
    @classmethod
    def _window(cls, value: str) -> str:
        timing.parse_window(value)
        return value

    @field_validator("waits")
    @classmethod
    def _waits(cls, value: str) -> str:
        return ", ".join(map(str, sequences.parse_waits(value)))

    @field_validator("titles")
    @classmethod
    def _titles(cls, value: str) -> str:
        return ", ".join(f"{words}: {score}" for words, score in titles.parse_own(value).items())

    @field_validator("weekly_on")
    @classmethod
    def _weekly_on(cls, value: str) -> str:
        if value.strip().lower() not in (*WEEKDAYS, NEVER):
            raise Refused("The weekly summary comes on a day from monday to sunday, or it is off.")
        return value.strip().lower()

    @field_validator("digest_channel", "admin_channel")
    @classmethod
    def _place(cls, value: str) -> str:
        if value and not _PLACE.fullmatch(value):
            raise Refused(
                f"“{value[:40]}” is no channel's ID; choose the channel in the form of the settings."
            )
        return value

    @field_validator("gap_hours")
    @classmethod
    def _gap_hours(cls, value: int) -> int:
        if value < LEAST_GAP:
            raise Refused(f"At least {LEAST_GAP} hours lie between two touches to a person.")
        return value

    @field_validator("ladder")
    @classmethod
    def _ladder(cls, value: str) -> str:
        return ladder.shown(ladder.parse(value))

    @field_validator("email_cap", mode="before")
    @classmethod
    def _email_cap(cls, value: Any) -> Any:
        return None if isinstance(value, str) and value.strip().lower() == "none" else value

    @field_validator("email_warm_up")
    @classmethod
    def _email_warm_up(cls, value: str) -> str:
        found = caps.parse_warm_up(value)
        return f"{found.start}+{found.step}" if found else "none"

    def cap_of(self, channel: str) -> caps.Cap:
        """What a new sender of a channel begins with."""
        if channel == "email":
            return caps.Cap(self.email_cap, caps.parse_warm_up(self.email_warm_up))
        return caps.of_channel(channel)


def read(settings: Mapping[str, Any]) -> Policy:
    """The stored differences over today's defaults. A stored value that is no longer valid falls to its default."""
    try:
        return Policy.model_validate(dict(settings))
    except (ValidationError, Refused):
        return Policy.model_validate({k: v for k, v in settings.items() if _valid(k, v)})


async def of(conn: AsyncConnection, workspace_id: str) -> Policy:
    """The policy in force now: read anew each time, so that a change applies without a restart."""
    return read(await workspaces.settings(conn, workspace_id))


async def check(ctx: Context, who: Who, changes: Mapping[str, Any]) -> None:
    """Raises Refused as `change` would, and changes nothing: for what is saved together with something else."""
    async with ctx.db.read() as conn:
        _merged(await workspaces.settings(conn, who.workspace_id), changes)


async def change(ctx: Context, who: Who, changes: Mapping[str, Any]) -> Policy:
    """Merge validated changes into the stored differences. Raises Refused with the field's name as `field`."""
    if not who.is_admin:
        raise Refused("Only an admin can change settings. Ask the person who installed Overture.")
    async with ctx.db.begin() as conn:
        stored = dict(await workspaces.settings(conn, who.workspace_id, lock=True))
        policy = _merged(stored, changes)
        kept = policy.model_dump(mode="json", exclude_defaults=True)
        await workspaces.set_settings(conn, who.workspace_id, kept)
        await _set_limits(conn, who.workspace_id, policy, changes)
        for name in sorted(changes):
            before, after = stored.get(name, "default"), kept.get(name, "default")
            if before != after:
                await marks.note(
                    conn, who.workspace_id, "workspace", 0, "setting",
                    actor=who.user_id, now=ctx.now(), detail=f"{name}: {before} → {after}",
                )  # fmt: skip
    return policy


async def _set_limits(
    conn: AsyncConnection, workspace_id: str, policy: Policy, changes: Mapping[str, Any]
) -> None:
    """What was not changed stays as each sender has it: some had their limits before there were defaults."""
    if "email_cap" in changes:
        await cap_rows.set_limits(conn, workspace_id, "email", cap=policy.email_cap)
    if "email_warm_up" in changes:
        grows = policy.cap_of("email").warm_up
        await cap_rows.set_limits(
            conn, workspace_id, "email",
            warm_from=grows.start if grows else None, warm_by=grows.step if grows else 0,
        )  # fmt: skip


def _merged(stored: Mapping[str, Any], changes: Mapping[str, Any]) -> Policy:
    return _checked({**{name: value for name, value in stored.items() if _valid(name, value)}, **changes})


def _checked(settings: Mapping[str, Any]) -> Policy:
    for name, value in settings.items():
        try:
            Policy.model_validate({name: value})
        except Refused as refusal:
            raise Refused(refusal.sentence, field=name) from None
        except ValidationError as error:
            raise Refused(f"{error.errors()[0]['msg']}.", field=name) from None
    return Policy.model_validate(dict(settings))


def _valid(name: str, value: Any) -> bool:
    try:
        Policy.model_validate({name: value})
    except (ValidationError, Refused):
        return False
    return True
