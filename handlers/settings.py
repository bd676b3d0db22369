"""The settings of a workspace and its default brand: shown to and changed by admins, only what differs is sent on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import brands, policy
from engine.errors import Forbidden, Refused
from engine.rules import caps, ladder, sequences
from handlers import deciding, forms, parse
from handlers.request import NOTHING, Answer, Request
from storage import senders, workspaces

POLICY = (
    "zone", "window", "gap_hours", "touches", "waits", "ladder", "expiry_days", "retention_days", "autonomy", "language",
    "titles", "auto_pause", "stop_scope", "digest_at", "weekly_on", "digest_channel", "admin_channel",
    "email_cap", "email_warm_up",
)  # fmt: skip
BRAND = {
    "brand_name": "name", "positioning": "positioning", "value_propositions": "value_propositions",
    "tone": "tone", "dont": "dont", "call_to_action": "call_to_action", "postal_address": "postal_address",
    "brand_zone": "zone", "sender_name": "sender_name", "reply_to": "reply_to",
    "linkedin_address": "linkedin_address", "linkedin_name": "linkedin_name",
}  # fmt: skip
"""The modal's field → the brand's: a workspace and its brand each have a zone."""
_DEFAULT = {
    name: getattr(policy.Policy(), name)
    for name in ("email_cap", "email_warm_up", "touches", "waits", "ladder")
}
"""What an emptied field means, where that is not simply nothing."""


async def show(request: Request) -> Answer:
    _must_be_admin(request)
    asked = parse.arguments(request.text, (*POLICY, *deciding.NAMES, *BRAND))
    if asked.options:
        given = {name: "\n".join(values) for name, values in asked.options.items()}
        return await _save(
            request, {name: deciding.typed(request, name, value) for name, value in given.items()}
        )
    await request.slack.open_view(forms.settings(await current(request), channel=request.who.channel))
    return NOTHING


async def submitted(request: Request) -> Answer:
    _must_be_admin(request)
    given = {name: request.get(name) for name in (*POLICY, *BRAND) if name in request.values}
    return await _save(request, given | deciding.given(request))


async def current(request: Request) -> dict[str, str]:
    """Every setting as the modal shows it."""
    workspace_id = request.who.workspace_id
    async with request.ctx.db.read() as conn:
        rules = await policy.of(conn, workspace_id)
        brand = await workspaces.default_brand(conn, workspace_id)
        feed = await workspaces.feed(conn, workspace_id, "linkedin")
        sender = await senders.of_channel(conn, workspace_id, "email")
    shown = {name: str(getattr(rules, name) or "") for name in POLICY} | {
        "digest_at": f"{rules.digest_at:%H:%M}",
        "ladder": ladder.told(ladder.parse(rules.ladder)),
        "auto_pause": "on" if rules.auto_pause else "off",
        "email_cap": str(rules.email_cap or "none"),
        **deciding.shown(rules),
    }
    for field, name in BRAND.items():
        value = getattr(brand, name, "")
        shown[field] = "\n".join(value) if isinstance(value, tuple) else str(value)
    own = {"sender_name": sender.name, "reply_to": sender.reply_to} if sender else {}
    if sender is not None:
        own["email_today"] = caps.today(senders.today(sender, request.ctx.now()))
    page = {"linkedin_address": feed.address, "linkedin_name": feed.name} if feed else {}
    return shown | own | page


async def _save(request: Request, given: Mapping[str, str]) -> Answer:
    before = await current(request)
    changed = {name: value for name, value in given.items() if value != before.get(name, "")}
    rules = {
        name: changed[name] or _DEFAULT[name] if name in _DEFAULT else changed[name]
        for name in (*POLICY, *deciding.NAMES)
        if name in changed
    }
    await deciding.check_groups(request, changed)
    brand = {BRAND[name]: value for name, value in changed.items() if name in BRAND}
    if brand:
        await policy.check(request.ctx, request.who, rules)
        await _change_brand(request, brand)
    if rules:
        await policy.change(request.ctx, request.who, rules)
    return _saved(rules) if changed else Answer("Nothing was changed.")


def _saved(rules: Mapping[str, Any]) -> Answer:
    """With a warning where a number is allowed but hardly wise; sequences that run keep their waits."""
    warning = sequences.check_touches(int(rules["touches"])) if rules.get("touches") else ""
    kept = (
        "Campaigns that are planned already keep their sequence." if {"touches", "waits"} & set(rules) else ""
    )
    return Answer(" ".join(filter(None, ("The settings are saved and in force now.", warning, kept))))


async def _change_brand(request: Request, changes: Mapping[str, str]) -> None:
    try:
        await brands.change(request.ctx, request.who, changes)
    except Refused as refusal:
        field = next((field for field, name in BRAND.items() if name == refusal.field), refusal.field)
        raise Refused(refusal.sentence, field=field) from None


def _must_be_admin(request: Request) -> None:
    if not request.who.is_admin:
        raise Forbidden("Only an admin can change settings. Ask the person who installed Overture.")
