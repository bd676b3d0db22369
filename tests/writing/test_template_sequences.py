"""The two sequences in four languages: every touch for every set of facts is fit to be sent as it is."""

import dataclasses
import itertools
import os
import re
from pathlib import Path

import pytest

from engine.rules import quality, unfilled
from engine.writing import Brief, DraftRequest, Earlier, Person, Voice, Words, cleaning, templates
from engine.writing.rules import TemplateWriter
from storage.model import Step

LOCALES = ("en", "fr", "de", "es")
SEQUENCES = ("cold", "reengagement")
PURPOSES = ("call", "sample", "proof", "angle", "question", "value", "close")
SENT = Earlier(1, "call", "", "", "2026-01-05")
GOLDEN = Path(__file__).with_name("golden")

# positioning, two promises, an offer, two sets of facts (the second differs in every value)
TEAM = {
    "en": ("Route planning for small fleets", "Fewer empty kilometres", "Half the phone calls", "A free route audit"),
    "de": (
        "Tourenplanung für kleine Flotten", "weniger Leerkilometer",
        "halb so viele Anrufe", "eine kostenlose Prüfung Ihrer Touren",
    ),
    "fr": (
        "la planification des tournées", "moins de kilomètres à vide",
        "deux fois moins d’appels", "un audit gratuit de vos tournées",
    ),
    "es": (
        "la planificación de rutas", "menos kilómetros en vacío",
        "la mitad de llamadas", "una revisión gratuita de sus rutas",
    ),
}  # fmt: skip
ONE = {
    "title": "COO", "industry": "Logistik", "recent news": "opened a depot in Bremen", "pain point": "late deliveries",
    "employees": "15000", "city": "Bremen", "tech stack": "SAP TM", "fleet size": "60", "last order": "2024-03-05",
    "customer since": "2019",
}  # fmt: skip
TWO = {
    "title": "CFO", "industry": "Retail", "recent news": "sold a warehouse", "pain point": "empty shelves",
    "employees": "70", "city": "Lyon", "tech stack": "Oracle", "fleet size": "12", "last order": "2023-11-30",
    "customer since": "2021",
}  # fmt: skip
SEQUENCE_CASES = list(itertools.product(LOCALES, SEQUENCES))
FACTS = {"rich": ONE, "sparse": {}, **{name: {name: value} for name, value in ONE.items()}}
CASES = list(itertools.product(LOCALES, SEQUENCES, FACTS))


def person(locale: str, facts: dict[str, str], *names: str) -> Person:
    first, company = names or ("Anna", "Acme")
    return Person(first, "Berg", company, "", locale, facts)


async def written(
    locale: str, sequence: str, purpose: str, who: Person, channel: str = "email", **more: object
) -> Words:
    position, one, two, offer = TEAM[locale]
    voice = Voice(
        "Northwind", position, value_propositions=(one, two), sender_name="Jonas Weber", language=""
    )
    number = PURPOSES.index(purpose) + 1
    request = DraftRequest(
        Brief("Spring", offer=offer), voice, "Lead with time", Step(number, channel, 2, purpose), channel, who,
        sequence=sequence, history=(SENT,) * (number - 1),
    )  # fmt: skip
    return await TemplateWriter().draft(dataclasses.replace(request, **more))


async def whole(locale: str, sequence: str, facts: dict[str, str], channel: str = "email") -> list[Words]:
    who = person(locale, facts)
    return [await written(locale, sequence, purpose, who, channel) for purpose in PURPOSES]


def sentences(words: Words) -> set[str]:
    """The sentences between greeting and signature."""
    text = " ".join(words.body.split("\n\n")[1:-1])
    return {
        one.strip() for one in text.replace("?", ".").replace("!", ".").split(". ") if len(one.split()) > 2
    }


def test_every_locale_and_sequence_has_every_purpose_on_every_channel_with_words_of_its_own() -> None:
    wanted = set(itertools.product(("email", *templates.BESIDE), LOCALES, SEQUENCES, PURPOSES))
    assert {(one.channel, one.locale, one.sequence, one.purpose) for one in templates.load()} >= wanted


@pytest.mark.parametrize(("locale", "sequence", "facts"), CASES)
async def test_every_mail_is_fit_to_be_sent(locale: str, sequence: str, facts: str) -> None:
    for purpose, words in zip(PURPOSES, await whole(locale, sequence, FACTS[facts]), strict=True):
        found = quality.assess("email", words.subject, words.body, language=locale)
        assert found.score >= quality.PASSING
        assert not [one.code for one in found.findings if one.code != "reading_ease"]
        assert words.template == f"{sequence}-{purpose}.{locale}"
        assert (words.locale, words.note) == (locale, "")
        assert 10 <= len(words.subject) <= 60
        least, most = (50, 120) if purpose == "call" else (30, 100)
        assert least <= len(words.body.split()) <= most, words.body
        assert words.body.count("?") == 1
        assert "!" not in words.body
        assert unfilled.placeholders(f"{words.subject}\n{words.body}") == ()
        assert not cleaning.is_unfilled(words.body)
        assert "  " not in words.body
        assert words.body.endswith("Jonas Weber\nNorthwind")


@pytest.mark.parametrize(("locale", "sequence", "facts"), CASES)
async def test_touches_of_a_sequence_share_less_than_half_their_words_and_neighbours_no_sentence(
    locale: str, sequence: str, facts: str
) -> None:
    mails = await whole(locale, sequence, FACTS[facts])
    for one, two in itertools.combinations(mails, 2):
        assert quality.shared_words(one.body, two.body) < 0.5, (one.template, two.template)
    for one, two in itertools.pairwise(mails):
        assert not sentences(one) & sentences(two)


