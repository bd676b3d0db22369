"""What Slack sends, through Bolt: slow answers arrive, events are neither lost nor doubled, strangers stay outside."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import seeding
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import answers, people
from bot.slack import Slack
from engine.context import Context
from engine.errors import Refused
from handlers import routes
from handlers.request import NOTHING, Answer, Request
from storage import contacts
from storage.tables import imports, slack_events

ADA, BO = "a@lovelace.example", "b@lovelace.example"


class Client(AsyncWebClient):
    """Slack's answers, without Slack: `said` is what was whispered, `slow` delays who somebody is."""

    def __init__(self) -> None:
        super().__init__("xoxb-1", retry_handlers=[])
        self.user: dict[str, Any] = {"id": "U1OLIVIA", "team_id": "T1", "is_admin": True}
        self.said: list[tuple[str, str]] = []
        self.slow = 0.0
        self.trouble: Exception | None = None
        self.outside = ""

    async def users_info(self, **_: Any) -> Any:
        await asyncio.sleep(self.slow)
        return {"user": self.user}

    async def chat_postEphemeral(self, **words: Any) -> Any:
        if self.outside:
            raise refusal(self.outside)
        self.said.append((words["channel"], words["text"]))

    async def chat_postMessage(self, **words: Any) -> Any:
        self.said.append((words["channel"], words["text"]))

    async def views_open(self, **_: Any) -> Any:
        assert self.trouble is not None
        raise self.trouble

    async def files_info(self, **_: Any) -> Any:
        if self.trouble is not None:
            raise self.trouble
        return {"file": {"id": "F1", "name": "people.csv", "url_private": "https://files.slack.com/F1"}}


def refusal(word: str, status: int = 200) -> SlackApiError:
    answer = AsyncSlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, data={"ok": False, "error": word}, headers={},
        status_code=status,
    )  # fmt: skip
    return SlackApiError("no", answer)


class Page:
    """What aiohttp gives where a proxy answered instead of Slack."""

    status = 502


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def edge(ctx: Context, client: Client) -> Slack:
    return Slack(ctx, client, token="xoxb-1", signing_secret="s", prefix="", url="")


async def say(edge: Slack, body: dict[str, Any]) -> tuple[int, str]:
    answer = await edge.app.async_dispatch(AsyncBoltRequest(body=json.dumps(body), mode="socket_mode"))
    return answer.status, answer.body


def command(text: str, **fields: str) -> dict[str, Any]:
    who = {"user_id": "U1OLIVIA", "team_id": "T1", "channel_id": "C1GROWTH"}
    return {"command": "/outreach", "text": text, **who, **fields}


def dropped(event_id: str = "Ev1") -> dict[str, Any]:
    event = {"type": "file_shared", "file_id": "F1", "user_id": "U1OLIVIA", "channel_id": "C1GROWTH"}
    return {"type": "event_callback", "team_id": "T1", "event_id": event_id, "event": event}


async def count(ctx: Context, table: Any) -> int:
    async with ctx.db.read() as conn:
        return int((await conn.execute(select(func.count()).select_from(table))).scalar_one())


async def refused_late(_: Request) -> Answer:
    await asyncio.sleep(0.2)
    raise Refused("That campaign no longer exists.")


async def failed_late(_: Request) -> Answer:
    await asyncio.sleep(0.2)
    raise RuntimeError


async def answered_late(_: Request) -> Answer:
    await asyncio.sleep(0.2)
    return Answer("Three campaigns.")


async def silent_late(_: Request) -> Answer:
    await asyncio.sleep(0.2)
    return NOTHING


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (refused_late, "That campaign no longer exists."),
        (failed_late, "Something went wrong"),
        (answered_late, "Three campaigns."),
        (silent_late, None),
    ],
)
async def test_an_answer_that_comes_late_is_whispered(
    edge: Slack, client: Client, monkeypatch: pytest.MonkeyPatch, handler: Any, words: str | None
) -> None:
    monkeypatch.setattr(answers, "ANSWER_WITHIN", 0.05)
    monkeypatch.setitem(routes.COMMANDS["outreach"], "list", handler)  # type: ignore[arg-type]
    status, body = await say(edge, command("list"))
    assert (status, json.loads(body)["text"]) == (200, answers.SLOW)
    await edge.finish(5)
    assert [(channel, text[: len(words or "")]) for channel, text in client.said] == (
        [("C1GROWTH", words)] if words else []
    )


