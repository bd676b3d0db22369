"""Loads what the card of an account in a campaign shows: its people in order, touches, drafts, conflicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import account_facts, accounts, campaigns, facts, messages, proposals
from storage import members as member_rows
from storage.lifecycle import State
from storage.model import Campaign, Contact, Message, Strategy, StrategyState
from storage.model.accounts import Account, AccountEnrolment, AccountTouch, Member, Proposal, Seen
from storage.tables import messages as rows
from storage.views import shared

DRAFTS = 3
"""Drafts that the card shows in full."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """A touch to come, if nobody reacts: on which day of the sequence, to whom, how, and why both."""

    step: int
    day: int
    contact_id: int
    channel: str
    why_person: str
    why_channel: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """`touches` are those of the sequence, oldest first. `seen` speaks against writing and waits for a person.

    `ahead` and `out`, contact → why they get nothing, are worked out by the caller: they depend on rules. `strategy`
    is the newest one that was not rejected.
    """

    enrolment: AccountEnrolment
    account: Account
    campaign: Campaign
    zone: str
    members: tuple[tuple[Member, Contact], ...] = ()
    strategy: Strategy | None = None
    touches: tuple[AccountTouch, ...] = ()
    drafts: tuple[Message, ...] = ()
    seen: tuple[Seen, ...] = ()
    asked: bool = False
    ahead: tuple[Ahead, ...] = ()
    out: Mapping[int, str] = field(default_factory=dict)
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProposalView:
    """What is proposed about a company that stayed silent; `last_at` is its last touch."""

    proposal: Proposal
    company: str
    campaign: str
    zone: str
    touches: int = 0
    last_at: datetime | None = None


async def proposal(conn: AsyncConnection, workspace_id: str, id_: int) -> ProposalView | None:
    found = await proposals.get(conn, workspace_id, id_)
    enrolment = await accounts.enrolment(conn, workspace_id, found.enrolment_id) if found else None
    if found is None or enrolment is None:
        return None
    account = await accounts.get(conn, workspace_id, enrolment.account_id)
    campaign = await campaigns.get(conn, workspace_id, enrolment.campaign_id)
    sent = [
        t.sent_at for t in (await accounts.touches(conn, [enrolment.id])).get(enrolment.id, []) if t.sent_at
    ]
    return ProposalView(
        found, account.name if account else "", campaign.name if campaign else "",
        await shared.zone(conn, workspace_id), len(sent), max(sent, default=None),
    )  # fmt: skip


async def load(conn: AsyncConnection, workspace_id: str, id_: int) -> AccountView | None:
    enrolment = await accounts.enrolment(conn, workspace_id, id_)
    if enrolment is None:
        return None
    account = await accounts.get(conn, workspace_id, enrolment.account_id)
    campaign = await campaigns.get(conn, workspace_id, enrolment.campaign_id)
    assert account is not None, "an account in a campaign is never deleted"
    assert campaign is not None, "a campaign is never deleted"
    members = (await member_rows.of(conn, [id_])).get(id_, [])
    people = await facts.people(conn, [member.contact_id for member in members])
    plans = await campaigns.strategies_of(conn, workspace_id, campaign.id)
    alive = (StrategyState.DRAFT, StrategyState.APPROVED)
    touches = (await accounts.touches(conn, [id_])).get(id_, [])
    waiting = [touch for touch in touches if touch.state in (State.PLANNED, State.SCHEDULED, State.DRAFTED)]
    return AccountView(
        enrolment,
        account,
        campaign,
        await shared.zone(conn, workspace_id),
        members=tuple(
            (member, people[member.contact_id]) for member in members if member.contact_id in people
        ),
        strategy=next((found for found in plans if found.state in alive), None),
        touches=tuple(touches),
        drafts=tuple(await _drafts(conn, enrolment)),
        seen=tuple((await account_facts.since(conn, [id_])).get(id_, [])),
        asked=id_ in await account_facts.undecided(conn, [id_]),
        next_at=min((touch.slot_at for touch in waiting if touch.slot_at), default=None),
    )


async def _drafts(conn: AsyncConnection, enrolment: AccountEnrolment) -> list[Message]:
    """Those that wait for a decision, found through their campaign."""
    return await messages.find(
        conn, enrolment.workspace_id, rows.c.campaign_id == enrolment.campaign_id,
        rows.c.state == State.DRAFTED, rows.c.enrolment_id == enrolment.id, ~messages.is_answer(), limit=DRAFTS,
    )  # fmt: skip
