"""The mails of a thread are read from an index of their own, and so are the tasks that wait for a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

MAILED = sa.text("state = 'sent' AND channel = 'email'")
OFFERED = sa.text("state = 'scheduled' AND note = 'waiting for a person'")


def upgrade() -> None:
    op.create_index(
        "ix_messages_thread",
        "messages",
        ["contact_id", "enrolment_id", "sent_at", "id", "resend", "sender_id"],
        unique=False,
        postgresql_where=MAILED,
        sqlite_where=MAILED,
    )
    op.create_index(
        "ix_messages_offered",
        "messages",
        ["workspace_id", "slot_at"],
        unique=False,
        postgresql_where=OFFERED,
        sqlite_where=OFFERED,
    )
