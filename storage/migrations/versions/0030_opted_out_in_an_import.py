"""An import counts the rows of people who said no apart from those that it could not read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.add_column("imports", sa.Column("opted_out", sa.Integer(), server_default="0", nullable=False))
