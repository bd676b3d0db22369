"""Every process refuses to start with one line for each thing that is wrong, and never shows a value (K5)."""

from __future__ import annotations

from pathlib import Path

import pytest
from seeding import add_workspace
from test_processes import complete
from typer.testing import CliRunner, Result

from bot import app
from bot.__main__ import cli
from bot.settings import Settings
from engine.errors import Refused
from storage.db import Database

AWAY = "postgresql://somebody:hush@127.0.0.1:1/hush"
STARTS = ("web", "worker", "clock", "run", "check", "import x.csv --campaign Spring", "restored", "migrate")


@pytest.fixture(autouse=True)
def migrated(tmp_path: Path, sqlite_template: Path) -> None:
    (tmp_path / "overture.db").write_bytes(sqlite_template.read_bytes())


def started(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str, **env: str) -> Result:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "60")
    url = f"sqlite:///{folder}/overture.db"
    return CliRunner().invoke(cli, list(words), env=complete(url) | {"LOG_LEVEL": "DEBUG"} | env)


@pytest.mark.parametrize("command", STARTS)
def test_every_command_looks_before_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    result = started(tmp_path, monkeypatch, *command.split(), PORT="hush", DATABASE_URL="hush")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "DATABASE_URL: is not a database address",
        "PORT: must be a number from 1 to 65535",
    ]


@pytest.mark.parametrize("command", ["clock", "check"])
@pytest.mark.parametrize(
    ("env", "line"),
    [
        ({"DATABASE_URL": "hush"}, "DATABASE_URL: is not a database address"),
        ({"DATABASE_URL": "mysql://hush"}, "DATABASE_URL: must begin with postgresql:// or sqlite://"),
        ({"DATABASE_URL": AWAY}, "DATABASE_URL: the database cannot be reached."),
        ({"DATABASE_URL": "postgresql://h/x?hush=hush"}, "DATABASE_URL: the database cannot be reached."),
        ({"DATABASE_URL": "sqlite:////no/hush/o.db"}, "DATABASE_URL: the database cannot be reached."),
        ({"DATABASE_URL": "sqlite:///new.db"}, "DATABASE_URL: migrations are pending. Run: overture migrate"),
        ({"PORT": "hush"}, "PORT: must be a number from 1 to 65535"),
        ({"PORT": "65536"}, "PORT: must be a number from 1 to 65535"),
        ({"PUBLIC_URL": "hush"}, "PUBLIC_URL: must begin with https:// or http://"),
        (
            {"PUBLIC_URL": "https:///hush"},
            "PUBLIC_URL: must name a host, as in https://host, and hold no spaces",
        ),
        (
            {"SLACK_API_URL": "https://a hush"},
            "SLACK_API_URL: must name a host, as in https://host, and hold no spaces",
        ),
        (
            {"LINKEDIN_AUTHOR": "hush"},
            "LINKEDIN_AUTHOR: must look like urn:li:organization:… or urn:li:person:…",
        ),
        ({"LOG_LEVEL": "hush"}, "LOG_LEVEL: must be DEBUG, INFO, WARNING or ERROR"),
        ({"SECRET_KEY": "hush"}, "SECRET_KEY: each of its keys needs at least 16 characters"),
        ({"SECRET_KEY": f"{'k' * 32},hush"}, "SECRET_KEY: each of its keys needs at least 16 characters"),
        ({"MAIL_FROM": "hush"}, "MAIL_FROM: must be one address, name@host"),
        (
            {"COMMAND_PREFIX": "HUSH!"},
            "COMMAND_PREFIX: must be at most 16 small letters, digits, - or _",
        ),
        ({"LINKEDIN_VERSION": "hush"}, "LINKEDIN_VERSION: must be a year and a month, six digits"),
        ({"FACEBOOK_VERSION": "hush"}, "FACEBOOK_VERSION: must be a version like v26.0"),
        ({"OPENAI_BASE_URL": "hush"}, "OPENAI_BASE_URL: must begin with https:// or http://"),
    ],
)
def test_what_is_wrong_stands_on_one_line_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, env: dict[str, str], line: str
) -> None:
    result = started(tmp_path, monkeypatch, command, **env)
    assert result.exit_code == 1
    assert line in result.output.splitlines()
    assert "hush" not in result.output.casefold()
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("command", "env", "named"),
    [
        ("worker", {"SMTP_URL": ""}, {"SMTP_URL"}),
        ("worker", {"SMTP_URL": "hush://x"}, {"SMTP_URL"}),
        ("check", {"SMTP_URL": "smtp://a:hush@host:port"}, {"SMTP_URL"}),
        ("web", {"SLACK_BOT_TOKEN": "", "SLACK_APP_TOKEN": ""}, {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"}),
        ("web", {"SLACK_BOT_TOKEN": "hush", "DATABASE_URL": AWAY}, {"SLACK_BOT_TOKEN", "DATABASE_URL"}),
        ("check", {"PORT": "hush", "PUBLIC_URL": "hush", "SECRET_KEY": "hush"}, {"PORT", "PUBLIC_URL", "SECRET_KEY"}),
    ],
)  # fmt: skip
def test_each_of_several_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, env: dict[str, str], named: set[str]
) -> None:
    result = started(tmp_path, monkeypatch, command, **env)
    assert result.exit_code == 1
    assert {name for name in named if name in result.output} == named
    assert "hush" not in result.output.casefold()


