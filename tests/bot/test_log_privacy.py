"""Logs never hold what people wrote or who they are, not even when the database complains about exactly that."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from bot import answers, logs
from engine.context import Context
from storage.tables import contacts, workspaces

WORDS = ("merger with Umbra", "ada.lovelace", "engine.example", "Countess")
SECRET = f"{WORDS[0]} {WORDS[3]}"
ADDRESS = f"{WORDS[1]}@{WORDS[2]}"


@contextlib.contextmanager
def configured() -> Iterator[None]:
    """Logging as a process has it; put back afterwards."""
    root = logging.getLogger()
    before = list(root.handlers)
    root.handlers.clear()
    logs.configure("INFO")
    try:
        yield
    finally:
        root.handlers[:] = before


async def duplicate(ctx: Context) -> None:
    """PostgreSQL repeats the key in a DETAIL line, SQLAlchemy the parameters."""
    row = {
        "workspace_id": "T1", "first_name": SECRET, "email": ADDRESS, "email_key": f"{SECRET} {ADDRESS}",
        "zones": (), "facts": {}, "status": "new", "created_at": ctx.now(),
    }  # fmt: skip
    async with ctx.db.begin() as conn:
        await conn.execute(insert(contacts), [row])
        await conn.execute(insert(contacts), [row])


async def missing(ctx: Context) -> None:
    async with ctx.db.begin() as conn:
        await conn.execute(
            insert(workspaces).values(id=ADDRESS[:20], name=SECRET, settings={}, created_at=None)
        )


async def no_number(ctx: Context) -> None:
    """PostgreSQL repeats the value in the first line of its message."""
    async with ctx.db.begin() as conn:
        await conn.execute(text("SELECT CAST(:words AS integer)"), {"words": f"{SECRET} {ADDRESS}"})
        raise ValueError(SECRET, ADDRESS)


async def chained(ctx: Context) -> None:
    try:
        await duplicate(ctx)
    except DBAPIError as error:
        raise ExceptionGroup(SECRET, [KeyError(SECRET), error]) from error


FAULTS = [duplicate, missing, no_number, chained]


def no_word_in(said: str) -> None:
    assert not [word for word in WORDS if word in said]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_logged_without_the_words_and_the_address_in_it(
    ctx: Context, capsys: pytest.CaptureFixture[str], fault: Any
) -> None:
    with configured():
        try:
            await fault(ctx)
        except Exception as error:
            answers.unexpected(error)
            structlog.get_logger().exception("by_structlog")
            logging.getLogger("sqlalchemy.pool").exception("by a library")
    said = capsys.readouterr().err
    no_word_in(said)
    line = next(json.loads(line) for line in said.splitlines() if '"unexpected"' in line)
    assert fault.__name__ in line["exception"]
    assert "Error" in line["exception"]
    assert said.count("test_log_privacy.py") >= 3


async def test_a_task_nobody_asked_for_its_result_says_none_of_it(
    ctx: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    with configured():
        task = asyncio.ensure_future(duplicate(ctx))
        await asyncio.wait([task])
        del task
        gc.collect()
        await asyncio.sleep(0)
    said = capsys.readouterr().err
    assert "Task exception was never retrieved" in said
    no_word_in(said)


async def test_the_name_of_a_broken_constraint_is_told(ctx: Context) -> None:
    with pytest.raises(DBAPIError) as caught:
        await duplicate(ctx)
    said = logs.told((None, caught.value, None))
    assert ("contacts.email_key" if ctx.db.is_sqlite else "23505 contacts uq_contacts") in said
    assert SECRET not in str(caught.value.statement) + repr(caught.value).split("DETAIL")[0]
