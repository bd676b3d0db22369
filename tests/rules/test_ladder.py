"""Which channel a touch takes: the order of F3, one table for every step of it."""

from __future__ import annotations

from typing import Any

import pytest
from situations import contact

from engine.errors import Refused
from engine.rules import ladder
from engine.rules.ladder import LADDER, Ways
from storage.model import Contact, channels

PHONE, LINKEDIN = "+4930901820", "https://www.linkedin.com/in/ada"
ALL = ("email", "sms", "call")
NO_SMS = Ways(barred={"sms": "no recorded consent"})
NO_EMAIL = Ways(unavailable={"email": "SMTP_URL is not set."})


def ada(**values: Any) -> Contact:
    return contact(**{"phone": PHONE, "linkedin_url": LINKEDIN, **values})


@pytest.mark.parametrize(
    ("touch", "channel"),
    [(1, "email"), (2, "email"), (3, "sms"), (4, "sms"), (5, "call"), (6, "call"), (20, "call")],
)
def test_the_ladder_by_touches(touch: int, channel: str) -> None:
    found = ladder.choose(ada(), touch, ALL, Ways())
    assert found.channel == channel
    assert f"touch {touch} of theirs" in found.reason


@pytest.mark.parametrize(
    ("person", "touch", "chosen", "ways", "channel", "says"),
    [
        # suppression and consent come first: not even what they asked for gets past them
        (ada(), 3, ALL, NO_SMS, "email", "SMS is out (no recorded consent), so the nearest earlier rung"),
        (ada(preferred_channel="sms"), 1, ALL, NO_SMS, "email", "touch 1 of theirs"),
        (ada(), 1, ALL, Ways(barred={"email": "opted out"}), "sms", "so the next later rung"),
        (ada(), 1, ALL, Ways(barred=dict.fromkeys(ALL, "opted out")), "", "No channel of the campaign"),
        # then availability: what is not set up, and an address that is not there
        (ada(preferred_channel="email"), 1, ALL, NO_EMAIL, "sms", "SMTP_URL is not set."),
        (ada(email=""), 1, ALL, Ways(), "sms", "email is out (no e-mail address)"),
        (ada(email="", phone=""), 1, ALL, Ways(), "", "email: no e-mail address; SMS: no phone number"),
        (ada(email=""), 5, ("email", "linkedin_dm"), Ways(), "linkedin_dm", "touches 3+"),
        (ada(linkedin_url="javascript:alert(1)"), 3, ("email", "linkedin_dm"), Ways(), "email", "no https"),
        # then the contact's word: a preference beats the campaign, a refusal beats everything below it
        (ada(preferred_channel="call"), 1, ALL, Ways(), "call", "they asked for it"),
        (ada(preferred_channel="sms"), 1, ("email",), Ways(), "sms", "they asked for it"),
        (ada(preferred_channel="sms", refused_channels=("sms",)), 3, ALL, Ways(), "email", "they refused it"),
        (ada(refused_channels=("email",)), 1, ("email",), Ways(), "", "email: they refused it"),
        (ada(preferred_channel="telex"), 1, ALL, Ways(), "email", "touch 1"),
        # then the campaign's: its only channel, its own order, and nothing that it did not name
        (ada(), 5, ("email",), Ways(), "email", "the only channel of the campaign"),
        (ada(), 1, ("call",), Ways(), "call", "the only channel of the campaign"),
        (ada(), 5, ("email", "sms"), Ways(), "sms", "call is out (the campaign does not use it)"),
        (ada(), 3, ("email", "call"), Ways(), "email", "SMS is out (the campaign does not use it)"),
        (ada(), 1, ("sms", "call"), Ways(), "sms", "so the next later rung"),
        (ada(), 2, ("email", "linkedin_dm"), Ways(), "email", "touches 1-2 are for email"),
        (ada(), 3, ("linkedin_dm", "email"), Ways(), "email", "touches 3+ are for email"),
        # then the ladder: the nearest earlier rung, else the next later
        (ada(), 6, ALL, Ways(unavailable={"call": "off"}), "sms", "so the nearest earlier rung"),
        (ada(), 6, ALL, Ways(barred={"sms": "no consent"}, unavailable={"call": "off"}), "email", "earlier"),
        (contact(), 3, ALL, Ways(), "email", "an e-mail address is all there is of them"),
        (contact(), 20, ALL, Ways(), "email", "an e-mail address is all there is of them"),
    ],
)  # fmt: skip
def test_the_order_of_reasons(
    person: Contact, touch: int, chosen: tuple[str, ...], ways: Ways, channel: str, says: str
) -> None:
    found = ladder.choose(person, touch, chosen, ways)
    told = "\n".join([found.reason, *(f"{name}: {why}" for name, why in found.others)])
    assert found.channel == channel
    assert says in told
    assert channel not in dict(found.others)


