"""The same post is recognised also with one changed word or swapped sentences; honest posts never are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from engine.rules import calendar, lengths, quality, similarity
from engine.writing import PostRequest, TopicsRequest, Voice, calendar_posts, topics

FIRST = "We now ship to Norway. Orders leave our warehouse on the same day. Ask us what it costs."
NETWORKS = ("linkedin", "facebook", "x")


@pytest.mark.parametrize(
    "text",
    [
        FIRST,
        FIRST.upper(),
        FIRST.replace("Norway", "Sweden"),
        "Ask us what it costs. We now ship to Norway. Orders leave our warehouse on the same day.",
        FIRST + " https://acme.example/norway #Norway #Shipping",
        FIRST.replace("now ", ""),
    ],
    ids=["the same", "capitals", "one word", "swapped", "link and tags", "a word less"],
)
def test_what_says_the_same_is_found(text: str) -> None:
    assert similarity.nearest(text, {7: "Something else altogether, about routes.", 8: FIRST}) == 8


@pytest.mark.parametrize(
    "text",
    [
        "We now ship to Norway and hire two people for it. Tell us who should apply, and why they would like it here.",
        "Our warehouse opens on Saturdays from May on.",
        "",
        "https://acme.example",
    ],
)
def test_what_says_something_else_is_not(text: str) -> None:
    assert similarity.nearest(text, {8: FIRST}) is None


def voice(language: str) -> Voice:
    return Voice(
        "Harbourlight", "Scheduling software for independent clinics", "Owners of small clinics",
        ("Half the no-shows in a month", "Booking set up in one afternoon", "No contract"), language=language,
    )  # fmt: skip


def written(language: str, days: int) -> dict[str, list[str]]:
    """A calendar's posts by rules, by network, as they are drafted: one like an earlier one is written once more."""
    who = voice(language)
    found = topics.topics(TopicsRequest(who))
    links = {"demo": "https://harbourlight.example/demo", "contact": "https://harbourlight.example/hi"}
    brief = calendar.Brief(
        date(2026, 12, 1), days, NETWORKS, calendar.PILLARS, found.by_pillar, tuple(links), turn=5
    )
    posts: dict[str, list[str]] = {network: [] for network in NETWORKS}
    for post in calendar.plan(brief):
        asked = PostRequest(
            post.topic.text, who, post.network, links[post.call], (), post.pillar, post.angle, post.hook,
            post.call, post.topic.key_message,
        )  # fmt: skip
        said = dict(enumerate(posts[post.network]))
        text = calendar_posts.post(asked).body
        if similarity.nearest(text, said) is not None:
            text = calendar_posts.post(replace(asked, improve=("It says the same as another.",))).body
        posts[post.network].append(text)
    return posts


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_ninety_honest_posts_give_no_false_alarm_and_fit_their_network(language: str) -> None:
    for network, posts in written(language, 30).items():
        for number, text in enumerate(posts):
            assert similarity.nearest(text, dict(enumerate(posts[:number]))) is None
            limits = quality.LIMITS[network]
            assert lengths.of(network, text) <= limits.soft
            assert text.count("#") <= limits.hashtags
            assert quality.assess(network, "", text, language=language).score >= quality.PASSING


def test_a_year_of_posts_says_nothing_twice() -> None:
    for posts in written("en", 365).values():
        assert len(set(posts)) == 365
        for number in range(300, 365):
            assert similarity.nearest(posts[number], dict(enumerate(posts[:number]))) is None


def test_languages_really_differ() -> None:
    said = {language: written(language, 6)["linkedin"][0] for language in ("en", "de", "fr", "es")}
    assert len({text.splitlines()[0] for text in said.values()}) == 4
