"""Hashes of words and the differences between two texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules import similarity
from engine.rules.similarity import Change, ChangeKind

KEPT, REMOVED, ADDED = ChangeKind.KEPT, ChangeKind.REMOVED, ChangeKind.ADDED


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Hello  Ana", " hello\nana ", True),
        ("café", "cafe\u0301", True),
        ("Straße", "STRASSE", True),
        ("Hello, Ana", "Hello Ana", False),
        ("", "  ", True),
        ("\ud800", "\udfff", False),  # half a character is no crash
    ],
)
def test_a_content_hash_sees_what_a_reader_sees(one: str, other: str, same: bool) -> None:
    assert (similarity.content_hash(one) == similarity.content_hash(other)) is same


fields = st.tuples(*[st.text("ab \n0é", max_size=4)] * 4)


@given(fields, fields)
def test_an_approval_hash_is_equal_for_equal_fields_only(
    one: tuple[str, str, str, str], other: tuple[str, str, str, str]
) -> None:
    assert (similarity.words_hash(*one) == similarity.words_hash(*other)) is (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c", "email", "x"), ("a", "bc", "email", "x")),
        (("a", "b", "email", "x"), ("A", "b", "email", "x")),
        (("a", "b ", "email", "x"), ("a", "b", "email", "x")),
        (("a", "b", "email", "x"), ("a", "b", "sms", "x")),
        (("a", "b", "email", "x@a.example"), ("a", "b", "email", "y@a.example")),
        (("", "b", "x", "@a"), ("", "b", "x", "@a", "a picture", "A van")),
        (("", "b", "x", "@a", "a picture", "A van"), ("", "b", "x", "@a", "another", "A van")),
        (("", "b", "x", "@a", "a picture", "A van"), ("", "b", "x", "@a", "a picture", "A cat")),
    ],
)
def test_an_approval_is_for_these_words_to_this_address_with_this_picture(
    one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    assert similarity.words_hash(*one) != similarity.words_hash(*other)


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ("a b c", "a b c", []),
        ("a b c", " a  b\nc ", []),
        ("", "new words", [(ADDED, "new words")]),
        ("old words", "", [(REMOVED, "old words")]),
        (
            "see you Monday then",
            "see you Tuesday then",
            [(KEPT, "see you"), (REMOVED, "Monday"), (ADDED, "Tuesday"), (KEPT, "then")],
        ),
        ("a a a", "a a", [(KEPT, "a a"), (REMOVED, "a")]),
        ("a b", "a x b", [(KEPT, "a"), (ADDED, "x"), (KEPT, "b")]),
        ("one two", "three four", [(REMOVED, "one two"), (ADDED, "three four")]),
        ("1 2 3 4 5 6 7 8 9 x", "1 2 3 4 5 6 7 8 9 y", [(KEPT, "… 8 9"), (REMOVED, "x"), (ADDED, "y")]),
        ("x 1 2 3 4 5 6 7 z", "y 1 2 3 4 5 6 7 z", [(REMOVED, "x"), (ADDED, "y"), (KEPT, "1 2 …")]),
        (
            "x 1 2 3 4 5 6 v",
            "y 1 2 3 4 5 6 w",
            [(REMOVED, "x"), (ADDED, "y"), (KEPT, "1 2 … 5 6"), (REMOVED, "v"), (ADDED, "w")],
        ),
    ],
)
def test_the_changed_words_are_shown_between_those_that_stayed(
    before: str, after: str, changes: list[tuple[ChangeKind, str]]
) -> None:
    assert similarity.changed_words(before, after, context=2) == tuple(Change(*change) for change in changes)


texts = st.lists(st.sampled_from(["a", "b", "c", "dd", "é"]), max_size=20).map(" ".join)


@given(texts, texts)
def test_both_texts_can_be_read_back_from_the_changes(before: str, after: str) -> None:
    changes = similarity.changed_words(before, after, context=100)
    if before != after:
        assert " ".join(change.text for change in changes if change.kind is not ADDED) == before
        assert " ".join(change.text for change in changes if change.kind is not REMOVED) == after
    else:
        assert changes == ()


def test_a_huge_change_stays_small_on_the_card() -> None:
    changes = similarity.changed_words("old " * 50_000, "new " * 50_000, limit=200)
    assert sum(len(change.text) for change in changes) == 200
    assert changes[-1].text.endswith("…")


@pytest.mark.parametrize(
    ("before", "after", "why", "line"),
    [
        ("a free trial", "a paid pilot", "", "−free trial +paid pilot"),
        ("a free trial", "a paid pilot", "Too cheap", "Too cheap · −free trial +paid pilot"),
        ("one two", "one two three", "", "+three"),
        ("one  two", "one two", "", "spacing only"),
    ],
)
def test_a_change_is_told_in_one_line(before: str, after: str, why: str, line: str) -> None:
    assert similarity.told(similarity.changed_words(before, after), why) == line
