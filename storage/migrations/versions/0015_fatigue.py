"""How many touches a contact had since the last sign of life."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("contacts", sa.Column("unanswered", sa.Integer(), server_default="0", nullable=False))
