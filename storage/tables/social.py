"""The social calendar: what is planned for a brand's feeds, its pictures, what a person told us, what networks counted."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, UniqueConstraint, text

from storage.db import Names, Utc
from storage.tables.columns import identity, metadata, reference, words, workspace

calendars = Table(
    "calendars",
    metadata,
    identity(),
    workspace(),
    reference("brand_id", "brands"),
    Column("state", String(12), nullable=False),
    Column("starts_on", String(10), nullable=False),
    Column("days", Integer, nullable=False),
    Column("networks", Names, nullable=False),
    Column("week", Integer, nullable=False, server_default="1"),
    words("source"),
    words("note"),
    Column("channel", String(32), nullable=False),
    Column("asked_by", String(32), nullable=False),
    Column("decided_by", String(32)),
    words("reason"),
    Column("written_at", Utc),
    Column("decided_at", Utc),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
    Column("created_at", Utc, nullable=False),
    Index("ix_calendars_brand_id", "brand_id"),
    Index(
        "ix_calendars_unwritten",
        "id",
        postgresql_where=text("written_at IS NULL"),
        sqlite_where=text("written_at IS NULL"),
    ),
)

calendar_posts = Table(
    "calendar_posts",
    metadata,
    identity(),
    workspace(),
    reference("calendar_id", "calendars"),
    Column("week", Integer, nullable=False),
    Column("day", String(10), nullable=False),
    Column("network", String(16), nullable=False),
    Column("slot_at", Utc, nullable=False),
    words("pillar"),
    Column("angle", String(24), nullable=False),
    Column("hook", String(24), nullable=False),
    Column("call", String(24), nullable=False),
    Column("format", String(16), nullable=False),
    words("topic"),
    words("key_message"),
    reference("message_id", "messages", null=True),
    UniqueConstraint("calendar_id", "network", "day"),
    Index("ix_calendar_posts_message_id", "message_id"),
)

pictures = Table(
    "pictures",
    metadata,
    identity(),
    workspace(),
    reference("message_id", "messages"),
    Column("state", String(10), nullable=False),
    Column("file_id", String(32), nullable=False),
    words("file_url"),
    words("alt"),
    Column("media_type", String(32), nullable=False, server_default=""),
    Column("content", LargeBinary),
    Column("digest", String(64), nullable=False, server_default=""),
    Column("size", Integer, nullable=False, server_default="0"),
    Column("width", Integer, nullable=False, server_default="0"),
    Column("height", Integer, nullable=False, server_default="0"),
    words("error"),
    Column("added_by", String(32), nullable=False),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("message_id", "file_id"),
    Index(
        "ix_pictures_waiting",
        "id",
        postgresql_where=text("state = 'waiting'"),
        sqlite_where=text("state = 'waiting'"),
    ),
)

signals = Table(
    "signals",
    metadata,
    identity(),
    workspace(),
    reference("brand_id", "brands"),
    Column("kind", String(12), nullable=False),
    words("text"),
    Column("expires_at", Utc, nullable=False),
    Column("added_by", String(32), nullable=False),
    Column("created_at", Utc, nullable=False),
    Index("ix_signals_brand_id", "brand_id", "expires_at"),
)

measurements = Table(
    "measurements",
    metadata,
    identity(),
    workspace(),
    reference("message_id", "messages"),
    Column("pulls", Integer, nullable=False, server_default="0"),
    Column("due_at", Utc),
    Column("at", Utc),
    *(
        Column(name, Integer)
        for name in ("impressions", "engagements", "clicks", "shares", "comments", "likes")
    ),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
    UniqueConstraint("message_id"),
    Index(
        "ix_measurements_due",
        "due_at",
        postgresql_where=text("due_at IS NOT NULL"),
        sqlite_where=text("due_at IS NOT NULL"),
    ),
)
