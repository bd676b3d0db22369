"""People into the order of their company, in account campaigns: whose order it is, who stands where and why (H1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import policy
from engine.context import Context
from engine.rules import accounts as rules_of
from engine.rules import titles
from storage import accounts, cards, facts, marks, members
from storage import contacts as people
from storage.model import Campaign, Contact
from storage.model.accounts import Member

HOMELESS = "They belong to no company, and an account campaign needs one: add a company or a work address."


async def enrol(
    ctx: Context,
    conn: AsyncConnection,
    actor: str,
    campaign: Campaign,
    contact_ids: Sequence[int],
    *,
    lead: int | None = None,
    whole: bool = False,
) -> list[tuple[int, bool]]:
    """Put contacts in an account campaign, each in the order of their company; (enrolment, is new) for each company.

    `whole` takes everybody of the company along, and posts its card beside the campaign's, not below. Without a
    `lead` the highest title begins. Who belongs to no company stays out.
    """
    found = await facts.people(conn, list(contact_ids))
    of = {id_: found[id_].account_id for id_ in contact_ids if id_ in found}
    own = titles.parse_own((await policy.of(conn, campaign.workspace_id)).titles)
    stands_for = await accounts.companies(conn, campaign.workspace_id, [id_ for id_ in of.values() if id_])
    by_company: dict[int, list[Contact]] = defaultdict(list)
    for contact_id, account_id in of.items():
        if account_id:
            by_company[stands_for[account_id]].append(found[contact_id])
    made = []
    for account_id, came in by_company.items():
        theirs = await accounts.people(conn, campaign.workspace_id, account_id) if whole else came
        one = await accounts.enrol(conn, campaign.workspace_id, campaign.id, account_id, now=ctx.now())
        if await _join(ctx, conn, campaign, one[0], theirs, own, lead):
            await marks.note(
                conn, campaign.workspace_id, "account", one[0], "join", actor=actor, now=ctx.now()
            )
        await accounts.begin_again(
            conn, campaign.workspace_id, campaign.id, one[0], stopped_for=rules_of.NOBODY
        )
        await _card(conn, campaign, one[0], below=not whole)
        made.append(one)
    return made


async def _join(
    ctx: Context,
    conn: AsyncConnection,
    campaign: Campaign,
    enrolment_id: int,
    came: Sequence[Contact],
    own: Mapping[str, int],
    lead: int | None,
) -> int:
    """New people take their place by title behind those of the same score; who is there keeps lead and decisions."""
    known = (await members.of(conn, [enrolment_id])).get(enrolment_id, [])
    have = {member.contact_id for member in known}
    new = [person for person in came if person.id not in have][: accounts.MOST - len(known)]
    if not new:
        return 0
    ranks = dict(titles.order([(person.id, person.title) for person in new], own))
    places = [(member.contact_id, member.score) for member in known] + [
        (id_, ranks[id_].score) for id_ in ranks
    ]
    ordered = (
        [id_ for id_, _ in sorted(places, key=lambda place: -place[1])]
        if not _was_edited(known)
        else [id_ for id_, _ in places]
    )
    first = next((member.contact_id for member in known if member.is_primary), None) or lead or ordered[0]
    rows = [
        {
            "enrolment_id": enrolment_id, "contact_id": person.id, "position": ordered.index(person.id) + 1,
            "is_primary": person.id == first, "score": ranks[person.id].score, "reason": _reason(person, ranks[person.id]),
        }
        for person in new
    ]  # fmt: skip
    count = await members.add(conn, campaign.workspace_id, rows, now=ctx.now())
    for member in known:
        await members.change(
            conn, enrolment_id, member.contact_id, position=ordered.index(member.contact_id) + 1
        )
    await accounts.grow(conn, campaign.workspace_id, enrolment_id)
    return count


async def put_in(
    ctx: Context, conn: AsyncConnection, campaign: Campaign, contact_ids: Sequence[int], *, actor: str
) -> None:
    """Enrol contacts as the campaign runs: each by themselves, or as people of their companies."""
    if campaign.by_account:
        await enrol(ctx, conn, actor, campaign, contact_ids)
    else:
        await people.enrol(conn, campaign.workspace_id, campaign.id, contact_ids, actor=actor, now=ctx.now())


def _was_edited(known: Sequence[Member]) -> bool:
    """Whether a person put them in an order that titles alone would not give: then new people go to the end."""
    scores = [member.score for member in known]
    return scores != sorted(scores, reverse=True)


def _reason(person: Contact, rank: titles.Rank) -> str:
    if rank.role and rank.role.casefold() == person.title.strip().casefold():
        return rank.role
    if rank.role:
        return f"{rank.role}, from “{person.title[:120]}”"
    return f"no rank in “{person.title[:120]}”" if person.title.strip() else "no title on record"


async def _card(conn: AsyncConnection, campaign: Campaign, enrolment_id: int, *, below: bool) -> None:
    if campaign.channel_id:
        parent = ("campaign", campaign.id) if below else None
        await cards.want(
            conn, campaign.workspace_id, "account", enrolment_id, campaign.channel_id, parent=parent
        )
