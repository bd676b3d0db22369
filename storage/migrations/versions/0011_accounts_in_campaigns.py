"""Accounts in campaigns: one sequence for a company, its people in order, and what pauses it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column(
        "campaigns", sa.Column("by_account", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_index("ix_contacts_account_id", "contacts", ["account_id"])
    with op.batch_alter_table("enrolments") as enrolments:
        enrolments.alter_column("contact_id", existing_type=ID, nullable=True)
        enrolments.add_column(sa.Column("account_id", ID, nullable=True))
        enrolments.add_column(sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
        enrolments.add_column(sa.Column("paused_at", UTC, nullable=True))
        enrolments.add_column(sa.Column("cleared_at", UTC, nullable=True))
        enrolments.create_foreign_key("fk_enrolments_account_id", "accounts", ["account_id"], ["id"])
        enrolments.create_unique_constraint(
            "uq_enrolments_campaign_id_account_id", ["campaign_id", "account_id"]
        )
        enrolments.create_check_constraint(
            op.f("ck_enrolments_person_or_account"), "(contact_id IS NULL) <> (account_id IS NULL)"
        )
    op.create_index("ix_enrolments_account_id", "enrolments", ["account_id"])
    op.create_table(
        "members",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("enrolment_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("score", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("approved_by", sa.String(length=32), nullable=True),
        sa.Column("struck_by", sa.String(length=32), nullable=True),
        sa.Column("created_at", UTC, nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_members_contact_id")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_members_enrolment_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_members_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("enrolment_id", "contact_id", name=op.f("uq_members_enrolment_id_contact_id")),
    )
    op.create_index("ix_members_contact_id", "members", ["contact_id"])
    with op.batch_alter_table("conflicts") as conflicts:
        conflicts.add_column(sa.Column("enrolment_id", ID, nullable=True))
        conflicts.add_column(
            sa.Column("kind", sa.String(length=12), server_default="reported", nullable=False)
        )
        conflicts.create_foreign_key("fk_conflicts_enrolment_id", "enrolments", ["enrolment_id"], ["id"])
    op.create_index("ix_conflicts_enrolment_id", "conflicts", ["enrolment_id"])
