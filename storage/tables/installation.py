"""What the installation remembers for itself."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from storage.db import Utc
from storage.tables.columns import Id, metadata

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
