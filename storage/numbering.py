"""Ids that are never given out twice, also not after a backup was put back.

A row made after the backup is gone, but its id lives on outside: in links, in buttons, in a vendor's keys. A new
row under the same id would be taken for it.
"""

from __future__ import annotations

import re

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from storage.db import normalise
from storage.tables import metadata

GAP = 10_000_000
"""More rows than any table gains between a backup and its restore."""

COUNTED = tuple(
    sorted(table.name for table in metadata.tables.values() if table.autoincrement_column is not None)
)
_KEY = re.compile(r"PRIMARY KEY \(id\)")


def leave_gap(url: str) -> None:
    """Let every table go on counting far beyond what it ever reached. Nothing else may be connected on SQLite."""
    address = normalise(url)
    sqlite = address.get_backend_name() == "sqlite"
    engine = create_engine(address.set(drivername="sqlite") if sqlite else address, poolclass=NullPool)
    with engine.connect() as conn:
        if sqlite:
            conn.exec_driver_sql("PRAGMA foreign_keys=OFF")
            conn.exec_driver_sql("BEGIN IMMEDIATE")
        for table in COUNTED:
            (_skip_on_sqlite if sqlite else _skip_on_postgres)(conn, table)
        conn.commit()


def _skip_on_postgres(conn: Connection, table: str) -> None:
    sequence = text("SELECT setval(s, nextval(s) + :gap) FROM pg_get_serial_sequence(:table, 'id') AS s")
    conn.execute(sequence, {"gap": GAP, "table": table})


def _skip_on_sqlite(conn: Connection, table: str) -> None:
    """SQLite goes on from the highest id in the table, unless the table is declared AUTOINCREMENT."""
    _remember_on_sqlite(conn, table)
    highest = conn.execute(
        text(f"SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = :table), 0), "
             f"coalesce((SELECT max(id) FROM {table}), 0))"), {"table": table}
    ).scalar_one()  # fmt: skip
    conn.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), {"table": table})
    conn.execute(
        text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :seq)"),
        {"table": table, "seq": highest + GAP},
    )


def _remember_on_sqlite(conn: Connection, table: str) -> None:
    """Declare the table anew with AUTOINCREMENT, as https://sqlite.org/lang_altertable.html#otheralter says."""
    parts = text("SELECT type, sql FROM sqlite_master WHERE tbl_name = :table AND sql IS NOT NULL")
    found = conn.execute(parts, {"table": table}).all()
    (declared,) = [row.sql for row in found if row.type == "table"]
    if "AUTOINCREMENT" in declared:
        return
    counting = _KEY.sub("PRIMARY KEY (id AUTOINCREMENT)", declared, count=1)
    renamed = re.sub(rf"^CREATE TABLE \"?{table}\"?", f"CREATE TABLE {table}_anew", counting)
    conn.exec_driver_sql(renamed)
    conn.exec_driver_sql(f"INSERT INTO {table}_anew SELECT * FROM {table}")
    conn.exec_driver_sql(f"DROP TABLE {table}")
    conn.exec_driver_sql(f"ALTER TABLE {table}_anew RENAME TO {table}")
    for row in found:
        if row.type != "table":
            conn.exec_driver_sql(row.sql)
