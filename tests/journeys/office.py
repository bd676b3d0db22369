"""A day at the office: people talk to a running demo and read what arrives. Knows no table and no engine function."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import insert, select

from bot import clock
from bot.local import demo as demo_module
from bot.local import forms
from bot.local.demo import Demo
from bot.settings import Settings
from engine.channels import vendor_http
from storage.db import Database
from storage.tables import clock as clock_table

Json = dict[str, Any]
TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""10:00 in Berlin, 04:00 in New York; Thursday the 26th is Thanksgiving there."""
PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass(frozen=True)
class Card:
    """A message in a channel as one person sees it."""

    channel: str
    raw: Json

    @property
    def ts(self) -> str:
        return str(self.raw["ts"])

    @property
    def blocks(self) -> list[Json]:
        return list(self.raw.get("blocks") or [])

    @property
    def words(self) -> str:
        """Everything that stands on it, the top-level text included."""
        return "\n".join([str(self.raw.get("text") or ""), *_texts(self.blocks)])

    @property
    def body(self) -> str:
        """What the blocks say, without the top-level text."""
        return "\n".join(_texts(self.blocks))

    @property
    def markup(self) -> str:
        """What Slack reads as mrkdwn: where an unescaped mention would ring."""
        return "\n".join([str(self.raw.get("text") or ""), *_texts(self.blocks, "mrkdwn")])

    @property
    def buttons(self) -> list[str]:
        """What decides something: every message's card also has Why, which changes nothing."""
        return [text for _, part in self._pressable() if (text := part["text"]["text"]) != "Why"]

    def button(self, label: str) -> tuple[Json, Json]:
        for block, part in self._pressable():
            if part["text"]["text"] == label:
                return block, part
        raise AssertionError(f"no button {label!r} among {self.buttons} on:\n{self.words}")

    def _pressable(self) -> list[tuple[Json, Json]]:
        return [(block, part) for block, part in forms.parts(self.blocks) if part["type"] == "button"]


@dataclass(frozen=True)
class Mail:
    """One mail as it reached the recipient's server."""

    raw: Json

    @property
    def to(self) -> str:
        return str(self.raw["envelope_to"][0])

    @property
    def at(self) -> datetime:
        """Business time at which it arrived."""
        return datetime.fromisoformat(self.raw["received"])

    @property
    def text(self) -> str:
        return str(self.raw["text"]).replace("\r\n", "\n")

    @property
    def html(self) -> str:
        return str(self.raw["html"])

    def header(self, name: str) -> str:
        return next((value for key, value in self.raw["headers"] if key.lower() == name.lower()), "")

    def link(self, path: str) -> str:
        """The first address of ours of that kind: "/o/", "/c/" or "/u/"."""
        found = re.search(rf'https?://[^\s"<>]+{path}[^\s"<>]+', self.html + "\n" + self.text)
        assert found, f"no {path} link in:\n{self.text}"
        return found[0].replace("&amp;", "&")


