"""Titles are read as whole words: who is senior, and who only works for somebody who is."""

from __future__ import annotations

import pytest

from engine.errors import Refused
from engine.rules import titles

TITLES = {
    # each rank, short and in full
    "CEO": 100,
    "Chief Executive Officer": 100,
    "Chief Executive": 100,
    "ceo": 100,
    "C.E.O.": 100,
    "ＣＥＯ": 100,
    "Founder & CEO": 100,
    "CEO/Founder": 100,
    "Co-CEO": 100,
    "Interim CEO": 100,
    "CEO @ Acme": 100,
    "(CEO)": 100,
    "CTO": 95,
    "Chief Technology Officer": 95,
    "Chief Technical Officer": 95,
    "Chief Product & Technology Officer": 95,
    "Co-founder, CTO": 95,
    "CIO": 95,
    "Chief Information Officer": 95,
    "VP": 80,
    "V.P. Sales": 80,
    "VP of Engineering": 80,
    "Vice President": 80,
    "Vice-President, Operations": 80,
    "Senior Vice President": 80,
    "SVP Marketing": 80,
    "EVP": 80,
    "Assistant Vice President": 80,
    "Director": 70,
    "Director of Technology": 70,
    "Managing Director": 70,
    "Director, Office of the CEO": 70,
    "Director reporting to the CTO": 70,
    "Manager": 50,
    "Product Manager": 50,
    "Engineering Manager (Platform)": 50,
    "Lead": 40,
    "Tech Lead": 40,
    "Lead Engineer": 40,
    "Team-Lead": 40,
    # the highest of several
    "VP of Sales & CTO": 95,
    "VP of Sales and Marketing Director": 80,
    "Director | Lead": 70,
    "CTO, former CEO": 95,
    "Former CTO, now CEO": 100,
    "Ex-Google, CTO": 95,
    "Manager of Lead Generation": 50,
    # a rank inside another word is none
    "Directory Editor": 0,
    "VPN Engineer": 0,
    "Leader": 0,
    "Leadership Coach": 0,
    "Management": 0,
    "Managers": 0,
    "Coach for CEOs": 0,
    "Ctopia": 0,
    "Director_": 70,
    # somebody else's rank
    "Assistant to the CEO": 0,
    "assistant to the CEO": 0,
    "Executive Assistant to the CEO": 0,
    "Executive Assistant to the CEO and CTO": 0,
    "Assistant to CEO/CTO": 0,
    "Assistant to the CEO, CTO and CIO": 0,
    "Executive Assistant, CEO": 0,
    "PA to CEO": 0,
    "CEO Assistant": 0,
    "CEO's Assistant": 0,
    "CEO’s right hand": 0,
    "Office of the CTO": 0,
    "CEO Office": 0,
    "Chief of Staff to the CEO": 0,
    "Advisor to the CEO": 0,
    "Secretary to the Vice President": 0,
    "CEO in training": 0,
    "CTO-as-a-service": 0,
    "Former CEO": 0,
    "ex-CTO": 0,
    "Retired Director": 0,
    "CEO emeritus": 0,
    "Lead Generation Specialist": 0,
    # ranks that have no score
    "Chief Information Security Officer": 0,
    "COO": 0,
    "President": 0,
    "Founder": 0,
    "Head of Sales": 0,
    "Head of": 0,
    "Engineer": 0,
    "": 0,
    "   ": 0,
    "🚀": 0,
    # other languages are 0 until somebody says what they are worth
    "Geschäftsführer": 0,
    "Directeur général": 0,
    "Jefe de producto": 0,
    "Leiterin Einkauf": 0,
}


@pytest.mark.parametrize(("title", "score"), TITLES.items())
def test_a_title_is_scored_by_its_whole_words(title: str, score: int) -> None:
    assert titles.rank(title).score == score


@pytest.mark.parametrize(
    ("title", "role", "found"),
    [
        ("VP of Sales & CTO", "CTO", "cto"),
        ("Vice-President, Operations", "VP", "vice president"),
        ("Director of Technology", "Director", "director"),
        ("Chief Information Officer", "CIO", "chief information officer"),
        ("Engineer", "", ""),
    ],
)
def test_a_rank_says_which_words_it_rests_on(title: str, role: str, found: str) -> None:
    rank = titles.rank(title)
    assert (rank.role, rank.found) == (role, found)


def test_what_a_workspace_configures_counts_and_wins_over_ours() -> None:
    own = titles.parse_own("Head of: 70, Geschäftsführer: 100; Directeur général: 95, Manager: 30, intern: 0")
    expected = {
        "Head of Sales": 70, "Geschäftsführer": 100, "Directeur Général": 95, "Product Manager": 30, "CEO": 100,
        "Assistenz Geschäftsführung": 0,
    }  # fmt: skip
    assert {title: titles.rank(title, own).score for title in expected} == expected


@pytest.mark.parametrize("text", ["head of", "head of: 101", "head of: many", ": 40", "a: -1"])
def test_a_configured_title_without_a_score_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        titles.parse_own(text)
    assert refusal.value.field == "titles"


def test_people_are_ordered_by_title_and_ties_keep_the_order_they_came_in() -> None:
    came = [(1, "Engineer"), (2, "Director"), (3, "CTO"), (4, "CIO"), (5, "Clerk"), (6, "CEO")]
    assert [id_ for id_, _ in titles.order(came)] == [6, 3, 4, 2, 1, 5]
