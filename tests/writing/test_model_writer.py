"""The model writer against real HTTP: whatever the server does, words come back and say where they come from."""

import asyncio
import json
import socket
import time
from dataclasses import replace
from typing import Any

import pytest
from llmock.pytest_plugin import LLMock
from model_server import (
    BODY,
    BRIEF,
    FIRST,
    GOOD,
    PERSON,
    REQUEST,
    VOICE,
    Server,
    assert_template,
    failing,
    saying,
    writing,
)
from starlette.responses import JSONResponse, Response

from engine.writing import DraftRequest, PostRequest, Voice, Words, templates
from storage.model import Step


async def test_a_good_answer_is_used_signed_and_names_only_facts_on_record(server: Server) -> None:
    server.says(GOOD)
    async with writing(server.url) as writer:
        words = await writer.draft(REQUEST)
    assert words == Words(
        GOOD["subject"],
        BODY + "\n\nBest regards,\nJonas Weber",
        "model",
        used=("first_name", "title", "company", "industry"),
        sources=((FIRST, ("title", "industry")),),
    )
    assert server.modes == ["json_schema"]


STEPS = [
    {"channel": "email", "wait_days": 0, "purpose": "call", "condition": ""},
    {"channel": "email", "wait_days": 4, "purpose": "proof", "condition": "not_opened"},
]
PLAN = {
    "angle": "Open with time.",
    "pillars": ["Hours"],
    "steps": STEPS,
    "timing": "Mornings.",
    "measures": ["Replies above 10 %"],
}


async def test_a_plan_brings_its_own_sequence_and_a_post_ends_in_tags_and_link(server: Server) -> None:
    post = {
        "text": "We opened a depot in Bremen, so the north is served the same day.",
        "hashtags": ["same day", "Bremen"],
    }
    server.says(PLAN, post)
    async with writing(server.url) as writer:
        idea = await writer.plan(BRIEF, VOICE, ("too long",))
        words = await writer.post(
            PostRequest("A depot in Bremen", VOICE, "linkedin", "https://northwind.example/b")
        )
    assert (idea.source, idea.angle) == ("model", "Open with time.")
    assert idea.steps == (Step(1, "email", 0, "call"), Step(2, "email", 4, "proof", "not_opened"))
    assert "too long" in server.asked[0]["messages"][1]["content"]
    assert words.body == f"{post['text']}\n\n#SameDay #Bremen\n\nhttps://northwind.example/b"


@pytest.mark.parametrize(
    "steps",
    [
        [],
        STEPS[:1] * 8,
        [STEPS[0], {**STEPS[1], "wait_days": 0}],
        [STEPS[0], {**STEPS[1], "wait_days": 61}],
        [{**STEPS[0], "channel": "sms"}],
        [{**STEPS[0], "purpose": "threat"}],
        [STEPS[0], {**STEPS[1], "condition": "whenever"}],
    ],
    ids=["none", "more than asked", "the same day", "too late", "channel", "purpose", "condition"],
)
async def test_a_sequence_that_cannot_be_ends_in_the_one_by_rules(
    server: Server, steps: list[dict[str, object]]
) -> None:
    server.says({**PLAN, "steps": steps})
    async with writing(server.url) as writer:
        idea = await writer.plan(BRIEF, VOICE, ())
    assert (idea.source, len(idea.steps)) == ("rules", 7)
    assert "language model’s answer" in idea.note


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (429, "too many requests"),
        (500, "not working"),
        (503, "not working"),
        (401, "refused the key"),
        (404, "not found"),
    ],
)
async def test_each_http_failure_ends_in_a_template_with_a_reason(
    llmock: LLMock, status: int, reason: str
) -> None:
    llmock.fail(status, times=None, message="secret detail")
    async with writing(llmock.base_url()) as writer:
        await assert_template(await writer.draft(REQUEST), reason)


async def test_one_hiccup_is_retried(llmock: LLMock) -> None:
    llmock.fail(500).reply(json.dumps(GOOD))
    async with writing(llmock.base_url(), retries=1) as writer:
        assert (await writer.draft(REQUEST)).source == "model"
    assert len(llmock.requests) == 2


async def test_an_answer_of_another_schema_is_asked_for_in_three_ways_and_then_given_up(
    llmock: LLMock,
) -> None:
    llmock.reply('{"title": "x"}', times=None)
    async with writing(llmock.base_url()) as writer:
        await assert_template(await writer.draft(REQUEST), "could not be read")
    assert len(llmock.requests) == 4


@pytest.mark.parametrize(
    "bad",
    [
        json.dumps(GOOD)[:90],
        "",
        None,
        "I am sorry, Dave.",
        "[" * 5000 + "{" + "[" * 5000 + "}",
        {**GOOD, "subject": 7},
        {**GOOD, "more": 1},
        {**GOOD, "body": "x" * 30_000},
    ],
    ids=["cut", "empty", "null", "prose", "deep", "type", "extra", "huge"],
)
async def test_an_unreadable_answer_ends_in_a_template(server: Server, bad: object) -> None:
    server.says(bad)
    async with writing(server.url) as writer:
        await assert_template(await writer.draft(REQUEST), "could not be read")


