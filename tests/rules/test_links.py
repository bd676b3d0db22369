"""Signed tokens and the links of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules import links

SIGNER = links.Signer((b"new key", b"old key"))
ids, numbers = st.integers(0, 2**48 - 1), st.integers(0, 2**16 - 1)


@given(ids, numbers, st.sampled_from(["open", "click", "unsubscribe"]))
def test_a_token_gives_back_what_was_signed_for_its_purpose_only(
    message_id: int, n: int, purpose: str
) -> None:
    token = SIGNER.sign(purpose, message_id, n)
    assert len(token) == 32
    assert SIGNER.read(purpose, token) == (message_id, n)
    assert SIGNER.read(purpose + "s", token) is None


@given(ids, st.integers(0, 31), st.sampled_from("Aa0_-Z9x"))
def test_a_token_with_one_other_character_is_forged(message_id: int, place: int, letter: str) -> None:
    token = SIGNER.sign("click", message_id)
    forged = token[:place] + letter + token[place + 1 :]
    assert (SIGNER.read("click", forged) is None) is (forged != token)


@given(st.one_of(st.text(), st.text("ABCxyz019-_=\n", min_size=30, max_size=34)))
def test_no_text_is_a_token_and_none_raises(text: str) -> None:
    assert SIGNER.read("open", text) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token + "\n",
        lambda token: token + "==",
        lambda token: " " + token,
        lambda token: token[:-1] + "é",
        lambda token: token[:-1] + "\ud800",
        lambda token: token[:31],
        lambda _token: "",
    ],
)
def test_a_token_is_exactly_its_32_characters(change: object) -> None:
    assert callable(change)
    assert SIGNER.read("open", change(SIGNER.sign("open", 7))) is None


def test_tokens_of_an_older_key_are_still_read_and_those_of_a_dropped_key_are_not() -> None:
    old = links.Signer((b"old key",)).sign("open", 7, 3)
    assert SIGNER.read("open", old) == (7, 3)
    assert links.Signer((b"new key",)).read("open", old) is None
    assert SIGNER.sign("open", 7, 3) == links.Signer((b"new key",)).sign("open", 7, 3)


@pytest.mark.parametrize("keys", [(), (b"",), (b"key", b"")])
def test_there_is_no_signing_without_keys(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="key"):
        links.Signer(keys)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://acme.example/a, and http://b.example.", ("https://acme.example/a", "http://b.example")),
        ("(https://acme.example/wiki/A_(b))", ("https://acme.example/wiki/A_(b)",)),
        ("[site](https://acme.example/x?q=[1])", ("https://acme.example/x?q=[1]",)),
        ("Really? https://acme.example/?a=1&b=2#top!?", ("https://acme.example/?a=1&b=2#top",)),
        ("<https://acme.example> “https://b.example”", ("https://acme.example", "https://b.example")),
        ("HTTPS://ACME.example/ twice https://a.example https://a.example", None),
        ("https:// and http://... and ftp://a.example and www.acme.example", ()),
        ("https://münchen.example/straße", ("https://münchen.example/straße",)),
        ("https://acme.example/" + ")" * 5000, ("https://acme.example/",)),
    ],
)
def test_the_links_of_a_text_are_found_as_written(text: str, found: tuple[str, ...] | None) -> None:
    expected = ("HTTPS://ACME.example/", "https://a.example", "https://a.example") if found is None else found
    assert links.links_in(text) == expected


@given(st.text(st.sampled_from("https://a.()[]! \n"), max_size=60))
def test_every_link_found_is_a_piece_of_the_text_in_order(text: str) -> None:
    place = 0
    for link in links.links_in(text):
        place = text.index(link, place) + len(link)


def test_the_three_addresses_hang_below_the_public_one() -> None:
    base = "https://go.example/"
    built = [links.open_url(base, "t"), links.click_url(base, "t"), links.unsubscribe_url(base, "t")]
    assert built == ["https://go.example/o/t", "https://go.example/c/t", "https://go.example/u/t"]
