"""Many drafts decided at once: what was counted, who looked at which, and what was approved."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from storage.db import Utc
from storage.tables.columns import Id, identity, metadata, reference, words, workspace

bulks = Table(
    "bulks",
    metadata,
    identity(),
    workspace(),
    Column("key", String(80), nullable=False),
    reference("campaign_id", "campaigns", null=True),
    reference("brand_id", "brands"),
    Column("step", Integer),
    Column("starts_at", Utc),
    Column("ends_at", Utc),
    Column("channel", String(32), nullable=False),
    Column("wanted", Integer, nullable=False, server_default="1"),
    Column("counted", Integer, nullable=False, server_default="0"),
    Column("number", Integer, nullable=False, server_default="0"),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("workspace_id", "key"),
    Index("ix_bulks_campaign_id", "campaign_id"),
    Index("ix_bulks_brand_id", "brand_id"),
    Index(
        "ix_bulks_uncounted",
        "id",
        postgresql_where=text("counted < wanted"),
        sqlite_where=text("counted < wanted"),
    ),
)

bulk_drafts = Table(
    "bulk_drafts",
    metadata,
    workspace(),
    Column("bulk_id", Id, ForeignKey("bulks.id"), primary_key=True),
    Column("message_id", Id, ForeignKey("messages.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("since", Integer, nullable=False),
    words("problem"),
    Index(
        "ix_bulk_drafts_uncounted", "bulk_id", "message_id",
        postgresql_where=text("since = 0"), sqlite_where=text("since = 0"),
    ),
)  # fmt: skip

bulk_looks = Table(
    "bulk_looks",
    metadata,
    workspace(),
    Column("bulk_id", Id, ForeignKey("bulks.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("user_id", String(32), primary_key=True),
    Column("drafts", JSON, nullable=False),
    Column("at", Utc, nullable=False),
)

bulk_decisions = Table(
    "bulk_decisions",
    metadata,
    identity(),
    workspace(),
    reference("bulk_id", "bulks"),
    Column("number", Integer, nullable=False),
    Column("decided_by", String(32), nullable=False),
    Column("decided_at", Utc, nullable=False),
    Column("state", String(10), nullable=False),
    Column("covered", Integer, nullable=False),
    Column("approved", Integer, nullable=False, server_default="0"),
    Column("changed", Integer, nullable=False, server_default="0"),
    Column("kept", Integer, nullable=False, server_default="0"),
    Column("cursor", Id, nullable=False, server_default="0"),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
    UniqueConstraint("bulk_id", "number"),
    Index(
        "ix_bulk_decisions_open",
        "id",
        postgresql_where=text("state = 'open'"),
        sqlite_where=text("state = 'open'"),
    ),
)
