"""A card that is posted again further down knows the message that it was, so that this one goes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("cards", sa.Column("moved_from", sa.String(length=32), nullable=True))
