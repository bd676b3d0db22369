"""People: add one, what they agreed to and asked for, put an address on the suppression list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import campaigns, consents, contacts, preferences, referrals
from engine import one_contact as people
from engine.contacts import NewContact
from engine.errors import Refused
from handlers import actions, blocks, one_contact, parse, people_forms, words
from handlers.request import NOTHING, Answer, Request
from storage.model import CampaignStatus

FIELDS = (
    "first_name", "last_name", "email", "phone", "linkedin_url", "x_handle", "instagram",
    "messenger_id", "whatsapp", "company", "title", "zone", "locale",
    "consent", "consent_on", "prefers", "never_by",
)  # fmt: skip
_OPEN = (CampaignStatus.DRAFT, CampaignStatus.ACTIVE, CampaignStatus.PAUSED)


async def new(request: Request) -> Answer:
    asked = parse.arguments(request.text, (*FIELDS, "campaign", "note", *one_contact.STATED))
    if asked.empty:
        return await _form(request, {})
    stated = {name: parse.bounded(name, asked.get(name), 500) for name in ("note", *one_contact.STATED)}
    answer, known = await _known(request, asked) or await _typed(request, asked)
    if any(stated.values()):
        await people.note(request.ctx, request.who, known, stated.pop("note"), stated)
    return answer


async def proposed(request: Request) -> Answer:
    """The form begins with whom a reply pointed to."""
    given = await referrals.proposed(request.ctx, request.who, actions.ref(request.value).id)
    return await _form(request, given)


async def _form(request: Request, given: Mapping[str, str]) -> Answer:
    every = await campaigns.every(request.ctx, request.who)
    found = [campaign for campaign in every if campaign.status in _OPEN]
    await request.slack.open_view(people_forms.contact(found, channel=request.who.channel, given=given))
    return NOTHING


async def submitted(request: Request) -> Answer:
    typed = {name: request.get(name) for name in FIELDS} | {"never_by": ",".join(request.several("never_by"))}
    given = {name: parse.bounded(name, text, 500) for name, text in typed.items()}
    chosen = request.get("campaign")
    here = request.speaking_in(request.metadata.get("channel", ""))
    return (await _add(here, given, actions.ref(chosen).id if chosen else None))[0]


async def consent(request: Request) -> Answer:
    """They agreed to texts, or took it back: who, where, and on which day."""
    asked = parse.arguments(
        request.text, ("contact", "source", "on", "until", "channel"), ("withdraw",), free=True
    )
    contact = asked.get("contact") or (asked.words[0] if asked.words else "")
    source = asked.get("source") or asked.after(0 if asked.get("contact") else 1)
    if not contact:
        typed = words.command(request, 'consent +4915112345678 "form at the fair" on:2026-11-20')
        raise Refused(f"Name who agreed, where and on which day, like `{typed}`.")
    source, channel = (
        parse.bounded("source", source, consents.SOURCE),
        asked.get("channel") or consents.DEFAULT,
    )
    if "withdraw" in asked.flags:
        said = await consents.withdraw(
            request.ctx, request.who, contact=contact, source=source, channel=channel
        )
        return Answer(blocks.sentence(said))
    on = parse.day("on", asked.get("on"))
    if on is None:
        raise Refused("Add the day on which they agreed, like on:2026-11-20.", field="on")
    said = await consents.record(
        request.ctx, request.who, contact=contact, agreed=consents.Agreement(source, on), channel=channel,
        until=parse.day("until", asked.get("until")),
    )  # fmt: skip
    return Answer(blocks.sentence(said))


async def prefer(request: Request) -> Answer:
    """Who, the channel they asked for ("none" takes it back), and not: those they refuse."""
    asked = parse.arguments(request.text, ("not",))
    if not asked.words or (len(asked.words) == 1 and not asked.get("not")):
        raise Refused(
            f"Name who and which channel, like {words.command(request, 'prefer ada@example.com sms not:call')}."
        )
    said = await preferences.state(
        request.ctx,
        request.who,
        contact=asked.words[0],
        asked=asked.words[1] if len(asked.words) > 1 else None,
        refused=asked.get("not").split(",") if asked.get("not") else None,
    )
    return Answer(blocks.sentence(said))


async def suppress(request: Request) -> Answer:
    asked = parse.arguments(request.text, ("cause",), free=True)
    if not asked.words:
        raise Refused(f"Name an address, like {words.command(request, 'suppress ada@example.com')}.")
    cause = asked.get("cause") or " ".join(asked.words[1:])
    said = await contacts.suppress(
        request.ctx, request.who, asked.words[0], parse.bounded("cause", cause, 100)
    )
    return Answer(blocks.sentence(said))


def _given(asked: parse.Arguments) -> dict[str, str]:
    """The fields of a command: `ada@example.com Ada Lovelace`, and options by name, which win."""
    given = {name: parse.bounded(name, asked.get(name), 500) for name in FIELDS}
    address, *rest = asked.words or ("",)
    words_given = {"email": address, "first_name": " ".join(rest[:1]), "last_name": " ".join(rest[1:])}
    return given | {name: given[name] or text for name, text in words_given.items()}


async def _known(request: Request, asked: parse.Arguments) -> tuple[Answer, int] | None:
    """The card of who is on record, where the command names an address and nothing to store about them."""
    if len(asked.words) != 1 or any(name in asked.options for name in (*FIELDS, "campaign")):
        return None
    found = await contacts.on_record(request.ctx, request.who, asked.words[0])
    if found is None:
        return None
    known, suppressed = found
    await people.show(request.ctx, request.who, known)
    listed = f" They are on the suppression list ({blocks.line(suppressed)})." if suppressed else ""
    return Answer(f"Their card follows here.{listed}"), known


async def _typed(request: Request, asked: parse.Arguments) -> tuple[Answer, int]:
    name = asked.get("campaign")
    campaign = await campaigns.named(request.ctx, request.who, name) if name else None
    return await _add(request, _given(asked), campaign.id if campaign else None)


async def _add(request: Request, given: dict[str, str], campaign_id: int | None) -> tuple[Answer, int]:
    added = await contacts.add(request.ctx, request.who, _contact(given), campaign_id, correct=True)
    await people.show(request.ctx, request.who, added.contact_id)
    name = f"{given['first_name']} {given['last_name']}".strip() or given["email"] or "The contact"
    what = "was added" if added.was_new else "was known already and is up to date"
    if added.changed:
        what = f"was known already; changed: {words.fields(added.changed)}"
    return Answer(f"{blocks.bold(name)} {what}."), added.contact_id


def _contact(given: Mapping[str, str]) -> NewContact:
    texts: dict[str, Any] = {name: given[name] for name in FIELDS}
    return NewContact(**texts, source="added in Slack")
