"""What rules made of a reply, until when a contact is away, and conflicts that a person knows of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("replies", sa.Column("reading", sa.JSON()))
    op.add_column("contacts", sa.Column("away_until", UTC))
    op.create_table(
        "conflicts",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_conflicts_contact_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_conflicts_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflicts")),
    )
    op.create_index("ix_conflicts_contact_id", "conflicts", ["contact_id"], unique=False)
