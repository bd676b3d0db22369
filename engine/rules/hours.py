"""Whose hours count for a message: the recipient's zones, and the window of the campaign. Pure."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from babel.core import get_global

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


def country_of(contact: Contact | None) -> str:
    """Whose public holidays count (E2): the country on record, else the one country that all their zones lie in, else
    that of the number where the zones come from it; empty for nobody knows. The law never goes by such a guess."""
    if contact is None or contact.country or not contact.zones:
        return contact.country if contact is not None else ""
    return _country(contact.zones, contact.phone if contact.zone_from == "phone" else "")


def window_of(case: Situation, policy: Policy) -> timing.Window:
    """The campaign's own window, else the workspace's."""
    return window_for(case.campaign, policy)


def window_for(campaign: Campaign | None, policy: Policy) -> timing.Window:
    return _window((campaign.window if campaign is not None else "") or policy.window)


def _zone(first: str, second: str) -> str:
    return first or second or "UTC"


@lru_cache(maxsize=4096)
def _country(zones: tuple[str, ...], phone: str) -> str:
    lies_in, aliases = get_global("zone_territories"), get_global("zone_aliases")
    found = {lies_in.get(aliases.get(zone, zone), "") for zone in zones}
    if len(found) == 1 or not phone:
        return str(found.pop()) if len(found) == 1 else ""
    return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or ""


_window = lru_cache(maxsize=256)(timing.parse_window)
