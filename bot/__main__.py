"""The command line: `overture …`. Every failure is one clear line and a non-zero exit."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from pydantic import SecretStr
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import SQLAlchemyError

from bot import app as composition
from bot import check as checks
from bot import clock, connecting, logs, processes, serve
from bot import settings as configuration
from bot.local import demo as local
from bot.local import month
from bot.settings import BadSettings, Settings
from engine import feeds, imports, intake, restore
from engine.context import Who
from engine.errors import OvertureError, Refused
from storage import migrate as schema
from storage import numbering, troubles
from storage.db import Database

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Outreach run from Slack.",
)
out, err = Console(), Console(stderr=True)


@cli.command()
def demo(
    worker: Annotated[bool, typer.Option(help="Run the loops here too.")] = True,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its files.")] = Path(".overture"),
    fast: Annotated[bool, typer.Option("--fast", help="Play a month in a minute.")] = False,
) -> None:
    """Overture with a local workspace in the browser: no keys, no Slack, no other server."""
    if os.environ.get("SLACK_BOT_TOKEN"):
        _fail("The demo does not start beside a real Slack: unset SLACK_BOT_TOKEN first.")
    folder.mkdir(parents=True, exist_ok=True)
    given = (
        {}
        if os.environ.get("DATABASE_URL")
        else {"database_url": f"sqlite:///{folder.resolve()}/overture.db"}
    )
    settings = _settings(**given)
    logs.configure("WARNING", pretty=True)
    _run(_demo(settings, folder, worker=worker, fast=fast))


@cli.command()
def run() -> None:
    """Everything in one process: web, worker and clock."""
    _process(web=True, worker=True, ticking=True)


@cli.command()
def web() -> None:
    """Answer Slack, signed links and unsubscribes over HTTP (and Socket Mode)."""
    _process(web=True)


@cli.command()
def worker() -> None:
    """Plan, draft, schedule and deliver."""
    _process(worker=True)


@cli.command(name="clock")
def ticking() -> None:
    """Insert what should exist by now, every minute."""
    _process(ticking=True)


@cli.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    settings = _settings()
    try:
        schema.upgrade(settings.database_url)
    except (SQLAlchemyError, OSError):
        _fail("DATABASE_URL: the database cannot be reached or migrated.")
    out.print("The database is up to date.")


@cli.command()
def restored() -> None:
    """After putting a backup back, before anything starts: hold what may have left since, and ask people."""
    settings = _settings()
    _refuse(checks.database(settings))
    try:
        numbering.leave_gap(settings.database_url)
        _run(_restored(settings))
    except SQLAlchemyError:
        _fail("DATABASE_URL: the database is busy or read-only. Stop every process and try again.")


@cli.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file.")],
    campaign: Annotated[str, typer.Option(help="The campaign the contacts join.")],
    create: Annotated[bool, typer.Option(help="Create the campaign if there is none.")] = False,
    accounts: Annotated[
        bool, typer.Option(help="With --create: it writes to companies, in one sequence each.")
    ] = False,
    workspace: Annotated[str, typer.Option(help="The Slack workspace, where there are several.")] = "",
) -> None:
    """Import contacts from a CSV file into a campaign."""
    settings = _settings()
    _refuse(checks.database(settings))
    if not file.is_file():
        _fail(f"There is no file {file}.")
    _run(_import(settings, file, campaign, workspace, create=create, by_account=accounts))


@cli.command()
def connect(
    network: Annotated[str, typer.Argument(help="linkedin, facebook or x.")],
    brand: Annotated[str, typer.Option(help="The brand whose page it is.")] = "",
    workspace: Annotated[str, typer.Option(help="The Slack workspace, where there are several.")] = "",
) -> None:
    """Keep the token of a brand's page, sealed. It is read from standard input: alone, or for X and LinkedIn as a JSON
    object with access_token, refresh_token, client_id and client_secret, so that it can be renewed."""
    settings = _settings()
    _refuse(checks.database(settings))
    shown = sys.stdin.isatty()
    token = typer.prompt("Token", hide_input=True) if shown else sys.stdin.read(feeds.LONGEST + 2)
    _run(_connect(settings, network.lower(), brand, workspace, token.strip()))


@cli.command()
def check() -> None:
    """Name every missing or wrong setting, never its value."""
    _complete(slack=True, channel=True, hints=True)
    out.print("Everything that is needed is set.")


def main() -> None:
    cli()


def _process(*, web: bool = False, worker: bool = False, ticking: bool = False) -> None:
    settings = _complete(slack=web, channel=worker and not web)
    logs.configure(settings.log_level)
    _run(_unstepped(settings, processes.run(settings, web=web, worker=worker, ticking=ticking)))


async def _unstepped(settings: Settings, work: Coroutine[Any, Any, None]) -> None:
    """A database whose clock the demo stepped must not meet a process that reads the real one."""
    db = Database(settings.database_url)
    offset = await clock.stepped_by(db)
    await db.close()
    if offset:
        work.close()
        raise Refused("This database belongs to a demo whose clock was moved. Use another DATABASE_URL.")
    await work


async def _demo(settings: Settings, folder: Path, *, worker: bool, fast: bool) -> None:
    async with local.demo(settings, folder, worker=worker and not fast) as running:
        processes.tune()
        out.print(f"\n  Overture is running at [bold]{running.url}[/bold]\n")
        out.print("  Open it in a browser and type /outreach help. Stop with Ctrl+C.\n", style="dim")
        if not fast:
            await serve.until_told_to_stop()
            return
        out.print("  A month passes there in about a minute: watch #growth and #social.\n", style="dim")
        told = asyncio.create_task(serve.until_told_to_stop())
        await _played(running, told)
        if not told.done():
            async with running.at_work() if worker else contextlib.nullcontext():
                await told


async def _played(running: local.Demo, told: asyncio.Task[None]) -> None:
    """The month. To be told to stop ends it at once."""
    playing = asyncio.create_task(month.Month(running).run())
    await asyncio.wait((playing, told), return_when=asyncio.FIRST_COMPLETED)
    if told.done():
        playing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await playing


async def _restored(settings: Settings) -> None:
    db = Database(settings.database_url)
    try:
        found = await restore.hold(db, datetime.now(UTC))
    finally:
        await db.close()
    out.print(
        f"{found.unsure} messages may have left since the backup: their cards ask. {found.drafts} drafts carry a "
        f"warning. {found.paused} campaigns are paused, {found.reviewed} no longer automatic."
    )


async def _connect(settings: Settings, *given: str) -> None:
    out.print(await connecting.connect(settings, *given), markup=False)


async def _import(settings: Settings, file: Path, campaign: str, workspace: str, **given: bool) -> None:
    alone = settings.model_copy(update={"slack_bot_token": SecretStr("")})
    parts = await composition.build(alone)
    try:
        who = Who(await connecting.workspace_of(parts.ctx, workspace), "import", is_admin=True)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=err, transient=True) as progress, file.open("rb") as stream:
            task = progress.add_task("Reading…", total=None)
            tally = await imports.run_file(
                parts.ctx, who, stream, campaign=campaign, file_name=file.name, **given,
                progress=lambda so_far: progress.update(task, description=_counts(so_far)),
            )  # fmt: skip
        out.print(_counts(tally))
        for problem in tally.problems:
            out.print(f"  line {problem['line']}: {problem['reason']}", markup=False)
    finally:
        await parts.close()


def _counts(tally: intake.Tally) -> str:
    noes = f", {tally.opted_out} opted out or suppressed" if tally.opted_out else ""
    return f"{tally.added} added, {tally.duplicate} duplicate, {tally.invalid} invalid{noes}."


def _settings(**overrides: object) -> Settings:
    try:
        return configuration.load(**overrides)
    except BadSettings as error:
        _refuse([*error.problems.values()])
        raise


def _complete(*, slack: bool, channel: bool, hints: bool = False) -> Settings:
    """Settings with which a process may start. Names everything that is wrong or missing, not only the first kind."""
    try:
        settings = configuration.load()
    except BadSettings as error:
        missing = checks.problems(error.rest, slack=slack, channel=channel)
        wrong = [name.upper() for name in error.problems]
        others = [sentence for sentence in missing if not any(name in sentence for name in wrong)]
        _refuse([*error.problems.values(), *others])
        raise
    _refuse(
        checks.problems(settings, slack=slack, channel=channel), hints=checks.hints(settings) if hints else []
    )
    return settings


def _refuse(problems: list[str], *, hints: Sequence[str] = ()) -> None:
    for sentence in hints:
        out.print(f"· {sentence}", style="dim", markup=False, soft_wrap=True)
    if problems:
        for sentence in problems:
            err.print(sentence, style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1)


def _fail(sentence: str) -> None:
    _refuse([sentence])


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        uvloop.run(work)
    except OvertureError as error:
        _fail(str(error))
    except (SQLAlchemyError, troubles.Away) as error:
        if not troubles.cause(error):
            raise
        _fail(
            f"DATABASE_URL: the database does not answer ({troubles.cause(error)}). Start again when it does."
        )
    except OSError as error:
        _fail(f"It cannot start: {error.strerror or 'a connection failed'}. Is the port taken?")


if __name__ == "__main__":
    main()
