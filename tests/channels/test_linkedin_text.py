"""LinkedIn's little text: nothing a person wrote may cut the post, and hashtags stay hashtags."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.channels import little_text

RESERVED = "\\|{}@[]()<>#*_~"


def unescape(text):
    return re.sub(r"\\([\\|{}@\[\]()<>#*_~])", r"\1", text)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        *((character, f"\\{character}") for character in RESERVED),
        ("plain words, 100 % - done!", "plain words, 100 % - done!"),
        ("#GrowthTeam", "#GrowthTeam"),
        ("Hello #GrowthTeam, (#sales)", "Hello #GrowthTeam, \\(#sales\\)"),
        ("#Größe #日本", "#Größe #日本"),
        ("#2026Plans", "#2026Plans"),
        ("We are #1", "We are \\#1"),
        ("C# and F#sharp", "C\\# and F\\#sharp"),
        ("##tag", "\\#\\#tag"),
        ("#snake_case", "#snake\\_case"),
        ("https://a.example/x_y#part", "https://a.example/x\\_y\\#part"),
        ("https://a.example/#part", "https://a.example/\\#part"),
        ("&#39;", "&\\#39;"),
        ("&#x27;", "&\\#x27;"),
        ("@[Acme](urn:li:organization:1)", "\\@\\[Acme\\]\\(urn:li:organization:1\\)"),
        ("{hashtag|\\#|tag}", "\\{hashtag\\|\\\\\\#\\|tag\\}"),
        ("\\#tag", "\\\\#tag"),
    ],
)
def test_words_are_sent_as(written, sent):
    assert little_text.escape(written) == sent


@given(st.text(st.sampled_from(RESERVED + "ab1 ") | st.characters(exclude_categories=["Cs"]), max_size=80))
def test_what_is_read_equals_what_was_written(written):
    sent = little_text.escape(written)

    assert unescape(sent) == written
    assert little_text.plain(sent) == written
    bare = re.sub(r"\\.", "", sent, flags=re.DOTALL)
    assert not set(bare) & set(RESERVED.replace("#", ""))
    assert all(tag[1:2].isalnum() for tag in re.findall(r"#.?", bare, re.DOTALL))


@given(st.lists(st.from_regex(r"#[A-Z][a-z]{1,9}[A-Z][a-z0-9]{1,9}", fullmatch=True), max_size=5))
def test_hashtags_survive(tags):
    written = "Look (here) " + " ".join(tags)

    assert re.findall(r"(?<!\\)#\w+", little_text.escape(written)) == tags


@pytest.mark.parametrize(
    ("listed", "read"),
    [
        ("Look \\(here\\) {hashtag|\\#|GoodCoffee}!", "Look (here) #GoodCoffee!"),
        ("{hashtag|#|Café}{hashtag|\\#|x}", "#Café#x"),
        ("\\{hashtag\\|\\\\\\#\\|tag\\}", "{hashtag|\\#|tag}"),
        ("@[Acme](urn:li:organization:1)", "@[Acme](urn:li:organization:1)"),
        ("{hashtag|\\#|", "{hashtag|#|"),
        ("ends in \\", "ends in \\"),
    ],
)
def test_what_linkedin_lists_reads_as(listed, read):
    assert little_text.plain(listed) == read
