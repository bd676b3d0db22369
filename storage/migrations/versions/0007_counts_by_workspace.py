"""Counting a workspace's messages by campaign and state reads this index and no row."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.drop_index("ix_messages_campaign", table_name="messages")
    op.create_index("ix_messages_campaign", "messages", ["workspace_id", "campaign_id", "state"])
