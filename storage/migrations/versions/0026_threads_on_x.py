"""A brand says which of its posts on X are threads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("brands", sa.Column("threads", sa.Text(), server_default="[]", nullable=False))
