"""What a person says about a brand is checked field by field."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from engine.errors import Refused
from engine.rules import branding


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("targets", "demo https://a.example/d\nFree Trial: https://a.example/t", {
            "demo": "https://a.example/d", "free trial": "https://a.example/t"}),
        ("posting_times", "LinkedIn 8:30\nx 12:05", {"linkedin": "08:30", "x": "12:05"}),
        ("posting_times", "Linked In: 8:30\ntwitter 12:05", {"linkedin": "08:30", "x": "12:05"}),
        ("pillars", "Craft\n\nPeople\nCraft", ("Craft", "People")),
        ("linkedin_address", "urn:li:organization:123", "urn:li:organization:123"),
        ("facebook_address", "1234567890", "1234567890"),
        ("x_address", "@acme", "@acme"),
        ("x_address", "", ""),
        ("language", "DE", "de"),
        ("zone", "europe/berlin", "Europe/Berlin"),
    ],
)  # fmt: skip
def test_what_is_usable_is_kept(field: str, value: str, kept: Any) -> None:
    assert branding.checked(field, value) == kept


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("targets", "party https://a.example"),
        ("targets", "demo a.example"),
        ("targets", "demo"),
        ("posting_times", "linkedin 25:00"),
        ("posting_times", "myspace 09:00"),
        ("pillars", "x" * 41),
        ("linkedin_address", "acme"),
        ("facebook_address", "acme"),
        ("x_address", "acme corp"),
        ("sender_telephone", "1"),
    ],
)
def test_what_is_not_is_refused_beside_its_field(field: str, value: str) -> None:
    with pytest.raises(Refused) as refused:
        branding.checked(field, value)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("targets", "sentence", "calls"),
    [
        ({"demo": "https://a.example/d"}, "See https://b.example", {"demo": "https://a.example/d"}),
        ({}, "Book a demo: https://a.example/d", {"demo": "https://a.example/d"}),
        ({}, "https://a.example/hello", {"contact": "https://a.example/hello"}),
        ({}, "Write to us", {}),
    ],
)
def test_calls_to_action_lead_somewhere(
    targets: dict[str, str], sentence: str, calls: dict[str, str]
) -> None:
    assert branding.calls(targets, sentence) == calls


def test_only_pillars_of_the_brand_ask_for_pictures() -> None:
    assert branding.of_pillars("pictures", ("Product",), ()) == ("product",)
    assert branding.of_pillars("pictures", ("FAQ",), ("faq",)) == ("faq",)
    with pytest.raises(Refused, match="none of its pillars; they are faq") as refused:
        branding.of_pillars("pictures", ("product",), ("faq",))
    assert refused.value.field == "pictures"


def test_a_brand_posts_at_its_own_time_or_at_the_usual_one() -> None:
    assert branding.posting_time({"x": "07:15"}, "x") == time(7, 15)
    assert branding.posting_time({"x": "07:15"}, "linkedin") == time(9)
