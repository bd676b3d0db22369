"""Acme in a running account campaign, for the tests that play what becomes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from seeding import Clock
from sqlalchemy import select, update

from engine import accounts, policy, replies
from engine.accounts import Shown
from engine.contacts import NewContact
from engine.context import Context, Who
from engine.plan import accounts as account_plans
from engine.plan import settle
from engine.rules import gates
from storage import facts, messages
from storage.lifecycle import PENDING, Event, State
from storage.messages import Change
from storage.model import ReplyClass, Step
from storage.tables import enrolments
from storage.tables import messages as rows

SEVEN = tuple(Step(at, "email", wait, "call") for at, wait in enumerate((0, 2, 3, 5, 7, 10, 14), 1))
GRACE = NewContact("grace@acme.example", "Grace", "Hopper", company="Acme", title="CTO")
ALAN = NewContact("alan@acme.example", "Alan", "Kay", company="Acme", title="VP of Sales")
ADA = NewContact("ada@acme.example", "Ada", "Byron", company="Acme", title="Director")
LINUS = NewContact(
    "linus@acme.example", "Linus", "Clerk", company="Acme Inc", title="Clerk", phone="+4930901820"
)


@dataclass
class Company:
    """Acme in a running account campaign, with what its tests do again and again."""

    ctx: Context
    clock: Clock
    who: Who
    campaign: int
    enrolment: int
    people: dict[str, int]

    async def settled(self) -> None:
        """Until no loop moves its sequence any more."""
        while await settle.turn(self.ctx) or await account_plans.turn(self.ctx):
            pass

    async def row(self) -> Any:
        async with self.ctx.db.read() as conn:
            return (await conn.execute(select(enrolments).where(enrolments.c.id == self.enrolment))).one()

    async def shown(self) -> Shown:
        return Shown(self.enrolment, (await self.row()).revision)

    async def approved(self) -> None:
        await accounts.approve_all(self.ctx, self.who, await self.shown())
        await self.settled()

    async def touches(self, *conditions: Any) -> list[Any]:
        async with self.ctx.db.read() as conn:
            return list(await conn.execute(select(rows).where(*conditions).order_by(rows.c.id)))

    async def pending(self) -> Any:
        (found,) = await self.touches(rows.c.state.in_(PENDING))
        return found

    async def send(self) -> tuple[str, int]:
        """The pending touch leaves at its slot; returns to whom and on which day of the clock."""
        found = await self.pending()
        if found.slot_at is not None:
            self.clock.now = max(self.clock.now, found.slot_at)
        async with self.ctx.db.begin() as conn:
            await conn.execute(update(rows).where(rows.c.id == found.id).values(state=State.SENDING))
            await messages.move(
                conn, Event.SENT, [Change(found.id)], actor="deliver", now=self.clock(),
                values={"sent_at": self.clock(), "due_at": None},
            )  # fmt: skip
        await self.settled()
        return self.name(found.contact_id), (self.clock.now - Clock().now).days

    async def scheduled(self) -> Any:
        """The pending touch with words that were approved, due now."""
        found = await self.pending()
        async with self.ctx.db.begin() as conn:
            await conn.execute(
                update(rows)
                .where(rows.c.id == found.id)
                .values(
                    state=State.SCHEDULED,
                    due_at=self.clock(),
                    revision=1,
                    body="Hello.",
                    approved_by="U1OLIVIA",
                )
            )
        return await self.pending()

    async def verdict(self) -> Any:
        """What the gate of the account says about the pending touch."""
        async with self.ctx.db.read() as conn:
            found = await messages.get(conn, "T1", (await self.pending()).id)
            assert found is not None
            (case,) = await facts.gather(conn, [found])
        return dict(gates.judge(case, policy.read({}), self.clock()))["account"]

    def name(self, contact_id: int | None) -> str:
        return next(name for name, id_ in self.people.items() if id_ == contact_id)


Open = Callable[..., Awaitable[Company]]


async def reply(company: Company, name: str, klass: ReplyClass, text: str = "Let us talk.") -> None:
    await replies.record(
        company.ctx, company.who, contact=f"{name.lower()}@acme.example", text=text, klass=klass
    )
