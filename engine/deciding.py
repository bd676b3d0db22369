"""The settings about who decides and how: roles, four eyes, and when many drafts are decided at once (D4, D5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from engine.errors import Refused
from engine.rules.roles import Role

_ID = re.compile(r"[UWS][A-Z0-9]{1,30}", re.ASCII)
AT_MOST = 100


class Deciding(BaseModel):
    """`admins`, `approvers` and `viewers` are Slack ids of people and user groups; `members` is what all others are.

    `bulk_over`: with more drafts of a step waiting there is one card for all. `look_over`: before more are approved at
    once, `look_at` random ones must be opened.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    admins: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()
    members: Role = Role.APPROVER
    four_eyes: bool = False
    bulk_over: int = Field(default=10, ge=1, le=1_000)
    look_over: int = Field(default=50, ge=1, le=100_000)
    look_at: int = Field(default=3, ge=1, le=5)

    @field_validator("admins", "approvers", "viewers", mode="before")
    @classmethod
    def _ids(cls, value: Any) -> Any:
        """Ids between spaces, commas or lines; "none" for nobody."""
        if not isinstance(value, str):
            return value
        found = [part for part in re.split(r"[\s,]+", value.strip()) if part and part.lower() != "none"]
        for part in found:
            if not _ID.fullmatch(part):
                raise Refused(f"“{part[:40]}” is no person and no user group here; mention them with @.")
        if len(found) > AT_MOST:
            raise Refused(f"At most {AT_MOST} people and groups fit; make a user group of them.")
        return tuple(dict.fromkeys(found))

    @field_validator("members")
    @classmethod
    def _members(cls, value: Role) -> Role:
        if value is Role.ADMIN:
            raise Refused("Everybody can be approver or viewer; name the admins one by one.")
        return value

    @property
    def given(self) -> Mapping[Role, tuple[str, ...]]:
        """Which ids were given which role."""
        return {Role.ADMIN: self.admins, Role.APPROVER: self.approvers, Role.VIEWER: self.viewers}
