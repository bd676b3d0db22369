"""The score of a contact and whether it must be counted anew; who paused a contact, or took them over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

UNSCORED = sa.text("unscored")


def upgrade() -> None:
    op.add_column("contacts", sa.Column("score", sa.Integer(), nullable=True))
    op.add_column("contacts", sa.Column("unscored", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("contacts", sa.Column("paused_by", sa.String(length=32), nullable=True))
    op.add_column("contacts", sa.Column("taken_by", sa.String(length=32), nullable=True))
    op.create_index(
        "ix_contacts_unscored", "contacts", ["id"],
        postgresql_where=UNSCORED, sqlite_where=UNSCORED,
    )  # fmt: skip
