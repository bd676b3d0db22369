"""Whether this process can do its work: the database answers, stores, and has our schema. Changes nothing."""

from __future__ import annotations

import asyncio

import structlog

from storage import migrate, troubles
from storage.db import Database

log = structlog.get_logger(__name__)

WITHIN = 2.5
"""Seconds: who asks usually waits three."""
MIGRATION, BROKEN = "migration", "broken"


class Readiness:
    """One look at a time, shared by all who ask meanwhile: probes never take more than one connection."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._looking: asyncio.Task[str] | None = None
        self._said = ""

    async def why_not(self) -> str:
        """One word: migration, or a cause of storage.troubles; empty when all is well. Never raises."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        done, _ = await asyncio.wait([self._looking], timeout=WITHIN)
        found = self._looking.result() if done else troubles.AWAY
        if found != self._said:
            log.warning("not_ready", reason=found) if found else log.info("ready")
        self._said = found
        return found

    async def _look(self) -> str:
        try:
            async with self._db.read() as conn:
                current = await conn.run_sync(migrate.at_head)
        except Exception as error:
            cause = troubles.cause(error)
            if not cause:
                log.error("readiness_failed", exc_info=error)
            return cause or BROKEN
        return self._db.unwritable if current else MIGRATION
