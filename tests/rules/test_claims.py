"""What in a sentence stands on record and what does not; sentences are numbered the same way each time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules import claims, specifics
from engine.rules.claims import OURS, REPLY, Record

RECORD = Record(
    facts={
        "first_name": "Anna", "last_name": "Berg", "company": "Acme GmbH", "title": "Head of Operations",
        "industry": "logistics", "growth": "40 %", "recent news": "opened a depot in Bremen",
        "last order": "2024-03-05\nMarch 5, 2024", "staff": "15,000", "website": "acme.example",
        "note": "read more at https://evil.example now",
    },
    ours=("A free route audit, see https://northwind.example/audit", "Northwind", "Jonas Weber", "saves 18 percent"),
    reply="We have sixty vans and use Oracle.",
)  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "sources"),
    [
        ("¿Es eso lo que más les importa?", ()),
        ("Would you tell us more?", ()),
        ("Everybody in the US asks that.", ("country",)),
        ("Hello Bo, a word.", ("first_name",)),
        ("They bow, and bo is no name.", ()),
        ("Your 40 vans.", ("vans",)),
        ("Je parle de vous.", ()),
    ],
)
def test_two_letters_count_only_as_they_are_written(sentence: str, sources: tuple[str, ...]) -> None:
    known = {"country": "Spain\nES\nUS", "first_name": "Bo", "vans": "40", "language": "de"}
    (claim,) = claims.judge("", sentence, Record(facts=known), stated=False)
    assert claim.sources == sources


@pytest.mark.parametrize(
    ("sentence", "sources", "missing"),
    [
        ("You grew by 40 %.", ("growth",), ()),
        ("You grew by 41 %.", (), ("41 %",)),
        ("You raised $5 million last year.", (), ("$5 million",)),
        ("Eighteen percent less driving.", (OURS,), ()),
        ("Nineteen percent less driving.", (), ("19 percent",)),
        ("As Head of Operations in logistics you know this.", ("title", "industry"), ()),
        ("Your order of March 5, 2024 was small.", ("last order",), ()),
        ("With 15.000 people it matters.", ("staff",), ()),
        ("With 15 000 people it matters.", ("staff",), ()),
        ("With 1,500 people it matters.", (), ("1,500",)),
        ("Hello Anna Berg, a word.", ("first_name", "last_name"), ()),
        ("You work with McKinsey, I hear.", (), ("McKinsey",)),
        ("We are ISO 27001 certified.", (), ("27001", "ISO")),
        ("You wrote “We have sixty vans”.", (REPLY,), ()),
        ("You wrote “We have seventy vans”.", (), ("We have seventy vans",)),
        ("I see you use Oracle.", (REPLY,), ()),
        ("Would a 15-minute call at 10:30 on Tuesday suit you?", (), ()),
        ("You opened a depot in Bremen.", ("recent news",), ()),
        ("Acme GmbH opened a depot in Hamburg.", ("company",), ("Hamburg",)),
    ],
)
def test_numbers_names_and_quotes_are_looked_up(
    sentence: str, sources: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    (claim,) = claims.judge("", sentence, RECORD, stated=False)
    assert set(claim.sources) == set(sources)
    assert claim.missing == missing


@pytest.mark.parametrize(
    ("link", "foreign"),
    [
        ("https://northwind.example/audit", False),
        ("https://northwind.example/other", False),
        ("acme.example", False),
        ("https://evil.example", True),
        ("https://northwind.example@evil.com/audit", True),
        ("northwind.example.evil.com", True),
        ("hxxps://evil.com", True),
        ("boss@evil.com", True),
        ("www.evil.com", True),
    ],
)
def test_a_link_comes_from_the_team_or_is_all_that_a_fact_says(link: str, foreign: bool) -> None:
    (claim,) = claims.judge("", f"Look at {link} now.", RECORD)
    assert bool(claim.links) is foreign
    assert [one.code for one in claims.findings([claim])] == ["unknown_link"] * foreign


@pytest.mark.parametrize(
    ("language", "sentence", "bare"),
    [
        ("en", "You are losing money every week.", True),
        ("en", "Your vans are half empty.", True),
        ("en", "I saw your post about routes.", True),
        ("en", "As discussed, the slot is yours.", True),
        ("en", "Would you like to see it?", False),
        ("en", "If your vans are half empty, this helps.", False),
        ("en", "We plan routes for small fleets.", False),
        ("en", "You are in logistics.", False),
        ("de", "Sie haben zu viele Leerfahrten.", True),
        ("de", "Haben Sie zu viele Leerfahrten?", False),
        ("fr", "Vous avez trop de trajets à vide.", True),
        ("fr", "Si vous avez un moment, je vous appelle.", False),
        ("es", "Usted tiene demasiados viajes vacíos.", True),
        ("es", "He visto su publicación.", True),
        ("es", "¿Quiere verlo?", False),
    ],
)
def test_what_a_model_states_about_the_recipient_needs_a_source(
    language: str, sentence: str, bare: bool
) -> None:
    (claim,) = claims.judge("", sentence, RECORD, language=language)
    assert claim.bare is bare
    (own,) = claims.judge("", sentence, RECORD, language=language, stated=False)
    assert not own.bare, "a person may say what they know"


@pytest.mark.parametrize(
    ("named", "bare"), [(["recent news"], False), (["industry"], True), (["invented"], True), ([], True)]
)
def test_naming_a_fact_is_no_proof_unless_it_holds_what_is_said(named: list[str], bare: bool) -> None:
    sentence = "You just opened another depot."
    (claim,) = claims.judge("", sentence, RECORD, named={sentence: named})
    assert claim.bare is bare


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Hi Anna,\n\nOne. Two! Three?\n\nBest,\nJonas",
            ["Hi Anna,", "One.", "Two!", "Three?", "Best,", "Jonas"],
        ),
        ("On 5. March we met Dr. Berg. Fine.", ["On 5. March we met Dr. Berg.", "Fine."]),
        ("He said “no.” Then more.", ["He said “no.”", "Then more."]),
        ("See a.example/b.c now. Yes", ["See a.example/b.c now.", "Yes"]),
        ("", []),
    ],
)
def test_a_text_falls_into_sentences(text: str, expected: list[str]) -> None:
    assert [one.text for one in specifics.sentences(text)] == expected


@given(st.text(alphabet=st.sampled_from("aB1 .!?\n“”’,"), max_size=200))
def test_each_sentence_stands_where_it_says_and_striking_it_takes_no_other(text: str) -> None:
    found = specifics.sentences(text)
    assert all(text[one.start : one.end] == one.text for one in found)
    for number, gone in enumerate(found, 1):
        left = "".join(specifics.without(text, number).split())
        assert left == "".join((text[: gone.start] + text[gone.end :]).split())


def test_the_penalties_are_capped_and_explained() -> None:
    body = " ".join(f"You raised {n} million." for n in range(100, 107))
    found = claims.findings(claims.judge("", body, RECORD))
    assert sum(one.penalty for one in found) == 40
    assert len(found) == 7
    assert "“100 million” stands in no fact on record" in found[0].sentence
    assert found == claims.findings(claims.judge("", body, RECORD)), "the same text has the same score"


def test_german_nouns_are_nobodys_names() -> None:
    said = "Unser Thema: Tourenplanung für kleine Flotten mit McKinsey und Klaus Meier."
    (claim,) = claims.judge("", said, RECORD, language="de")
    assert claim.missing == ("McKinsey", "Klaus Meier")


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("Sabine hat uns erzählt, dass Sie Fahrer suchen.", ("Sabine",)),
        ("Wie Petra sagt, ist das knapp.", ("Petra",)),
        ("Gestern hat mir Jürgen davon erzählt.", ("Jürgen",)),
        ("Das haben wir von Bosch gehört.", ("Bosch",)),
        ("Danone hat uns bestätigt, dass es geht.", ("Danone",)),
        ("Bei Siemens sparen wir zwei Tage.", ("Siemens",)),
        ("So läuft es auch bei Trumpf in der Halle.", ("Trumpf",)),
        ("Herr Meier bat mich darum.", ("Meier",)),
        ("Ich schreibe auf Rat von Frau Dr. Hoffmann.", ("Hoffmann",)),
        ("Mit Thomas haben wir es geprüft.", ("Thomas",)),
        ("Guten Tag Frau Berg, ein Wort.", ()),
        ("Bei Acme im Lager geht es um Minuten.", ()),
        # nouns in the same places are nobody
        ("Bei Bedarf, bei Fragen und bei Interesse genügt ein Wort.", ()),
        ("Bei Lieferungen, bei Regen und bei Nacht zählt jede Minute.", ()),
        ("Bei Ihnen und bei Ihrem Team hilft das.", ()),
        ("Bei Absagen, bei Stückgut, bei Workshops und bei Teams in Eile.", ()),
        ("Ein Kunde hat uns erzählt, dass es geht.", ()),
        ("Unsere Kunden haben uns das bestätigt.", ()),
        ("Gestern hat uns ein Fahrer das erzählt.", ()),
        ("Wie Ihre Kollegin sagt, und wie Erfahrung sagt, ist das knapp.", ()),
        ("Das haben wir von Kunden gehört.", ()),
        ("Das hat uns Zeit gespart, wie im Angebot erklärt.", ()),
        ("Die Tabelle sagt wenig, Papier sagt nichts.", ()),
        ("Frau am Steuer, Herr Kollege und Frau Professorin: kein Thema.", ()),
    ],
)
def test_a_single_german_name_is_found_where_grammar_or_a_given_name_gives_it_away(
    sentence: str, missing: tuple[str, ...]
) -> None:
    (claim,) = claims.judge("", sentence, RECORD, language="de", stated=False)
    assert claim.missing == missing


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("Initech signed already.", ("Initech",)),
        ("Danone en est ravi.", ("Danone",)),
        ("Acme is on my list.", ()),
        ("Anna, a word about routes.", ()),
        ("Routes planned by hand cost time.", ()),
        ("We’ve seen this before.", ()),
        ("Planning takes a morning.", ()),
        ("Étant donné le sujet, un mot suffit.", ()),
    ],
)
def test_a_model_may_not_open_with_a_name_that_nobody_gave(sentence: str, missing: tuple[str, ...]) -> None:
    (claim,) = claims.judge("", sentence, RECORD)
    assert claim.missing == missing
