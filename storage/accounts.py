"""Accounts in campaigns and the one sequence of each. Who is next is decided elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, func, literal, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import marks
from storage import messages as message_rows
from storage.db import among, columns
from storage.model import Contact, EnrolmentState
from storage.model.accounts import Account, AccountEnrolment, AccountTouch
from storage.tables import accounts, campaigns, cards, contacts, enrolments, members, messages
from storage.workspaces import insert_new

ENROLMENT = columns(enrolments, AccountEnrolment)
MOST = 100
"""People of one company that a sequence may have."""
same = accounts.alias("same")


async def get(conn: AsyncConnection, workspace_id: str, account_id: int) -> Account | None:
    result = await conn.execute(
        select(*columns(accounts, Account)).where(
            accounts.c.workspace_id == workspace_id, accounts.c.id == account_id
        )
    )
    row = result.first()
    return Account(*row) if row else None


async def people(conn: AsyncConnection, workspace_id: str, account_id: int) -> list[Contact]:
    """The contacts of a company in the order in which they came, at most MOST."""
    result = await conn.execute(
        select(*columns(contacts, Contact))
        .select_from(accounts.join(same, same_company()).join(contacts, contacts.c.account_id == same.c.id))
        .where(accounts.c.workspace_id == workspace_id, accounts.c.id == account_id)
        .order_by(contacts.c.id)
        .limit(MOST)
    )
    return [Contact(*row) for row in result]


async def companies(conn: AsyncConnection, workspace_id: str, account_ids: Sequence[int]) -> dict[int, int]:
    """account → the account that stands for its company: the oldest one of its domain."""
    found = await conn.execute(
        select(accounts.c.id, func.min(same.c.id).label("oldest"))
        .select_from(accounts.join(same, same_company()))
        .where(accounts.c.workspace_id == workspace_id, among(accounts.c.id, "ids"))
        .group_by(accounts.c.id),
        {"ids": sorted(set(account_ids))},
    )
    return {row.id: row.oldest for row in found}


def same_company() -> ColumnElement[bool]:
    """Joins an account with those of its company, itself among them: as `same`, by id or by their domain."""
    alike = (accounts.c.domain != "") & (same.c.domain == accounts.c.domain)
    return (same.c.workspace_id == accounts.c.workspace_id) & ((same.c.id == accounts.c.id) | alike)


# --- the sequence of an account


async def enrol(
    conn: AsyncConnection, workspace_id: str, campaign_id: int, account_id: int, *, now: datetime
) -> tuple[int, bool]:
    """The account's enrolment in the campaign, and whether it is new. A running campaign begins it in a loop."""
    statement = (
        insert_new(conn, enrolments)
        .values(
            workspace_id=workspace_id, campaign_id=campaign_id, account_id=account_id,
            state=EnrolmentState.WAITING, created_at=now,
        )
        .returning(enrolments.c.id)
    )  # fmt: skip
    new = (await conn.execute(statement)).scalar_one_or_none()
    if new is not None:
        await _unsettle(conn, workspace_id, campaign_id)
        return int(new), True
    mine = (enrolments.c.campaign_id == campaign_id, enrolments.c.account_id == account_id)
    known = await conn.execute(select(enrolments.c.id).where(*mine))
    return int(known.scalar_one()), False


async def begin_again(
    conn: AsyncConnection, workspace_id: str, campaign_id: int, enrolment_id: int, *, stopped_for: str
) -> None:
    """A sequence that ended for this reason waits to begin, as if it were new."""
    result = await conn.execute(
        update(enrolments)
        .where(
            enrolments.c.workspace_id == workspace_id,
            enrolments.c.id == enrolment_id,
            enrolments.c.state == literal_column("'stopped'"),
            enrolments.c.reason == stopped_for,
        )
        .values(state=EnrolmentState.WAITING, reason="")
    )
    if result.rowcount:
        await _unsettle(conn, workspace_id, campaign_id)


async def enrolment(conn: AsyncConnection, workspace_id: str, enrolment_id: int) -> AccountEnrolment | None:
    found = await enrolments_by_id(conn, [enrolment_id])
    row = found.get(enrolment_id)
    return row if row is not None and row.workspace_id == workspace_id else None


async def enrolments_by_id(conn: AsyncConnection, ids: Sequence[int]) -> dict[int, AccountEnrolment]:
    """Those of these enrolments that are an account's, for ids that a claim handed out."""
    result = await conn.execute(_BY_IDS, {"ids": sorted(set(ids))})
    return {row[0]: _enrolment(row) for row in result}


async def of_campaign(conn: AsyncConnection, workspace_id: str, campaign_id: int) -> list[int]:
    """The enrolments of companies in this campaign, in the order in which they joined."""
    result = await conn.scalars(
        select(enrolments.c.id)
        .where(
            enrolments.c.workspace_id == workspace_id,
            enrolments.c.campaign_id == campaign_id,
            enrolments.c.account_id.is_not(None),
        )
        .order_by(enrolments.c.id)
    )
    return list(result)


