"""What a contact's score rests on, and the score itself. Counts no points (engine.rules.scoring does)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import marks
from storage.db import among, columns
from storage.model import Contact
from storage.tables import (
    brands,
    campaigns,
    contacts,
    engagements,
    enrolments,
    messages,
    replies,
    suppressions,
)

SCORED = frozenset(
    {"title", "company", "email", "phone", "whatsapp", "linkedin_url", "x_handle", "instagram", "messenger_id",
     "guessed", "facts", "email_key", "block_key"}
)  # fmt: skip
"""The columns of a contact on which its score rests."""


TELLING = frozenset({"opened", "clicked", "meeting_booked", "converted"})
"""The engagements on which it rests; what a reply says is in the replies."""


@dataclass(frozen=True, slots=True)
class Known:
    """A contact and what happened around it.

    `audiences` are those of its campaigns, else the default brand's. `engaged` are kinds of what people did,
    `answered` classes of replies; `suppressed` is the cause, empty when they are not on the list.
    """

    contact: Contact
    audiences: tuple[str, ...] = ()
    engaged: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()
    written: bool = False
    suppressed: str = ""


async def unscored(conn: AsyncConnection, limit: int) -> list[int]:
    """Contacts whose score must be counted anew, locked, in id order. Spans workspaces."""
    result = await conn.execute(_UNSCORED.limit(limit))
    return [row.id for row in result]


async def known(conn: AsyncConnection, contact_ids: Sequence[int]) -> list[Known]:
    """What the scores of these contacts rest on; for ids that a claim or a view of their workspace handed out."""
    ids = {"ids": sorted(set(contact_ids))}
    people = [(Contact(*row[:-1]), row[-1]) for row in await conn.execute(_PEOPLE, ids)]
    audiences = await _sets(conn, _AUDIENCES, ids)
    engaged = await _sets(conn, _ENGAGED, ids)
    answered = await _sets(conn, _ANSWERED, ids)
    written = {row.contact_id for row in await conn.execute(_WRITTEN, ids)}
    causes = {row.id: row.cause for row in await conn.execute(_SUPPRESSED, ids)}
    return [
        Known(
            contact,
            tuple(sorted(audiences[contact.id])) or ((brand,) if brand else ()),
            frozenset(engaged[contact.id]),
            frozenset(answered[contact.id]),
            contact.id in written,
            causes.get(contact.id, ""),
        )
        for contact, brand in people
    ]


async def write(conn: AsyncConnection, found: Mapping[int, int]) -> None:
    """Keep the scores of contacts that are locked, and draw their cards anew."""
    if found:
        rows = [{"contact_id": id_, "points": points} for id_, points in sorted(found.items())]
        await conn.execute(_WRITE, rows)
        await marks.stale(conn, "contact", sorted(found))


async def qualify(conn: AsyncConnection, contact_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Of these, who replied is qualified now; returns (id, workspace) of those."""
    result = await conn.execute(_QUALIFY, {"ids": list(contact_ids)}) if contact_ids else ()
    return [(row.id, row.workspace_id) for row in result]


async def mark(conn: AsyncConnection, contact_ids: Sequence[int]) -> None:
    """Something that these scores rest on changed: they are counted anew soon."""
    ids = sorted(set(contact_ids))
    if ids:
        await conn.execute(_MARK, {"ids": ids})
        await marks.stale(conn, "contact", ids)


async def _sets(conn: AsyncConnection, statement: Any, ids: Mapping[str, Any]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for contact_id, value in await conn.execute(statement, ids):
        found[contact_id].add(value)
    return found


_c = contacts.c
_IS_UNSCORED: ColumnElement[bool] = literal_column(
    "contacts.unscored"
)  # a Boolean would become = 1 on SQLite: no index
_UNSCORED = (
    select(_c.id).where(_IS_UNSCORED).order_by(_c.id).with_for_update(skip_locked=True, key_share=True)
)
_PEOPLE = (
    select(*columns(contacts, Contact), brands.c.audience)
    .select_from(contacts.outerjoin(brands, (brands.c.workspace_id == _c.workspace_id) & brands.c.is_default))
    .where(among(_c.id, "ids"))
    .order_by(_c.id)
)
_AUDIENCES = (
    select(enrolments.c.contact_id, campaigns.c.audience)
    .distinct()
    .join(campaigns, campaigns.c.id == enrolments.c.campaign_id)
    .where(among(enrolments.c.contact_id, "ids"), campaigns.c.audience != "")
)
_ENGAGED = (
    select(messages.c.contact_id, engagements.c.kind)
    .distinct()
    .select_from(messages.join(engagements, engagements.c.message_id == messages.c.id))
    .where(among(messages.c.contact_id, "ids"), engagements.c.human)
)
_ANSWERED = select(replies.c.contact_id, replies.c.klass).distinct().where(among(replies.c.contact_id, "ids"))
_WRITTEN = (
    select(messages.c.contact_id)
    .distinct()
    .where(among(messages.c.contact_id, "ids"), messages.c.sent_at.is_not(None))
)
_SUPPRESSED = (
    select(_c.id, suppressions.c.cause)
    .join(
        suppressions,
        (suppressions.c.workspace_id == _c.workspace_id)
        & (suppressions.c.kind == "address")
        & (suppressions.c.key == _c.block_key),
    )
    .where(among(_c.id, "ids"))
)
_WRITE = (
    update(contacts).where(_c.id == bindparam("contact_id")).values(score=bindparam("points"), unscored=False)
)
_QUALIFY = (
    update(contacts)
    .where(among(_c.id, "ids"), _c.status == "replied")
    .values(status="qualified")
    .returning(_c.id, _c.workspace_id)
)
_MARK = (
    update(contacts)
    .where(
        _c.id.in_(
            select(_c.id)
            .where(among(_c.id, "ids"), ~_c.unscored)
            .order_by(_c.id)
            .with_for_update(key_share=True)
        )
    )
    .values(unscored=True)
)
"""Locked in id order, as every batch of contacts is."""
