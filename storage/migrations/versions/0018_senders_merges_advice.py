"""Who a campaign writes as, contacts that were merged into another, and recommendations with their numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("decided_by IS NULL")


def upgrade() -> None:
    for name in ("sender_name", "reply_to"):
        op.add_column("campaigns", sa.Column(name, sa.Text(), server_default="", nullable=False))
    with op.batch_alter_table("contacts") as contacts:
        contacts.add_column(sa.Column("merged_into", ID, nullable=True))
        contacts.create_foreign_key("fk_contacts_merged_into", "contacts", ["merged_into"], ["id"])
    op.create_index(
        "ix_contacts_merged_into", "contacts", ["merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"), sqlite_where=sa.text("merged_into IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_replies_undecided", "replies", ["workspace_id"], postgresql_where=OPEN, sqlite_where=OPEN
    )
    op.create_table(
        "recommendations",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("rule", sa.String(length=24), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("advice", sa.JSON(), nullable=False),
        sa.Column("decision", sa.String(length=12), server_default="", nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", UTC, nullable=True),
        sa.Column("created_at", UTC, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_recommendations_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_recommendations_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendations")),
        sa.UniqueConstraint("campaign_id", "rule", name=op.f("uq_recommendations_campaign_id_rule")),
    )
