"""Brands: shown in a modal or said in one line; saved under a name, which makes one where there is none."""

from __future__ import annotations

from collections.abc import Mapping

from engine import brands
from engine.errors import Refused
from engine.rules import branding
from handlers import blocks, parse, social_forms
from handlers.request import Answer, Request
from storage import brands as rows
from storage.model import Brand, Feed

SAID = {
    "value": "value_propositions",
    "values": "value_propositions",
    "do": "say",
    "don't": "dont",
    "pillar": "pillars",
    "picture": "pictures",
    "thread": "threads",
    "target": "targets",
    "cta": "targets",
    "address": "postal_address",
    "linkedin": "linkedin_address",
    "facebook": "facebook_address",
    "x": "x_address",
    "fb": "facebook_address",
    "twitter": "x_address",
    "time": "posting_times",
    "times": "posting_times",
}
"""What an option in a line stands for, where that is not its own name."""
FIELDS = tuple(field for field in branding.FIELDS if field not in (*branding.SENDER, "call_to_action"))
_OWN = tuple(field for field in FIELDS if field != "name")


async def show(request: Request) -> Answer:
    asked = parse.arguments(request.text, (*_OWN, *SAID), ("default", "list"))
    if "list" in asked.flags or asked.text == "list":
        return await _every(request)
    if not asked.options and not asked.flags:
        shown = await _shown(request, asked.text)
        await request.slack.open_view(social_forms.brand(shown, channel=request.who.channel))
        return Answer()
    given: dict[str, str] = {}
    for name, values in asked.options.items():
        field = SAID.get(name, name)
        given[field] = "\n".join(filter(None, (given.get(field, ""), *values)))
    name = asked.text or (await brands.chosen(request.ctx, request.who, "")).name
    return await _save(request, name, given, default="default" in asked.flags)


async def submitted(request: Request) -> Answer:
    given = {field: request.get(field) for field in _OWN if field in request.values}
    before = await _shown(request, request.get("name"))
    if before.keys() == {"name"}:
        given = await _own_pages(request, given)
    changed = {field: value for field, value in given.items() if value != before.get(field, "")}
    return await _save(request, request.get("name"), changed, default="default" in request.several("default"))


async def _own_pages(request: Request, given: Mapping[str, str]) -> dict[str, str]:
    """A new brand's fields: the form it was made in showed another brand's pages, which it never takes over."""
    own = dict(given)
    async with request.ctx.db.read() as conn:
        known = await rows.pages(conn, request.who.workspace_id)
    for feed, brand in known:
        address, name = f"{feed.network}_address", f"{feed.network}_name"
        if feed.address and own.get(address) == feed.address:
            raise Refused(
                f"That is the page of “{brand}”. Name this brand's own, or none yet.", field=address
            )
        if own.get(name) == feed.name:
            own[name] = ""
    return own


async def _save(request: Request, name: str, given: Mapping[str, str], *, default: bool) -> Answer:
    brand, new = await brands.save(request.ctx, request.who, name, given, default=default)
    done = "is a new brand" if new else "is saved"
    plan = blocks.escape(f'/{request.prefix}social plan "{brand.name}" 30d')
    return Answer(f"{blocks.bold(brand.name)} {done}. Plan its month with `{plan}`.")


async def _every(request: Request) -> Answer:
    async with request.ctx.db.read() as conn:
        found = await rows.every(conn, request.who.workspace_id)
        lines = [
            _line(brand, await rows.feeds_of(conn, request.who.workspace_id, brand.id))
            for brand in found[:40]
        ]
    return Answer("\n".join(lines))


def _line(brand: Brand, feeds: Mapping[str, Feed]) -> str:
    pages = ", ".join(network for network, feed in feeds.items() if feed.address) or "no page yet"
    default = " (default)" if brand.is_default else ""
    return f"{blocks.bold(brand.name)}{default} · {pages} · {blocks.line(brand.zone or 'UTC')}"


async def _shown(request: Request, name: str) -> dict[str, str]:
    """The brand as the modal shows it; one that does not exist yet is only its name."""
    if not request.who.is_admin:
        raise Refused("Only an admin can change brands. Ask the person who installed Overture.")
    async with request.ctx.db.read() as conn:
        workspace_id = request.who.workspace_id
        named = await rows.named(conn, workspace_id, name) if name.strip() else None
        brand = named or (None if name.strip() else (await rows.every(conn, workspace_id))[0])
        feeds = await rows.feeds_of(conn, workspace_id, brand.id) if brand else {}
    if brand is None:
        return {"name": name.strip()}
    shown = {field: _text(getattr(brand, field)) for field in branding.OWN}
    shown["targets"] = branding.shown_targets(brand.targets)
    shown["posting_times"] = branding.shown_times(brand.posting_times)
    for network, feed in feeds.items():
        shown |= {f"{network}_address": feed.address, f"{network}_name": feed.name}
    return shown | {"default": "default" if brand.is_default else ""}


def _text(value: object) -> str:
    return "\n".join(value) if isinstance(value, tuple) else str(value or "")
