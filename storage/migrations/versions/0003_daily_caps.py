"""Daily caps with warm-up, and senders that belong to one campaign. Whoever sends already is not slowed down."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHARED = sa.text("campaign_id IS NULL")
OWN = sa.text("campaign_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("cap", sa.Integer(), nullable=True))
    op.add_column("campaigns", sa.Column("cap_by", sa.String(length=32), nullable=True))
    with op.batch_alter_table("senders") as senders:
        senders.add_column(sa.Column("campaign_id", ID, nullable=True))
        senders.add_column(sa.Column("warm_from", sa.Integer(), nullable=True))
        senders.add_column(sa.Column("warm_by", sa.Integer(), server_default="0", nullable=False))
        senders.add_column(sa.Column("warm_days", sa.Integer(), server_default="0", nullable=False))
        senders.add_column(sa.Column("replan", sa.Boolean(), server_default=sa.false(), nullable=False))
        senders.drop_constraint("uq_senders_workspace_id_channel_address", type_="unique")
        senders.create_foreign_key("fk_senders_campaign_id", "campaigns", ["campaign_id"], ["id"])
    op.create_index(
        "uq_senders_shared", "senders", ["workspace_id", "channel", "address"],
        unique=True, postgresql_where=SHARED, sqlite_where=SHARED,
    )  # fmt: skip
    op.create_index(
        "uq_senders_own", "senders", ["campaign_id", "channel", "address"],
        unique=True, postgresql_where=OWN, sqlite_where=OWN,
    )  # fmt: skip
    _keep_what_was_in_force()


def _keep_what_was_in_force() -> None:
    """An empty setting used to mean no limit; from now on it means the default. Write down what it meant."""
    workspaces = sa.table("workspaces", sa.column("id", sa.String), sa.column("settings", sa.JSON))
    senders = sa.table("senders", sa.column("workspace_id"), sa.column("channel"), sa.column("cap"))
    unlimited = sa.select(senders.c.workspace_id).where(senders.c.channel == "email", senders.c.cap.is_(None))
    conn = op.get_bind()
    for id_, settings in conn.execute(
        sa.select(workspaces.c.id, workspaces.c.settings).where(workspaces.c.id.in_(unlimited))
    ).all():
        if "email_cap" not in settings:
            conn.execute(
                workspaces.update()
                .where(workspaces.c.id == id_)
                .values(settings={**settings, "email_cap": None})
            )
