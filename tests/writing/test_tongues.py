"""A brand that says everything in one language: the card tells whoever approves a text in another one."""

from dataclasses import replace

import pytest
from test_template_sequences import TEAM, person, written

from engine.writing import Brief, Voice, tongues

ENGLISH = Voice(
    "Harbourlight", "Scheduling software for independent clinics", value_propositions=("Half the no-shows in a month",),
    sender_name="Olivia",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Half the no-shows in a month", "en"),
        ("Tourenplanung für kleine Flotten", "de"),
        ("la planification des tournées pour vos camions", "fr"),
        ("una revisión gratuita de sus rutas", "es"),
        ("Slack, SAP TM", ""),
        ("Free audit", ""),
        ("Le Monde and the others", ""),
        ("", ""),
    ],
)
def test_function_words_tell_the_language_or_nothing_does(text: str, code: str) -> None:
    assert tongues.language(text) == code


@pytest.mark.parametrize(("locale", "named"), [("fr", "French"), ("de", "German"), ("es", "Spanish")])
@pytest.mark.parametrize("purpose", ["call", "proof"])
async def test_words_of_another_language_are_named_in_the_note(locale: str, named: str, purpose: str) -> None:
    words = await written(
        locale,
        "cold",
        purpose,
        person(locale, {}),
        voice=ENGLISH,
        brief=Brief("Spring", offer="A visit to your clinic"),
    )
    assert "Half the no-shows in a month" in words.body
    assert "Your own words in it are English: " in words.note
    assert f"Edit them into {named}" in words.note
    assert ("“A visit to your clinic”" in words.note) == ("A visit to your clinic" in words.body)


@pytest.mark.parametrize("locale", TEAM)
async def test_a_brand_that_speaks_the_reader_s_language_gets_no_note(locale: str) -> None:
    for purpose in ("call", "sample", "proof", "angle", "close"):
        assert (await written(locale, "cold", purpose, person(locale, {}))).note == ""
    plain = replace(ENGLISH, positioning="Harbourlight", value_propositions=("Google Calendar",))
    words = await written(locale, "cold", "call", person(locale, {}), voice=plain, brief=Brief("Spring"))
    assert words.note == ""
