"""A calendar has exactly one post per day and network, and never says the same thing twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plan import calendar_days
from engine.rules import calendar
from engine.rules.calendar import Brief, Past, Topic

NETWORKS = ("linkedin", "facebook", "x")


def brief(days: int = 30, values: int = 3, **changes: object) -> Brief:
    topics = {
        pillar: tuple(
            Topic(f"{pillar} {view}: value {n}", f"value {n}") for view in range(4) for n in range(values)
        )
        for pillar in calendar.PILLARS
    }
    found = Brief(date(2026, 12, 1), days, NETWORKS, calendar.PILLARS, topics, ("demo", "contact"))
    return replace(found, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("days", "posts"), [(1, 3), (30, 90), (31, 93), (365, 1095)])
def test_there_is_one_post_per_day_and_network(days: int, posts: int) -> None:
    planned = calendar.plan(brief(days))
    assert len(planned) == posts
    assert len({(post.day, post.network) for post in planned}) == posts
    assert {post.day for post in planned} == {date(2026, 12, 1) + timedelta(days=n) for n in range(days)}


def test_six_pillars_have_five_days_each_in_thirty() -> None:
    days = {(post.day, post.pillar) for post in calendar.plan(brief(30))}
    assert set(Counter(pillar for _, pillar in days).values()) == {5}
    assert len(days) == 30


@settings(max_examples=40)
@given(
    days=st.integers(1, 120),
    values=st.integers(1, 6),
    turn=st.integers(0, 10_000),
    contrarian=st.booleans(),
    networks=st.sampled_from([NETWORKS, ("x",), ("facebook", "linkedin")]),
)
def test_nothing_repeats_on_a_network_and_neighbouring_days_differ(
    days: int, values: int, turn: int, contrarian: bool, networks: tuple[str, ...]
) -> None:
    planned = calendar.plan(brief(days, values, turn=turn, contrarian=contrarian, networks=networks))
    for network in networks:
        mine = [post for post in planned if post.network == network]
        assert len({post.triple for post in mine}) == len(mine) == days
        for before, after in pairwise(mine):
            assert before.angle != after.angle
            assert before.hook != after.hook
        assert all(post.format in calendar.FORMATS[network] for post in mine)


def test_the_next_calendar_knows_the_one_before() -> None:
    first = calendar.plan(brief(60, 1))
    past = {
        network: Past(
            frozenset(post.triple for post in first if post.network == network),
            next(post.angle for post in reversed(first) if post.network == network),
            next(post.hook for post in reversed(first) if post.network == network),
        )
        for network in NETWORKS
    }
    second = calendar.plan(brief(60, 1, starts_on=date(2027, 1, 30), past=past))
    for network in NETWORKS:
        before = {post.triple for post in first if post.network == network}
        mine = [post for post in second if post.network == network]
        assert not before & {post.triple for post in mine}
        assert mine[0].angle != past[network].angle
        assert mine[0].hook != past[network].hook


def test_a_brand_without_anything_new_to_say_is_told_so() -> None:
    one = {pillar: (Topic(f"{pillar}: one", "one"),) for pillar in calendar.PILLARS}
    with pytest.raises(ValueError, match="nothing new"):
        calendar.plan(brief(366, topics=one))


def test_contrarian_angles_must_be_asked_for() -> None:
    assert calendar.CONTRARIAN not in {post.angle for post in calendar.plan(brief(60))}
    assert calendar.CONTRARIAN in {post.angle for post in calendar.plan(brief(60, contrarian=True))}


def test_a_call_to_action_is_one_that_the_brand_has_somewhere_for() -> None:
    planned = calendar.plan(brief(30))
    assert {(post.call, post.format) for post in planned} == {("demo", "link"), ("contact", "link")}
    bare = calendar.plan(brief(30, targets=()))
    assert {(post.call, post.format) for post in bare} == {("", "text")}


def test_a_post_asks_for_a_picture_where_its_pillar_does_and_on_x_a_thread_goes_first() -> None:
    asked = calendar.plan(brief(30, pictured=("product", "community"), threaded=("product",)))
    formats = {(post.pillar, post.network, post.format) for post in asked if post.format != "link"}
    pictures = {("community", network, "picture") for network in NETWORKS}
    product = {
        ("product", "linkedin", "picture"),
        ("product", "facebook", "picture"),
        ("product", "x", "thread"),
    }
    assert formats == pictures | product


@pytest.mark.parametrize(
    ("day", "week"),
    [(date(2026, 12, 1), 1), (date(2026, 12, 6), 1), (date(2026, 12, 7), 2), (date(2026, 12, 30), 5)],
)
def test_weeks_begin_on_mondays(day: date, week: int) -> None:
    assert calendar.week_of(date(2026, 12, 1), day) == week


@pytest.mark.parametrize(
    ("said", "call"), [("Demo", "demo"), ("free-trial", "free trial"), ("Webinars", "webinar"), ("party", "")]
)
def test_a_call_to_action_is_known_in_any_spelling(said: str, call: str) -> None:
    assert calendar.target_of(said) == call


def test_the_neighbour_of_the_first_day_is_the_post_before_it_and_not_what_is_replaced() -> None:
    said = (("how-to", "tip"), ("storytelling", "quote"), ("educational", "story"))
    history = [
        ("x", "topic", *one, datetime(2026, 12, day, 11, tzinfo=UTC)) for day, one in enumerate(said, 1)
    ]
    past = calendar_days.past(history, datetime(2026, 12, 2, 23, tzinfo=UTC))
    assert (past["x"].angle, past["x"].hook, len(past["x"].used)) == ("storytelling", "quote", 3)
    assert calendar_days.past(history, datetime(2026, 11, 1, tzinfo=UTC))["x"].hook == ""