async def test_a_form_that_is_refused_too_late_to_stay_open_says_why_in_its_channel(
    edge: Slack, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "ANSWER_WITHIN", 0.05)
    monkeypatch.setitem(routes.FORMS, "contact", refused_late)  # type: ignore[arg-type]
    view = {
        "type": "modal", "callback_id": "contact", "private_metadata": json.dumps({"channel": "C1GROWTH"}),
        "state": {"values": {"email": {"value": {"type": "plain_text_input", "value": "x"}}}},
    }  # fmt: skip
    user = {"id": "U1OLIVIA", "team_id": "T1"}
    body = {"type": "view_submission", "team": {"id": "T1"}, "user": user, "view": view}
    assert (await say(edge, body))[0] == 200
    await edge.finish(5)
    assert client.said[-1] == ("C1GROWTH", "That campaign no longer exists.")


async def test_slack_not_saying_who_somebody_is_refuses_them_in_time(
    edge: Slack, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "WITHIN", 0.05)
    client.slow = 60
    assert "did not say who you are" in (await say(edge, command("list")))[1]
    assert people.WITHIN < answers.ANSWER_WITHIN


@pytest.mark.parametrize(
    ("told", "named", "teams", "allowed"),
    [("T1", "T1", None, True), ("", "T1", None, True), ("T1", "", None, True), ("", "", None, False),
     ("T9", "T1", None, False), ("T9", "", None, False), ("T1", "T9", None, False),
     ("T2", "T2", ["T1", "T2"], True), ("T2", "T1", ["T1", "T2"], True), ("E1", "T2", ["T1", "T2"], True),
     ("T2", "T2", ["T2"], False), ("T2", "T9", ["T1", "T2"], False), ("T9", "T1", ["T1"], False),
     ("T2", "T2", "T1", False), ("T2", "T2", [], False)],
)  # fmt: skip
async def test_only_who_is_named_a_member_may_act(
    edge: Slack, client: Client, told: str, named: str, teams: Any, allowed: bool
) -> None:
    """`told` by users.info, `named` by the payload; `teams` are those of a member of an organisation."""
    client.user["team_id"] = told
    if teams is not None:
        client.user["enterprise_user"] = {"id": "U1OLIVIA", "enterprise_id": "E1", "teams": teams}
    user = {"id": "U1OLIVIA"} | ({"team_id": named} if named else {})
    action = {"action_id": "home_open", "type": "button", "value": "x"}
    body = {"type": "block_actions", "team": {"id": "T1"}, "user": user, "channel": {"id": "C1GROWTH"}}
    assert (await say(edge, body | {"actions": [action]}))[0] == 200
    await edge.finish(5)
    refused = [text for _, text in client.said if text.startswith("Only people of the workspace")]
    assert bool(refused) is not allowed


