"""What gates and timing need to know about messages, gathered in a few queries per batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import account_facts, campaigns, consents, sequences
from storage.db import among, columns, maker
from storage.model import Brand, Campaign, Contact, Feed, Json, Message, Sender, channels
from storage.model.accounts import AccountCase
from storage.model.consents import Consent
from storage.sequences import Mailed
from storage.tables import brands, conflicts, contacts, feeds, messages, senders, suppressions, workspaces

DEAD_NUMBER, DEAD_MAILBOX = "dead number", "hard bounce"
"""The causes of an address that nothing reaches: they say nothing about the person's other ones."""
STOPPED, STOPPED_NUMBER = "texted STOP", "texted STOP: texts and calls"
"""The causes of an opt-out that a START from the same number takes back; the second holds for texts and calls alone."""
OF_NUMBER = (DEAD_NUMBER, STOPPED_NUMBER)
"""Causes that leave a person's mailbox alone."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One message and everything around it that a decision may rest on.

    `suppressed` is the cause when the recipient is on the suppression list, else empty. `settings` are the
    workspace's stored differences (engine.policy reads them). `thread` are the mails that a follow-up continues.
    `disputed`: a conflict with the recipient is open; looked up for answers to replies alone, which no reply holds.
    `consent` is what they last said about being written to on this channel, where the law asks for it.
    `account` is the company whose sequence it belongs to, in account campaigns alone.
    """

    message: Message
    contact: Contact | None
    campaign: Campaign | None
    brand: Brand
    feed: Feed | None
    sender: Sender | None
    settings: Json
    suppressed: str = ""
    thread: tuple[Mailed, ...] = ()
    disputed: bool = False
    consent: Consent | None = None
    account: AccountCase | None = None

    @property
    def address(self) -> str:
        """Where the message would go now: the approval is compared with it."""
        if self.feed is not None:
            return self.feed.address
        return address_of(self.contact, self.message.channel) if self.contact else ""


def address_of(contact: Contact, channel: str) -> str:
    """Where this contact is reached on a channel; empty when they are not."""
    field = channels.known(channel).address
    return str(getattr(contact, field)) if field else ""


async def people(conn: AsyncConnection, contact_ids: Sequence[int]) -> dict[int, Contact]:
    """Contacts by id, for ids that a claim or an enrolment handed out."""
    found = await _contacts(conn, contact_ids, lock=False)
    return {id_: contact for id_, (contact, _) in found.items()}


async def gather(
    conn: AsyncConnection, rows: Sequence[Message], *, lock: bool = False, sender: Sender | None = None
) -> list[Situation]:
    """The situation of each message, in the same order. `lock` locks the contacts in id order,
    then keeps the campaigns from changing status until the transaction ends. `sender` is one the caller has locked."""
    by_contact = await _contacts(conn, [row.contact_id for row in rows if row.contact_id], lock=lock)
    ids = sorted({row.campaign_id for row in rows if row.campaign_id})
    by_campaign = await campaigns.by_ids(conn, ids, share=lock) if ids else {}
    by_brand, settings = await _brands(conn, [row.brand_id for row in rows])
    by_feed = await _nouns(conn, _FEEDS, Feed, [row.feed_id for row in rows if row.feed_id])
    unknown = [
        row.sender_id for row in rows if row.sender_id and (sender is None or row.sender_id != sender.id)
    ]
    by_sender = await _nouns(conn, _SENDERS, Sender, unknown) | ({sender.id: sender} if sender else {})
    listed = await _listed(conn, by_contact)
    asked = [row for row in rows if row.contact_id and channels.known(row.channel).consent]
    agreed = await consents.in_force(conn, [(row.contact_id or 0, row.channel) for row in asked])
    threads = await sequences.mailed_before(conn, rows)
    disputed = await _disputed(conn, rows)
    by_account = any(campaign.by_account for campaign in by_campaign.values())
    companies = await account_facts.cases(conn, rows) if by_account else {}
    return [
        Situation(
            message=row,
            contact=by_contact[row.contact_id][0] if row.contact_id else None,
            campaign=by_campaign[row.campaign_id] if row.campaign_id else None,
            brand=by_brand[row.brand_id],
            feed=by_feed[row.feed_id] if row.feed_id else None,
            sender=by_sender[row.sender_id] if row.sender_id else None,
            settings=settings[row.workspace_id],
            suppressed=_cause(listed.get(row.contact_id or 0, {}), row.channel),
            thread=threads.get(row.id, ()),
            disputed=row.contact_id in disputed,
            consent=agreed.get((row.contact_id or 0, row.channel)),
            account=companies.get(row.id),
        )
        for row in rows
    ]


