"""The circuit breaker of a channel: since when it is open, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")


def upgrade() -> None:
    op.add_column("senders", sa.Column("opened_at", UTC, nullable=True))
    op.add_column("senders", sa.Column("cause", sa.Text(), server_default="", nullable=False))
