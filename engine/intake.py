"""Lines of a file into contacts, one chunk at a time and in constant memory. Keeps no state between chunks but a tally."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import islice
from typing import IO, Any, BinaryIO, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import companies, consents, contacts, preferences, storing
from engine.context import Context
from engine.errors import Refused
from engine.rules import csvfile, csvlines, newcomers
from storage import campaigns, facts
from storage import contacts as people

CHUNK = 500
"""Lines in one transaction: small enough that a click beside the import does not wait."""
PROBLEMS = 200
"""Reasons kept for the report; the counts stay exact."""
PAUSE = 0.005
COUNT_AFTER = (2, 8, 32)

Line = csvfile.Row | csvlines.BadLine
_FIELDS = tuple(field.name for field in fields(newcomers.NewContact) if field.name != "source")


@dataclass(frozen=True, slots=True)
class Job:
    """Whose file it is and where its people go."""

    workspace_id: str
    campaign_id: int | None
    actor: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the lines up to `line`. Every line with somebody on it is counted exactly once.

    `opted_out` are people who said no in the file, or who are on the suppression list.
    """

    line: int = 0
    added: int = 0
    duplicate: int = 0
    invalid: int = 0
    opted_out: int = 0
    problems: tuple[Mapping[str, Any], ...] = ()

    def columns(self) -> dict[str, Any]:
        """As columns of an import."""
        return {field.name: getattr(self, field.name) for field in fields(self)} | {
            "problems": [dict(problem) for problem in self.problems]
        }

    def plus(self, line: int, added: int, duplicate: int, refused: Sequence[tuple[int, str]],
             noes: Sequence[tuple[int, str]], notes: Sequence[tuple[int, str]]) -> Tally:  # fmt: skip
        """The tally after one more chunk; `noes` are of people not to be written to, `notes` refused nobody."""
        said = [{"line": number, "reason": reason} for number, reason in sorted([*refused, *noes, *notes])]
        return replace(
            self,
            line=line,
            added=self.added + added,
            duplicate=self.duplicate + duplicate,
            invalid=self.invalid + len(refused),
            opted_out=self.opted_out + len(noes),
            problems=(*self.problems, *said)[:PROBLEMS],
        )


@dataclass(frozen=True, slots=True)
class Chunk:
    """Checked lines. `ready` are (line, person), `opted_out` (line, identity keys of somebody who said no);
    `refused` and `notes` are (line, reason)."""

    last_line: int
    ready: tuple[tuple[int, newcomers.Ready], ...]
    opted_out: tuple[tuple[int, tuple[str, ...]], ...]
    refused: tuple[tuple[int, str], ...]
    notes: tuple[tuple[int, str], ...]


async def chunks(stream: IO[bytes], source: str, *, after: int = 0) -> AsyncIterator[Chunk]:
    """The file's lines behind line `after`, read and checked in a thread so that other work goes on.

    `source` names the file in every fact it brings. Raises Refused for a file that is no list of people.
    """
    lines = await asyncio.to_thread(_begin, stream, after)
    while chunk := await asyncio.to_thread(_next, lines, source):
        yield chunk


async def take_in(ctx: Context, conn: AsyncConnection, job: Job, chunk: Chunk, tally: Tally) -> Tally:
    """Store one chunk in the caller's transaction: new people, opt-outs, enrolments."""
    await _opt_out(ctx, conn, job, chunk)
    campaign = await campaigns.get(conn, job.workspace_id, job.campaign_id) if job.campaign_id else None
    everybody = [person for _, person in chunk.ready]
    if campaign is not None and campaign.by_account:
        chunk = _with_company(chunk)
    by_key = {person.key: (line, person) for line, person in reversed(chunk.ready)}
    known = await people.known(conn, job.workspace_id, sorted({person.key for person in everybody}))
    stopped = await _suppressed(conn, job, [person for _, person in by_key.values()])
    in_order = [key for key in dict.fromkeys(person.key for _, person in chunk.ready) if key not in stopped]
    fresh = [by_key[key][1] for key in in_order if key not in known]
    added = await storing.store(conn, job.workspace_id, fresh, now=ctx.now())
    ids = {**known, **added}
    agreed = {
        ids[key]: (str(person.values["phone"]), *person.agreed)
        for key, (_, person) in by_key.items()
        if key in ids and key not in stopped and person.agreed is not None
    }
    early = await consents.imported(ctx, conn, job.workspace_id, agreed, by=job.actor)
    notes = [(by_key[key][0], consents.TO_COME) for key in in_order if ids.get(key) in early]
    await preferences.refuse(ctx, conn, job.workspace_id, _never(everybody, ids), by=job.actor)
    if campaign is not None:
        await companies.put_in(
            ctx, conn, campaign, [ids[key] for key in in_order if key in ids], actor=job.actor
        )
    listed = [
        (line, f"They are on the suppression list ({stopped[person.key]}).")
        for line, person in chunk.ready
        if person.key in stopped and person.key not in known
    ]
    opted_out = [(line, "They have opted out and will not be written to.") for line, _ in chunk.opted_out]
    duplicate = len(chunk.ready) - len(added) - len(listed)
    return tally.plus(
        chunk.last_line, len(added), duplicate, chunk.refused, [*listed, *opted_out], [*chunk.notes, *notes]
    )


