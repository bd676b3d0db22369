"""What needs a person is found without a look at everything, and a day is counted from an index alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

TROUBLED = sa.text("state IN ('blocked', 'failed', 'unsure')")
SENT = sa.text("sent_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_messages_troubled",
        "messages",
        ["workspace_id", "id"],
        postgresql_where=TROUBLED,
        sqlite_where=TROUBLED,
    )
    op.drop_index("ix_messages_sent", table_name="messages")
    op.create_index(
        "ix_messages_sent",
        "messages",
        ["workspace_id", "sent_at", "campaign_id", "channel", "contact_id", "feed_id"],
        postgresql_where=SENT,
        sqlite_where=SENT,
    )
