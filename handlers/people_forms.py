"""The modals about one person: a new contact, a note, two records that become one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handlers import blocks, forms, words
from handlers.actions import Form, Ref
from handlers.blocks import Json
from storage.model import Campaign, Contact
from storage.model import channels as kinds


def contact(
    campaigns: Sequence[Campaign], *, channel: str = "", given: Mapping[str, str] | None = None
) -> Json:
    """New contact. Any one way to reach them will do. `given` is what the form begins with."""
    known = given or {}
    into = {str(Ref(found.id)): found.name for found in campaigns}
    shown = [
        blocks.text_input(
            "first_name",
            "First name",
            value=known.get("first_name", ""),
            placeholder="Ada",
            most=200,
            focus=True,
        ),
        blocks.text_input(
            "last_name", "Last name", value=known.get("last_name", ""), placeholder="Lovelace", most=200
        ),
        blocks.text_input(
            "email", "Email", value=known.get("email", ""), placeholder="ada@example.com", most=320
        ),
        blocks.text_input("phone", "Phone", placeholder="+49 30 901820", most=50),
        blocks.text_input("linkedin_url", "LinkedIn address", most=300),
        blocks.text_input("x_handle", "X", placeholder="@ada", most=50),
        blocks.text_input("instagram", "Instagram", placeholder="@ada", most=50),
        blocks.text_input("messenger_id", "Messenger id", most=50),
        blocks.text_input("whatsapp", "WhatsApp", placeholder="+49 30 901820", most=50),
        blocks.text_input(
            "company", "Company", value=known.get("company", ""), placeholder="Analytical Engines", most=200
        ),
        blocks.text_input("title", "Title", placeholder="Head of Operations", most=200),
        blocks.text_input("zone", "Time zone", placeholder="Europe/Berlin", most=64),
        blocks.text_input("locale", "Locale", placeholder="en-GB", most=20),
        blocks.text_input(
            "consent",
            "Consent to texts",
            placeholder="Form at the spring fair",
            most=300,
            hint="Where they agreed. No text leaves without it.",
        ),
        blocks.date_input("consent_on", "They agreed on"),
        *_channels(known.get("prefers", ""), known.get("never_by", "").split(",")),
        *([blocks.select("campaign", "Campaign", into, optional=True)] if into else []),
    ]
    return forms.modal(Form.CONTACT, "New contact", "Add", shown, channel=channel)


EDITED = (
    "first_name", "last_name", "phone", "linkedin_url", "x_handle", "instagram", "messenger_id", "whatsapp", "company",
    "title", "zone", "locale",
)  # fmt: skip


def edit(found: Contact, ref: Ref, *, channel: str = "") -> Json:
    """What is known of somebody. Their e-mail address is who they are; another one is another record."""
    zone = found.zones[0] if found.zone_from == "contact" and found.zones else ""
    known = {name: str(getattr(found, name, "")) for name in EDITED} | {"zone": zone}
    shown = [
        blocks.text_input(name, label, value=known[name], most=most, focus=name == "first_name")
        for name, label, most in (
            ("first_name", "First name", 200), ("last_name", "Last name", 200), ("title", "Title", 200),
            ("company", "Company", 200), ("phone", "Phone", 50), ("linkedin_url", "LinkedIn address", 300),
            ("x_handle", "X", 50), ("instagram", "Instagram", 50), ("messenger_id", "Messenger id", 50),
            ("whatsapp", "WhatsApp", 50), ("zone", "Time zone", 64), ("locale", "Locale", 20),
        )
    ]  # fmt: skip
    shown.append(
        blocks.context(
            "What is left empty stays as it is. What is approved to another number or address is asked again."
        )
    )
    return forms.modal(Form.CONTACT_EDIT, "Edit contact", "Save", shown, channel=channel, ref=ref)


def channels(found: Contact, ref: Ref, *, channel: str = "") -> Json:
    """What a contact said about channels, as it is on record."""
    shown = [
        *_channels(found.preferred_channel, found.refused_channels),
        blocks.context("What is pending on a channel they refuse is cancelled."),
    ]
    return forms.modal(Form.CHANNELS, "Channels", "Keep it", shown, channel=channel, ref=ref)


def note(ref: Ref, *, channel: str = "") -> Json:
    """What a person knows about a contact, and what the contact stated."""
    shown = [
        blocks.text_input("note", "Note", long=True, most=1_000, focus=True),
        blocks.text_input("budget", "Stated budget", placeholder="20,000 EUR", most=200),
        blocks.text_input("timeline", "Timeline", placeholder="in 3 months", most=200),
        blocks.text_input("pain", "Pain", placeholder="Routes double up", most=200),
    ]
    return forms.modal(Form.NOTE, "Note", "Keep it", shown, channel=channel, ref=ref)


def merge(kept: str, other: str, *, channel: str = "") -> Json:
    """Two records of one person. It cannot be taken back."""
    shown = [
        blocks.text_input(
            "kept", "Keep", value=kept, placeholder="ada@example.com", optional=False, most=320
        ),
        blocks.text_input(
            "other",
            "And merge into it",
            value=other,
            placeholder="a.lovelace@example.com",
            optional=False,
            most=320,
        ),
        blocks.context(
            "History, replies and opt-outs of both are kept; what was approved for the second is asked again. "
            "This is final."
        ),
    ]
    return forms.modal(Form.MERGE, "Merge two contacts", "Merge", shown, channel=channel)


def _channels(prefers: str, never_by: Sequence[str]) -> list[Json]:
    """The channel they asked for, and those they refuse."""
    every = {name: words.channel(name) for name in kinds.to_people()}
    return [
        blocks.select(
            "prefers",
            "Prefers",
            every,
            value=prefers,
            optional=True,
            hint="The channel they asked for themselves.",
        ),
        blocks.checkboxes("never_by", "Never by", every, values=never_by, optional=True),
    ]