@pytest.mark.parametrize(
    "made",
    [
        lambda _: Response("<html>gateway</html>", media_type="text/html"),
        lambda _: Response('{"id": ', media_type="application/json"),
        lambda _: JSONResponse({"choices": []}),
        lambda _: JSONResponse(["no"]),
        lambda _: Response(b"", 204),
    ],
    ids=["html", "cut body", "no choice", "a list", "nothing"],
)
async def test_a_server_that_speaks_nonsense_ends_in_a_template(server: Server, made: Any) -> None:
    server.answers = [made]
    async with writing(server.url) as writer:
        await assert_template(await writer.draft(REQUEST))


async def test_a_refusal_is_not_asked_again(server: Server) -> None:
    server.answers = [lambda _: saying(None, refusal="I will not.")]
    async with writing(server.url) as writer:
        await assert_template(await writer.draft(REQUEST), "declined")
    assert len(server.asked) == 1


async def test_a_stall_ends_within_the_budget_repeats_included(server: Server) -> None:
    async def slow() -> Response:
        await asyncio.sleep(1.5)
        return saying(GOOD)

    server.answers = [lambda _: slow()]
    started = time.monotonic()
    async with writing(server.url, budget=0.4, retries=1) as writer:
        await assert_template(await writer.draft(REQUEST), "The language model did not answer in time;")
    assert time.monotonic() - started < 1.2


async def test_a_server_that_is_not_there_ends_in_a_template() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with writing(f"http://127.0.0.1:{port}/v1") as writer:
        await assert_template(await writer.draft(REQUEST), "could not be reached")


async def test_a_server_without_json_modes_is_asked_in_text_and_that_is_remembered(server: Server) -> None:
    prose = f"Here you are:\n```json\n{json.dumps(GOOD)}\n```"
    server.answers = [failing(400), failing(400), lambda _: saying("Sure!"), lambda _: saying(prose)]
    async with writing(server.url) as writer:
        first = await writer.draft(REQUEST)
        second = await writer.draft(REQUEST)
    assert (first.source, second) == ("model", first)
    assert server.modes == ["json_schema", "json_object", "text", "text", "text"]
    assert "JSON schema" in server.asked[1]["messages"][0]["content"]
    assert server.asked[3]["messages"][2]["content"] == "Sure!"


@pytest.mark.parametrize("code", ["insufficient_quota", "key"])
async def test_a_wrong_key_or_an_empty_account_is_left_alone_for_a_minute(server: Server, code: str) -> None:
    now = [1000.0]
    server.answers = [failing(429, code=code) if code == "insufficient_quota" else failing(401)]
    async with writing(server.url, monotonic=lambda: now[0]) as writer:
        first = await writer.draft(REQUEST)
        now[0] += 59
        assert await writer.draft(REQUEST) == first
        assert len(server.asked) == 1
        server.says(GOOD)
        now[0] += 2
        assert (await writer.draft(REQUEST)).source == "model"


async def test_cancelling_is_not_swallowed(server: Server) -> None:
    async def slow() -> Response:
        await asyncio.sleep(1)
        return saying(GOOD)

    server.answers = [lambda _: slow()]
    async with writing(server.url) as writer:
        task = asyncio.create_task(writer.draft(REQUEST))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_missing_sender_is_the_one_thing_that_stops_a_draft(server: Server) -> None:
    server.says(GOOD)
    async with writing(server.url) as writer:
        with pytest.raises(templates.MissingVariable, match="sender"):
            await writer.draft(DraftRequest(BRIEF, Voice(""), "", REQUEST.step, "email", PERSON))


SHORT = {
    "subject": "Never shown",
    "body": "Hello Anna,\n\nyour team’s routes cross two cities – would a quick look be of use?",
    "sources": [],
}


@pytest.mark.parametrize(
    ("body", "source"), [(SHORT["body"], "model"), (SHORT["body"] + " It takes ten minutes." * 9, "template")]
)
async def test_a_text_message_is_one_short_paragraph_in_plain_signs(
    server: Server, body: str, source: str
) -> None:
    server.says({**GOOD, **SHORT, "body": body})
    async with writing(server.url) as writer:
        words = await writer.draft(replace(REQUEST, channel="sms"))
    assert (words.source, words.subject) == (source, "")
    assert len(words.body) < 200
    assert not set("’–“”…") & set(words.body)
    assert "Jonas Weber" in words.body
    if source == "model":
        assert (
            words.body
            == "Hello Anna, your team's routes cross two cities - would a quick look be of use? - Jonas Weber"
        )
