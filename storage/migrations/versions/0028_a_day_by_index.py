"""A day's failures and replies are found by their time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

FAILED = sa.text("entity = 'message' AND event = 'fail'")


def upgrade() -> None:
    op.create_index(
        "ix_timeline_failed",
        "timeline",
        ["workspace_id", "at"],
        unique=False,
        postgresql_where=FAILED,
        sqlite_where=FAILED,
    )
    op.create_index("ix_replies_created_at", "replies", ["workspace_id", "created_at"], unique=False)
