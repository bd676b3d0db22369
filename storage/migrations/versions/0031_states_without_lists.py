"""SQLite compares a message's state word by word: for each list it would fill a table at every row that it writes."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

OVER = ("rejected", "skipped", "cancelled", "failed", "blocked")
ALIVE = " AND ".join(f"state <> '{state}'" for state in OVER)
LISTED = re.compile(r"state IN \(([^()]*)\)")


def upgrade() -> None:
    """PostgreSQL looks a list up without cost. Declared anew as https://sqlite.org/lang_altertable.html#otheralter says."""
    conn = op.get_bind()
    if conn.dialect.name != "sqlite":
        return
    found = conn.execute(
        sa.text("SELECT type, name, sql FROM sqlite_master WHERE tbl_name = 'messages' AND sql IS NOT NULL")
    ).all()
    (declared,) = [row.sql for row in found if row.type == "table"]
    counted = _counted(conn)
    anew = LISTED.sub(_either, declared)
    conn.exec_driver_sql(re.sub(r'^CREATE TABLE "?messages"?', "CREATE TABLE messages_anew", anew))
    conn.exec_driver_sql("INSERT INTO messages_anew SELECT * FROM messages")
    conn.exec_driver_sql("DROP TABLE messages")
    conn.exec_driver_sql("ALTER TABLE messages_anew RENAME TO messages")
    for row in found:
        if row.type != "table":
            conn.exec_driver_sql(_compared(row.name, row.sql))
    if counted is not None:
        conn.execute(
            sa.text("UPDATE sqlite_sequence SET seq = :seq WHERE name = 'messages'"), {"seq": counted}
        )


def _counted(conn: sa.Connection) -> int | None:
    """The highest id ever given out, where a restored backup made SQLite remember it."""
    if not conn.execute(sa.text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")).first():
        return None
    return conn.execute(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'messages'")).scalar()


def _compared(name: str, sql: str) -> str:
    if name in ("uq_messages_dedupe_key", "uq_messages_content_hash"):
        return re.sub(r"state NOT IN \([^()]*\)", ALIVE, sql)
    return LISTED.sub(_either, sql) if name == "ix_messages_troubled" else sql


def _either(listed: re.Match[str]) -> str:
    return " OR ".join(f"state = {state.strip()}" for state in listed[1].split(","))
