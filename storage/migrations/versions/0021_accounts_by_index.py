"""Companies whose sequence runs, and those that were silent, are found without reading everybody's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

RUNS = sa.text("account_id IS NOT NULL AND state = 'active'")
SILENT = sa.text("state = 'completed' AND next_at IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_enrolments_companies", "enrolments", ["id"], postgresql_where=RUNS, sqlite_where=RUNS)
    op.create_index(
        "ix_enrolments_silent", "enrolments", ["next_at"], postgresql_where=SILENT, sqlite_where=SILENT
    )