class Office:
    """What people can do, in their words. After each act everything that follows from it has happened."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.http = httpx.AsyncClient(base_url=demo.url, timeout=60, verify=vendor_http.trusted())

    # --- what people do

    async def say(self, user: str, channel: str, text: str) -> str:
        """A message or a command; returns what the person alone is answered."""
        said = await self._post("say", user=user, channel=channel, text=text)
        await self.settle()
        answer = said.get("answer")
        return _answer(answer) if isinstance(answer, dict) else str(answer or "")

    async def click(self, card: Card, label: str, user: str = "olivia", *, stale: bool = False) -> str:
        """Press a button; returns what the person alone is told, if anything."""
        block, part = card.button(label)
        before = await self.whispers(user)
        await self._post(
            "click", user=user, channel=card.channel, ts=card.ts, action_id=part["action_id"],
            block_id=block["block_id"], value=part.get("value", ""), stale="1" if stale else "",
        )  # fmt: skip
        await self.settle()
        return "\n".join((await self.whispers(user))[len(before) :])

    async def choose(self, card: Card, option: str, user: str = "olivia") -> str:
        """Choose from the card's menu that has this option; returns what the person alone is told, if anything."""
        menus = [
            (block, part, one["value"])
            for block, part in forms.parts(card.blocks)
            for one in part.get("options", ())
            if one["text"]["text"] == option
        ]
        ((block, part, value),) = menus
        before = await self.whispers(user)
        await self._post(
            "click", user=user, channel=card.channel, ts=card.ts, action_id=part["action_id"],
            block_id=block["block_id"], option=value,
        )  # fmt: skip
        await self.settle()
        return "\n".join((await self.whispers(user))[len(before) :])

    async def submit(self, user: str, **values: str | list[str]) -> dict[str, str]:
        """Fill the top modal and press its button; returns the refusals beside the fields, none if it closed."""
        view = await self.view(user)
        fields = {block["block_id"]: part for block, part in forms.parts(view["blocks"])}
        filled = {
            name: {fields[name]["action_id"]: forms.picked(fields[name], _list(value))}
            for name, value in values.items()
        }
        response = await self._post("submit", user=user, view_id=view["id"], values=json.dumps(filled))
        await self.settle()
        return dict(response.get("errors") or {})

    async def drop(self, user: str, channel: str, name: str, data: bytes) -> None:
        """Drop a file into a channel."""
        form = {"user": user, "channel": channel}
        response = await self.http.post("/local/upload", data=form, files={"file": (name, data)})
        assert response.status_code == 200, response.text
        await self.settle()

    async def advance(self, span: str) -> None:
        """Let business time pass, through every due instant."""
        response = await self.http.post("/local/clock", data={"advance": span})
        assert response.status_code == 200, response.text
        await self.settle()

    async def wait_until(self, moment: datetime) -> None:
        seconds = int((moment - self.demo.parts.ctx.now()).total_seconds()) + 1
        await self.advance(f"{seconds}s")

    async def sleep_until(self, moment: datetime) -> None:
        """As `wait_until`, but in one leap, as after a machine that slept."""
        parts = self.demo.parts
        await self.demo.business.step(parts.ctx.db, moment)
        await clock.tick(parts.ctx)
        await self.settle()

    async def settle(self) -> None:
        """Until no loop has anything to do and no private answer is on its way."""
        await self.demo.drain()
        assert self.demo.parts.slack is not None
        await self.demo.parts.slack.finish(3)

    async def at_once(self, card: Card, label: str, *users: str) -> None:
        """Several people press the same button in the same moment; nothing follows until `settle`."""
        block, part = card.button(label)
        form = {
            "channel": card.channel,
            "ts": card.ts,
            "action_id": part["action_id"],
            "block_id": block["block_id"],
            "value": part.get("value", ""),
        }
        await asyncio.gather(*(self._post("click", user=user, **form) for user in users))

    async def open(self, mail: Mail) -> None:
        """The recipient's mail program shows the picture."""
        response = await self.http.get(mail.link("/o/"), headers={"user-agent": PERSON})
        assert response.status_code == 200
        await self.settle()

    async def follow(self, mail: Mail) -> str:
        """The recipient follows the first link; returns where they end up."""
        response = await self.http.get(mail.link("/c/"), headers={"user-agent": PERSON})
        assert response.status_code == 302, response.text
        await self.settle()
        return response.headers["location"]

    # --- what people see

    async def state(self) -> Json:
        return (await self.http.get("/local/state")).json()

    async def posts(self, channel: str = "growth") -> list[Json]:
        found = next(one for one in (await self.state())["channels"] if one["name"] == channel)
        return list(found["messages"])

    async def cards(self, *fragments: str, channel: str = "growth") -> list[Card]:
        """The bot's public messages that contain all of `fragments`, oldest first."""
        shown = [
            Card(channel, raw)
            for raw in await self.posts(channel)
            if raw.get("blocks") and not raw.get("ephemeral_for")
        ]
        return [card for card in shown if all(part in card.words for part in fragments)]

    async def card(self, *fragments: str, channel: str = "growth") -> Card:
        """The one card that says all of `fragments`."""
        found = await self.cards(*fragments, channel=channel)
        if len(found) == 1:
            return found[0]
        every = "\n---\n".join(card.words for card in await self.cards(channel=channel))
        raise AssertionError(f"{len(found)} cards say {fragments}; there are:\n{every}")

    async def whispers(self, user: str, channel: str = "growth") -> list[str]:
        """What was told to this person alone, oldest first."""
        id_ = next(one["id"] for one in (await self.state())["users"] if one["name"] == user)
        return [
            Card(channel, raw).words for raw in await self.posts(channel) if raw.get("ephemeral_for") == id_
        ]

    async def view(self, user: str) -> Json:
        """The modal on top of what the person sees."""
        state = await self.state()
        id_ = next(one["id"] for one in state["users"] if one["name"] == user)
        mine = [one["view"] for one in state["views"] if one["user"] == id_]
        assert mine, f"no modal is open for {user}"
        return dict(mine[-1])

    async def views(self, user: str) -> int:
        state = await self.state()
        id_ = next(one["id"] for one in state["users"] if one["name"] == user)
        return sum(one["user"] == id_ for one in state["views"])

    async def mails(self, to: str = "") -> list[Mail]:
        found = [Mail(raw) for raw in (await self.state())["mailbox"]]
        return [mail for mail in found if to in ("", mail.to)]

    @property
    def published(self) -> list[Json]:
        """What LinkedIn was asked to publish."""
        return self.demo.feed.posts

    @property
    def now(self) -> datetime:
        return self.demo.parts.ctx.now()

    # --- shorter roads for journeys that begin later

    async def campaign(self, name: str, table: str, options: str = "window:always") -> Card:
        """A campaign with the people of `table` (CSV) and an approved strategy; returns its card.

        Of one touch, unless the options say more: most journeys are about what happens to a single message.
        """
        touches = "" if "touches:" in options else "touches:1"
        await self.say(
            "olivia",
            "#growth",
            f'/outreach new "{name}" goal:"book demos" channels:email {options} {touches}',
        )
        await self.say("olivia", "#growth", f'/outreach import "{name}"')
        assert await self.submit("olivia", text=table) == {}
        await self.say("olivia", "#growth", f'/outreach plan "{name}"')
        await self.click(await self.card(f"Strategy for {name}"), "Approve")
        return await self.campaign_card(name)

    async def campaign_card(self, name: str) -> Card:
        return await self.card(f"Campaign “{name}”")

    async def draft(self, *fragments: str) -> Card:
        """The card of the message to somebody."""
        return await self.card("Email to", *fragments)

    async def _post(self, act: str, **form: str) -> Json:
        response = await self.http.post(f"/local/{act}", data=form)
        answer = response.json()
        assert isinstance(answer, dict), response.text
        assert response.status_code == 200, (act, form, answer)
        return answer


