"""How many parts a text is sent in, and what is added to it: tables of edges, and what holds for every text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules import segments
from engine.rules.segments import Alphabet, Size
from storage.model import Brand

GSM, UCS = Alphabet.GSM, Alphabet.UCS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Size(GSM, 0, 0, 160)),
        ("a", Size(GSM, 1, 1, 159)),
        ("a" * 160, Size(GSM, 160, 1, 0)),
        ("a" * 161, Size(GSM, 161, 2, 145)),
        ("a" * 306, Size(GSM, 306, 2, 0)),
        ("a" * 307, Size(GSM, 307, 3, 152)),
        ("a" * 1600, Size(GSM, 1600, 11, 83)),
        ("àèéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉÄÖÑÜ§¿äöñü£$¥@_¡¤\n\r", Size(GSM, 44, 1, 116)),
        ("^{}\\[~]|€\f", Size(GSM, 20, 1, 140)),
        ("€" * 80, Size(GSM, 160, 1, 0)),
        ("€" * 80 + "a", Size(GSM, 161, 2, 144)),
        ("a" * 152 + "€" + "b" * 151, Size(GSM, 305, 2, 0)),
        ("a" * 152 + "€" + "b" * 152, Size(GSM, 306, 3, 152)),
        ("ç", Size(UCS, 1, 1, 69)),
        ("`", Size(UCS, 1, 1, 69)),
        ("\t", Size(UCS, 1, 1, 69)),
        ("a" * 159 + "’", Size(UCS, 160, 3, 41)),
        ("я" * 70, Size(UCS, 70, 1, 0)),
        ("я" * 71, Size(UCS, 71, 2, 63)),
        ("я" * 134, Size(UCS, 134, 2, 0)),
        ("я" * 135, Size(UCS, 135, 3, 66)),
        ("😀", Size(UCS, 2, 1, 68)),
        ("😀" * 35, Size(UCS, 70, 1, 0)),
        ("😀" * 36, Size(UCS, 72, 2, 61)),
        ("👩‍👩‍👧‍👦", Size(UCS, 11, 1, 59)),
        ("я" * 66 + "😀" + "я" * 65, Size(UCS, 133, 2, 0)),
    ],
)
def test_a_text_is_measured_in_the_parts_that_are_billed(text, expected):
    assert segments.size(text) == expected


@given(st.text(max_size=700))
def test_parts_hold_everything_and_none_is_for_nothing(text):
    found = segments.size(text)
    alone, joined = (160, 153) if found.alphabet is GSM else (70, 67)

    assert found.units >= len(text)
    assert 0 <= found.free <= alone
    if found.parts <= 1:
        assert found.units == alone - found.free
    else:
        assert found.units > alone
        assert found.parts * joined - found.free - found.units in range(found.parts)


@given(st.text(max_size=200))
def test_length_is_never_under_the_number_of_characters(text):
    assert len(text) <= segments.length(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_what_makes_parts_short_is_named_once_and_in_order():
    assert segments.widening("It’s €5 – it’s “now” 😀") == ("’", "–", "“", "”", "😀")


def brand(name="Harbourlight", language="en"):
    return Brand(1, "T1", name, True, "", "", (), "", language, (), "", "1 Main Street", "UTC")


@pytest.mark.parametrize(
    ("text", "name", "language", "expected"),
    [
        ("Hi Ana", "Harbourlight", "en", "Harbourlight. Reply STOP to opt out."),
        ("Hi Ana, it's harbourlight again", "Harbourlight", "en", "Reply STOP to opt out."),
        ("Hi Ana, it's Harbour\nLight again", "Harbour  Light", "en", "Reply STOP to opt out."),
        ("The Palace calls", "Ace", "en", "Ace. Reply STOP to opt out."),
        ("Hi Ana", "Acme Inc.", "en", "Acme Inc. Reply STOP to opt out."),
        ("Hi Ana", "  ", "en", "Reply STOP to opt out."),
        ("Hi Ana. reply stop to opt out", "Acme", "en", "Acme."),
        ("Acme here. Reply STOP to opt out.", "Acme", "en", ""),
        ("Please stop by, or STOP", "Acme", "en", "Acme. Reply STOP to opt out."),
        ("Hallo", "Acme", "de-AT", "Acme. Antworten Sie STOP, um sich abzumelden."),
        ("Hallo", "Acme", "pl", "Acme. Reply STOP to opt out."),
        ("C++ (now)", "C++", "en", "Reply STOP to opt out."),
    ],
)
def test_who_writes_and_how_to_stop_it_is_said_once(text, name, language, expected):
    assert segments.appended(text, brand(name, language)) == expected


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", ""])
def test_what_is_added_does_not_make_parts_short(language):
    assert segments.widening(segments.appended("", brand(language=language))) == ()


@given(st.text(max_size=100), st.text(max_size=30))
def test_what_is_added_is_added_once_and_leaves_the_words(text, name):
    line = segments.appended(text, brand(name))
    left = segments.whole(text, line)

    assert left.startswith(text)
    assert "stop" in left.lower()
    assert "\n" not in line
    assert segments.whole(text, "") == text
