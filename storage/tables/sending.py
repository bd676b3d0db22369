"""What leaves and what comes back."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from storage.db import Names, Utc
from storage.lifecycle import NOT_ALIVE, TROUBLED, State
from storage.tables.columns import Id, identity, metadata, reference, words, workspace


def _either(states: Iterable[State]) -> str:
    """Word by word: for an `IN` of three or more SQLite fills a table of its own at every row that it writes."""
    return " OR ".join(f"state = '{state}'" for state in states)


def _listed(states: Iterable[State]) -> str:
    return ", ".join(f"'{state}'" for state in states)


def _one_place(*columns: str, also: str = "") -> Index:
    """Held by one message at a time, until it is over without having left."""
    compared = " AND ".join(f"state <> '{state}'" for state in NOT_ALIVE)
    return Index(
        f"uq_messages_{columns[-1]}",
        *columns,
        unique=True,
        postgresql_where=text(f"{also}state NOT IN ({_listed(NOT_ALIVE)})"),
        sqlite_where=text(f"{also}{compared}"),
    )


def _due(state: State) -> Index:
    """What a loop claims from, in the words in which it asks."""
    where = text(f"state = '{state}'")
    columns = ("sender_id", "due_at", "id") if state is State.SCHEDULED else ("due_at",)
    return Index(f"ix_messages_{state}_due", *columns, postgresql_where=where, sqlite_where=where)


messages = Table(
    "messages",
    metadata,
    identity(),
    workspace(),
    reference("campaign_id", "campaigns", null=True),
    reference("enrolment_id", "enrolments", null=True),
    reference("strategy_id", "strategies", null=True),
    reference("brand_id", "brands"),
    reference("sender_id", "senders", null=True),
    Column("step", Integer, nullable=False, server_default="1"),
    words("variant"),
    reference("contact_id", "contacts", null=True),
    reference("feed_id", "feeds", null=True),
    Column("channel", String(16), nullable=False),
    Column("fallbacks", Names, nullable=False),
    words("subject"),
    words("body"),
    Column("options", JSON, nullable=False),
    Column("state", String(10), nullable=False),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("approved_revision", Integer),
    words("approved_hash"),
    Column("approved_by", String(32)),
    Column("approved_at", Utc),
    Column("due_at", Utc),
    Column("slot_at", Utc),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("resend", Integer, nullable=False, server_default="0"),
    words("note"),
    Column("sent_at", Utc),
    words("provider_id"),
    reference("replaces", "messages", null=True),
    Column("dedupe_key", String(200), nullable=False),
    Column("content_hash", String(64), nullable=False, server_default=""),
    Column("created_at", Utc, nullable=False),
    Column("reminded", Integer, nullable=False, server_default="0"),
    CheckConstraint("(contact_id IS NULL) <> (feed_id IS NULL)", name="one_audience"),
    CheckConstraint(_either(State), name="state").ddl_if(dialect="sqlite"),
    CheckConstraint(f"state IN ({_listed(State)})", name="state").ddl_if(dialect="postgresql"),
    _one_place("workspace_id", "dedupe_key"),
    _one_place("feed_id", "content_hash", also="feed_id IS NOT NULL AND content_hash <> '' AND "),
    *(_due(state) for state in (State.PLANNED, State.DRAFTED, State.APPROVED, State.SCHEDULED, State.UNSURE)),
    Index(
        "ix_messages_sending_lease",
        "lease_until",
        postgresql_where=text("state = 'sending'"),
        sqlite_where=text("state = 'sending'"),
    ),
    Index(
        "ix_messages_troubled",
        "workspace_id",
        "id",
        postgresql_where=text(f"state IN ({_listed(TROUBLED)})"),
        sqlite_where=text(_either(TROUBLED)),
    ),
    Index("ix_messages_campaign", "workspace_id", "campaign_id", "state"),
    Index("ix_messages_contact", "contact_id", "sent_at"),
    Index(
        "ix_messages_thread",
        "contact_id",
        "enrolment_id",
        "sent_at",
        "id",
        "resend",
        "sender_id",
        postgresql_where=text("state = 'sent' AND channel = 'email'"),
        sqlite_where=text("state = 'sent' AND channel = 'email'"),
    ),
    Index(
        "ix_messages_offered",
        "workspace_id",
        "slot_at",
        postgresql_where=text("state = 'scheduled' AND note = 'waiting for a person'"),
        sqlite_where=text("state = 'scheduled' AND note = 'waiting for a person'"),
    ),
    Index(
        "ix_messages_sent",
        "workspace_id",
        "sent_at",
        "campaign_id",
        "channel",
        "contact_id",
        "feed_id",
        postgresql_where=text("sent_at IS NOT NULL"),
        sqlite_where=text("sent_at IS NOT NULL"),
    ),
)

revisions = Table(
    "revisions",
    metadata,
    Column("message_id", Id, ForeignKey("messages.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    words("subject"),
    words("body"),
    words("author"),
    words("source"),
    words("reason"),
    Column("score", Integer, nullable=False, server_default="0"),
    Column("findings", JSON, nullable=False),
    Column("changes", JSON, nullable=False, server_default="[]"),
    words("why"),
    Column("created_at", Utc, nullable=False),
)

engagements = Table(
    "engagements",
    metadata,
    identity(),
    workspace(),
    reference("message_id", "messages"),
    Column("contact_id", Id),
    Column("kind", String(16), nullable=False),
    Column("at", Utc, nullable=False),
    Column("human", Boolean, nullable=False),
    Column("dedupe_key", String(200), nullable=False),
    Column("detail", JSON, nullable=False),
    UniqueConstraint("workspace_id", "dedupe_key"),
    Index("ix_engagements_message_id", "message_id"),
    Index("ix_engagements_at", "workspace_id", "at"),
)

replies = Table(
    "replies",
    metadata,
    identity(),
    workspace(),
    reference("contact_id", "contacts"),
    reference("message_id", "messages", null=True),
    words("text"),
    Column("klass", String(16), nullable=False),
    Column("recorded_by", String(32), nullable=False),
    Column("decided_by", String(32)),
    words("decision"),
    Column("reading", JSON(none_as_null=True)),
    Column("created_at", Utc, nullable=False),
    Index("ix_replies_contact_id", "contact_id"),
    Index("ix_replies_created_at", "workspace_id", "created_at"),
    Index(
        "ix_replies_undecided",
        "workspace_id",
        postgresql_where=text("decided_by IS NULL"),
        sqlite_where=text("decided_by IS NULL"),
    ),
)

conflicts = Table(
    "conflicts",
    metadata,
    identity(),
    workspace(),
    reference("contact_id", "contacts"),
    words("text"),
    Column("recorded_by", String(32), nullable=False),
    Column("decided_by", String(32)),
    words("decision"),
    Column("created_at", Utc, nullable=False),
    reference("enrolment_id", "enrolments", null=True),
    Column("kind", String(12), nullable=False, server_default="reported"),
    Index("ix_conflicts_contact_id", "contact_id"),
    Index("ix_conflicts_enrolment_id", "enrolment_id"),
)

timeline = Table(
    "timeline",
    metadata,
    identity(),
    workspace(),
    Column("entity", String(16), nullable=False),
    Column("entity_id", Id, nullable=False),
    Column("event", String(20), nullable=False),
    Column("actor", String(32), nullable=False),
    Column("at", Utc, nullable=False),
    words("detail"),
    Index("ix_timeline_entity", "entity", "entity_id"),
    Index(
        "ix_timeline_failed",
        "workspace_id",
        "at",
        postgresql_where=text("entity = 'message' AND event = 'fail'"),
        sqlite_where=text("entity = 'message' AND event = 'fail'"),
    ),
)