async def test_a_dropped_file_survives_a_fault_and_two_overlapping_deliveries(
    ctx: Context, edge: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ctx.db.begin() as conn:
        await seeding.campaign(conn, "T1", ctx.now())
    real = routes.EVENTS["file_shared"]

    async def broken(_: Request) -> Answer:
        raise RuntimeError

    monkeypatch.setitem(routes.EVENTS, "file_shared", broken)  # type: ignore[arg-type]
    assert (await say(edge, dropped()))[0] == 500
    assert (await count(ctx, imports), await count(ctx, slack_events)) == (0, 0)
    monkeypatch.setitem(routes.EVENTS, "file_shared", real)  # type: ignore[arg-type]
    met = asyncio.Barrier(2)

    async def together(request: Request) -> Answer:
        await met.wait()
        return await real(request)

    monkeypatch.setitem(routes.EVENTS, "file_shared", together)  # type: ignore[arg-type]
    both = await asyncio.gather(say(edge, dropped()), say(edge, dropped()))
    assert [status for status, _ in both] == [200, 200]
    assert await count(ctx, imports) == 1
    assert (await say(edge, dropped()))[0] == 200
    monkeypatch.setitem(routes.EVENTS, "file_shared", real)  # type: ignore[arg-type]
    await say(edge, dropped("Ev2"))
    assert (await count(ctx, imports), await count(ctx, slack_events)) == (2, 2)


async def test_an_event_that_takes_too_long_is_asked_for_again_and_done_once(
    ctx: Context, edge: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ctx.db.begin() as conn:
        await seeding.campaign(conn, "T1", ctx.now())
    monkeypatch.setattr(answers, "ANSWER_WITHIN", 0.0)
    assert (await say(edge, dropped()))[0] == 500
    await edge.finish(5)
    monkeypatch.undo()
    assert (await say(edge, dropped()))[0] == 200
    assert await count(ctx, imports) == 1


async def _rename(conn: AsyncConnection, contact: int, name: str) -> None:
    await contacts.change(conn, "T1", contact, {"first_name": name})


async def test_the_loser_of_a_deadlock_gets_a_second_try(
    ctx: Context, edge: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two commands lock the same two people, each from the other end, so that a database with row locks must choose."""
    async with ctx.db.begin() as conn:
        rows = [
            {"first_name": "A", "email": email, "email_key": email, "zones": (), "facts": {}, "status": "new"}
            for email in (ADA, BO)
        ]
        first, second = (await contacts.add(conn, "T1", rows, now=ctx.now())).values()
    ends, tries, met = iter([(first, second), (second, first)]), [], asyncio.Event()
    mine: dict[str, tuple[int, int]] = {}

    async def crossing(request: Request) -> Answer:
        one, other = mine.get(request.text) or mine.setdefault(request.text, next(ends))
        async with request.ctx.db.begin() as conn:
            await _rename(conn, one, request.text)
            tries.append(request.text)  # neither goes on before both hold one
            if len(tries) >= 2 or ctx.db.is_sqlite:
                met.set()
            await met.wait()
            await _rename(conn, other, request.text)
        return Answer(f"done {request.text}")

    monkeypatch.setitem(routes.COMMANDS["outreach"], "list", crossing)  # type: ignore[arg-type]
    said = await asyncio.gather(say(edge, command("list x")), say(edge, command("list y")))
    assert sorted(json.loads(body)["text"] for _, body in said) == ["done x", "done y"]
    assert len(tries) == (2 if ctx.db.is_sqlite else 3)


@pytest.mark.parametrize(
    ("answer", "outside"),
    [
        ((404, "used_url"), ""), ((404, "expired_url"), "not_in_channel"),
        ((500, "<html>"), "channel_not_found"), ((200, '{"ok": false}'), "user_not_in_channel"),
    ],
)  # fmt: skip
async def test_who_pressed_is_told_by_the_next_way_when_slack_refuses_one(
    edge: Slack, client: Client, answer: tuple[int, str], outside: str
) -> None:
    """A response_url is used up or too old, and we are not in every channel where a form was opened."""
    status, words = answer
    asked: list[bytes] = []

    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (status, len(words), words.encode()))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answering, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    client.outside = outside
    action = {"action_id": "an_older_button", "type": "button", "value": "1.1"}
    body = {
        "type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1OLIVIA", "team_id": "T1"},
        "channel": {"id": "C1GROWTH"}, "response_url": f"{url}/actions/T1/1", "actions": [action],
    }  # fmt: skip
    assert (await say(edge, body))[0] == 200
    await edge.finish(5)
    ((place, text),) = client.said
    assert text.startswith("This button is from an older version.")
    assert place == ("U1OLIVIA" if outside else "C1GROWTH")
    assert len(asked) == 1
    server.close()


@pytest.mark.parametrize(
    "trouble",
    [
        refusal("expired_trigger_id"), refusal("ratelimited", 429), refusal("internal_error"),
        SlackApiError("no JSON", Page()), TimeoutError(), ConnectionResetError(),
    ],
    ids=lambda trouble: type(trouble).__name__,
)  # fmt: skip
async def test_a_form_that_slack_does_not_open_is_told_without_alarm(
    edge: Slack, client: Client, trouble: Exception
) -> None:
    client.trouble = trouble
    status, body = await say(edge, command("new") | {"trigger_id": "1.2.3"})
    assert status == 200
    assert "the form; try again" in json.loads(body)["text"]


@pytest.mark.parametrize(
    "trouble", [refusal("ratelimited", 429), refusal("fatal_error"), SlackApiError("no JSON", Page())]
)
async def test_a_dropped_file_that_slack_does_not_show_just_now_is_asked_for_again(
    ctx: Context, edge: Slack, client: Client, trouble: Exception
) -> None:
    async with ctx.db.begin() as conn:
        await seeding.campaign(conn, "T1", ctx.now())
    client.trouble = trouble
    assert (await say(edge, dropped()))[0] == 500
    client.trouble = None
    assert (await say(edge, dropped()))[0] == 200
    assert await count(ctx, imports) == 1
