"""What the template writer does with a person's reason, and that its note says plainly what it cannot do."""

from __future__ import annotations

import dataclasses

import pytest
from test_template_writer import ANNA, BRIEF, STEP, VOICE, drafted

from engine.writing import DraftRequest, packing, reasons
from engine.writing.templates import FOLDER

NOT = "Written from templates: your reason could not be followed; edit it."


@pytest.mark.parametrize(
    ("reason", "language", "short"),
    [
        ("too long, she reads French, half as long", "fr", True),
        ("This is in English, she reads French.", "fr", False),
        ("Write it in German", "de", False),
        ("French!", "fr", False),
        ("bitte auf Deutsch und kürzer", "de", True),
        ("en français s'il te plaît", "fr", False),
        ("Instead of English use Spanish", "es", False),
        ("He wants Italian", "it", False),
        ("Not in French", "", False),
        ("She does not speak German", "", False),
        ("Our German office is closed", "", False),
        ("German or in French, in Spanish, who knows", "", False),
        ("Please polish it", "", False),
        ("Cutting edge is no word of ours", "", False),
        ("", "", False),
        ("<b>in</b> " + "a" * 9_000, "", False),
    ],
)
def test_what_a_reason_asks_for(reason: str, language: str, short: bool) -> None:
    assert (reasons.language((reason,), "en"), reasons.is_short((reason,))) == (language, short)


def test_of_several_reasons_the_newest_names_the_language_and_each_may_ask_for_less() -> None:
    told = ("too long", "in Spanish please", "she reads French", "no jokes")
    assert (reasons.language(told, "en"), reasons.is_short(told)) == ("fr", True)


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr"])
async def test_a_first_touch_that_was_too_long_is_much_shorter(locale: str) -> None:
    person = dataclasses.replace(ANNA, locale=locale, title="COO", facts={"industry": "logistics"})
    long, short = await drafted(person), await drafted(person, rejections=("half as long",))
    assert len(short.body) < 0.75 * len(long.body)
    assert "followed this of your reason: shorter." in short.note
    assert "Northwind" in short.body, "it still says who is writing"


@pytest.mark.parametrize(
    ("reason", "purpose", "locale", "note"),
    [
        ("she reads French", "call", "fr", "your reason: in French."),
        (
            "too long, in French please",
            "call",
            "fr",
            "your reason: in French.",
        ),  # no shorter than what was read
        ("he wants Italian", "call", "en", "could not be followed"),
        ("he wants Italian", "call", "en", "No Italian templates; written in English."),
        ("mention the fair in June", "call", "en", NOT),
        ("too long", "close", "en", NOT),  # nothing in it is optional
    ],
)
async def test_the_note_says_what_of_a_reason_was_followed(
    reason: str, purpose: str, locale: str, note: str
) -> None:
    words = await drafted(step=dataclasses.replace(STEP, purpose=purpose), rejections=(reason,))
    assert words.locale == locale
    assert note in words.note
    assert (await drafted()).note == ""


def test_a_model_is_told_the_language_that_the_reason_names() -> None:
    request = DraftRequest(
        BRIEF, VOICE, "", STEP, "email", ANNA, rejections=("she reads French",), purpose="call"
    )
    packed = packing.draft(request)
    assert (packed["language"], packed["history"]) == ("fr", [])
    assert packed["strategy"]["purpose"] == "short call asked"
    assert "nothing has reached them yet" in (FOLDER.parent / "prompts" / "draft.md").read_text(
        encoding="utf-8"
    )
