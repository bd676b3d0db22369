"""A contact as someone typed it, made exact field by field. Pure: knows nothing of who is on record already."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from babel import Locale, UnknownLocaleError

from engine.errors import Refused
from engine.rules import addresses, channel_words, countries, timing
from engine.writing import cleaning

MOST_FACTS = 40
FACT = 500
"""Characters kept of one fact."""


@dataclass(frozen=True, slots=True)
class NewContact:
    """What is known of a person, as it was typed. `facts` are named values such as {"industry": "logistics"}.

    `guessed` says that nobody has seen the address work; `source` names where the data came from. `consent` is where
    they agreed to texts, `consent_on` the day. `prefers` is the channel they asked for, `never_by` those they refuse.
    """

    email: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    whatsapp: str = ""
    linkedin_url: str = ""
    x_handle: str = ""
    instagram: str = ""
    messenger_id: str = ""
    company: str = ""
    title: str = ""
    country: str = ""
    locale: str = ""
    zone: str = ""
    guessed: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    consent: str = ""
    consent_on: str = ""
    prefers: str = ""
    never_by: str = ""


@dataclass(frozen=True, slots=True)
class Ready:
    """A contact that can be stored. `values` are its own columns; zones still depend on its account.

    `key` says who it is (two of one key are one person), `block_key` which mailbox an opt-out would stop.
    `account` is (key, name) or None. `dropped` are sentences about single fields that were left out.
    """

    key: str
    block_key: str | None
    values: Mapping[str, Any]
    account: tuple[str, str] | None
    domain: str
    zone: str
    phone_zones: tuple[str, ...]
    dropped: tuple[str, ...] = ()
    agreed: tuple[str, date] | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Under which of them a no of theirs may be on the suppression list: the mailbox and the numbers."""
        found = (self.block_key or "", str(self.values["phone"]), str(self.values["whatsapp"]))
        return tuple(dict.fromkeys(filter(None, found)))


def check(new: NewContact, *, forgiving: bool = False) -> Ready:
    """Validate every field. Raises Refused beside the first that is unusable.

    `forgiving` is for files: only a wrong or missing address refuses the contact, any other wrong field is
    left out and named in `dropped`.
    """
    dropped: list[str] = []
    country = _field(_country, new.country, forgiving, dropped)
    phone, zones = _field(lambda text: addresses.phone(text, country), new.phone, forgiving, dropped) or (
        "",
        (),
    )
    email = _email(new.email)
    values = {
        "first_name": cleaning.clean(new.first_name, cleaning.NAME),
        "last_name": cleaning.clean(new.last_name, cleaning.NAME),
        "email": email,
        "phone": phone,
        "whatsapp": _field(lambda text: _whatsapp(text, country), new.whatsapp, forgiving, dropped),
        "linkedin_url": _field(addresses.linkedin_url, new.linkedin_url, forgiving, dropped),
        "x_handle": _field(addresses.x_handle, new.x_handle, forgiving, dropped),
        "instagram": _field(addresses.instagram, new.instagram, forgiving, dropped),
        "messenger_id": _field(_messenger_id, new.messenger_id, forgiving, dropped),
        "company": cleaning.clean(new.company, cleaning.CELL),
        "title": cleaning.clean(new.title, cleaning.CELL),
        "country": country,
        "locale": _field(_locale, new.locale, forgiving, dropped),
        "guessed": new.guessed,
        "facts": _facts(new),
        **_stated(new, forgiving, dropped),
        "source": cleaning.clean(new.source, cleaning.CELL),
    }
    zone = _field(timing.validate_zone, new.zone, forgiving, dropped)
    block_key = addresses.identity_key(email) if email else None
    account = addresses.account_key(values["company"], email)
    domain = addresses.mail_domain(email)
    domain = "" if addresses.is_free_mail(domain) else domain
    agreed = _field(lambda _: _agreed(new, phone), new.consent + new.consent_on, forgiving, dropped) or None
    return Ready(_key(values), block_key, values, account, domain, zone, tuple(zones), tuple(dropped), agreed)


def key_of(address: str) -> str:
    """Who has this e-mail address, or this LinkedIn address and no other. Raises Refused for what is neither."""
    if "linkedin.com/" in address.lower() and "@" not in address:
        return f"{_PREFIXES['linkedin_url']}:{addresses.linkedin_url(address)}".casefold()[:320]
    return addresses.merge_key(addresses.email_address(address))


