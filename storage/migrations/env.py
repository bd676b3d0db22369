"""Alembic's way in: one connection handed over by storage.migrate."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from storage.tables import metadata


def render(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Write our column types as the plain ones beneath them, so that a migration never changes with the code."""
    known = {"_Aware": "UTC", "Names": "sa.Text()", "BigInteger": "ID"}
    return known.get(type(item).__name__, False) if kind == "type" else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_item=render,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
