"""Who speaks, and as what."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, UniqueConstraint, false, text

from storage.db import Names, Utc
from storage.tables.columns import identity, metadata, reference, words, workspace

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", String(32), primary_key=True),
    words("name"),
    words("bot_user_id"),
    Column("installer_id", String(32)),
    Column("settings", JSON, nullable=False),
    Column("created_at", Utc, nullable=False),
)

brands = Table(
    "brands",
    metadata,
    identity(),
    workspace(),
    words("name"),
    Column("is_default", Boolean, nullable=False, server_default=false()),
    words("positioning"),
    words("audience"),
    Column("value_propositions", Names, nullable=False),
    words("tone"),
    words("voice"),
    words("language"),
    Column("say", Names, nullable=False, server_default="[]"),
    Column("dont", Names, nullable=False),
    Column("targets", JSON, nullable=False, server_default="{}"),
    Column("pillars", Names, nullable=False, server_default="[]"),
    Column("pictures", Names, nullable=False, server_default="[]"),
    Column("threads", Names, nullable=False, server_default="[]"),
    Column("posting_times", JSON, nullable=False, server_default="{}"),
    words("call_to_action"),
    words("postal_address"),
    words("zone"),
    UniqueConstraint("workspace_id", "name"),
)

feeds = Table(
    "feeds",
    metadata,
    identity(),
    workspace(),
    reference("brand_id", "brands"),
    Column("network", String(16), nullable=False),
    words("address"),
    words("name"),
    words("sealed_token"),
    UniqueConstraint("brand_id", "network"),
)

senders = Table(
    "senders",
    metadata,
    identity(),
    workspace(),
    Column("channel", String(16), nullable=False),
    words("address"),
    words("name"),
    words("reply_to"),
    reference("feed_id", "feeds", null=True),
    words("zone"),
    Column("resets_at", Utc),
    Column("used", Integer, nullable=False, server_default="0"),
    Column("cap", Integer),
    Column("not_before", Utc),
    words("stopped"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("opened_at", Utc),
    words("cause"),
    Column("served_at", Utc),
    reference("campaign_id", "campaigns", null=True),
    Column("warm_from", Integer),
    Column("warm_by", Integer, nullable=False, server_default="0"),
    Column("warm_days", Integer, nullable=False, server_default="0"),
    Column("replan", Boolean, nullable=False, server_default=false()),
    Index(
        "uq_senders_shared",
        "workspace_id",
        "channel",
        "address",
        unique=True,
        postgresql_where=text("campaign_id IS NULL"),
        sqlite_where=text("campaign_id IS NULL"),
    ),
    Index(
        "uq_senders_own",
        "campaign_id",
        "channel",
        "address",
        unique=True,
        postgresql_where=text("campaign_id IS NOT NULL"),
        sqlite_where=text("campaign_id IS NOT NULL"),
    ),
    Index("ix_senders_channel_served", "channel", "served_at"),
)
