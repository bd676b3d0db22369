"""Every table, constraint and index, each named. Holds no queries.

`workspace_id` stands on every root table; ids are counted per database, never shown as secrets.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from storage.db import Names, Utc
from storage.lifecycle import NOT_ALIVE, State

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _workspace() -> Column[str]:
    return Column("workspace_id", String(32), ForeignKey("workspaces.id"), nullable=False)


def _ref(name: str, target: str, *, null: bool = False) -> Column[int]:
    return Column(name, Id, ForeignKey(f"{target}.id"), nullable=null)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


workspaces = Table(
    "workspaces",
    metadata,
    Column("id", String(32), primary_key=True),
    _text("name"),
    _text("bot_user_id"),
    Column("installer_id", String(32)),
    Column("settings", JSON, nullable=False),
    Column("created_at", Utc, nullable=False),
)

brands = Table(
    "brands",
    metadata,
    _id(),
    _workspace(),
    _text("name"),
    Column("is_default", Boolean, nullable=False, server_default=false()),
    _text("positioning"),
    _text("audience"),
    Column("value_propositions", Names, nullable=False),
    _text("tone"),
    _text("language"),
    Column("dont", Names, nullable=False),
    _text("call_to_action"),
    _text("postal_address"),
    _text("zone"),
    UniqueConstraint("workspace_id", "name"),
)

feeds = Table(
    "feeds",
    metadata,
    _id(),
    _workspace(),
    _ref("brand_id", "brands"),
    Column("network", String(16), nullable=False),
    _text("address"),
    _text("name"),
    UniqueConstraint("brand_id", "network"),
)

senders = Table(
    "senders",
    metadata,
    _id(),
    _workspace(),
    Column("channel", String(16), nullable=False),
    _text("address"),
    _text("name"),
    _text("reply_to"),
    _ref("feed_id", "feeds", null=True),
    _text("zone"),
    Column("resets_at", Utc),
    Column("used", Integer, nullable=False, server_default="0"),
    Column("cap", Integer),
    Column("not_before", Utc),
    _text("stopped"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("served_at", Utc),
    UniqueConstraint("workspace_id", "channel", "address"),
    Index("ix_senders_channel_served", "channel", "served_at"),
)

campaigns = Table(
    "campaigns",
    metadata,
    _id(),
    _workspace(),
    _ref("brand_id", "brands"),
    _text("name"),
    Column("name_key", String(400), nullable=False),
    _text("goal"),
    _text("audience"),
    _text("offer"),
    _text("must_say"),
    _text("must_not_say"),
    Column("channels", Names, nullable=False),
    _text("tone"),
    _text("language"),
    _text("window"),
    _text("zone"),
    Column("autonomy", String(10), nullable=False),
    Column("autonomy_by", String(32)),
    Column("status", String(12), nullable=False),
    Column("owner_id", String(32), nullable=False),
    Column("channel_id", String(32), nullable=False),
    Column("starts_at", Utc),
    Column("ends_at", Utc),
    Column("paused_at", Utc),
    Column("shift_seconds", Integer, nullable=False, server_default="0"),
    Column("unsettled", Boolean, nullable=False, server_default=false()),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("workspace_id", "name_key"),
    Index("ix_campaigns_unsettled", "id", postgresql_where=text("unsettled"), sqlite_where=text("unsettled")),
)

strategies = Table(
    "strategies",
    metadata,
    _id(),
    _workspace(),
    _ref("campaign_id", "campaigns"),
    Column("state", String(12), nullable=False),
    _text("angle"),
    Column("pillars", Names, nullable=False),
    Column("steps", JSON, nullable=False),
    _text("timing"),
    Column("measures", Names, nullable=False),
    _text("source"),
    _text("note"),
    Column("asked_by", String(32), nullable=False),
    Column("decided_by", String(32)),
    _text("reason"),
    Column("written_at", Utc),
    Column("decided_at", Utc),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
    Column("created_at", Utc, nullable=False),
    Index("ix_strategies_campaign_id", "campaign_id"),
    Index(
        "ix_strategies_unwritten",
        "id",
        postgresql_where=text("written_at IS NULL"),
        sqlite_where=text("written_at IS NULL"),
    ),
)

accounts = Table(
    "accounts",
    metadata,
    _id(),
    _workspace(),
    Column("key", String(400), nullable=False),
    _text("name"),
    _text("domain"),
    _text("zone"),
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("workspace_id", "key"),
)

contacts = Table(
    "contacts",
    metadata,
    _id(),
    _workspace(),
    _ref("account_id", "accounts", null=True),
    _text("first_name"),
    _text("last_name"),
    _text("email"),
    _text("phone"),
    _text("whatsapp"),
    _text("linkedin_url"),
    _text("x_handle"),
    _text("instagram"),
    _text("messenger_id"),
    _text("company"),
    _text("title"),
    _text("country"),
    _text("locale"),
    Column("zones", Names, nullable=False),
    _text("zone_from"),
    Column("guessed", Boolean, nullable=False, server_default=false()),
    Column("facts", JSON, nullable=False),
    _text("source"),
    Column("status", String(12), nullable=False),
    Column("touched_at", Utc),
    Column("held_since", Utc),
    Column("email_key", String(320)),
    Column("block_key", String(320)),
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("workspace_id", "email_key"),
    Index("ix_contacts_block_key", "workspace_id", "block_key"),
)

enrolments = Table(
    "enrolments",
    metadata,
    _id(),
    _workspace(),
    _ref("campaign_id", "campaigns"),
    _ref("contact_id", "contacts"),
    Column("step", Integer, nullable=False, server_default="0"),
    Column("state", String(12), nullable=False),
    Column("next_at", Utc),
    _text("reason"),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("campaign_id", "contact_id"),
    Index("ix_enrolments_contact_id", "contact_id"),
    Index(
        "ix_enrolments_waiting",
        "campaign_id",
        "id",
        postgresql_where=text("state = 'waiting'"),
        sqlite_where=text("state = 'waiting'"),
    ),
    Index(
        "ix_enrolments_next",
        "next_at",
        postgresql_where=text("state = 'active' AND next_at IS NOT NULL"),
        sqlite_where=text("state = 'active' AND next_at IS NOT NULL"),
    ),
)

_alive = text(f"state NOT IN ({', '.join(repr(str(state)) for state in NOT_ALIVE)})")
_alive_post = text(f"feed_id IS NOT NULL AND content_hash <> '' AND {_alive.text}")


def _due(state: State) -> Index:
    """What a loop claims from, in the words in which it asks."""
    where = text(f"state = '{state}'")
    columns = ("sender_id", "due_at") if state is State.SCHEDULED else ("due_at",)
    return Index(f"ix_messages_{state}_due", *columns, postgresql_where=where, sqlite_where=where)


messages = Table(
    "messages",
    metadata,
    _id(),
    _workspace(),
    _ref("campaign_id", "campaigns", null=True),
    _ref("enrolment_id", "enrolments", null=True),
    _ref("strategy_id", "strategies", null=True),
    _ref("brand_id", "brands"),
    _ref("sender_id", "senders", null=True),
    Column("step", Integer, nullable=False, server_default="1"),
    _text("variant"),
    _ref("contact_id", "contacts", null=True),
    _ref("feed_id", "feeds", null=True),
    Column("channel", String(16), nullable=False),
    Column("fallbacks", Names, nullable=False),
    _text("subject"),
    _text("body"),
    Column("options", JSON, nullable=False),
    Column("state", String(10), nullable=False),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("approved_revision", Integer),
    _text("approved_hash"),
    Column("approved_by", String(32)),
    Column("approved_at", Utc),
    Column("due_at", Utc),
    Column("slot_at", Utc),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("resend", Integer, nullable=False, server_default="0"),
    _text("note"),
    Column("sent_at", Utc),
    _text("provider_id"),
    _ref("replaces", "messages", null=True),
    Column("dedupe_key", String(200), nullable=False),
    Column("content_hash", String(64), nullable=False, server_default=""),
    Column("created_at", Utc, nullable=False),
    CheckConstraint("(contact_id IS NULL) <> (feed_id IS NULL)", name="one_audience"),
    CheckConstraint(f"state IN ({', '.join(repr(str(state)) for state in State)})", name="state"),
    Index(
        "uq_messages_dedupe_key",
        "workspace_id",
        "dedupe_key",
        unique=True,
        postgresql_where=_alive,
        sqlite_where=_alive,
    ),
    Index(
        "uq_messages_content_hash",
        "feed_id",
        "content_hash",
        unique=True,
        postgresql_where=_alive_post,
        sqlite_where=_alive_post,
    ),
    *(_due(state) for state in (State.PLANNED, State.DRAFTED, State.APPROVED, State.SCHEDULED)),
    Index(
        "ix_messages_sending_lease",
        "lease_until",
        postgresql_where=text("state = 'sending'"),
        sqlite_where=text("state = 'sending'"),
    ),
    Index("ix_messages_campaign", "campaign_id", "state"),
    Index("ix_messages_contact", "contact_id", "sent_at"),
    Index(
        "ix_messages_sent",
        "workspace_id",
        "sent_at",
        postgresql_where=text("sent_at IS NOT NULL"),
        sqlite_where=text("sent_at IS NOT NULL"),
    ),
)

revisions = Table(
    "revisions",
    metadata,
    Column("message_id", Id, ForeignKey("messages.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    _text("subject"),
    _text("body"),
    _text("author"),
    _text("source"),
    _text("reason"),
    Column("score", Integer, nullable=False, server_default="0"),
    Column("findings", JSON, nullable=False),
    Column("created_at", Utc, nullable=False),
)

engagements = Table(
    "engagements",
    metadata,
    _id(),
    _workspace(),
    _ref("message_id", "messages"),
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
    _id(),
    _workspace(),
    _ref("contact_id", "contacts"),
    _ref("message_id", "messages", null=True),
    _text("text"),
    Column("klass", String(16), nullable=False),
    Column("recorded_by", String(32), nullable=False),
    Column("decided_by", String(32)),
    _text("decision"),
    Column("created_at", Utc, nullable=False),
    Index("ix_replies_contact_id", "contact_id"),
)

suppressions = Table(
    "suppressions",
    metadata,
    _id(),
    _workspace(),
    Column("kind", String(10), nullable=False),
    Column("key", String(320), nullable=False),
    Column("cause", String(32), nullable=False),
    Column("added_by", String(32), nullable=False),
    Column("created_at", Utc, nullable=False),
    UniqueConstraint("workspace_id", "kind", "key"),
)

timeline = Table(
    "timeline",
    metadata,
    _id(),
    _workspace(),
    Column("entity", String(16), nullable=False),
    Column("entity_id", Id, nullable=False),
    Column("event", String(20), nullable=False),
    Column("actor", String(32), nullable=False),
    Column("at", Utc, nullable=False),
    _text("detail"),
    Index("ix_timeline_entity", "entity", "entity_id"),
)

cards = Table(
    "cards",
    metadata,
    _id(),
    _workspace(),
    Column("kind", String(16), nullable=False),
    Column("entity_id", Id, nullable=False),
    Column("channel", String(32), nullable=False),
    _ref("parent_id", "cards", null=True),
    Column("ts", String(32)),
    Column("wanted", Integer, nullable=False, server_default="1"),
    Column("drawn", Integer, nullable=False, server_default="0"),
    Column("not_before", Utc),
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
    _id(),
    _workspace(),
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
    _id(),
    _workspace(),
    _ref("campaign_id", "campaigns", null=True),
    _text("campaign_name"),
    _text("file_name"),
    _text("file_url"),
    Column("file", LargeBinary),
    Column("asked_by", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("state", String(10), nullable=False),
    Column("line", Integer, nullable=False, server_default="0"),
    Column("added", Integer, nullable=False, server_default="0"),
    Column("duplicate", Integer, nullable=False, server_default="0"),
    Column("invalid", Integer, nullable=False, server_default="0"),
    Column("problems", JSON, nullable=False),
    _text("error"),
    Column("leased_by", String(64)),
    Column("lease_until", Utc),
    Column("created_at", Utc, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    _id(),
    _workspace(),
    _ref("campaign_id", "campaigns"),
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
