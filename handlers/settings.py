"""The settings of a workspace and its default brand: shown and changed by admins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import brands, policy
from engine.errors import Refused
from handlers import forms, parse
from handlers.request import NOTHING, Answer, Request

POLICY = (
    "zone", "window", "gap_hours", "expiry_days", "autonomy", "language",
    "digest_at", "digest_channel", "admin_channel", "email_cap",
)  # fmt: skip


async def show(request: Request) -> Answer:
    if not request.who.is_admin:
        raise Refused("Only an admin can change settings. Ask the person who installed Overture.")
    asked = parse.arguments(request.text, (*POLICY, *forms.BRAND))
    if asked.options:
        await _change(request, {name: values[-1] for name, values in asked.options.items()})
        return Answer("The settings are saved and in force now.")
    await request.slack.open_view(await _form(request))
    return NOTHING


async def submitted(request: Request) -> Answer:
    given = {name: request.get(name) for name in (*POLICY, *forms.BRAND) if name in request.values}
    await _change(request, given)
    return Answer("The settings are saved and in force now.")
