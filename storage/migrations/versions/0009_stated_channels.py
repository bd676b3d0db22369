"""The channel a contact asked for, and those they refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column(
        "contacts", sa.Column("preferred_channel", sa.String(length=16), server_default="", nullable=False)
    )
    op.add_column("contacts", sa.Column("refused_channels", sa.Text(), server_default="[]", nullable=False))
