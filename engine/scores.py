"""Keeps the score of every contact fresh: a loop counts those anew of whom something changed. Writes no message."""

from __future__ import annotations

import asyncio

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.context import Context
from engine.rules import scoring, titles
from storage import marks, scores
from storage.scores import Known

CHUNK = 100
PAUSE = 0.005
"""Seconds between two batches, in which a click gets its turn: SQLite has one writer."""


async def turn(ctx: Context) -> bool:
    """One batch; False when every score is as it should be."""
    async with ctx.db.begin() as conn:
        changed = await scores.unscored(conn, CHUNK)
        found = (
            {known.contact.id: of(known) for known in await scores.known(conn, changed)} if changed else {}
        )
        await scores.write(conn, {id_: score.total for id_, score in found.items()})
        await _qualify(ctx, conn, found)
    if changed:
        await asyncio.sleep(PAUSE)
    return bool(changed)


def of(known: Known) -> scoring.Score:
    """The score as it is now, with its parts. Pure."""
    contact = known.contact
    elsewhere = (
        contact.phone, contact.whatsapp, contact.linkedin_url, contact.x_handle, contact.instagram, contact.messenger_id,
    )  # fmt: skip
    return scoring.score(
        scoring.Evidence(
            title=contact.title,
            title_score=titles.rank(contact.title).score,
            company=contact.company,
            facts={name: str(dict(fact).get("value", "")) for name, fact in contact.facts.items()},
            audiences=known.audiences,
            email=contact.email,
            elsewhere=any(elsewhere),
            guessed=contact.guessed,
            dead=bool(known.suppressed),
            written=known.written,
            engaged=known.engaged,
            answered=known.answered,
        )
    )


async def _qualify(ctx: Context, conn: AsyncConnection, found: dict[int, scoring.Score]) -> None:
    """Who replied and has the points is qualified."""
    enough = [id_ for id_, score in found.items() if score.qualified]
    for contact_id, workspace_id in await scores.qualify(conn, enough):
        detail = f"score {found[contact_id].total}"
        await marks.note(
            conn, workspace_id, "contact", contact_id, "qualify", actor="score", now=ctx.now(), detail=detail
        )
