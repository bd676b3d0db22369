"""Recorded consent, and contacts found by their number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("until", UTC, nullable=True),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_consents_contact_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_consents_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_contact_id", "consents", ["contact_id", "channel", "id"])
    for name in ("phone", "whatsapp"):
        filled = sa.text(f"{name} <> ''")
        op.create_index(
            f"ix_contacts_{name}", "contacts", [name], postgresql_where=filled, sqlite_where=filled
        )
