"""A thread for X that was asked for: two to six posts that X takes, the first with the hook, by template and by model."""

from __future__ import annotations

from dataclasses import replace

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from model_server import VOICE, Server, writing

from engine.rules import calendar, lengths
from engine.writing import PostRequest, calendar_posts, posting, threads

LINK = "https://northwind.example/audit"
PLANNED = PostRequest(
    "First step: Fewer empty kilometres", VOICE, "x", LINK, (), "education", "how-to", "question", "demo",
    "Fewer empty kilometres", thread=True,
)  # fmt: skip
ASKED = PostRequest(
    "We opened a depot in Bremen. The north is served the same day.", VOICE, "x", LINK, thread=True
)
SAID = "\n---\n".join(
    ("What did last week cost you?", "We counted the empty kilometres.", "Count yours, too.")
)


def taken(body: str) -> tuple[str, ...]:
    """The posts, if X takes them all as a thread of two to six with at most three hashtags."""
    assert lengths.fault(body) == ""
    posts = lengths.posts(body)
    assert threads.FEWEST <= len(posts) <= threads.MOST
    assert len(regex.findall(r"#\w+", body)) <= 3
    return posts


@pytest.mark.parametrize("hook", calendar.HOOKS)
@pytest.mark.parametrize("language", ["en", "fr", "de", "es"])
def test_a_planned_thread_opens_with_the_hook_and_ends_with_where_to_go(hook: str, language: str) -> None:
    voice = replace(VOICE, language=language)
    request = replace(PLANNED, voice=voice, hook=hook, signal="Diesel gets dearer")
    posts = taken(calendar_posts.post(request).body)
    assert "Fewer empty kilometres" in posts[0]
    assert "Diesel gets dearer" not in posts[0]
    assert "Diesel gets dearer" in posts[1]
    assert LINK in posts[-1]
    assert 2 <= len(regex.findall(r"#\w+", posts[-1])) <= 3


@pytest.mark.parametrize("said", ["A depot", "One. Two! Three?", "Short and plain.", "Read " + LINK])
def test_few_words_of_a_person_still_make_two_posts(said: str) -> None:
    posts = taken(posting.post(PostRequest(said, VOICE, "x", thread=True)).body)
    assert said.split()[-1].rstrip(".") in " ".join(posts)


def test_a_persons_own_breaks_are_kept_and_the_link_goes_below_the_last() -> None:
    body = posting.post(PostRequest("One?\n---\nTwo.\n----\nThree.", VOICE, "x", LINK, thread=True)).body
    assert taken(body)[:2] == ("One?", "Two.")
    assert taken(body)[2].startswith(f"Three.\n\n{LINK}")


def test_what_is_too_long_is_cut_at_a_sentence_and_says_so() -> None:
    said = " ".join(f"This is sentence {number} of very many that follow." for number in range(60))
    words = posting.post(PostRequest(said, VOICE, "x", LINK, thread=True))
    assert all(post.endswith("follow.") for post in taken(words.body)[:-1])
    assert "1,680" in words.note


@settings(max_examples=60)
@given(
    text=st.text(st.sampled_from("ab .。?!\n-の🙂#…"), min_size=1, max_size=2_500).filter(
        lambda one: any(c in one for c in "abの")
    )
)
def test_whatever_a_person_types_no_post_is_too_heavy(text: str) -> None:
    body = posting.post(PostRequest(text, VOICE, "x", LINK, thread=True)).body
    assert all(lengths.weighted(post) <= lengths.X_MAX for post in lengths.posts(body))
    assert 1 <= len(lengths.posts(body)) <= threads.MOST


async def test_the_models_thread_is_used_with_tags_and_link_below_the_last(server: Server) -> None:
    server.says({"text": SAID, "hashtags": ["north wind", "Fleet"]})
    async with writing(server.url) as writer:
        words = await writer.post(PLANNED)
    assert words.source == "model"
    assert taken(words.body)[:2] == ("What did last week cost you?", "We counted the empty kilometres.")
    assert taken(words.body)[2] == f"Count yours, too.\n\n#NorthWind #Fleet\n\n{LINK}"
    assert '"thread": true' in server.asked[0]["messages"][1]["content"]


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("One post of some length that is no thread at all, whatever was asked for.", PLANNED),
        ("\n---\n".join(f"Post number {n} of a thread without end." for n in range(8)), PLANNED),
        (f"What did last week cost you?\n---\n{'Kilometre ' * 40}", ASKED),
        ("What did last week cost you in all?\n---\nWhat did last week cost you in all?", ASKED),
        (SAID, PostRequest("A depot in Bremen.", VOICE, "x")),
        ("What did last week cost you?\n---\nSee https://evil.example/x for more of it.", ASKED),
    ],
    ids=["one post", "eight posts", "too heavy", "twice the same", "not asked for", "a foreign link"],
)
async def test_a_thread_that_is_none_ends_in_the_template(
    server: Server, text: str, request_: PostRequest
) -> None:
    server.says({"text": text, "hashtags": []})
    async with writing(server.url) as writer:
        words = await writer.post(request_)
    assert (words.source, "this is a template" in words.note) == ("template", True)
    assert lengths.fault(words.body) == ""
    assert (len(lengths.posts(words.body)) > 1) is request_.thread
