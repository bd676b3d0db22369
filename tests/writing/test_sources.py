"""Templates say nothing about a recipient that is not on record, and each sentence names the facts put into it."""

import itertools

import pytest
from test_template_sequences import CASES, FACTS, ONE, PURPOSES, TEAM, person, whole, written

from engine.rules import claims
from engine.rules.claims import Record
from engine.sourcing import forms
from engine.writing import Words


def judged(words: Words, locale: str, facts: dict[str, str]) -> tuple[claims.Claim, ...]:
    ours = (*TEAM[locale], "Northwind", "Jonas Weber", "Spring")
    record = Record(forms(person(locale, facts), locale), ours)
    return claims.judge(
        words.subject, words.body, record, named=dict(words.sources), language=locale, stated=False
    )


@pytest.mark.parametrize(("locale", "sequence", "facts"), CASES)
@pytest.mark.parametrize("channel", ["email", "sms"])
async def test_no_template_says_what_is_not_on_record(
    locale: str, sequence: str, facts: str, channel: str
) -> None:
    for words in await whole(locale, sequence, FACTS[facts], channel):
        assert not [one for one in judged(words, locale, FACTS[facts]) if one.is_unsourced], words.body


@pytest.mark.parametrize(("locale", "name"), list(itertools.product(TEAM, ONE)))
async def test_the_sentence_with_a_fact_names_it(locale: str, name: str) -> None:
    facts = {name: ONE[name]}
    for purpose in PURPOSES:
        words = await written(locale, "reengagement", purpose, person(locale, facts))
        claimed = {source for one in judged(words, locale, facts) for source in one.sources}
        assert name in {source for _, names in words.sources for source in names}, purpose
        assert name in claimed, purpose


async def test_the_same_words_about_somebody_else_have_no_source() -> None:
    words = await written("en", "cold", "call", person("en", {"recent news": "opened a depot in Bremen"}))
    found = [one for one in judged(words, "en", {"city": "Lyon"}) if one.is_unsourced]
    assert any("Bremen" in one.missing for one in found)
