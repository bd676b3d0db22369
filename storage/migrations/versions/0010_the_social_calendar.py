"""Several brands with voices of their own, calendars of posts, signals, what networks count; runs of a day's posts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

UTC = sa.DateTime(timezone=True).with_variant(sa.String(32), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "calendars",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("starts_on", sa.String(length=10), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("networks", sa.Text(), nullable=False),
        sa.Column("week", sa.Integer(), server_default="1", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("written_at", UTC, nullable=True),
        sa.Column("decided_at", UTC, nullable=True),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("lease_until", UTC, nullable=True),
        sa.Column("created_at", UTC, nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_calendars_brand_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_calendars_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
    )
    op.create_index("ix_calendars_brand_id", "calendars", ["brand_id"], unique=False)
    op.create_index(
        "ix_calendars_unwritten",
        "calendars",
        ["id"],
        unique=False,
        postgresql_where=sa.text("written_at IS NULL"),
        sqlite_where=sa.text("written_at IS NULL"),
    )
    op.create_table(
        "signals",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("expires_at", UTC, nullable=False),
        sa.Column("added_by", sa.String(length=32), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_signals_brand_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_signals_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
    )
    op.create_index("ix_signals_brand_id", "signals", ["brand_id", "expires_at"], unique=False)
    op.create_table(
        "calendar_posts",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("calendar_id", ID, nullable=False),
        sa.Column("week", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("network", sa.String(length=16), nullable=False),
        sa.Column("slot_at", UTC, nullable=False),
        sa.Column("pillar", sa.Text(), server_default="", nullable=False),
        sa.Column("angle", sa.String(length=24), nullable=False),
        sa.Column("hook", sa.String(length=24), nullable=False),
        sa.Column("call", sa.String(length=24), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.Text(), server_default="", nullable=False),
        sa.Column("key_message", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["calendars.id"], name=op.f("fk_calendar_posts_calendar_id")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_calendar_posts_message_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_calendar_posts_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_posts")),
        sa.UniqueConstraint(
            "calendar_id", "network", "day", name=op.f("uq_calendar_posts_calendar_id_network_day")
        ),
    )
    op.create_index("ix_calendar_posts_message_id", "calendar_posts", ["message_id"], unique=False)
    op.create_table(
        "measurements",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("workspace_id", sa.String(length=32), nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("pulls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", UTC, nullable=True),
        sa.Column("at", UTC, nullable=True),
        sa.Column("impressions", sa.Integer(), nullable=True),
        sa.Column("engagements", sa.Integer(), nullable=True),
        sa.Column("clicks", sa.Integer(), nullable=True),
        sa.Column("shares", sa.Integer(), nullable=True),
        sa.Column("comments", sa.Integer(), nullable=True),
        sa.Column("likes", sa.Integer(), nullable=True),
        sa.Column("leased_by", sa.String(length=64), nullable=True),
        sa.Column("lease_until", UTC, nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_measurements_message_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_measurements_workspace_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurements")),
        sa.UniqueConstraint("message_id", name=op.f("uq_measurements_message_id")),
    )
    op.create_index(
        "ix_measurements_due",
        "measurements",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
        sqlite_where=sa.text("due_at IS NOT NULL"),
    )
    op.add_column("brands", sa.Column("voice", sa.Text(), server_default="", nullable=False))
    op.add_column("brands", sa.Column("say", sa.Text(), server_default="[]", nullable=False))
    op.add_column("brands", sa.Column("targets", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("brands", sa.Column("pillars", sa.Text(), server_default="[]", nullable=False))
    op.add_column("brands", sa.Column("posting_times", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("feeds", sa.Column("sealed_token", sa.Text(), server_default="", nullable=False))
    with op.batch_alter_table("runs") as runs:
        runs.add_column(sa.Column("brand_id", ID, nullable=True))
        runs.add_column(sa.Column("day", sa.String(length=10), nullable=True))
        runs.alter_column("campaign_id", existing_type=ID, nullable=True)
        runs.create_foreign_key("fk_runs_brand_id", "brands", ["brand_id"], ["id"])
