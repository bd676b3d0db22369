"""What leaves without a person (D7): which drafts a campaign lets through, and why one goes to a person after all. Pure."""

from __future__ import annotations

from storage.model import Autonomy, Contact, Message

AGAIN = "Written again after a rejection."
EDITED = "Edited by a person."
VALUABLE = 90
"""A contact scored higher is written to by a person."""

SENSITIVE: dict[str, tuple[str, ...]] = {
    "government": ("government", "public sector", "public administration", "ministry", "municipal", "defence", "defense"),
    "finance": ("financ", "fintech", "bank", "insur", "invest", "credit union", "asset management"),
    "health": ("health", "medic", "pharma", "hospital", "clinic", "biotech"),
}  # fmt: skip
"""Industries whose drafts go to a person, by words found in the industry on record."""


def sensitive(industry: str) -> str:
    """Which sensitive industry this is; empty for none."""
    folded = industry.casefold()
    return next((name for name, words in SENSITIVE.items() if any(word in folded for word in words)), "")


def covers(autonomy: Autonomy, step: int) -> bool:
    """Whether the campaign lets a clean draft of this step leave without a person."""
    return autonomy is Autonomy.AUTO or (autonomy is Autonomy.FIRST and step > 1)


def to_a_person(contact: Contact) -> str:
    """Why drafts to this contact always go to a person, in one sentence; empty when they need not."""
    industry = str(dict(contact.facts.get("industry") or {}).get("value", ""))
    if found := sensitive(industry):
        return f"A person decides: {found} is a sensitive industry."
    if contact.score is not None and contact.score > VALUABLE:
        return f"A person decides: the contact's score is {contact.score}, over {VALUABLE}."
    if contact.guessed:
        return "A person decides: the address is a guess."
    return ""


def on_its_own(row: Message) -> str:
    """Why these words are never approved with others or without a person, in one sentence; empty when they may be."""
    if row.options.get("rejected"):
        return AGAIN
    return EDITED if row.options.get("edited") else ""
