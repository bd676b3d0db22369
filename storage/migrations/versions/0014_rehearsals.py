"""Rehearsals: what the next weeks of a campaign would bring, kept to be compared with what came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "rehearsals",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("begun_at", UTC),
        sa.Column("zone", sa.String(length=64), server_default="UTC", nullable=False),
        sa.Column("reached", sa.Integer(), server_default="0", nullable=False),
        sa.Column("report", sa.JSON()),
        sa.Column("touches", sa.JSON()),
        sa.Column("chart", sa.LargeBinary()),
        sa.Column("compared", sa.JSON()),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("leased_by", sa.String(length=64)),
        sa.Column("lease_until", UTC),
        sa.Column("created_at", UTC, nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_rehearsals_campaign_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_rehearsals_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsals")),
    )
    waiting = sa.text("state = 'open'")
    op.create_index(
        "ix_rehearsals_open", "rehearsals", ["id"], postgresql_where=waiting, sqlite_where=waiting
    )
