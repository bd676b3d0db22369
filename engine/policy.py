"""The settings of a workspace: defaults, their validation, and changes that never lose other defaults."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import timing
from storage import marks, senders, workspaces
from storage.model import Autonomy


class Policy(BaseModel):
    """What a workspace may change. Only what differs from these defaults is stored.

    `zone` is the workspace's IANA zone. `gap_hours`: least time between two touches to a contact (E4).
    `expiry_days`: how long a first touch waits for a decision (D6). `digest_at` is local time in `zone`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    zone: str = "UTC"
    window: str = "09:00-18:00"
    gap_hours: int = Field(default=48, ge=1, le=24 * 60)
    expiry_days: int = Field(default=7, ge=1, le=90)
    autonomy: Autonomy = Autonomy.REVIEW
    language: str = "en"
    digest_at: time = time(9)
    digest_channel: str = ""
    admin_channel: str = ""
    email_cap: int | None = Field(default=None, ge=1, le=100_000)

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return timing.validate_zone(value)

    @field_validator("window")
    @classmethod
    def _window(cls, value: str) -> str:
        timing.parse_window(value)
        return value


def read(settings: Mapping[str, Any]) -> Policy:
    """The stored differences over today's defaults. A stored value that is no longer valid falls to its default."""
    try:
        return Policy.model_validate(dict(settings))
    except (ValidationError, Refused):
        return Policy.model_validate({k: v for k, v in settings.items() if _valid(k, v)})


async def of(conn: AsyncConnection, workspace_id: str) -> Policy:
    """The policy in force now: read anew each time, so that a change applies without a restart."""
    return read(await workspaces.settings(conn, workspace_id))


async def change(ctx: Context, who: Who, changes: Mapping[str, Any]) -> Policy:
    """Merge validated changes into the stored differences. Raises Refused with the field's name as `field`."""
    if not who.is_admin:
        raise Refused("Only an admin can change settings. Ask the person who installed Overture.")
    async with ctx.db.begin() as conn:
        stored = dict(await workspaces.settings(conn, who.workspace_id, lock=True))
        merged = {**stored, **changes}
        policy = _checked(merged)
        kept = policy.model_dump(mode="json", exclude_defaults=True)
        await workspaces.set_settings(conn, who.workspace_id, kept)
        await senders.set_cap(conn, who.workspace_id, "email", policy.email_cap)
        for name in sorted(changes):
            before, after = stored.get(name, "default"), kept.get(name, "default")
            if before != after:
                await marks.note(
                    conn, who.workspace_id, "workspace", 0, "setting",
                    actor=who.user_id, now=ctx.now(), detail=f"{name}: {before} → {after}",
                )  # fmt: skip
    return policy


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
