"""Striking one sentence from a draft: a new revision without it, checked again like any edit."""

from __future__ import annotations

from engine import approve
from engine.approve import Ref
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import specifics


async def strike(ctx: Context, who: Who, ref: Ref, number: int) -> None:
    """`number` counts the sentences of the revision that was seen, from 1. Raises Refused if the words have changed."""
    row = await approve.words(ctx, who, ref.id)
    if row.revision != ref.revision:
        raise Refused("The words have changed since this card was drawn. Look at the new ones first.")
    if not 1 <= number <= len(specifics.sentences(row.body)):
        raise Refused("That sentence is no longer there.")
    body = specifics.without(row.body, number)
    if not body:
        raise Refused("That is all there is. Use Edit to write something else, or Skip.")
    await approve.edit(ctx, who, ref, subject=row.subject, body=body, why="One sentence struck.")
