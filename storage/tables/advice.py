"""What was recommended to people, with the numbers that triggered it."""

from __future__ import annotations

from sqlalchemy import JSON, Column, String, Table, UniqueConstraint

from storage.db import Utc
from storage.tables.columns import identity, metadata, reference, workspace

recommendations = Table(
    "recommendations",
    metadata,
    identity(),
    workspace(),
    reference("campaign_id", "campaigns"),
    Column("rule", String(24), nullable=False),
    Column("numbers", JSON, nullable=False),
    Column("advice", JSON, nullable=False),
    Column("decision", String(12), nullable=False, server_default=""),
    Column("decided_by", String(32)),
    Column("decided_at", Utc),
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("campaign_id", "rule"),
)
