"""What the installation remembers for itself."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint

from storage.db import Utc
from storage.tables.columns import Id, identity, metadata, workspace

slack_events = Table(
    "slack_events",
    metadata,
    Column("workspace_id", String(32), primary_key=True),
    Column("event_id", String(64), primary_key=True),
    Column("at", Utc, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)

clock = Table(
    "clock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("offset_seconds", Id, nullable=False),
    Column("stepped_by", String(64), nullable=False),
)

retentions = Table(
    "retentions",
    metadata,
    identity(),
    workspace(),
    Column("day", String(10), nullable=False),
    Column("removed", Integer, nullable=False, server_default="0"),
    Column("done_at", Utc),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
    UniqueConstraint("workspace_id", "day"),
)
