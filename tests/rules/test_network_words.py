"""The networks are typed as people call them, wherever one is named."""

from __future__ import annotations

import pytest

from engine.errors import Refused
from engine.rules import network_words


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("linkedin", "linkedin"), ("Linked In", "linkedin"), ("linked-in", "linkedin"), ("LI", "linkedin"),
        ("fb", "facebook"), ("Facebook page", "facebook"), ("meta", "facebook"),
        ("twitter", "x"), (" X ", "x"), ("X/Twitter", "x"), ("X (formerly Twitter)", "x"), ("tweet", "x"),
    ],
)  # fmt: skip
def test_a_network_is_known_by_what_people_call_it(typed: str, meant: str) -> None:
    assert network_words.read(typed) == meant


@pytest.mark.parametrize("typed", ["", "mastodon", "tiktok", "e-mail", "linkedin_dm", "instagram"])
def test_what_is_none_is_refused_with_those_there_are(typed: str) -> None:
    with pytest.raises(Refused, match="There are Facebook, LinkedIn, X") as refused:
        network_words.read(typed)
    assert refused.value.field == "network"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["twitter, fb; Linked In"], ("x", "facebook", "linkedin")),
        (["x,twitter,x"], ("x",)),
        (["all"], ()),
        ([""], ()),
    ],
)
def test_several_are_each_read_once_and_all_names_none(typed: list[str], meant: tuple[str, ...]) -> None:
    assert network_words.read_all(typed) == meant
