"""What people see, and the longer work they asked for."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from storage.db import Utc
from storage.tables.columns import Id, identity, metadata, reference, words, workspace

cards = Table(
    "cards",
    metadata,
    identity(),
    workspace(),
    Column("kind", String(16), nullable=False),
    Column("entity_id", Id, nullable=False),
    Column("channel", String(32), nullable=False),
    reference("parent_id", "cards", null=True),
    Column("ts", String(32)),
    Column("wanted", Integer, nullable=False, server_default="1"),
    Column("drawn", Integer, nullable=False, server_default="0"),
    Column("not_before", Utc),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("posting_at", Utc),
    UniqueConstraint("workspace_id", "kind", "entity_id", "channel"),
    Index("ix_cards_entity", "kind", "entity_id"),
    Index(
        "ix_cards_stale",
        "workspace_id",
        "channel",
        "id",
        postgresql_where=text("drawn < wanted"),
        sqlite_where=text("drawn < wanted"),
    ),
)

slack_channels = Table(
    "slack_channels",
    metadata,
    Column("workspace_id", String(32), ForeignKey("workspaces.id"), primary_key=True),
    Column("channel", String(32), primary_key=True),
    Column("next_post_at", Utc),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
)

digests = Table(
    "digests",
    metadata,
    identity(),
    workspace(),
    Column("key", String(64), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("starts_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("asked_by", String(32)),
    Column("figures", JSON),
    Column("chart", LargeBinary),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("workspace_id", "key"),
)

imports = Table(
    "imports",
    metadata,
    identity(),
    workspace(),
    reference("campaign_id", "campaigns", null=True),
    words("campaign_name"),
    words("file_name"),
    words("file_url"),
    Column("file", LargeBinary),
    Column("asked_by", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("state", String(10), nullable=False),
    Column("line", Integer, nullable=False, server_default="0"),
    Column("added", Integer, nullable=False, server_default="0"),
    Column("duplicate", Integer, nullable=False, server_default="0"),
    Column("invalid", Integer, nullable=False, server_default="0"),
    Column("problems", JSON, nullable=False),
    words("error"),
    Column("key", String(100)),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("workspace_id", "key"),
)

runs = Table(
    "runs",
    metadata,
    identity(),
    workspace(),
    reference("campaign_id", "campaigns", null=True),
    reference("brand_id", "brands", null=True),
    Column("day", String(10)),
    Column("batch", Integer, nullable=False),
    Column("dry", Boolean, nullable=False),
    Column("asked_by", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("state", String(10), nullable=False),
    Column("report", JSON),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
    Column("created_at", Utc, nullable=False),
)

rehearsals = Table(
    "rehearsals",
    metadata,
    identity(),
    workspace(),
    reference("campaign_id", "campaigns"),
    Column("days", Integer, nullable=False),
    Column("asked_by", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("state", String(10), nullable=False),
    Column("begun_at", Utc),
    Column("zone", String(64), nullable=False, server_default="UTC"),
    Column("reached", Integer, nullable=False, server_default="0"),
    Column("report", JSON(none_as_null=True)),
    Column("touches", JSON(none_as_null=True)),
    Column("chart", LargeBinary),
    Column("compared", JSON(none_as_null=True)),
    words("error"),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
    Column("created_at", Utc, nullable=False),
    Index(
        "ix_rehearsals_open",
        "id",
        postgresql_where=text("state = 'open'"),
        sqlite_where=text("state = 'open'"),
    ),
)

sheets = Table(
    "sheets",
    metadata,
    identity(),
    workspace(),
    words("title"),
    words("name"),
    Column("head", JSON, nullable=False),
    Column("rows", JSON, nullable=False),
    Column("asked_by", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("created_at", Utc, nullable=False),
)
