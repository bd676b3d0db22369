"""How many touches a campaign has, and how often people were reminded of a draft."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("touches", sa.Integer()))
    op.add_column("messages", sa.Column("reminded", sa.Integer(), nullable=False, server_default="0"))