def zones_of(ready: Ready, account_zone: str) -> tuple[tuple[str, ...], str]:
    """(zones, which of them told us): the contact's own, else the account's, else the phone's, else none (E2)."""
    if ready.zone:
        return (ready.zone,), "contact"
    if account_zone:
        return (account_zone,), "account"
    return ready.phone_zones, "phone" if ready.phone_zones else ""


_PREFIXES = {"phone": "tel", "linkedin_url": "li", "x_handle": "x", "instagram": "ig", "messenger_id": "msgr"}


def _key(values: Mapping[str, Any]) -> str:
    """The e-mail address decides; without one the first other address does."""
    if values["email"]:
        return addresses.merge_key(values["email"])
    for name, prefix in _PREFIXES.items():
        if values[name]:
            return f"{prefix}:{values[name]}".casefold()[:320]
    if values["whatsapp"]:
        return f"tel:{values['whatsapp']}"
    raise Refused("There is no address; give an e-mail address, a phone number or a profile.", field="email")


def _field(read: Callable[[str], Any], text: str, forgiving: bool, dropped: list[str]) -> Any:
    """What `read` makes of the text; "" for nothing, and for what a forgiving check leaves out."""
    if not text.strip():
        return ""
    try:
        return read(text)
    except Refused as refusal:
        if not forgiving:
            raise
        dropped.append(refusal.sentence)
        return ""


def _email(text: str) -> str:
    if not text.strip():
        return ""
    email = addresses.email_address(text)
    if addresses.is_never_mailed(email):
        raise Refused(f"“{email[:60]}” belongs to a machine and is never written to.", field="email")
    return email


def _country(text: str) -> str:
    if code := countries.code(text):
        return code
    raise Refused(f"“{text.strip()[:40]}” is no country; write a name or a code like DE.", field="country")


def _agreed(new: NewContact, phone: str) -> tuple[str, date]:
    """Where and when they agreed to texts: without both nobody could show that they did."""
    if not new.consent.strip():
        raise Refused("Say where they agreed to texts, or leave out the day.", field="consent")
    if not phone:
        raise Refused("A consent to texts needs the number that they are for.", field="phone")
    try:
        return cleaning.clean(new.consent, FACT), date.fromisoformat(new.consent_on.strip()[:10])
    except ValueError:
        raise Refused(
            "Add the day on which they agreed to texts, like 2026-11-24; without it the consent is not recorded.",
            field="consent_on",
        ) from None


def _whatsapp(text: str, country: str) -> str:
    try:
        return addresses.phone(text, country)[0]
    except Refused as refusal:
        raise Refused(refusal.sentence, field="whatsapp") from None


def _messenger_id(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", text.strip()):
        raise Refused(f"“{text.strip()[:40]}” is no Messenger id; write its digits.", field="messenger_id")
    return text.strip()


def _locale(text: str) -> str:
    """A tag like de or de-AT."""
    try:
        locale = Locale.parse(text.strip()[:16].replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        shown = text.strip()[:16]
        raise Refused(f"“{shown}” is no language tag; write one like de or de-AT.", field="locale") from None
    return f"{locale.language}-{locale.territory}" if locale.territory else locale.language


def _stated(new: NewContact, forgiving: bool, dropped: list[str]) -> dict[str, Any]:
    """The channel they asked for and those they refuse; of one that is both, the refusal counts."""
    read = [
        _field(lambda text: channel_words.read(text, field="never_by"), part, forgiving, dropped)
        for part in channel_words.parts(new.never_by)
    ]
    never = tuple(dict.fromkeys(filter(None, read)))

    def asked(text: str) -> str:
        name = channel_words.read(text, field="prefers")
        if name and name in never:
            raise Refused(f"They cannot ask for {name} and refuse it.", field="prefers")
        return name

    return {
        "preferred_channel": _field(asked, new.prefers, forgiving, dropped),
        "refused_channels": never,
    }


def _facts(new: NewContact) -> dict[str, dict[str, str]]:
    """name → value and source, cleaned and capped; empty ones are left out."""
    source = cleaning.clean(new.source, cleaning.CELL)
    kept: dict[str, dict[str, str]] = {}
    for name, text in list(new.facts.items())[:MOST_FACTS]:
        label, value = cleaning.clean(name, cleaning.NAME), cleaning.clean(text, FACT)
        if label and value:
            kept[label] = {"value": value, "source": source}
    return kept
