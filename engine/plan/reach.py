"""Which channel each touch takes: gathers what stands against channels, and asks the ladder. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.context import Context
from engine.policy import Policy
from engine.rules import consent, history, ladder
from engine.rules.ladder import Choice, Ways
from storage import consents, facts, histories, senders
from storage.histories import Past
from storage.model import Campaign, Contact, Step, Strategy, channels

NO_CONSENT = "no recorded consent"


@dataclass(frozen=True, slots=True)
class Reach:
    """What stands against channels: `unavailable` by workspace, `barred` by contact; both channel → why.

    `pasts` is, by contact, how they answered on each channel; who hardly did is not in it.
    """

    unavailable: Mapping[str, Mapping[str, str]]
    barred: Mapping[int, Mapping[str, str]]
    pasts: Mapping[int, Mapping[str, Past]] = field(default_factory=dict)

    def ways(self, contact: Contact) -> Ways:
        return Ways(self.barred.get(contact.id, {}), self.unavailable.get(contact.workspace_id, {}))

    def past(self, contact: Contact) -> Mapping[str, Past]:
        return self.pasts.get(contact.id, ladder.NO_PAST)


async def of(ctx: Context, conn: AsyncConnection, people: Sequence[Contact]) -> Reach:
    """For contacts that a claim or an enrolment handed out, of any workspace."""
    by_id = {person.id: person for person in people}
    workspaces = sorted({person.workspace_id for person in people})
    unavailable = {workspace: await _unavailable(ctx, conn, workspace) for workspace in workspaces}
    causes = await facts.suppressed(conn, sorted(by_id))
    barred = {
        id_: {name: f"suppressed: {cause}" for name, cause in found.items()} for id_, found in causes.items()
    }
    asked = [name for name in channels.to_people() if channels.known(name).consent]
    pairs = [(person.id, name) for person in people for name in asked if facts.address_of(person, name)]
    given = await consents.in_force(conn, pairs)
    for contact_id, name in pairs:
        address = facts.address_of(by_id[contact_id], name)
        if consent.against(name, address, given.get((contact_id, name)), ctx.now()):
            barred.setdefault(contact_id, {}).setdefault(name, NO_CONSENT)
    return Reach(unavailable, barred, await _pasts(conn, people))


def choose(
    reach: Reach,
    contact: Contact,
    campaign: Campaign,
    strategy: Strategy,
    step: Step,
    touch: int,
    rules: Policy,
) -> Choice:
    """The channel of this touch, numbered for this contact. Where only the set-up or a consent that nobody has recorded
    yet stands in the way, one that waits: its card says for what."""
    ways, rungs = reach.ways(contact), ladder.parse(rules.ladder)
    insists = step.channel if strategy.source == "model" else ""
    past = reach.past(contact)
    found = ladder.choose(contact, touch, campaign.channels, ways, rungs=rungs, step=insists, past=past)
    if found.channel:
        return found
    final = {name: why for name, why in ways.barred.items() if why != NO_CONSENT}
    hoped = ladder.choose(
        contact, touch, campaign.channels, Ways(final), rungs=rungs, step=insists, past=past
    )
    if not hoped.channel:
        return found
    lacks = ways.unavailable.get(hoped.channel, "")
    waits = f"it is unavailable: {lacks}" if lacks else "no consent to it is recorded"
    return replace(hoped, reason=f"{hoped.reason}; it waits, because {waits}"[:300])


def told(choice: Choice) -> dict[str, Any]:
    """What a message keeps of it: the reason, and what stood against the others (handlers show both)."""
    return {"why_channel": choice.reason, "other_channels": [list(pair) for pair in choice.others]}


async def _pasts(conn: AsyncConnection, people: Sequence[Contact]) -> dict[int, dict[str, Past]]:
    """Of those for whom there is anything to choose; nothing is asked about people with one channel."""
    names = channels.to_people()
    several = [one.id for one in people if sum(bool(facts.address_of(one, name)) for name in names) > 1]
    return await histories.of(conn, several, counts=history.ANSWERS, least=history.LEAST)


async def _unavailable(ctx: Context, conn: AsyncConnection, workspace_id: str) -> dict[str, str]:
    """Channels without credentials or without anybody who sends, each with the reason that people are shown."""
    have = await senders.of_channels(conn, workspace_id)
    lacks = [name for name in channels.to_people() if name in ctx.unavailable or name not in have]
    return {name: ctx.unavailable.get(name, "it is not set up here") for name in lacks}