def test_a_strategys_own_step_counts_as_the_campaigns_choice_while_it_can_be_used() -> None:
    assert ladder.choose(ada(), 1, ALL, Ways(), step="sms").channel == "sms"
    assert ladder.choose(ada(), 1, ALL, NO_SMS, step="sms").channel == "email"
    assert ladder.choose(ada(), 1, ("email",), Ways(), step="sms").channel == "email"


@pytest.mark.parametrize(
    ("person", "failed", "chosen", "ways", "channel"),
    [
        (ada(), "email", ALL, Ways(), "sms"),
        (ada(), "email", ALL, NO_SMS, "call"),
        (ada(), "email", ("email",), Ways(), "sms"),
        (ada(), "sms", ALL, Ways(), "email"),
        (contact(), "email", ALL, Ways(), ""),
        (ada(preferred_channel="email"), "email", ALL, Ways(), "sms"),
        (ada(refused_channels=("sms", "call")), "email", ALL, Ways(), ""),
    ],
)
def test_what_follows_a_channel_that_failed_for_good(
    person: Contact, failed: str, chosen: tuple[str, ...], ways: Ways, channel: str
) -> None:
    assert ladder.choose(person, 1, chosen, ways, leave_out=failed).channel == channel


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        (("email",), ["email"] * 6),
        (ALL, ["email", "email", "sms", "sms", "call", "call"]),
        (("email", "call"), ["email", "email", "email", "email", "call", "call"]),
        (("email", "linkedin_dm"), ["email", "email", *["linkedin_dm"] * 4]),
        ((), ["email"] * 6),
    ],
)
def test_what_a_strategy_shows_before_anybody_is_known(chosen: tuple[str, ...], shown: list[str]) -> None:
    assert [ladder.planned(touch, chosen) for touch in range(1, 7)] == shown


def test_a_ladder_is_read_as_it_is_shown() -> None:
    assert ladder.parse(ladder.shown(LADDER)) == LADDER
    assert ladder.shown(LADDER) == "email 1-2, sms 3-4, call 5+"
    every = tuple((name, n) for n, name in enumerate(channels.to_people(), 1))
    assert ladder.parse(ladder.told(every)) == every
    assert ladder.parse("Email 1, linkedin_dm 2 – 4, call 5") == (
        ("email", 1),
        ("linkedin_dm", 2),
        ("call", 5),
    )
    assert ladder.parse("E-mail 1, LinkedIn 2-4, phone 5") == ladder.parse("email 1, linkedin_dm 2-4, call 5")
    found = ladder.choose(
        ada(), 2, ("email", "linkedin_dm"), Ways(), rungs=(("email", 1), ("linkedin_dm", 2))
    )
    assert found.channel == "linkedin_dm"


@pytest.mark.parametrize(
    "text", ["", "email", "email 2+", "email 1-2, sms 4+", "email 1-2, email 3+", "fax 1+", "email 3-1, sms 2+", "x; 1"]
)  # fmt: skip
def test_a_ladder_with_a_hole_or_a_stranger_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        ladder.parse(text)
    assert refused.value.field == "ladder"
