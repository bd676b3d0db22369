"""When the ladder gives way to where somebody answered before, and when there is not enough of it."""

from __future__ import annotations

import pytest
from test_ladder import ALL, LINKEDIN, NO_SMS, ada

from engine.rules import ladder
from engine.rules.ladder import Ways
from storage.histories import Past
from storage.model import Contact


@pytest.mark.parametrize(
    ("touch", "past", "channel", "says"),
    [
        # not enough: nothing, once, as often as on the rung, or a smaller share of more messages
        (1, {}, "email", "touch 1 of theirs"),
        (1, {"sms": (1, 1)}, "email", "touch 1 of theirs"),
        (1, {"sms": (9, 1), "email": (9, 0)}, "email", "touch 1 of theirs"),
        (1, {"sms": (2, 2), "email": (2, 2)}, "email", "touch 1 of theirs"),
        (1, {"sms": (3, 2), "email": (2, 2)}, "email", "touch 1 of theirs"),
        (1, {"sms": (20, 3), "email": (2, 2)}, "email", "touch 1 of theirs"),
        (3, {"sms": (2, 0), "email": (9, 1)}, "sms", "touch 3 of theirs"),
        # enough: more answers, in a larger share, than on the rung
        (1, {"sms": (2, 2)}, "sms", "they answered 2 of 2 by SMS, none by email yet; the ladder alone would take"),
        (1, {"sms": (3, 2), "email": (4, 0)}, "sms", "they answered 2 of 3 by SMS, 0 of 4 by email"),
        (1, {"sms": (3, 2), "email": (4, 1)}, "sms", "1 of 4 by email"),
        (5, {"email": (4, 2), "call": (1, 0)}, "email", "the ladder alone would take call"),
        (1, {"sms": (4, 2), "call": (3, 3)}, "call", "they answered 3 of 3 by call"),
        (1, {"sms": (4, 2), "call": (3, 2)}, "call", "they answered 2 of 3 by call"),
        # a channel that the campaign does not use is none
        (1, {"linkedin_dm": (5, 5)}, "email", "touch 1 of theirs"),
    ],
)  # fmt: skip
def test_a_rung_gives_way_to_two_answers_elsewhere(
    touch: int, past: dict[str, tuple[int, int]], channel: str, says: str
) -> None:
    known = {name: Past(*counts) for name, counts in past.items()}
    found = ladder.choose(ada(), touch, ALL, Ways(), past=known)
    assert (found.channel, says in found.reason) == (channel, True), found.reason
    assert len(found.reason) < 200, "the card shows all of it"


SMS = {"sms": Past(3, 3)}


@pytest.mark.parametrize(
    ("person", "chosen", "ways", "step", "channel"),
    [
        (ada(), ALL, NO_SMS, "", "email"),
        (ada(), ALL, Ways(unavailable={"sms": "off"}), "", "email"),
        (ada(phone=""), ALL, Ways(), "", "email"),
        (ada(refused_channels=("sms",)), ALL, Ways(), "", "email"),
        (ada(preferred_channel="call"), ALL, Ways(), "", "call"),
        (ada(), ("email",), Ways(), "", "email"),
        (ada(), ("email", "call"), Ways(), "", "email"),
        (ada(), ALL, Ways(), "email", "email"),
        (ada(), ALL, Ways(), "", "sms"),
        (ada(linkedin_url=LINKEDIN), ("linkedin_dm", "sms"), Ways(), "", "sms"),
    ],
)
def test_everything_else_comes_before_history(
    person: Contact, chosen: tuple[str, ...], ways: Ways, step: str, channel: str
) -> None:
    assert ladder.choose(person, 1, chosen, ways, step=step, past=SMS).channel == channel


def test_the_ladder_s_own_rung_says_what_it_gave_way_to() -> None:
    found = ladder.choose(ada(), 1, ALL, Ways(), past=SMS)
    assert dict(found.others) == {"email": "they answered more by SMS", "call": "it is for touches 5+"}
