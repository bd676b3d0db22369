"""Whether a campaign gives every lead an angle of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column(
        "campaigns", sa.Column("own_angles", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
