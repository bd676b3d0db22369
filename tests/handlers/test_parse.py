"""Command text and modal state: what people type, and what phones and Slack make of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Refused
from handlers import actions, parse

OPTIONS = ("goal", "channels", "must_say", "campaign")
FLAGS = ("dry-run", "create")


@pytest.mark.parametrize(
    ("text", "words", "options", "flags"),
    [
        ('"Spring launch"', ("Spring launch",), {}, ()),
        ("“Spring launch”", ("Spring launch",), {}, ()),
        ("”Spring launch”", ("Spring launch",), {}, ()),
        ("„Frühling“ «été»", ("Frühling", "été"), {}, ()),
        ("'Spring launch' now", ("Spring launch", "now"), {}, ()),
        ("‘Spring launch’", ("Spring launch",), {}, ()),
        ("don't stop", ("don't", "stop"), {}, ()),
        ("don’t 'stop", ("don’t", "'stop"), {}, ()),
        ('"Spring launch', ("Spring", "launch"), {}, ()),
        ('goal:"book demos" x', ("x",), {"goal": ("book demos",)}, ()),
        ("goal:“book demos”", (), {"goal": ("book demos",)}, ()),
        ("goal: 'book demos'", (), {"goal": ("book demos",)}, ()),
        ('goal:"say “hi” now"', (), {"goal": ("say “hi” now",)}, ()),
        ('goal:"book demos', (), {"goal": ("book demos",)}, ()),
        ('GOAL:a --goal "b c" --goal=d', (), {"goal": ("a", "b c", "d")}, ()),
        ("must-say:a --must_say b", (), {"must_say": ("a", "b")}, ()),
        ("—goal demos —dry-run –create", (), {"goal": ("demos",)}, ("create", "dry-run")),
        ("--dry-run Name", ("Name",), {}, ("dry-run",)),
        ("12:30 https://x.example/a?b=c", ("12:30", "https://x.example/a?b=c"), {}, ()),
        ('"goal:x"', ("goal:x",), {}, ()),
        ("launch: now", ("launch:", "now"), {}, ()),
        ("a — b", ("a", "—", "b"), {}, ()),
        ("--goal", (), {"goal": ("",)}, ()),
        ("", (), {}, ()),
    ],
)
def test_what_is_typed_is_what_is_meant(text, words, options, flags):
    found = parse.arguments(text, OPTIONS, FLAGS)
    assert (found.words, dict(found.options), sorted(found.flags)) == (words, options, list(flags))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("gaol:x", "did you mean goal?"),
        ("--chanels email", "did you mean channels?"),
        ("zzz:x", "known are campaign"),
    ],
)
def test_an_unknown_option_is_refused_with_the_nearest(text, hint):
    with pytest.raises(Refused) as refusal:
        parse.arguments(text, OPTIONS, FLAGS)
    assert hint in refusal.value.sentence


def test_free_text_keeps_its_lines_and_what_looks_like_options():
    found = parse.arguments("ada@x.example class:interested Well: I'd\nlove --to", ("class",), free=True)
    assert found.after(1) == "Well: I'd\nlove --to"
    assert found.get("class") == "interested"


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ("a &amp; b &lt;c&gt; &amp;lt;", "a & b <c> &lt;"),
        ("<@U1|bob> <@U2> in <#C1|news> <!here> <!subteam^S1|@team>", "@bob @U2 in #news @here @team"),
        ("<https://x.example/a|x.example/a> <https://x.example>", "x.example/a https://x.example"),
        ("<https://x.example|look here>", "https://x.example"),
        ("<mailto:ada@x.example|ada@x.example>", "ada@x.example"),
        ("&lt;!channel&gt;", "<!channel>"),
    ],
)
def test_slacks_escapes_become_what_the_person_typed(sent, typed):
    assert parse.unescape(sent) == typed


@pytest.mark.parametrize(
    ("text", "word", "rest"),
    [
        ("  New  “A b” x", "new", "“A b” x"),
        ("", "", ""),
        ("list", "list", ""),
        ("reply\nada", "reply", "ada"),
    ],
)
def test_the_first_word_is_the_subcommand(text, word, rest):
    assert parse.subcommand(text) == (word, rest)


def test_ten_thousand_characters_are_refused_by_name_with_both_numbers():
    with pytest.raises(Refused) as refusal:
        parse.arguments(f'X goal:"{"x" * 10_000}"', OPTIONS)
    assert refusal.value.sentence == "“goal” has 10,000 characters; at most 3,000 fit."
    assert refusal.value.field == "goal"


@pytest.mark.parametrize(
    ("word", "near"), [("statsu", "status"), ("halp", "help"), ("xyzzy", ""), ("", ""), ("x" * 9_000, "")]
)
def test_the_nearest_word(word, near):
    assert parse.nearest(word, ("status", "help", "new")) == near


def test_modal_state_becomes_fields():
    state = {
        "name": {"name": {"type": "plain_text_input", "value": "A\x00 \u202eb\r\nc\ud800\u2067"}},
        "empty": {"empty": {"type": "plain_text_input", "value": None}},
        "kind": {"kind": {"selected_option": {"value": "auto"}}},
        "channels": {"channels": {"selected_options": [{"value": "email"}, {"value": "sms"}]}},
        "on": {"on": {"selected_date": "2026-11-24"}},
        "where": {"where": {"selected_conversation": "C1"}},
        "odd": "rubbish",
    }
    assert parse.values(state) == {
        "name": "A b\nc", "empty": "", "kind": "auto", "channels": ("email", "sms"),
        "on": "2026-11-24", "where": "C1",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "[]", "null", "{", None, 3])
def test_metadata_that_is_not_ours_is_empty(text):
    assert parse.metadata(text) == {}


@pytest.mark.parametrize(("text", "id_", "revision"), [("42.3", 42, 3), ("1.0", 1, 0)])
def test_a_ref_is_read_back(text, id_, revision):
    assert actions.ref(text) == (id_, revision)
    assert str(actions.ref(text)) == text


@pytest.mark.parametrize(
    "text", ["", "42", "0.1", "-1.2", "42.3 ", "４２.3", "42.3.4", "9" * 40 + ".1", "x.y"]
)
def test_a_ref_that_is_rubbish_is_refused(text):
    with pytest.raises(Refused):
        actions.ref(text)


_HOSTILE = st.text(
    alphabet=st.sampled_from(list("ab:-–—=\"'“”‘’«» \n\t<>&|@#!;\\x0\ud800\u202e")), max_size=80
)


@given(_HOSTILE | st.text(max_size=200))
def test_nothing_that_can_be_typed_raises_anything_but_a_refusal(text):
    try:
        word, rest = parse.subcommand(text)
        free = parse.arguments(rest, OPTIONS, FLAGS, free=True)
        assert "\x00" not in free.text
        parse.nearest(word, OPTIONS)
        parse.arguments(rest, OPTIONS, FLAGS)
    except Refused:
        return


@given(
    st.lists(st.text(alphabet="abc dé☃", min_size=1, max_size=12), max_size=4),
    st.text(alphabet="xy z", max_size=9),
)
def test_quoted_words_and_options_survive_unchanged(words, goal):
    typed = " ".join(f'"{word}"' for word in words) + f' goal:"{goal}"'
    found = parse.arguments(typed, OPTIONS)
    assert found.words == tuple(words)
    assert found.get("goal") == goal


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "selected_option", "a"]), inner)
    ),
    max_leaves=8,
)


@given(_JSON)
def test_any_modal_state_is_read_without_an_error(state):
    assert isinstance(parse.values(state), dict)


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("approvers:<@U0AMARA|amara>", {"amara": "U0AMARA"}),
        ("approvers:<@U0AMARA>", {"U0AMARA": "U0AMARA"}),
        ("<!subteam^S0LEADS|@leads> <@W1|w>", {"leads": "S0LEADS", "w": "W1"}),
        ("<!subteam^S0LEADS>", {"subteam^S0LEADS": "S0LEADS"}),
        ("<!channel> <https://a.example|U0AMARA>", {}),
        ("digest_channel:<#C0GROWTH|growth>", {"#growth": "C0GROWTH"}),
        ("<#C0SECRET|> <@U1X|growth>", {"#C0SECRET": "C0SECRET", "growth": "U1X"}),
        ("&lt;@U0AMARA&gt;", {}),
    ],
)
def test_mentions_are_found_by_the_name_that_stays_in_the_text(typed: str, named: dict[str, str]) -> None:
    assert parse.mentions(typed) == named
    assert all(
        (name if name.startswith("#") else f"@{name}") in parse.unescape(typed).split(":")[-1]
        for name in named
    )
