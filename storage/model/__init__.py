"""The nouns of the product: typed and immutable outside storage. Imports nothing of ours.

Every instant is an aware UTC datetime; zones are IANA names.
"""

from collections.abc import Mapping
from typing import Any

from storage.model.brands import Brand, Feed, Sender, Workspace
from storage.model.bulks import Bulk, BulkDecision
from storage.model.kinds import (
    Autonomy,
    CampaignStatus,
    ContactStatus,
    EngagementKind,
    EnrolmentState,
    ReplyClass,
    StrategyState,
)
from storage.model.outreach import Campaign, Contact, Listed, Step, Strategy
from storage.model.sending import Conflict, Engagement, Message, Reply, Revision
from storage.model.shown import Card, Entry

Json = Mapping[str, Any]

__all__ = (
    "Autonomy",
    "Brand",
    "Bulk",
    "BulkDecision",
    "Campaign",
    "CampaignStatus",
    "Card",
    "Conflict",
    "Contact",
    "ContactStatus",
    "Engagement",
    "EngagementKind",
    "EnrolmentState",
    "Entry",
    "Feed",
    "Json",
    "Listed",
    "Message",
    "Reply",
    "ReplyClass",
    "Revision",
    "Sender",
    "Step",
    "Strategy",
    "StrategyState",
    "Workspace",
)