async def due(conn: AsyncConnection, *, now: datetime, limit: int) -> list[AccountEnrolment]:
    """Accounts that must be looked at, locked."""
    result = await conn.execute(
        select(*ENROLMENT)
        .where(
            enrolments.c.state == literal_column("'active'"),
            enrolments.c.next_at.is_not(None),
            enrolments.c.next_at <= now,
            enrolments.c.account_id.is_not(None),
        )
        .order_by(enrolments.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_enrolment(row) for row in result]


async def open_of(
    conn: AsyncConnection, workspace_id: str, contact_ids: Sequence[int]
) -> list[AccountEnrolment]:
    """The running enrolments of the companies of these contacts, newest first."""
    result = await conn.execute(_OPEN_OF, {"of_workspace": workspace_id, "contacts": list(contact_ids)})
    return [_enrolment(row) for row in result]


async def look_again(
    conn: AsyncConnection, workspace_id: str, contact_ids: Sequence[int], *, now: datetime
) -> None:
    """Something happened to these contacts: the running sequences of their companies are looked at."""
    found = [one.id for one in await open_of(conn, workspace_id, contact_ids)]
    await wake(conn, found, now=now)
    await marks.stale(conn, "account", found)


async def wake(conn: AsyncConnection, enrolment_ids: Sequence[int], *, now: datetime) -> None:
    """Those that run are looked at. One that a loop holds at this moment is left to it: nobody waits for a loop."""
    free = (
        select(enrolments.c.id)
        .where(enrolments.c.id.in_(list(enrolment_ids)), enrolments.c.state == literal_column("'active'"))
        .with_for_update(skip_locked=True)
    )
    ids = [row.id for row in await conn.execute(free)] if enrolment_ids else []
    if ids:
        await conn.execute(update(enrolments).where(enrolments.c.id.in_(ids)).values(next_at=now))


async def running(conn: AsyncConnection) -> list[int]:
    """Every account's sequence that runs and was not paused, over all workspaces."""
    result = await conn.execute(
        select(enrolments.c.id)
        .where(
            enrolments.c.account_id.is_not(None),
            enrolments.c.state == literal_column("'active'"),
            enrolments.c.paused_at.is_(None),
        )
        .order_by(enrolments.c.id)
    )
    return [row.id for row in result]


async def change(conn: AsyncConnection, workspace_id: str, enrolment_id: int, **values: Any) -> None:
    await conn.execute(
        update(enrolments)
        .where(enrolments.c.workspace_id == workspace_id, enrolments.c.id == enrolment_id)
        .values(**values)
    )


async def grow(conn: AsyncConnection, workspace_id: str, enrolment_id: int) -> None:
    """Its people or their order changed: what was seen before is no longer what is approved."""
    await change(conn, workspace_id, enrolment_id, revision=enrolments.c.revision + 1)


async def decided(
    conn: AsyncConnection, workspace_id: str, enrolment_id: int, seen: int, *, grows: bool, now: datetime
) -> bool:
    """A person decided about the order of revision `seen`: False when it is another by now. It is looked at again."""
    running = case(
        (enrolments.c.state == "active", literal(now, enrolments.c.next_at.type)), else_=enrolments.c.next_at
    )
    result = await conn.execute(
        update(enrolments)
        .where(
            enrolments.c.workspace_id == workspace_id,
            enrolments.c.id == enrolment_id,
            enrolments.c.revision == seen,
        )
        .values(revision=seen + int(grows), next_at=running)
    )
    return result.rowcount == 1


async def redraw(conn: AsyncConnection, campaign_id: int) -> None:
    """What the cards of a campaign's accounts show changed: its strategy, its status."""
    ids = select(enrolments.c.id).where(
        enrolments.c.campaign_id == campaign_id, enrolments.c.account_id.is_not(None)
    )
    await conn.execute(
        update(cards)
        .where(cards.c.kind == "account", cards.c.entity_id.in_(ids))
        .values(wanted=cards.c.wanted + 1)
    )


async def touches(conn: AsyncConnection, enrolment_ids: Sequence[int]) -> dict[int, list[AccountTouch]]:
    """All touches of each enrolment, oldest row first; found by its people, whose messages have the index."""
    found: dict[int, list[AccountTouch]] = defaultdict(list)
    for row in await conn.execute(_TOUCHES, {"ids": sorted(set(enrolment_ids))}):
        found[row[0]].append(AccountTouch(*row))
    return found


def _enrolment(row: Any) -> AccountEnrolment:
    found = AccountEnrolment(*row)
    return replace(found, state=EnrolmentState(found.state))


async def _unsettle(conn: AsyncConnection, workspace_id: str, campaign_id: int) -> None:
    await conn.execute(
        update(campaigns)
        .where(
            campaigns.c.workspace_id == workspace_id,
            campaigns.c.id == campaign_id,
            campaigns.c.status.in_(("active", "completed")),
        )
        .values(unsettled=True)
    )
    await marks.stale(conn, "campaign", [campaign_id])


_BY_IDS = select(*ENROLMENT).where(among(enrolments.c.id, "ids"), enrolments.c.account_id.is_not(None))
_OPEN_OF = (
    select(*ENROLMENT)
    .select_from(
        contacts.join(same, same.c.id == contacts.c.account_id)
        .join(accounts, same_company())
        .join(enrolments, enrolments.c.account_id == accounts.c.id)
    )
    .where(
        enrolments.c.workspace_id == bindparam("of_workspace"),
        among(contacts.c.id, "contacts"),
        enrolments.c.state.in_(("waiting", "active")),
    )
    .distinct()
    .order_by(enrolments.c.id.desc())
)
_TOUCHES = (
    select(
        messages.c.enrolment_id, messages.c.contact_id, messages.c.step, messages.c.state, messages.c.channel,
        messages.c.sent_at, messages.c.slot_at,
    )
    .join(
        members,
        (members.c.contact_id == messages.c.contact_id) & (members.c.enrolment_id == messages.c.enrolment_id),
    )
    .where(among(members.c.enrolment_id, "ids"), ~message_rows.is_answer())
    .order_by(messages.c.id)
)  # fmt: skip
