"""How X counts, case by case: its page on counting characters, and the published cases of twitter-text."""

from __future__ import annotations

import time

import pytest

from engine.rules import lengths, quality


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("This is a test.", 15),
        ("Ärger “quoted” — dash", 21),
        ("Cafe\u0301", 4),
        ("a\r\nb", 3),
        ("日本語", 6),
        ("저찀쯿쿿", 8),
        ("\U00010000\U0010ffff", 4),
        ("…", 2),
        ("😀", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("👍🏽", 2),
        ("🇩🇪🇫🇷", 4),
        ("1️⃣", 2),
        ("❤️", 2),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("👩🏻‍❤️‍💋‍👨🏼", 2),
        ("🚗🏻", 4),
        ("😀\u200d" * 8, 6),
        ("http://test.com", 23),
        ("test.com", 23),
        ("see example.com", 27),
        ("www.foo.co.jp/path.", 24),
        ("Test https://test.com test https://test.com test.com test", 86),
        ("https://example.com/" + "a" * 300 + "?b=c", 23),
        ("(https://en.wikipedia.org/wiki/X_(y))", 25),
        ("https://example.com/Русские_слова", 23),
        ("https://example.com/a。", 25),
        ("HTTPS://EXAMPLE.COM/A", 23),
        ("http://☃.net/", 23),
        ("https://пример.рф/путь и foo.中国", 23 + 3 + 23),
        ("example.com?a=b", 27),
        ("example.com:80", 26),
        ("example.com:80/a?b=c", 23),
        ("sub_d.example.com", 27),
        ("https://sub_d.example.com", 23),
        ("https://localhost/a", 19),
        ("ana@example.com", 15),
        ("@example.com", 12),
        ("e.g. 12.5 and U.S.A.", 20),
        ("Node.js", 23),
    ],
)
def test_each_text_weighs_what_x_says(text: str, weight: int) -> None:
    assert lengths.weighted(text) == weight


@pytest.mark.parametrize(
    ("text", "posts"),
    [
        ("One.", ("One.",)),
        ("One.\n---\nTwo.", ("One.", "Two.")),
        ("One.\r\n \t----- \r\nTwo.\n\n---\n\n\nThree.\n", ("One.", "Two.", "Three.")),
        ("---\nOne.\n---\n---\n", ("One.",)),
        ("One.\n--\nstill --- one.\n--- and this", ("One.\n--\nstill --- one.\n--- and this",)),
        (" \n---\n ", ()),
    ],
)
def test_a_line_of_hyphens_begins_the_next_post(text: str, posts: tuple[str, ...]) -> None:
    assert lengths.posts(text) == posts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x" * 280, ""),
        ("x" * 256 + " https://example.com/" + "y" * 900, ""),
        ("x" * 281, "The post weighs 281; X takes 280"),
        ("x" * 257 + " https://a.io", "The post weighs 281"),
        ("の" * 141, "The post weighs 282"),
        ("One.\n---\n" + "x" * 281, "Post 2 of the thread weighs 281"),
        ("x" * 280 + "\n---\n" + "y" * 280, ""),
        ("\n---\n".join(f"Post {n}" for n in range(10)), ""),
        ("\n---\n".join(f"Post {n}" for n in range(11)), "The thread has 11 posts"),
        ("Read https://a.io/1\n---\nRead  https://a.io/2", "Two posts of the thread"),
        ("a\ufeffb", "The post holds a character"),
        ("half \ud83d", "The post holds a character"),
        ("$AB is up", ""),
        ("$AB and $CD are up, $5 and $10 are not", "more than one cashtag"),
        (" \n---\n", "no text"),
    ],
)
def test_what_x_would_refuse_is_said(text: str, said: str) -> None:
    fault = lengths.fault(text)
    assert said in fault
    assert bool(fault) == bool(said)


@pytest.mark.parametrize(
    ("body", "blocked"),
    [
        ("x" * 280, False),
        ("x" * 281, True),
        ("の" * 141, True),
        ("x" * 250 + " https://example.com/" + "y" * 99, False),
        ("x" * 200 + "\n---\n" + "y" * 200, False),
        ("x" * 200 + "\n---\n" + "y" * 281, True),
        ("\n---\n".join(f"Post {n} of the thread" for n in range(11)), True),
    ],
)
def test_the_hard_limit_of_x_holds_at_approval(body: str, blocked: bool) -> None:
    found = quality.assess("x", "", body)
    assert found.blocked == blocked
    assert any(finding.code == "too_long" for finding in found.findings) == blocked


def test_other_platforms_count_characters() -> None:
    assert lengths.of("linkedin", "の https://example.com") == 21
    assert lengths.of("x", "の\n---\nhttps://example.com/abc") == 23


@pytest.mark.parametrize(
    "text",
    [
        "a." * 9000,
        "https://" + "a." * 9000,
        "https://a.com/" + "(" * 9000,
        "😀\u200d" * 5000,
        "\n---" * 5000,
        "a-" * 9000,
    ],
)
def test_a_hostile_text_is_counted_in_time(text: str) -> None:
    begun = time.process_time()
    lengths.fault(text)
    assert time.process_time() - begun < 5