@pytest.mark.parametrize(("locale", "sequence"), SEQUENCE_CASES)
@pytest.mark.parametrize(("name", "value"), [("title", "COO"), ("employees", "85"), ("fleet size", "60")])
async def test_the_only_fact_on_record_gets_a_sentence_and_not_just_quotation_marks(
    locale: str, sequence: str, name: str, value: str
) -> None:
    """A title is all that most lists know: “I will remember ‘COO’” is nothing to write to a customer."""
    for words in await whole(locale, sequence, {name: value}):
        assert value in words.body
        assert not re.search(rf"[“„«]\s?{value}\s?[”“»]", words.body), words.body


@pytest.mark.parametrize(("locale", "sequence"), SEQUENCE_CASES)
@pytest.mark.parametrize("name", ["rich", *ONE])
async def test_two_contacts_differ_in_a_sentence_that_rests_on_a_fact(
    locale: str, sequence: str, name: str
) -> None:
    facts, other = (ONE, TWO) if name == "rich" else ({name: ONE[name]}, {name: TWO[name]})
    for purpose in PURPOSES:
        first = await written(locale, sequence, purpose, person(locale, facts))
        second = await written(locale, sequence, purpose, person(locale, other, "Bob", "Zeta"))
        masked = first.body.replace("Anna", "█").replace("Acme", "█")
        assert masked != second.body.replace("Bob", "█").replace("Zeta", "█"), purpose
        assert set(first.used) & set(facts), purpose


@pytest.mark.parametrize(("locale", "sequence", "facts"), CASES)
async def test_a_text_message_has_no_subject_and_at_most_200_characters(
    locale: str, sequence: str, facts: str
) -> None:
    for words in await whole(locale, sequence, FACTS[facts], "sms"):
        assert words.subject == ""
        assert 50 <= len(words.body) <= 200
        assert words.body.count("?") == 1
        assert words.body.endswith("Jonas Weber, Northwind")
        assert not set("“”„«»’–…\u202f\u00a0") & set(words.body)
        assert quality.assess("sms", "", words.body, language=locale).score == 100


@pytest.mark.parametrize("sequence", SEQUENCES)
@pytest.mark.parametrize("purpose", PURPOSES)
async def test_the_four_languages_really_differ(sequence: str, purpose: str) -> None:
    bodies = [(await written(locale, sequence, purpose, person(locale, {}))).body for locale in LOCALES]
    for one, two in itertools.combinations(bodies, 2):
        assert quality.shared_words(one, two) < 0.25


@pytest.mark.parametrize(
    ("locale", "day", "count", "country"),
    [
        ("en", "March 5, 2024", "15,000", "Germany"),
        ("de", "5. März 2024", "15.000", "in Deutschland"),
        ("fr", "5 mars 2024", "15\u202f000", "en Allemagne"),
        ("es", "5 de marzo de 2024", "15.000", "en Alemania"),
    ],
)
async def test_dates_numbers_and_countries_follow_the_language(
    locale: str, day: str, count: str, country: str
) -> None:
    for purpose, facts, told in (
        ("call", {"last order": "2024-03-05"}, day),
        ("proof", {"employees": "15,000"}, count),
        ("sample", {"country": "Germany"}, country),
    ):
        words = await written(
            locale, "cold" if purpose == "sample" else "reengagement", purpose, person(locale, facts)
        )
        assert told in words.body
        assert set(words.used) >= set(facts)


async def test_french_has_its_spaces_german_its_quotes_and_spanish_its_signs() -> None:
    said = {locale: (await written(locale, "cold", "call", person(locale, ONE))).body for locale in LOCALES}
    assert "\u202f?" in said["fr"]
    assert "«\u202f" in said["fr"]
    assert " ?" not in said["fr"]
    assert "„opened a depot in Bremen“" in said["de"]
    assert "¿" in said["es"]
    assert "Buenos días, Anna:" in said["es"]


@pytest.mark.parametrize(("locale", "sequence"), SEQUENCE_CASES)
async def test_a_follow_up_speaks_of_earlier_words_only_when_some_were_sent(
    locale: str, sequence: str
) -> None:
    for purpose in PURPOSES[1:]:
        who = person(locale, ONE)
        after, alone = await written(locale, sequence, purpose, who), await written(
            locale, sequence, purpose, who, history=()
        )  # fmt: skip
        assert after.body != alone.body, purpose
        assert not alone.subject.casefold().startswith(("re:", "aw:", "fwd:"))


@pytest.mark.parametrize(("locale", "sequence"), SEQUENCE_CASES)
async def test_what_must_be_said_stands_in_every_mail(locale: str, sequence: str) -> None:
    brief = Brief("Spring", must_say="No data leaves the European Union.", offer="Audit")
    for purpose in PURPOSES:
        words = await written(locale, sequence, purpose, person(locale, ONE), brief=brief)
        assert words.body.count(brief.must_say) == 1


async def test_the_brief_says_when_readers_are_customers_of_old_and_an_answer_is_pointed_out() -> None:
    brief = Brief("Win back spring", offer="Audit")
    words = await written("en", "", "call", person("en", {}), brief=brief, reply="Please call me.")
    assert words.template == "reengagement-call.en"
    assert "answer" in words.note


@pytest.mark.parametrize("locale", LOCALES)
async def test_the_mails_look_as_reviewed(locale: str) -> None:
    """Set OVERTURE_GOLDEN=1 to write the snapshot anew, then read it."""
    shown = []
    for sequence, purpose in itertools.product(SEQUENCES, ("call", "sample", "angle", "close")):
        words = await written(locale, sequence, purpose, person(locale, ONE))
        shown.append(f"=== {words.template}\n{words.subject}\n\n{words.body}\n")
    text, path = "\n".join(shown), GOLDEN / f"mails.{locale}.txt"
    if os.environ.get("OVERTURE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