async def suppressed(conn: AsyncConnection, contact_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """contact → channel → cause, for those of them of whom an address is on the suppression list."""
    rows = await conn.execute(_ADDRESSES, {"ids": sorted(set(contact_ids))}) if contact_ids else ()
    listed = await _listed(conn, {row.id: (row, row.block_key or "") for row in rows})
    found: dict[int, dict[str, str]] = {}
    for id_, causes in listed.items():
        by_channel = {name: _cause(causes, name) for name in channels.to_people()}
        found[id_] = {name: cause for name, cause in by_channel.items() if cause}
    return found


async def lock_contacts(conn: AsyncConnection, contact_ids: Sequence[int]) -> None:
    """Take the contacts' locks in id order, before any message's."""
    await _contacts(conn, contact_ids, lock=True)


async def retouch(conn: AsyncConnection, contact_id: int, *, without: int) -> None:
    """The last touch as the other messages tell it: one that a person says never arrived does not count."""
    others = (messages.c.contact_id == contact_id) & (messages.c.id != without)
    last = select(func.max(messages.c.sent_at)).where(others).scalar_subquery()
    await conn.execute(update(contacts).where(contacts.c.id == contact_id).values(touched_at=last))


async def touch(conn: AsyncConnection, contact_ids: Sequence[int], at: datetime | None) -> None:
    """Remember the last touch of contacts locked by `gather`, before anything is on the wire."""
    await conn.execute(_TOUCH, {"ids": list(contact_ids), "at": at})


async def untouch(conn: AsyncConnection, contact_id: int, *, before: datetime | None) -> None:
    """Give back a touch that surely did not happen. The contact could not be touched again meanwhile."""
    fewer = case((contacts.c.unanswered > 0, contacts.c.unanswered - 1), else_=0)
    await conn.execute(
        update(contacts).where(contacts.c.id == contact_id).values(touched_at=before, unanswered=fewer)
    )


async def stirred(conn: AsyncConnection, contact_ids: Sequence[int]) -> None:
    """They opened, clicked or answered: the touches without a sign of life are counted anew (E4)."""
    await conn.execute(_STIRRED, {"ids": sorted(set(contact_ids))})


async def contacted(conn: AsyncConnection, contact_ids: Sequence[int]) -> None:
    """A message was really sent: new contacts are now contacted ones."""
    await conn.execute(_CONTACTED, {"ids": list(contact_ids)})


async def _contacts(
    conn: AsyncConnection, ids: Sequence[int], *, lock: bool
) -> dict[int, tuple[Contact, str]]:
    """id → (contact, key under which it would be suppressed)."""
    if not ids:
        return {}
    statement = _CONTACTS_LOCKED if lock else _CONTACTS
    result = await conn.execute(statement, {"ids": sorted(set(ids))})
    return {row[0]: (_contact(row[:-1]), row[-1] or "") for row in result.all()}


async def _disputed(conn: AsyncConnection, rows: Sequence[Message]) -> set[int | None]:
    """Contacts with an open conflict among those whose replies are answered."""
    ids = sorted({row.contact_id for row in rows if row.answers and row.contact_id})
    return {row.contact_id for row in await conn.execute(_DISPUTED, {"ids": ids})} if ids else set()


async def _nouns(
    conn: AsyncConnection, statement: Any, noun: type[Any], ids: Sequence[int]
) -> dict[int, Any]:
    if not ids:
        return {}
    result = await conn.execute(statement, {"ids": sorted(set(ids))})
    return {row[0]: noun(*row) for row in result.all()}


async def _brands(conn: AsyncConnection, ids: Sequence[int]) -> tuple[dict[int, Brand], dict[str, Json]]:
    """Brands by id, and the settings of their workspaces."""
    result = await conn.execute(_BRANDS, {"ids": sorted(set(ids))})
    found = result.all()
    return {row[0]: Brand(*row[:-1]) for row in found}, {row[1]: row[-1] for row in found}


async def _listed(conn: AsyncConnection, found: Mapping[int, tuple[Any, str]]) -> dict[int, dict[str, str]]:
    """contact id → key → cause, for those of whom an address is on their workspace's suppression list."""
    keys = {key for contact, block_key in found.values() for key in _keys(contact, block_key) if key}
    if not keys:
        return {}
    result = await conn.execute(_SUPPRESSED, {"keys": sorted(keys)})
    causes = {(row[0], row[1]): row[2] for row in result.all()}
    if not causes:
        return {}
    named: dict[int, dict[str, str]] = {}
    for id_, (contact, block_key) in found.items():
        told = {key: causes.get((contact.workspace_id, key), "") for key in sorted(_keys(contact, block_key))}
        named[id_] = {key: cause for key, cause in told.items() if cause}
    return named


def _keys(contact: Any, block_key: str) -> tuple[str, ...]:
    """Under which they may be suppressed, empty where there is no such address."""
    return block_key, contact.phone, contact.whatsapp


def _cause(listed: dict[str, str], channel: str) -> str:
    """A no holds everywhere, whichever address it came from. A dead one only says that nothing reaches it."""
    kind = channels.known(channel)
    elsewhere = dict.fromkeys(OF_NUMBER, not kind.by_phone) | {DEAD_MAILBOX: kind.address != "email"}
    return next((cause for cause in listed.values() if not elsewhere.get(cause)), "")


_contact = maker(Contact)
_CONTACTS = (
    select(*columns(contacts, Contact), contacts.c.block_key)
    .where(among(contacts.c.id, "ids"))
    .order_by(contacts.c.id)
)
_ADDRESSES = select(
    contacts.c.id, contacts.c.workspace_id, contacts.c.phone, contacts.c.whatsapp, contacts.c.block_key
).where(among(contacts.c.id, "ids"))
_CONTACTS_LOCKED = _CONTACTS.with_for_update(key_share=True)
_BRANDS = (
    select(*columns(brands, Brand), workspaces.c.settings)
    .join(workspaces, workspaces.c.id == brands.c.workspace_id)
    .where(among(brands.c.id, "ids"))
)
_FEEDS = select(*columns(feeds, Feed)).where(among(feeds.c.id, "ids"))
_SENDERS = select(*columns(senders, Sender)).where(among(senders.c.id, "ids"))
_SUPPRESSED = select(suppressions.c.workspace_id, suppressions.c.key, suppressions.c.cause).where(
    suppressions.c.kind.in_(("address", "phone")), among(suppressions.c.key, "keys")
)
_DISPUTED = select(conflicts.c.contact_id).where(
    among(conflicts.c.contact_id, "ids"),
    conflicts.c.kind == "reported",
    conflicts.c.decided_by.is_(None),
)
_TOUCH = (
    update(contacts)
    .where(among(contacts.c.id, "ids"))
    .values(
        touched_at=bindparam("at", type_=contacts.c.touched_at.type), unanswered=contacts.c.unanswered + 1
    )
)
_STIRRED = update(contacts).where(among(contacts.c.id, "ids"), contacts.c.unanswered > 0).values(unanswered=0)
_CONTACTED = (
    update(contacts).where(among(contacts.c.id, "ids"), contacts.c.status == "new").values(status="contacted")
)
