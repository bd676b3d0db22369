"""A strict local Slack on a real socket, for the tests of what talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from drawing import Slack
from seeding import Clock
from slack_sdk.web.async_client import AsyncWebClient

from bot.local import app as workspace_app
from bot.local import config, serving


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """A process that a test starts in here sets up logging onto that test's standard error."""
    shape = structlog.get_config()
    yield
    structlog.configure(**shape)


@pytest.fixture
async def slack(tmp_path: Path, clock: Clock) -> AsyncIterator[Slack]:
    cfg = config.LocalConfig(path=tmp_path / "slack.db", signing_secret="s", bot_token="xoxb-1", team_id="T1")
    local = workspace_app.create(cfg)
    async with serving.serving(local) as url:
        local.state.workspace.base_url = url
        yield Slack(
            local.state.workspace, AsyncWebClient("xoxb-1", base_url=f"{url}/api/", retry_handlers=[])
        )
        local.state.workspace.shut()
