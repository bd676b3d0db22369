"""Text for Slack: escaped once, cut whole, times in zones that are named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import blocks

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!channel> & co", "&lt;!channel&gt; &amp; co"),
        ("&amp;", "&amp;amp;"),
        ("a\n b", "a b"),
        ("حملة <1>", "\u2068حملة &lt;1&gt;\u2069"),  # else the numbers beside it change places with it
    ],
)
def test_words_of_others_are_escaped_once(text, shown):
    assert blocks.line(text) == shown


def test_a_link_cannot_be_ended_by_its_label():
    made = blocks.link("https://x.example/?a=1&b=<", "a|b>\nc")
    assert made == "<https://x.example/?a=1&amp;b=&lt;|a/b&gt; c>"


def test_a_refusal_keeps_the_mention_of_a_person_and_nothing_else():
    assert blocks.sentence("by <@U1AB>, <!channel> <@x|y>") == "by <@U1AB>, &lt;!channel&gt; &lt;@x|y&gt;"


def test_times_name_their_zone():
    assert blocks.when(AT, "Europe/Berlin") == (
        f"<!date^{int(AT.timestamp())}^{{date_short_pretty}} at {{time}}|2026-11-24 09:00 Europe/Berlin>"
    )
    assert blocks.recipient_time(AT, "Europe/Berlin") == "Tue 24 Nov 09:00 in Berlin"
    assert blocks.recipient_time(AT, "America/New_York") == "Tue 24 Nov 03:00 in New York"
    assert blocks.plain_time(AT, "Nowhere/Land").startswith("Tue 24 Nov 08:00")


@given(st.text(alphabet="ab&<>;|^", max_size=60), st.integers(2, 40))
def test_cutting_leaves_no_half_entity(text, most):
    shown = blocks.cut_escaped(blocks.escape(text), most)
    assert len(shown) <= most
    kept = shown.removesuffix("…")
    assert blocks.escape(kept.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")) == kept


def test_a_mention_or_date_is_never_cut_in_half():
    text = "x" * 10 + blocks.when(AT, "UTC")
    assert blocks.cut_escaped(text, 30) == "x" * 10 + "…"


def test_quoted_words_are_whole_and_unparsed():
    text = "<!channel> *a* & b\n" * 400
    made = blocks.quote(text)
    assert "".join(block["elements"][0]["elements"][0]["text"] for block in made) == text
