"""The least a Bolt app can do: verify, find the listener, answer. It says what `overture web` said, from memory.

`python -m benchmarks.bare SECRET` reads one line, the answers by command text, prints its port and serves.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import uvloop
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.routing import Route

from bot import serve


def app(secret: str, answers: dict[str, Any]) -> Starlette:
    """Without the background task that Bolt uses by default: its answers wait for a poll of 10 ms."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id="T1", bot_user_id="UBOT", bot_token="xoxb-benchmark"
        )

    bolt = AsyncApp(signing_secret=secret, authorize=authorize, process_before_response=True)

    @bolt.command("/outreach")
    async def answer(ack: Any, body: dict[str, Any]) -> None:
        await ack(answers[body["text"]])

    return Starlette(routes=[Route("/slack/events", AsyncSlackRequestHandler(bolt).handle, methods=["POST"])])


async def main(secret: str) -> None:
    answers = json.loads(sys.stdin.readline())
    async with serve.http(app(secret, answers), host="127.0.0.1", port=0) as port:
        print(port, flush=True)
        await serve.until_told_to_stop()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
