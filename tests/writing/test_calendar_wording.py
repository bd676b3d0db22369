"""What a calendar's posts say without a language model: the brand's own sentence as it stands, and fitting hashtags."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from engine.rules import calendar, lengths
from engine.rules.calendar import Brief
from engine.writing import PostRequest, TopicsRequest, Voice, calendar_posts, phrases, posting, topics

ENGLISH = Voice(
    brand="Harbourlight",
    positioning="Scheduling software for independent clinics and studios",
    audience="Owners and operations leads of small service businesses",
    value_propositions=(
        "Half the no-shows in a month",
        "Save two hours a day",
        "No contract",
        "Is it late again?",
    ),
)
VOICES = (
    ENGLISH,
    replace(ENGLISH, brand="Hafenlicht", positioning="Terminsoftware für unabhängige Praxen", audience="", language="de",
            value_propositions=("Halb so viele verpasste Termine", "Kein Vertrag")),
    replace(ENGLISH, brand="Phare", positioning="Logiciel de rendez-vous pour cabinets", audience="", language="fr",
            value_propositions=("Deux fois moins d’absences", "Sans contrat")),
    replace(ENGLISH, brand="Faro", positioning="Software de citas para clínicas", audience="", language="es",
            value_propositions=("La mitad de ausencias en un mes", "Sin contrato")),
)  # fmt: skip


def month(voice: Voice) -> list[tuple[PostRequest, str]]:
    found = topics.topics(TopicsRequest(voice, calendar.PILLARS)).by_pillar
    networks, targets = ("linkedin", "facebook", "x"), ("demo", "contact")
    planned = calendar.plan(Brief(date(2027, 1, 1), 30, networks, calendar.PILLARS, found, targets))
    asked = [
        PostRequest(
            one.topic.text, voice, one.network, "https://acme.example/demo", (), one.pillar, one.angle, one.hook,
            one.call, one.topic.key_message,
        )
        for one in planned
    ]  # fmt: skip
    return [(one, calendar_posts.post(one).body) for one in asked]


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.brand)
def test_the_brands_sentence_stands_whole_and_no_sign_is_doubled(voice: Voice) -> None:
    for request, body in month(voice):
        assert request.key_message.rstrip(".") in body[: posting.OPENING], body
        assert not any(pair in body for pair in ("..", "?.", "!.", ":.", "  ")), body


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.brand)
def test_hashtags_name_the_brand_its_pillar_what_it_does_and_for_whom(voice: Voice) -> None:
    counted = {"linkedin": (3, 5), "facebook": (3, 4), "x": (0, 3)}
    told = month(voice)
    for request, body in told:
        tags = [word for word in body.split() if word.startswith("#")]
        fewest, most = counted[request.network]
        assert fewest <= len(tags) <= most, body
        assert all(tag[1].isupper() for tag in tags), tags
        assert lengths.of(request.network, body) <= posting.limit(request.network)
    with_tags = [body for request, body in told if request.network == "x" and "#" in body]
    assert len(with_tags) >= 20


def test_hashtags_of_a_category_and_its_customers() -> None:
    body = next(body for request, body in month(ENGLISH) if request.network == "linkedin")
    assert body.endswith("#Harbourlight #Education #SchedulingSoftware #IndependentClinics #Studios")
    german = next(body for request, body in month(VOICES[1]) if request.network == "linkedin")
    assert german.endswith("#Hafenlicht #Wissen #Terminsoftware #UnabhängigePraxen")
    assert posting.phrases_named("We audit delivery routes", "Logistics firms; line 7") == (
        "Logistics firms",
    )


def test_what_was_joined_to_a_sentence_that_went_begins_a_paragraph() -> None:
    book = phrases.load("en", "calendar")
    angles = [one.own_words for slot, said in book.slots.items() if slot.startswith("angle") for one in said]
    shortened = 0
    for request, body in month(ENGLISH):
        hook, then, *_ = body.split("\n\n")
        assert not any(angle in hook for angle in angles), body
        shortened += request.network == "x" and then in angles
    assert shortened, "on X the thought gave way at least once"


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.brand)
def test_a_post_about_a_signal_names_it_and_says_the_brands_sentence_once(voice: Voice) -> None:
    told = "New rules for clinics in Berlin"
    for request, _ in month(voice):
        body = calendar_posts.post(replace(request, signal=told, signal_kind="news")).body
        assert body.count(told) == 1, body
        assert body.count(request.key_message.rstrip(".")) == 1, body
