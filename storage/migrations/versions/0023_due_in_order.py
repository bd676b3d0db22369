"""What is due is read in the order of its index, however much of it is due in the same instant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

SCHEDULED = sa.text("state = 'scheduled'")


def upgrade() -> None:
    op.drop_index("ix_messages_scheduled_due", table_name="messages")
    op.create_index(
        "ix_messages_scheduled_due",
        "messages",
        ["sender_id", "due_at", "id"],
        postgresql_where=SCHEDULED,
        sqlite_where=SCHEDULED,
    )
