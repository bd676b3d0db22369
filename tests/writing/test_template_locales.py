"""The language of a draft: the contact's, else the campaign's or brand's, else the workspace's, else English."""

import pytest

from engine.writing import locales, localising

AVAILABLE = ("de", "en", "es", "fr")


@pytest.mark.parametrize(
    ("wanted", "locale", "note"),
    [
        (("fr", "de", "es"), "fr", ""),
        (("", "de", "es"), "de", ""),
        (("", "", "es"), "es", ""),
        (("", "", ""), "en", ""),
        (("de-AT", "fr"), "de", ""),
        (("ES_mx",), "es", ""),
        (("German",), "de", ""),
        (("nl",), "en", "No Dutch templates; written in English."),
        (("nl-BE", "fr"), "fr", "No Dutch templates; written in French."),
        (("", "pt-BR", "de"), "de", "No Portuguese templates; written in German."),
        (("en-GB", "nl"), "en", ""),
        (("xx",), "en", "No “xx” templates; written in English."),
        (("{{ 7*7 }}", "de"), "de", "No “{{ 7*7 }}” templates; written in German."),
    ],
)
def test_the_first_language_with_templates_is_taken_and_a_missing_one_named(
    wanted: tuple[str, ...], locale: str, note: str
) -> None:
    assert locales.choose(wanted, AVAILABLE) == locales.Choice(locale, note)


@pytest.mark.parametrize(
    ("text", "locale", "told"),
    [
        ("Hamburg", "de", "in Hamburg"),
        ("Schweiz", "de", "in der Schweiz"),
        ("USA", "de", "in USA"),
        ("United States", "en", "in the United States"),
        ("Lyon", "fr", "à Lyon"),
        ("Le Havre", "fr", "au Havre"),
        ("Portugal", "fr", "au Portugal"),
        ("Mexique", "fr", "au Mexique"),
        ("Suisse", "fr", "en Suisse"),
        ("États-Unis", "fr", "aux États-Unis"),
        ("Iran", "fr", "en Iran"),
        ("Vigo", "es", "en Vigo"),
    ],
)
def test_a_place_takes_the_preposition_of_its_language(text: str, locale: str, told: str) -> None:
    assert localising.place(text, locale) == told


@pytest.mark.parametrize(
    ("text", "locale", "told"),
    [
        ("1500", "en", "1,500"),
        ("1,500", "de", "1.500"),
        ("1.500", "fr", "1\u202f500"),
        ("1,500-20,000", "es", "1.500-20.000"),
        ("51-200", "de", "51-200"),
        ("5000+", "de", "5.000+"),
        ("1999", "de", "1999"),
    ],
)
def test_a_head_count_is_grouped_as_the_language_does(text: str, locale: str, told: str) -> None:
    assert localising.count(text, locale) == told


@pytest.mark.parametrize("text", ["03/04/2024", "2024-13-40", "March", "2024"])
def test_a_date_that_could_be_read_two_ways_stays_as_it_is(text: str) -> None:
    assert localising.day(text, "de") == text


def test_french_punctuation_keeps_to_its_word_and_links_stay_whole() -> None:
    set_ = localising.typeset("Ça va ? Voir « ceci » : https://a.example/?b", "fr")
    assert set_ == "Ça va\u202f? Voir «\u202fceci\u202f»\u00a0: https://a.example/?b"
    assert localising.typeset("Ça va ?", "de") == "Ça va ?"
