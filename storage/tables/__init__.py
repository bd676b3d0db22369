"""Every table, constraint and index, each named. Holds no queries.

`workspace_id` stands on every root table; ids are counted per database, never shown as secrets.
"""

from storage.tables.advice import recommendations
from storage.tables.brands import brands, feeds, senders, workspaces
from storage.tables.bulks import bulk_decisions, bulk_drafts, bulk_looks, bulks
from storage.tables.columns import metadata
from storage.tables.consents import consents
from storage.tables.installation import clock, retentions, secrets, slack_events
from storage.tables.outreach import (
    accounts,
    campaigns,
    contacts,
    enrolments,
    members,
    proposals,
    strategies,
    suppressions,
)
from storage.tables.sending import conflicts, engagements, messages, replies, revisions, timeline
from storage.tables.slack import cards, digests, imports, rehearsals, runs, sheets, slack_channels
from storage.tables.social import calendar_posts, calendars, measurements, pictures, signals

__all__ = (
    "accounts",
    "brands",
    "bulk_decisions",
    "bulk_drafts",
    "bulk_looks",
    "bulks",
    "calendar_posts",
    "calendars",
    "campaigns",
    "cards",
    "clock",
    "conflicts",
    "consents",
    "contacts",
    "digests",
    "engagements",
    "enrolments",
    "feeds",
    "imports",
    "measurements",
    "members",
    "messages",
    "metadata",
    "pictures",
    "proposals",
    "recommendations",
    "rehearsals",
    "replies",
    "retentions",
    "revisions",
    "runs",
    "secrets",
    "senders",
    "sheets",
    "signals",
    "slack_channels",
    "slack_events",
    "strategies",
    "suppressions",
    "timeline",
    "workspaces",
)