@pytest.mark.parametrize("command", ["migrate", "restored"])
@pytest.mark.parametrize("url", [AWAY, "sqlite:////no/hush/o.db", "hush"])
def test_what_needs_the_database_alone_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, url: str
) -> None:
    unset = {"SLACK_BOT_TOKEN": "", "SMTP_URL": ""}
    result = started(tmp_path, monkeypatch, command, DATABASE_URL=url, **unset)
    assert result.exit_code == 1
    assert result.output.startswith("DATABASE_URL: ")
    assert "hush" not in result.output
    assert started(tmp_path, monkeypatch, command, **unset).exit_code == 0


def test_a_key_is_made_where_there_is_none_and_email_says_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unset = {
        "SECRET_KEY": "",
        "PUBLIC_URL": "",
        "LINKEDIN_ACCESS_TOKEN": "token",
        "LINKEDIN_AUTHOR": "urn:li:organization:1",
    }
    result = started(tmp_path, monkeypatch, "check", **unset)
    assert "SECRET_KEY is not set: one is generated once and kept in the database." in result.output
    assert "Email is unavailable: PUBLIC_URL is not set" in result.output


@pytest.mark.parametrize("command", ["web", "check"])
def test_what_is_missing_is_named_beside_what_is_malformed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    result = started(tmp_path, monkeypatch, command, PORT="hush", SLACK_BOT_TOKEN="", DATABASE_URL=AWAY)
    said = result.output.splitlines()
    assert [line.partition(":")[0] for line in said if not line.startswith("·")] == [
        "PORT", "SLACK_BOT_TOKEN", "DATABASE_URL",
    ]  # fmt: skip
    assert "hush" not in result.output


@pytest.mark.parametrize("command", ["worker", "check", "run"])
@pytest.mark.parametrize(
    ("env", "setting"),
    [
        ({"LINKEDIN_ACCESS_TOKEN": "hu sh"}, "LINKEDIN_ACCESS_TOKEN: "),
        ({"SMTP_URL": "hush", "MAIL_FROM": ""}, "SMTP_URL "),
    ],
)
def test_a_channel_that_is_set_wrongly_names_its_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, env: dict[str, str], setting: str
) -> None:
    result = started(tmp_path, monkeypatch, command, **env)
    assert result.exit_code == 1
    assert any(line.startswith(setting) for line in result.output.splitlines())
    assert "hush" not in result.output
    assert "hu sh" not in result.output


@pytest.mark.parametrize(("known", "starts"), [(False, False), (True, True)])
async def test_a_process_that_starts_while_slack_is_away_works_on_if_it_knows_its_workspace(
    tmp_path: Path, known: bool, starts: bool
) -> None:
    url = f"sqlite:///{tmp_path}/overture.db"
    settings = Settings(_env_file=None, **{  # type: ignore[call-arg]
        name.lower(): value for name, value in (complete(url) | {"SLACK_API_URL": "http://127.0.0.1:9/api/"}).items()
    })  # fmt: skip
    if known:
        db = Database(url)
        await add_workspace(db, "T1")
        await db.close()
    if not starts:
        with pytest.raises(Refused, match="SLACK_API_URL: Slack does not answer"):
            await app.build(settings)
        return
    parts = await app.build(settings)
    assert parts.slack is not None
    await parts.close()
