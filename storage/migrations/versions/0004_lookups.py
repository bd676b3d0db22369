"""What a lookup claims from: messages whose outcome is unknown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    unsure = sa.text("state = 'unsure'")
    op.create_index(
        "ix_messages_unsure_due", "messages", ["due_at"], postgresql_where=unsure, sqlite_where=unsure
    )
