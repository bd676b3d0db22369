"""The command line as an operator meets it: real processes against a Slack that only has an address."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
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
SECONDS = 60
"""In which a process does what is asked of it, on a busy machine."""


@dataclass
class Operator:
    """Types commands in a shell whose environment holds what an installation would."""

    env: dict[str, str]
    slack: Any
    url: str
    started: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def start(self, *words: str, **env: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *words, env=self.env | env,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        self.started.append(process)
        return process

    async def type(self, *words: str, **env: str) -> tuple[int, str]:
        process = await self.start(*words, **env)
        said = await self.end(process)
        return process.returncode or 0, said

    async def end(self, process: asyncio.subprocess.Process) -> str:
        """What it still says, once it is gone."""
        async with asyncio.timeout(SECONDS):
            return (await process.communicate())[0].decode()

    async def leave(self) -> None:
        """A process that a test left behind would keep its socket to Slack open."""
        for process in self.started:
            if process.returncode is None:
                process.kill()
                await self.end(process)

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
        made = Operator(env, local.state.workspace, url)
        yield made
        await made.leave()
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
    said = await operator.end(process)
    assert process.returncode == 0
    assert "hush" not in said
    assert "Traceback" not in said


async def test_a_socket_that_slack_does_not_open_yet_keeps_neither_the_loops_nor_the_end_waiting(
    operator: Operator,
) -> None:
    """Slack answers, but not for the app-level token: the loops used to wait for the socket."""
    assert (await operator.type("migrate"))[0] == 0
    app_token, operator.slack.config = "xapp-abc", replace(operator.slack.config, app_token="xapp-other")
    process = await operator.start("run")
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(SECONDS):
        while "started" not in said:
            line = await process.stdout.readline()
            assert line, said
            said += line.decode()
    operator.slack.config = replace(operator.slack.config, app_token=app_token)
    async with asyncio.timeout(SECONDS):
        while not (await operator.say("/outreach list")).get("ok"):
            await asyncio.sleep(0.1)
    operator.slack.config = replace(operator.slack.config, app_token="xapp-other")
    process.send_signal(signal.SIGTERM)
    said += await operator.end(process)
    assert process.returncode == 0
    assert not any(token in said for token in ("xapp-abc", "xapp-other", "xoxb-abc"))


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
