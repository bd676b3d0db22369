"""The command line as an operator meets it: real processes against a Slack that only has an address."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.local import app as workspace_app
from bot.local import config, serving
from storage import migrate

TIMES = 100


@dataclass
class Operator:
    """Types commands in a shell whose environment holds what an installation would."""

    env: dict[str, str]
    slack: Any
    url: str

    async def start(self, *words: str, **env: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *words, env=self.env | env,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip

    async def type(self, *words: str, **env: str) -> tuple[int, str]:
        process = await self.start(*words, **env)
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    async def say(self, text: str) -> dict[str, Any]:
        async with httpx.AsyncClient() as client:
            form = {"user": "U0OLIVIA", "channel": "C0GROWTH", "text": text}
            found: dict[str, Any] = (await client.post(f"{self.url}/local/say", data=form)).json()
            return found


@pytest.fixture
async def operator(tmp_path: Path) -> AsyncIterator[Operator]:
    cfg = config.LocalConfig(
        path=tmp_path / "slack.db", signing_secret="signing", bot_token="xoxb-abc", app_token="xapp-abc"
    )
    local = workspace_app.create(cfg)
    async with serving.serving(local) as url:
        local.state.workspace.base_url = url
        keep = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        env = keep | complete(f"sqlite:///{tmp_path}/overture.db")
        env |= {"PYTHONPATH": os.getcwd(), "SLACK_API_URL": f"{url}/api"}
        yield Operator(env, local.state.workspace, url)
        local.state.workspace.shut()


async def test_from_an_empty_machine_to_an_answer_and_a_clean_stop(operator: Operator) -> None:
    code, said = await operator.type("check")
    assert (code, "overture migrate" in said) == (1, True)
    assert (await operator.type("migrate"))[0] == 0
    assert (await operator.type("check"))[0] == 0
    process = await operator.start("run")
    for _ in range(TIMES):  # Socket Mode is connected once a command is answered
        answer = await operator.say('/outreach new "Spring" channels:email')
        if answer.get("ok"):
            break
        await asyncio.sleep(0.1)
    assert "Created *Spring*" in answer["answer"]["text"]
    for _ in range(TIMES):
        if any(
            message["text"].startswith("Campaign") for message in operator.slack.store.messages("C0GROWTH")
        ):
            break
        await asyncio.sleep(0.1)
    else:
        pytest.fail("the campaign's card was never drawn")
    process.send_signal(signal.SIGTERM)
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0
    assert "hush" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "env", "named"),
    [
        (("check",), {"PORT": "99999"}, "PORT"),
        (("check",), {"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL"),
        (("check",), {"SLACK_BOT_TOKEN": "secret-nonsense"}, "SLACK_BOT_TOKEN"),
        (("web",), {"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN"),
        (("web",), {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": ""}, "SLACK_SIGNING_SECRET"),
        (("worker",), {"SMTP_URL": ""}, "SMTP_URL"),
        (("worker",), {"PUBLIC_URL": ""}, "PUBLIC_URL"),
        (("worker",), {"DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:1/x"}, "DATABASE_URL"),
        (("import", "nothing.csv", "--campaign", "Spring"), {}, "nothing.csv"),
        (("demo",), {}, "SLACK_BOT_TOKEN"),
    ],
)
def test_each_wrong_setting_is_named_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], env: dict[str, str], named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path}/overture.db"
    migrate.upgrade(url)
    result = CliRunner().invoke(cli, words, env=complete(url) | env)
    assert result.exit_code == 1
    assert named in result.output
    assert "secret" not in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", ["demo", "run", "web", "worker", "clock", "migrate", "import", "check"])
def test_each_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(cli, [command, "--help"])
    assert (result.exit_code, "Usage" in result.output) == (0, True)


def complete(database_url: str) -> dict[str, str]:
    """An environment in which nothing is missing."""
    return {
        "DATABASE_URL": database_url, "PORT": "34561", "SLACK_BOT_TOKEN": "xoxb-abc",
        "SLACK_APP_TOKEN": "xapp-abc", "SMTP_URL": "smtp://somebody:hush@127.0.0.1:2525",
        "MAIL_FROM": "o@acme.example", "PUBLIC_URL": "http://127.0.0.1:34561",
    }  # fmt: skip
