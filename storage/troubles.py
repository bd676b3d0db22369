"""What an error of the database means: try at once, try later, or a defect. Reads errors, never the database."""

from __future__ import annotations

import sqlite3

import psycopg
from sqlalchemy import exc


class Away(Exception):
    """No connection to the database within the time that one may take."""


AWAY, BUSY, FULL, DISK, READONLY = "away", "busy", "full", "disk", "readonly"
UNWRITABLE = (FULL, DISK, READONLY)
"""The database answers and keeps nothing: reading goes on, so only who writes notices."""

_STATES = {
    "25006": READONLY,  # a standby, or a primary that no longer is one
    "25P03": AWAY,  # idle in transaction for too long: the server hung up, as after a suspended machine
    "25P04": AWAY,  # transaction_timeout (PostgreSQL 17): the same
    "40001": BUSY,
    "40P01": BUSY,
    "40003": AWAY,  # nobody knows whether it was committed
    "53100": FULL,
    "55P03": BUSY,  # lock_timeout: it has waited already
    "57014": BUSY,  # statement_timeout, or somebody cancelled it
    "58030": DISK,
}
_CLASSES = {"08": AWAY, "28": AWAY, "53": BUSY, "57": AWAY}
"""Connections, log-in, resources (53100 above), the operator; the rest is a defect of ours or of the data."""
_COLLISIONS = ("40P01", "40001")
_SQLITE = {
    sqlite3.SQLITE_BUSY: BUSY,  # another process wrote for the whole of busy_timeout
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_NOMEM: BUSY,
    sqlite3.SQLITE_READONLY: READONLY,
    sqlite3.SQLITE_IOERR: DISK,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_CANTOPEN: AWAY,
}
"""By primary code; a file that is corrupt or no database at all is no passing trouble."""
_HUNG_UP = ("25006", "25P03", "25P04", "57P01", "57P02", "57P03", "57P05")
_LOST = "8s2b"
"""SQLAlchemy's code for "can't reconnect until the invalid transaction is rolled back"."""


def cause(error: BaseException) -> str:
    """In one word why the same work may be tried again later; empty for a defect, which time does not mend."""
    if isinstance(error, Away):
        return AWAY
    if isinstance(error, exc.TimeoutError):  # every connection of the pool is taken
        return BUSY
    if isinstance(error, exc.PendingRollbackError):
        return AWAY if error.code == _LOST else ""
    if not isinstance(error, exc.DBAPIError):
        return ""
    return _told(error.orig) or (AWAY if error.connection_invalidated else "")


def is_unavailable(error: BaseException) -> bool:
    """The database is away, full, busy or read-only: nothing was written, the work may be tried again later.

    A connection lost during the commit is the exception: then it may have been written.
    """
    return bool(cause(error))


def is_collision(error: BaseException) -> bool:
    """This transaction lost against another one and was rolled back whole: at once it may go through."""
    reason = error.orig if isinstance(error, exc.DBAPIError) else None
    if isinstance(reason, sqlite3.Error):
        return getattr(reason, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY_SNAPSHOT
    return sqlstate(reason) in _COLLISIONS


def ends_connections(reason: BaseException | None) -> bool:
    """After this error no connection that is open now is worth keeping; new ones reach the new server."""
    return sqlstate(reason) in _HUNG_UP


def sqlstate(reason: BaseException | None) -> str:
    """PostgreSQL's five characters; empty where there are none, as when no connection came about."""
    return (reason.sqlstate or "") if isinstance(reason, psycopg.Error) else ""


def _told(reason: BaseException | None) -> str:
    if isinstance(reason, sqlite3.Error):
        return _SQLITE.get(getattr(reason, "sqlite_errorcode", 0) & 0xFF, "")
    state = sqlstate(reason)
    if isinstance(reason, psycopg.OperationalError) and not state:
        return AWAY
    return _STATES.get(state) or _CLASSES.get(state[:2], "")
