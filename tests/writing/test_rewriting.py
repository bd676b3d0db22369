"""A draft under 80 is written again at most twice, the best one kept, and flagged if it is still under (C4)."""

from __future__ import annotations

from typing import Any

import pytest
from model_server import Server, saying
from test_injections import ASK, START, drafted
from test_injections import writer as writer

from engine.context import Context
from engine.writing.model import ModelWriter
from storage.lifecycle import State

WEAK = f"{START}\n\nAct now, last chance, hurry and buy now.\n\n{ASK}"
WORSE = f"{START}\n\nAct now, last chance, hurry!! You raised $7 million!!\n\n{ASK}"
FINE = f"{START}\n\n{ASK}"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def says(server: Server, *bodies: str) -> None:
    def answer(body: str) -> Any:
        return lambda _: saying({"subject": "Bookings without calls", "body": body, "sources": []})

    server.answers = [answer(body) for body in bodies]


@pytest.mark.parametrize(
    ("bodies", "asked", "kept", "weak"),
    [
        ((FINE, WEAK), 1, FINE, False),
        ((WEAK, FINE, WORSE), 2, FINE, False),
        ((WORSE, WEAK, FINE), 3, FINE, False),
        ((WORSE, WEAK, WORSE, FINE), 3, WEAK, True),
        ((WEAK, WEAK, WEAK, WEAK), 3, WEAK, True),
    ],
)
async def test_it_is_written_again_at_most_twice(
    ctx: Context,
    server: Server,
    writer: ModelWriter,
    bodies: tuple[str, ...],
    asked: int,
    kept: str,
    weak: bool,
) -> None:
    says(server, *bodies)
    row, found = await drafted(ctx, writer)
    assert len(server.asked) == asked
    assert kept in row.body
    assert row.options["weak"] is weak
    assert row.state == (State.DRAFTED if weak else State.APPROVED)
    assert bool(found) is weak
    if asked > 1:
        assert "pushes; say it in your own words" in server.asked[1]["messages"][1]["content"]


async def test_a_follow_up_in_its_thread_is_not_told_that_nothing_was_written_before(
    ctx: Context, server: Server, writer: ModelWriter
) -> None:
    says(server, FINE)
    row, found = await drafted(ctx, writer, "What do you mean?")
    assert row.subject == "Re: A quick word about booking"
    assert "subject_misleading" not in [one["code"] for one in found]
