"""The workspace's own SQLite file: users, channels, messages, files, homes and mails survive a restart.

Reads come from memory; every write goes through to the file. It knows nothing of HTTP.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SCHEMA = """
create table if not exists docs (kind text, key text, body text not null, primary key (kind, key)) without rowid;
create table if not exists blobs (key text primary key, data blob not null);
"""
KINDS = ("user", "channel", "message", "file", "home", "mail", "value", "usergroup")


class Store:
    """Documents by kind and key, in the order in which they were first put."""

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = off")
        self._db.executescript(SCHEMA)
        self._docs: dict[str, dict[str, Json]] = {kind: {} for kind in KINDS}
        self._messages: dict[str, dict[str, Json]] = {}
        for kind, key, body in self._db.execute("select kind, key, body from docs order by kind, key"):
            self._keep(kind, key, json.loads(body))

    def all(self, kind: str) -> list[Json]:
        return list(self._docs[kind].values())

    def get(self, kind: str, key: str) -> Json | None:
        return self._docs[kind].get(key)

    def put(self, kind: str, key: str, body: Json) -> Json:
        self._keep(kind, key, body)
        self._db.execute("insert or replace into docs values (?, ?, ?)", (kind, key, json.dumps(body)))
        return body

    def delete(self, kind: str, key: str) -> None:
        self._docs[kind].pop(key, None)
        if kind == "message":
            channel, ts = key.split(":", 1)
            self._messages.get(channel, {}).pop(ts, None)
        self._db.execute("delete from docs where kind = ? and key = ?", (kind, key))

    def messages(self, channel: str) -> list[Json]:
        """Messages of a channel, oldest first, with threads and ephemeral ones."""
        return list(self._messages.get(channel, {}).values())

    def message(self, channel: str, ts: str) -> Json | None:
        return self._messages.get(channel, {}).get(ts)

    def put_message(self, message: Json) -> Json:
        return self.put("message", f"{message['channel']}:{message['ts']}", message)

    def put_blob(self, key: str, data: bytes) -> None:
        self._db.execute("insert or replace into blobs values (?, ?)", (key, data))

    def blob(self, key: str) -> bytes | None:
        row = self._db.execute("select data from blobs where key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def close(self) -> None:
        self._db.close()

    def _keep(self, kind: str, key: str, body: Json) -> None:
        self._docs[kind][key] = body
        if kind == "message":
            self._messages.setdefault(body["channel"], {})[body["ts"]] = body