OpenOffice = Callable[..., contextlib.AbstractAsyncContextManager[Office]]


@contextlib.asynccontextmanager
async def office(
    database_url: str, folder: Path, *, smtp_url: str = "", at: datetime = TUESDAY, capped: bool = False,
    **told: str,
) -> AsyncIterator[Office]:  # fmt: skip
    """A demo without its own worker, whose business time begins `at`, unless this database knows better.

    `capped` keeps the daily cap and the warm-up of a new installation; `told` are further settings.
    """
    await _set_clock(database_url, at)
    settings = Settings(
        _env_file=None, database_url=database_url, port=_free_port(), smtp_url=smtp_url, mail_from="", public_url="",
        openai_api_key="", linkedin_access_token="", linkedin_author="", slack_app_token="", slack_bot_token="",
        command_prefix="", secret_key="", **told,
    )  # type: ignore[call-arg]  # fmt: skip
    async with demo_module.demo(settings, folder, worker=False) as running:
        desk = Office(running)
        try:
            await desk.settle()
            if not capped:
                await desk.say("olivia", "#growth", "/outreach settings email_cap:none")
            yield desk
        finally:
            await desk.http.aclose()


async def _set_clock(database_url: str, at: datetime) -> None:
    db = Database(database_url)
    async with db.begin() as conn:
        if (await conn.execute(select(clock_table.c.id))).first() is None:
            offset = int((at - datetime.now(UTC)).total_seconds())
            await conn.execute(insert(clock_table).values(id=1, offset_seconds=offset, stepped_by="demo"))
    await db.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _answer(answer: Json) -> str:
    return "\n".join(dict.fromkeys([str(answer.get("text") or ""), *_texts(answer.get("blocks") or [])]))


def _texts(value: Any, kind: str = "") -> list[str]:
    """Every text of blocks, or those of one kind, in reading order."""
    if isinstance(value, list):
        return [text for one in value for text in _texts(one, kind)]
    if not isinstance(value, dict):
        return []
    wanted = isinstance(value.get("text"), str) and kind in ("", value.get("type"))
    inside = [one for key, one in value.items() if key not in ("value", "confirm")]
    return ([value["text"]] if wanted else []) + _texts(inside, kind)


def _list(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]
