"""What a writer is told, taken from rows. Pure."""

from __future__ import annotations

from engine.writing import Brief, Person, Voice
from storage.model import Brand, Campaign, Contact, Sender


def of(campaign: Campaign) -> Brief:
    return Brief(
        name=campaign.name,
        goal=campaign.goal,
        audience=campaign.audience,
        offer=campaign.offer,
        must_say=campaign.must_say,
        must_not_say=campaign.must_not_say,
        channels=campaign.channels,
        tone=campaign.tone,
        language=campaign.language,
        by_account=campaign.by_account,
    )


def voice(brand: Brand, campaign: Campaign | None = None, sender: Sender | None = None) -> Voice:
    """The brand's voice; the campaign's tone and language win over it. Without a language it is the workspace's."""
    return Voice(
        brand=brand.name,
        positioning=brand.positioning,
        audience=brand.audience,
        value_propositions=brand.value_propositions,
        tone=(campaign.tone if campaign else "") or brand.tone,
        language=(campaign.language if campaign else "") or brand.language,
        dont=brand.dont,
        call_to_action=brand.call_to_action,
        sender_name=(campaign.sender_name if campaign else "") or (sender.name if sender else ""),
        style=brand.voice,
        say=brand.say,
        targets=tuple(str(address) for address in brand.targets.values() if address),
    )


def person(contact: Contact) -> Person:
    """The recipient as words may know them. The address is not among it."""
    facts = {name: str(fact.get("value", "")) for name, fact in contact.facts.items() if fact.get("value")}
    if contact.country:
        facts.setdefault("country", contact.country)
    return Person(
        first_name=contact.first_name,
        last_name=contact.last_name,
        company=contact.company,
        title=contact.title,
        locale=contact.locale,
        facts=facts,
    )


def forbidden(brand: Brand, campaign: Campaign | None) -> tuple[str, ...]:
    """Words that always remove Approve: the brand's don'ts and the campaign's must-not-say, comma or line apart."""
    extra = campaign.must_not_say if campaign else ""
    words = (word.strip() for word in extra.replace("\n", ",").replace(";", ",").split(","))
    return tuple(dict.fromkeys((*brand.dont, *(word for word in words if word))))