def _never(everybody: Iterable[newcomers.Ready], ids: Mapping[str, int]) -> dict[int, tuple[str, ...]]:
    """contact → the channels that any line of theirs refuses: of two lines about somebody only the first is stored."""
    told: dict[int, tuple[str, ...]] = {}
    for person in everybody:
        if person.key in ids:
            told[ids[person.key]] = (*told.get(ids[person.key], ()), *person.values["refused_channels"])
    return told


def _with_company(chunk: Chunk) -> Chunk:
    """For account campaigns, without those who belong to no company."""
    ready = tuple(one for one in chunk.ready if one[1].account is not None)
    homeless = tuple((line, companies.HOMELESS) for line, person in chunk.ready if person.account is None)
    return replace(chunk, ready=ready, refused=(*chunk.refused, *homeless))


async def breathe(ctx: Context, chunks_done: int) -> None:
    """Let clicks in between two chunks, since SQLite has one writer; and keep the planner's statistics fresh.

    Without them PostgreSQL goes through the whole workspace for every chunk (python -m benchmarks.importing).
    """
    if chunks_done in COUNT_AFTER:
        async with ctx.db.begin() as conn:
            await people.analyze(conn)
    await asyncio.sleep(PAUSE)


async def _opt_out(ctx: Context, conn: AsyncConnection, job: Job, chunk: Chunk) -> None:
    """People who said no elsewhere: onto the suppression list before anybody of this chunk is enrolled."""
    keys = sorted({key for _, listed in chunk.opted_out for key in listed})
    if keys:
        await contacts.block(
            conn, job.workspace_id, keys, cause=contacts.OPT_OUT, by=job.actor, now=ctx.now(), own=True
        )


async def _suppressed(conn: AsyncConnection, job: Job, found: Iterable[newcomers.Ready]) -> dict[str, str]:
    """merge key → cause, of those on the list."""
    keys = {person.key: person.keys for person in found}
    wanted = {key for listed in keys.values() for key in listed}
    causes = await people.suppressed(conn, ((job.workspace_id, key) for key in wanted))
    noes = {key: cause for (_, key), cause in causes.items() if cause not in facts.OF_NUMBER}
    return {
        who: next(noes[key] for key in listed if key in noes)
        for who, listed in keys.items()
        if any(key in noes for key in listed)
    }


def _begin(stream: IO[bytes], after: int) -> Iterator[Line]:
    return (line for line in csvfile.read(cast("BinaryIO", stream)) if line.line > after)


def _next(lines: Iterator[Line], source: str) -> Chunk | None:
    found = list(islice(lines, CHUNK))
    return _checked(found, source) if found else None


def _checked(lines: Sequence[Line], source: str) -> Chunk:
    ready: list[tuple[int, newcomers.Ready]] = []
    opted_out: list[tuple[int, tuple[str, ...]]] = []
    refused: list[tuple[int, str]] = []
    notes: list[tuple[int, str]] = []
    for line in lines:
        if isinstance(line, csvlines.BadLine):
            refused.append((line.line, line.reason))
            continue
        try:
            person = newcomers.check(_person(line, source), forgiving=True)
        except Refused as refusal:
            refused.append((line.line, refusal.sentence))
            continue
        if line.opted_out:
            opted_out.append((line.line, person.keys if line.no_calls else person.keys[:1]))
        else:
            ready.append((line.line, person))
        notes += [(line.line, note) for note in (*line.notes, *person.dropped)]
    return Chunk(lines[-1].line, tuple(ready), tuple(opted_out), tuple(refused), tuple(notes))


def _person(row: csvfile.Row, source: str) -> newcomers.NewContact:
    """Where they agreed to texts is named with the file that says so."""
    told = {name: getattr(row, name) for name in _FIELDS}
    told["consent"] = f"{row.consent} ({source})" if row.consent else ""
    return newcomers.NewContact(**told, source=source)
