"""The words a row may hold where there are only a few of them."""

from __future__ import annotations

from enum import StrEnum


class CampaignStatus(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class StrategyState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


class ContactStatus(StrEnum):
    NEW = "new"
    CONTACTED = "contacted"
    REPLIED = "replied"
    QUALIFIED = "qualified"
    CONVERTED = "converted"
    LOST = "lost"


class EnrolmentState(StrEnum):
    WAITING = "waiting"  # in the campaign; its strategy is not approved yet
    ACTIVE = "active"
    STOPPED = "stopped"
    COMPLETED = "completed"


class Autonomy(StrEnum):
    REVIEW = "review"
    FIRST = "first"
    AUTO = "auto"


class EngagementKind(StrEnum):
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    HARD_BOUNCED = "hard_bounced"
    SOFT_BOUNCED = "soft_bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    LIKED = "liked"
    COMMENTED = "commented"
    SHARED = "shared"
    MEETING_BOOKED = "meeting_booked"
    CONVERTED = "converted"


class ReplyClass(StrEnum):
    """What a reply is (G3), by rules or by a person. Out of office and bounce are not human answers."""

    INTERESTED = "interested"
    QUESTION = "question"
    NOT_NOW = "not_now"
    REFERRAL = "referral"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    OUT_OF_OFFICE = "out_of_office"
    OPT_OUT = "opt_out"
    BOUNCE = "bounce"
    UNCLEAR = "unclear"  # said by rules alone: a person is asked
