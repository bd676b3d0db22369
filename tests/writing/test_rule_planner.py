"""Plans by rules: stable, never empty, and moved by the offer and by what people say against them."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.writing import Brief, Voice
from engine.writing.rules import TemplateWriter

VOICE = Voice("Northwind")
BRIEF = Brief("Spring launch", goal="book demos", offer="A free route audit")


async def test_the_same_facts_give_the_same_idea_and_it_is_by_rules() -> None:
    idea = await TemplateWriter().plan(BRIEF, VOICE, ())
    assert idea == await TemplateWriter().plan(BRIEF, VOICE, ())
    assert (idea.source, idea.note) == ("rules", "")
    assert [(step.number, step.channel, step.wait_days, step.purpose) for step in idea.steps] == [
        (1, "email", 0, "call"),
        (2, "email", 2, "sample"),
        (3, "email", 3, "proof"),
        (4, "email", 5, "angle"),
        (5, "email", 7, "question"),
        (6, "email", 10, "value"),
        (7, "email", 14, "close"),
    ]
    assert "7 touches for each contact on days 0, 2, 5, 10, 17, 27, 41" in idea.timing
    company = await TemplateWriter().plan(dataclasses.replace(BRIEF, by_account=True), VOICE, ())
    assert "7 touches for each company on days" in company.timing


@pytest.mark.parametrize(
    "offer", ["A free route audit for fleets", "Half the invoice costs", "Backups that hold", ""]
)
async def test_another_offer_gives_another_angle(offer: str) -> None:
    before = await TemplateWriter().plan(BRIEF, VOICE, ())
    after = await TemplateWriter().plan(dataclasses.replace(BRIEF, offer=offer), VOICE, ())
    assert before.angle != after.angle


async def test_two_campaigns_give_two_ideas() -> None:
    other = Brief("Autumn webinar", goal="fill seats", offer="A webinar on night deliveries")
    one, two = [await TemplateWriter().plan(brief, VOICE, ()) for brief in (BRIEF, other)]
    assert one.angle != two.angle
    assert one.pillars != two.pillars
    assert one.measures != two.measures


@pytest.mark.parametrize("reason", ["too long", "wrong tone", "the price", "I do not like it", "égal"])
async def test_a_rejection_is_quoted_and_moves_to_another_angle(reason: str) -> None:
    first = await TemplateWriter().plan(BRIEF, VOICE, ())
    second = await TemplateWriter().plan(BRIEF, VOICE, (reason,))
    third = await TemplateWriter().plan(BRIEF, VOICE, (reason, "again not"))
    openings = {idea.angle.split(":")[0] for idea in (first, second, third)}
    assert len(openings) == 3
    assert f"“{reason}”" in second.note


async def test_a_wish_for_shorter_words_is_part_of_the_angle() -> None:
    idea = await TemplateWriter().plan(BRIEF, VOICE, ("Much too long, make it shorter",))
    assert "short" in idea.angle.casefold()


async def test_a_sequence_has_as_many_touches_and_the_waits_that_were_asked_for() -> None:
    longer = await TemplateWriter().plan(dataclasses.replace(BRIEF, touches=9), VOICE, ())
    assert [step.wait_days for step in longer.steps] == [0, 2, 3, 5, 7, 10, 14, 14, 14]
    three = await TemplateWriter().plan(dataclasses.replace(BRIEF, touches=3), VOICE, ())
    assert [step.wait_days for step in three.steps] == [0, 3, 4]
    own = await TemplateWriter().plan(dataclasses.replace(BRIEF, touches=3, waits=(6,)), VOICE, ())
    assert [step.wait_days for step in own.steps] == [0, 6, 6]


@given(
    st.builds(Brief, st.text(max_size=40), st.text(), st.text(), st.text(), channels=st.just(())),
    st.lists(st.text(), max_size=20),
)
@settings(max_examples=100)
async def test_an_idea_is_never_empty_whatever_was_typed(brief: Brief, reasons: list[str]) -> None:
    idea = await TemplateWriter().plan(brief, Voice(""), tuple(reasons))
    assert all((idea.angle, idea.pillars, idea.steps, idea.timing, idea.measures))
    assert all(pillar.strip() for pillar in (*idea.pillars, *idea.measures))
