"""One person at Slack who speaks to the handlers themselves, and a Slack that remembers what it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.local import blockkit
from engine.context import Context, Who
from engine.errors import Refused
from handlers import parse, routes
from handlers.request import Answer, Request, SlackFile


@dataclass
class Port:
    """Remembers what was asked of Slack."""

    opened: list[dict[str, Any]] = field(default_factory=list)
    homes: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, SlackFile] = field(default_factory=dict)
    groups: dict[str, frozenset[str]] = field(default_factory=dict)

    async def open_view(self, view: dict[str, Any]) -> None:
        assert blockkit.view_problems(view) == []
        self.opened.append(view)

    async def publish_home(self, view: dict[str, Any]) -> None:
        assert blockkit.view_problems(view) == []
        self.homes.append(view)

    async def file(self, file_id: str) -> SlackFile:
        if file_id not in self.files:
            raise Refused("Slack does not show that file.")
        return self.files[file_id]

    async def group_members(self, group_id: str) -> frozenset[str]:
        if group_id not in self.groups:
            raise Refused("Slack knows no such user group.")
        return self.groups[group_id]

    def permalink(self, channel: str, ts: str) -> str:
        return f"https://slack.example/archives/{channel}/p{ts}"


class Mail:
    """A channel for mail that is set up and sends nothing."""

    name = "email"
    provider = "wire"


@dataclass
class Desk:
    """One person at Slack."""

    ctx: Context
    who: Who
    port: Port

    async def say(self, text: str, subject: str = "outreach", prefix: str = "") -> Answer:
        answer = await routes.command(
            Request(self.ctx, self.who, self.port, prefix=prefix, text=text), subject
        )
        assert blockkit.problems(list(answer.shown), "message") == []
        return answer

    async def press(self, button: str, value: str) -> Answer:
        return await routes.press(Request(self.ctx, self.who, self.port, value=value), button)

    async def submit(self, view: Mapping[str, Any], **values: Any) -> Answer:
        fields = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
        request = Request(
            self.ctx, replace(self.who, channel=""), self.port,
            values=dict.fromkeys(fields, "") | values, metadata=parse.metadata(view["private_metadata"]),
        )  # fmt: skip
        return await routes.submit(request, view["callback_id"])

    async def happen(self, name: str, **event: Any) -> Answer:
        return await routes.event(Request(self.ctx, self.who, self.port, event=event), name)
