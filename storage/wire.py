"""The socket under a PostgreSQL connection: whether the server hung up, and how to stop waiting for it.

Cancelling a statement asks the server, and a server that is silent does not hear it; closing the socket always works.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.util import await_only

from storage import troubles


class Watch:
    """A time limit on what a connection does: when it passes, its socket is shut and whoever waits gets an error."""

    def __init__(self, conn: AsyncConnection) -> None:
        self._conn = conn
        self._timer: asyncio.TimerHandle | None = None

    def allow(self, seconds: float) -> None:
        """From now on; replaces the limit before."""
        self.end()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._cut)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _cut(self) -> None:
        try:
            fairy = self._conn.sync_connection and self._conn.sync_connection.connection
            descriptor = _descriptor(fairy.driver_connection) if fairy else -1
        except Exception:  # it was lost meanwhile: nobody waits for it any more
            return
        if descriptor >= 0:
            with socket.socket(fileno=os.dup(descriptor)) as own:
                own.shutdown(socket.SHUT_RDWR)


def begin(conn: Connection) -> None:
    """BEGIN past SQLAlchemy, which would make it a fifth of a small transaction. Raises Away: no other fault is left.

    None for a statement that is alone.
    """
    if conn.get_execution_options().get("alone"):
        return
    try:
        await_only(conn.connection.driver_connection.execute("BEGIN", prepare=False))  # type: ignore[union-attr]
    except psycopg.Error as error:
        conn.invalidate(error)
        raise troubles.Away from error


def refuse_dead(dbapi: Any, record: Any, _: Any) -> None:
    """For the pool's checkout: an idle connection with something to read was hung up on. The pool then replaces all.

    One system call, no round trip. A new connection is not looked at: what it has to read may be its greeting.
    """
    if record.info.get("used") and _has_something_to_read(dbapi.driver_connection):
        raise InvalidatePoolError
    record.info["used"] = True


def _has_something_to_read(driver: Any) -> bool:
    descriptor = _descriptor(driver)
    if descriptor < 0:
        return True
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def _descriptor(driver: Any) -> int:
    """-1 when the driver has closed it."""
    return -1 if driver.closed else int(driver.pgconn.socket)
