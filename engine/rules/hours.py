"""Whose hours count for a message: the recipient's zones, and the window of the campaign. Pure."""

from __future__ import annotations

from functools import lru_cache

from engine.policy import Policy
from engine.rules import timing
from storage.facts import Situation
from storage.model import Campaign, Contact


def zones_of(case: Situation, policy: Policy) -> tuple[str, ...]:
    """The contact's zones (contact, account or phone said so), else the campaign's, else the workspace's."""
    return zones_for(case.contact, case.campaign, policy)


def zones_for(contact: Contact | None, campaign: Campaign | None, policy: Policy) -> tuple[str, ...]:
    if contact is not None and contact.zones:
        return contact.zones
    return (_zone(campaign.zone if campaign else "", policy.zone),)


def zone_source(case: Situation) -> str:
    """Where zones_of found its answer, for people."""
    if case.contact is not None and case.contact.zones:
        return case.contact.zone_from or "contact"
    return "campaign" if case.campaign is not None and case.campaign.zone else "workspace"


def window_of(case: Situation, policy: Policy) -> timing.Window:
    """The campaign's own window, else the workspace's."""
    return window_for(case.campaign, policy)


def window_for(campaign: Campaign | None, policy: Policy) -> timing.Window:
    return _window((campaign.window if campaign is not None else "") or policy.window)


def _zone(first: str, second: str) -> str:
    return first or second or "UTC"


_window = lru_cache(maxsize=256)(timing.parse_window)
