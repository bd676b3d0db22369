"""Who agreed to what: append-only, the newest entry of a contact and channel counts."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, String, Table

from storage.db import Utc
from storage.tables.columns import identity, metadata, reference, words, workspace

consents = Table(
    "consents",
    metadata,
    identity(),
    workspace(),
    reference("contact_id", "contacts"),
    Column("channel", String(16), nullable=False),
    words("address"),
    Column("given", Boolean, nullable=False),
    Column("at", Utc, nullable=False),
    Column("until", Utc),
    words("source"),
    Column("recorded_by", String(32), nullable=False),
    Column("created_at", Utc, nullable=False),
    Index("ix_consents_contact_id", "contact_id", "channel", "id"),
)
