"""Companies are found by their domain: two names of one company are one account in a campaign."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_index("ix_accounts_domain", "accounts", ["workspace_id", "domain"])
