"""Many drafts decided at once, and what a person's edit changed and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("revisions", sa.Column("changes", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("revisions", sa.Column("why", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "bulks",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("campaign_id", ID, nullable=True),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("starts_at", UTC, nullable=True),
        sa.Column("ends_at", UTC, nullable=True),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("wanted", sa.Integer(), server_default="1", nullable=False),
        sa.Column("counted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("number", sa.Integer(), server_default="0", nullable=False),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("lease_until", UTC, nullable=True),
        sa.Column("created_at", UTC, nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_bulks_brand_id")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_bulks_campaign_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_bulks_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulks")),
        sa.UniqueConstraint("workspace_id", "key", name=op.f("uq_bulks_workspace_id_key")),
    )
    op.create_index("ix_bulks_campaign_id", "bulks", ["campaign_id"], unique=False)
    op.create_index("ix_bulks_brand_id", "bulks", ["brand_id"], unique=False)
    op.create_index(
        "ix_bulks_uncounted",
        "bulks",
        ["id"],
        unique=False,
        postgresql_where=sa.text("counted < wanted"),
        sqlite_where=sa.text("counted < wanted"),
    )
    op.create_table(
        "bulk_drafts",
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("bulk_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulks.id"], name=op.f("fk_bulk_drafts_bulk_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_bulk_drafts_message_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_bulk_drafts_workspace_id")
        ),
        sa.PrimaryKeyConstraint("bulk_id", "message_id", "revision", name=op.f("pk_bulk_drafts")),
    )
    op.create_index(
        "ix_bulk_drafts_uncounted",
        "bulk_drafts",
        ["bulk_id", "message_id"],
        unique=False,
        postgresql_where=sa.text("since = 0"),
        sqlite_where=sa.text("since = 0"),
    )
    op.create_table(
        "bulk_looks",
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("bulk_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("drafts", sa.JSON(), nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulks.id"], name=op.f("fk_bulk_looks_bulk_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_bulk_looks_workspace_id")),
        sa.PrimaryKeyConstraint("bulk_id", "number", "user_id", name=op.f("pk_bulk_looks")),
    )
    op.create_table(
        "bulk_decisions",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("bulk_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=False),
        sa.Column("decided_at", UTC, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("covered", sa.Integer(), nullable=False),
        sa.Column("approved", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("kept", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cursor", ID, server_default="0", nullable=False),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("lease_until", UTC, nullable=True),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulks.id"], name=op.f("fk_bulk_decisions_bulk_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_bulk_decisions_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_decisions")),
        sa.UniqueConstraint("bulk_id", "number", name=op.f("uq_bulk_decisions_bulk_id_number")),
    )
    op.create_index(
        "ix_bulk_decisions_open",
        "bulk_decisions",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
