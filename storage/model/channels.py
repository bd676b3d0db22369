"""What is known of a channel besides its adapter: what it is called, where it reaches people, which rules it is under.

Every other module asks here and names no channel by hand. Knows nothing of vendors. A new channel is registered by
bot.channels; the names below are the product's own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """`address` is the contact's field that it writes to; empty for a feed, which has a page instead.

    `by_phone`: an opt-out or a dead number holds for the number. `consent`: nothing leaves without a recorded one.
    `quiet`: the law's quiet hours hold, whatever the window says. `signed`: code adds a line that names the brand and
    how to stop. `reports`: the vendor says when something arrived. `subject`: its messages have one.
    `by_hand`: the platform forbids or gates automation, so that a person does these touches (F2). `spoken`: its words
    are notes that somebody reads aloud.
    """

    name: str
    label: str
    address: str = ""
    by_phone: bool = False
    consent: bool = False
    quiet: bool = False
    signed: bool = False
    reports: bool = False
    subject: bool = False
    by_hand: bool = False
    spoken: bool = False

    @property
    def is_feed(self) -> bool:
        return not self.address


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("email", "Email", "email", subject=True),
        Kind("sms", "SMS", "phone", by_phone=True, consent=True, quiet=True, signed=True, reports=True),
        Kind("whatsapp", "WhatsApp", "whatsapp", by_phone=True, consent=True, quiet=True, reports=True),
        Kind("messenger", "Messenger", "messenger_id", reports=True),
        Kind("instagram_dm", "Instagram message", "instagram", reports=True),
        Kind("linkedin_dm", "LinkedIn message", "linkedin_url", by_hand=True),
        Kind("x_dm", "X message", "x_handle"),
        Kind("call", "Call", "phone", by_phone=True, quiet=True, by_hand=True, spoken=True),
        Kind("linkedin", "LinkedIn"),
        Kind("facebook", "Facebook"),
        Kind("x", "X"),
    )
}


def known(name: str) -> Kind:
    """Of a name that a later version stored nothing is known: it reaches nobody."""
    return KINDS.get(name) or Kind(name, name.replace("_", " "))


def add(kind: Kind) -> None:
    """From here on every part of the product knows it."""
    KINDS[kind.name] = kind


def to_people() -> tuple[str, ...]:
    """Those that write to a contact, in the order in which they are offered."""
    return tuple(name for name, kind in KINDS.items() if not kind.is_feed)


def feeds() -> tuple[str, ...]:
    """Those on which posts appear."""
    return tuple(name for name, kind in KINDS.items() if kind.is_feed)


def by_hand() -> tuple[str, ...]:
    """Those whose touches are tasks for people: no adapter and no credentials, but a sender with its caps."""
    return tuple(name for name, kind in KINDS.items() if kind.by_hand)


def reporting() -> tuple[str, ...]:
    """Those whose vendor says that a message arrived; elsewhere delivered is sent minus bounced."""
    return tuple(name for name, kind in KINDS.items() if kind.reports)
