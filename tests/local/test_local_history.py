"""History as strict as Slack's: scopes by kind of channel, bounds, pages; and the troubles a test may script."""

from __future__ import annotations

from typing import Any

import pytest

from bot.local.troubles import Trouble

HELLO = {"channel": "C0GROWTH", "text": "Hello."}


async def test_each_kind_of_channel_needs_its_own_scope_and_the_refusal_names_it(open_desk: Any) -> None:
    desk = open_desk(scopes=frozenset({"chat:write", "im:history"}))
    refused = await desk.api("conversations.history", channel="C0GROWTH")
    assert (refused["error"], refused["needed"]) == ("missing_scope", "channels:history")
    assert refused["provided"] == "chat:write,im:history"
    assert (await desk.api("conversations.history", channel="D0OLIVIA"))["ok"]
    private = desk.workspace.channel("C0SOCIAL") | {"is_private": True}
    desk.workspace.store.put("channel", "C0SOCIAL", private)
    assert (await desk.api("conversations.replies", channel="C0SOCIAL", ts="1.0"))[
        "needed"
    ] == "groups:history"


async def test_every_answer_tells_the_scopes(open_desk: Any) -> None:
    desk = open_desk(scopes=frozenset({"chat:write", "commands"}))
    answer = await desk.http.post("/api/auth.test", headers={"Authorization": "Bearer xoxb-local"})
    assert answer.headers["x-oauth-scopes"] == "chat:write,commands"


async def test_pages_are_newest_first_and_a_thread_repeats_its_head(desk: Any) -> None:
    sent = [(await desk.api("chat.postMessage", **HELLO))["ts"] for _ in range(5)]
    first = await desk.api("conversations.history", channel="C0GROWTH", limit=3)
    cursor = first["response_metadata"]["next_cursor"]
    second = await desk.api("conversations.history", channel="C0GROWTH", limit=3, cursor=cursor)
    pages = [[one["ts"] for one in page["messages"]] for page in (first, second)]
    assert pages == [sent[:1:-1], sent[1::-1]]
    assert (first["has_more"], second["has_more"]) == (True, False)
    below = [(await desk.api("chat.postMessage", **HELLO, thread_ts=sent[0]))["ts"] for _ in range(3)]
    asked = {"channel": "C0GROWTH", "ts": sent[0], "limit": 2}
    head = await desk.api("conversations.replies", **asked)
    tail = await desk.api("conversations.replies", **asked, cursor=head["response_metadata"]["next_cursor"])
    assert [one["ts"] for one in head["messages"]] == [sent[0], *below[:2]]
    assert [one["ts"] for one in tail["messages"]] == [sent[0], below[2]]


@pytest.mark.parametrize(("inclusive", "count"), [(False, 1), (True, 3)])
async def test_bounds_are_left_out_unless_asked_for(desk: Any, inclusive: bool, count: int) -> None:
    sent = [(await desk.api("chat.postMessage", **HELLO))["ts"] for _ in range(3)]
    bounds = {"oldest": sent[0], "latest": sent[2], "inclusive": inclusive}
    found = await desk.api("conversations.history", channel="C0GROWTH", **bounds)
    assert len(found["messages"]) == count


@pytest.mark.parametrize(
    ("asked", "error"),
    [({"limit": 1000}, "invalid_limit"), ({"limit": "x"}, "invalid_limit"), ({"cursor": "x"}, "invalid_cursor"),
     ({"oldest": "x"}, "invalid_ts_oldest"), ({"latest": "x"}, "invalid_ts_latest"),
     ({"channel": "C0RANDOM"}, "not_in_channel")],
)  # fmt: skip
async def test_what_slack_refuses_is_refused(desk: Any, asked: dict[str, Any], error: str) -> None:
    assert (await desk.api("conversations.history", **({"channel": "C0GROWTH"} | asked)))["error"] == error


async def test_a_trouble_lasts_as_many_calls_as_it_was_given_and_may_come_after_the_deed(desk: Any) -> None:
    headers = {"Authorization": "Bearer xoxb-local"}
    desk.workspace.trouble = Trouble("ratelimited", calls=1, retry_after=7)
    slowed = await desk.http.post("/api/chat.postMessage", json=HELLO, headers=headers)
    assert (slowed.status_code, slowed.headers["Retry-After"], await desk.messages()) == (429, "7", [])
    desk.workspace.trouble = Trouble("error", calls=1, after=True, methods=frozenset({"chat.postMessage"}))
    assert (await desk.api("auth.test"))["ok"]
    failed = await desk.http.post("/api/chat.postMessage", json=HELLO, headers=headers)
    assert (failed.status_code, len(await desk.messages())) == (500, 1)
    assert (await desk.api("chat.postMessage", **HELLO))["ok"]
