"""Which pictures the networks take: their fact sheets' rows, at the edge and beyond it."""

from __future__ import annotations

import pytest

from engine.rules import pictures

MB = 1_000_000


@pytest.mark.parametrize(
    ("network", "media_type", "size", "width", "height", "said"),
    [
        ("linkedin", "image/jpeg", 5 * MB, 8_000, 4_519, None),
        ("linkedin", "image/gif", 1, 0, 0, None),
        ("linkedin", "image/png", 10, 36_152_321, 1, "36,152,321 × 1 pixels; LinkedIn takes 36,152,320"),
        ("linkedin", "image/png", 5 * MB + 1, 9, 9, "has 5.1 MB; LinkedIn takes 5."),
        ("linkedin", "image/webp", 10, 9, 9, "LinkedIn takes JPEG, PNG or GIF."),
        ("facebook", "image/png", 4 * MB, 50_000, 50_000, None),
        ("facebook", "image/jpeg", 4 * MB + 1, 9, 9, "has 4.1 MB; Facebook takes 4."),
        ("facebook", "image/gif", 10, 9, 9, "Facebook takes JPEG or PNG."),
        ("x", "image/webp", 5 * MB, 9, 9, None),
        ("x", "image/gif", 5 * MB + 100_001, 9, 9, "has 5.2 MB; X takes 5."),
        ("x", "image/svg+xml", 10, 9, 9, "X takes JPEG, PNG, GIF or WebP."),
        ("x", "IMAGE/PNG\n<!channel>", 10, 9, 9, "X takes JPEG, PNG, GIF or WebP."),
        ("x", "image/png", 0, 9, 9, "empty"),
        ("email", "image/png", 10, 9, 9, "takes no pictures"),
    ],
)
def test_a_picture_is_taken_or_the_sentence_says_why_not(network, media_type, size, width, height, said):
    answer = pictures.accepted(network, media_type, size, width, height)

    assert (answer is None) if said is None else said in (answer or "")
    assert "channel>" not in (answer or "")


def test_words_for_a_picture_end_where_x_ends_them():
    assert pictures.described("") is None
    assert pictures.described("x" * 1_000) is None
    assert pictures.described("x" * 1_001) == (
        "The picture's description has 1,001 characters; 1,000 are possible. Shorten it."
    )


@pytest.mark.parametrize(
    ("network", "link", "body", "fits"),
    [
        ("linkedin", "", "Words", True),
        ("linkedin", "https://a.example/x", "Words: https://a.example/x #Now", True),
        ("linkedin", "https://a.example/x", "Words", False),
        ("facebook", "https://a.example/x", "Words", False),
        ("x", "https://a.example/x", "Words", True),
    ],
)
def test_a_link_that_would_lose_its_preview_must_stand_in_the_words(network, link, body, fits):
    assert (pictures.beside(network, link, body) is None) is fits
