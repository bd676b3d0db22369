"""A month in a minute: a team and its recipients, who act only as real ones can — commands, buttons, links, mail.

Nothing is written past the product; every number it shows comes from what these people did.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

import httpx

from bot import clock
from bot.local import forms, mailbox
from bot.local.demo import SAMPLES, Demo
from bot.local.store import Json
from engine.channels import vendor_http

DAYS = 30
SECONDS = 55.0
"""What the month is meant to take with its beginning; a slow machine takes longer."""
ZONE = ZoneInfo("Europe/Berlin")
LOOKS = (time(9), time(10, 30), time(12), time(14), time(16), time(18, 5), time(22))
"""Local times at which the day is looked at: each at which posts are due, and between them; the first is for decisions."""
OLIVIA, AMARA = "olivia", "amara"
CAMPAIGN = "Spring launch"
ASKED = (
    f'/outreach new "{CAMPAIGN}" goal:"book demos with small practices" channels:email '
    'audience:"owners of practices and studios" offer:"booking set up in one afternoon" touches:5 cap:40'
)
PEOPLE = (SAMPLES / "practices.csv").read_bytes()
PERSON = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
SCANNER = "Mimecast-Scanner/1.0"
REPLIES = (
    ("interested", "This comes at the right moment. Could you call me on Thursday?"),
    ("question", "What does it cost for a practice with three rooms?"),
    ("not_now", "Not this quarter. Please come back to me after the holidays."),
    ("negative", "No, thank you. We are happy with what we have."),
)

DECISIONS = {"interested": "Meeting booked", "question": "Continue", "negative": "Lost"}
"""What Amara presses on the card of a reply, by its class."""
_REPLIED = re.compile(r" replied \((\w+)")


@dataclass(order=True, slots=True)
class Act:
    """Something a recipient does at a moment of business time."""

    at: datetime
    number: int
    what: str = field(compare=False)
    do: Callable[[], Awaitable[None]] = field(compare=False)


class Month:
    """One month of a running demo. The same people do the same things each time: chance is seeded by the address."""

    def __init__(self, demo: Demo, *, days: int = DAYS, seconds: float = SECONDS) -> None:
        self._demo, self._days, self._pace = demo, days, seconds / days
        self._slack = demo.workspace.state.workspace
        self._http = httpx.AsyncClient(base_url=demo.url, timeout=30, verify=vendor_http.trusted())
        self._acts: list[Act] = []
        self._numbers = itertools.count()
        self._read = 0
        self.done: list[tuple[datetime, str]] = []
        """What recipients did, and when: replied, opened, clicked, scanned, unsubscribed."""

    async def run(self) -> None:
        """Plan, approve and let the days pass. Returns when the month is over."""
        async with self._http:
            began = monotonic()
            await self._begin()
            first = self._now().astimezone(ZONE).date()
            for day in range(self._days):
                for look in LOOKS:
                    await self._until(datetime.combine(first + timedelta(days=day), look, ZONE))
                    if look == LOOKS[0]:
                        await self._decide()
                await asyncio.sleep(max(0.0, began + (day + 1) * self._pace - monotonic()))

    # --- the team

    async def _begin(self) -> None:
        await self._say(OLIVIA, "#growth", ASKED)
        await self._drop(OLIVIA, "#growth", "practices.csv", PEOPLE)
        await self._say(OLIVIA, "#growth", f'/outreach plan "{CAMPAIGN}"')
        await self._say(OLIVIA, "#social", '/social plan "Harbourlight" 30d')
        await self._decide()

    async def _decide(self) -> None:
        """Amara says what comes of replies, then approves what still waits: twice, since decisions bring drafts."""
        for answering in (True, False, False):
            if await self._pressed(answering=answering):
                await self._demo.drain()

    async def _pressed(self, *, answering: bool) -> int:
        pressed = 0
        for channel in self._slack.store.all("channel"):
            for message in self._slack.store.messages(channel["id"]):
                replied = _REPLIED.search(message.get("text") or "")
                label = DECISIONS.get(replied[1], "Stop") if replied else "Approve"
                if answering == bool(replied):
                    pressed += await self._press(channel["id"], message, label)
        return pressed

    async def _press(self, channel: str, message: Json, label: str) -> bool:
        for block, part in forms.parts(message.get("blocks") or []):
            if part["type"] == "button" and part["text"]["text"].startswith(label):
                await self._post(
                    "click", user=AMARA, channel=channel, ts=message["ts"], action_id=part["action_id"],
                    block_id=block["block_id"], value=part.get("value", ""),
                )  # fmt: skip
                return True
        return False

    async def _say(self, user: str, channel: str, text: str) -> None:
        await self._post("say", user=user, channel=channel, text=text)
        await self._demo.drain()

    async def _drop(self, user: str, channel: str, name: str, data: bytes) -> None:
        form = {"user": user, "channel": channel}
        await self._http.post("/local/upload", data=form, files={"file": (name, data)})
        await self._demo.drain()

    async def _post(self, act: str, **form: str) -> None:
        await self._http.post(f"/local/{act}", data=form)

    # --- the recipients

    def _new_mail(self) -> None:
        mails = self._slack.mailbox.mails()
        for mail in mails[self._read :]:
            self._receive(mail)
        self._read = len(mails)

    def _receive(self, mail: Json) -> None:
        """What this recipient will do about this mail, and when."""
        to = mail["envelope_to"][0]
        dice = random.Random(f"{to} {mail['subject']} {mail['text'][:80]}")  # noqa: S311 - the same each time
        at = datetime.fromisoformat(mail["received"])
        if dice.random() < 0.15:
            self._later(at + timedelta(seconds=1), "scanned", lambda: self._fetch(mail, "/o/", SCANNER))
        if dice.random() < 0.02:
            self._later(at + timedelta(hours=3), "unsubscribed", lambda: self._unsubscribe(mail))
            return
        if dice.random() < 0.5:
            opened = _awake(at + timedelta(minutes=dice.randint(4, 1_200)))
            self._later(opened, "opened", lambda: self._fetch(mail, "/o/", PERSON))
            if dice.random() < 0.25:
                clicked = opened + timedelta(minutes=1)
                self._later(clicked, "clicked", lambda: self._fetch(mail, "/c/", PERSON))
            if dice.random() < 0.16:
                kind, words = dice.choice(REPLIES)
                replied = opened + timedelta(minutes=20)
                self._later(replied, "replied", lambda: self._reply(to, kind, words))

    def _later(self, at: datetime, what: str, do: Callable[[], Awaitable[None]]) -> None:
        heapq.heappush(self._acts, Act(max(at, self._now()), next(self._numbers), what, do))

    async def _fetch(self, mail: Json, path: str, agent: str) -> None:
        found = re.search(rf'https?://[^\s"<>]+{path}[^\s"<>]+', mail["html"] + "\n" + mail["text"])
        if found:
            await self._http.get(found[0].replace("&amp;", "&"), headers={"user-agent": agent})

    async def _unsubscribe(self, mail: Json) -> None:
        if address := mailbox.one_click(mail):
            await self._http.post(address, data={"List-Unsubscribe": "One-Click"})

    async def _reply(self, to: str, kind: str, words: str) -> None:
        """The answer reaches Amara's own mailbox, and she pastes it."""
        await self._post("say", user=AMARA, channel="#growth", text=f"/outreach reply {to} {kind} “{words}”")

    # --- time

    def _now(self) -> datetime:
        return self._demo.parts.ctx.now()

    async def _until(self, moment: datetime) -> None:
        """What recipients do until then, each at its time; then one leap, as over a machine that slept."""
        self._new_mail()
        while self._acts and self._acts[0].at <= moment:
            act = heapq.heappop(self._acts)
            await self._demo.business.step(self._demo.parts.ctx.db, act.at)
            await act.do()
            self.done.append((self._now(), act.what))
        await self._demo.business.step(self._demo.parts.ctx.db, moment)
        await clock.tick(self._demo.parts.ctx)
        await self._demo.drain()
        self._slack.changed("clock")


def _awake(at: datetime) -> datetime:
    """What would fall into the night, twelve hours later."""
    return at if 8 <= at.astimezone(ZONE).hour < 20 else at + timedelta(hours=12)
