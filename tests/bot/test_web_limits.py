"""No request makes the process hold more than a megabyte, whatever it says about its length."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from bot import web
from engine.context import Context

LIMIT = web.BODY_LIMIT


class Counting(web.Web):
    """Slack's door as it is, reading the whole body."""

    async def slack(self, request: Request) -> Response:
        return Response(str(len(await request.body())))


class Broken(web.Web):
    async def slack(self, request: Request) -> Response:
        raise ValueError("private words")


async def post(door: web.Web, **words: object) -> httpx.Response:
    transport = httpx.ASGITransport(app=door.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        return await client.post("/slack/events", **words)  # type: ignore[arg-type]


async def chunks(size: int, taken: list[int]) -> AsyncIterator[bytes]:
    for start in range(0, size, 50_000):
        taken.append(start)
        yield b"x" * min(50_000, size - start)


@pytest.mark.parametrize(("size", "status"), [(0, 200), (LIMIT, 200), (LIMIT + 1, 413), (LIMIT * 20, 413)])
async def test_a_body_without_a_length_is_counted_as_it_arrives(ctx: Context, size: int, status: int) -> None:
    taken: list[int] = []
    answer = await post(Counting(ctx, None), content=chunks(size, taken))
    assert answer.status_code == status
    assert answer.text == (str(size) if status == 200 else "too large")
    assert len(taken) <= LIMIT // 50_000 + 1


@pytest.mark.parametrize(
    "length", [str(LIMIT + 1), "9" * 5000, "-1", "1e3", "\N{SUPERSCRIPT TWO}", "", "0x10", "1, 1"]
)
async def test_a_length_that_is_too_large_or_none_is_refused_unread(ctx: Context, length: str) -> None:
    answer = await post(
        Counting(ctx, None), headers={"Content-Length": length.encode("latin-1")}, content=b"x"
    )
    assert answer.status_code == 413


async def test_a_lie_about_the_length_changes_nothing(ctx: Context) -> None:
    answer = await post(
        Counting(ctx, None), headers={"Content-Length": "10"}, content=chunks(LIMIT + 50_000, [])
    )
    assert answer.status_code == 413


async def test_a_fault_is_an_id_and_no_words(ctx: Context) -> None:
    answer = await post(Broken(ctx, None))
    assert answer.status_code == 500
    assert answer.text.startswith("Something went wrong (id ")
    assert "private" not in answer.text
