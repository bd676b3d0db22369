"""Runs a handler for whoever Slack says it is, within Slack's time; what comes later is whispered.

Knows nothing of Bolt, and never what a command or a button means.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import refusals
from bot.people import Directory, Installed
from bot.port import Port
from bot.roles import Roles
from engine import roles
from engine.context import Context, Who
from engine.errors import Forbidden, Refused
from engine.rules.roles import Role
from handlers import blocks
from handlers.request import NOTHING, Answer, Request, refused
from storage import troubles

log = structlog.get_logger(__name__)

ANSWER_WITHIN = 2.5
"""Slack shows a failure after three seconds."""
SLOW = "This takes a moment longer; the card will tell."
_OUTSIDE = "Only people of the workspace that installed Overture can use it."

Json = dict[str, Any]
T = TypeVar("T")
Work = Callable[[Request], Awaitable[Answer]]
Way = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One payload of Slack's. `team` is the asker's own workspace, where the payload names it; else empty.

    `field` is the first field of a form that was submitted: a fault is told there, so that the typed text stays.
    """

    body: Json
    user: str
    team: str
    channel: str
    field: str = ""


class Answers:
    """Who is asking, the one call of a handler, and what becomes of it. `prefix` and `url` as in handlers.request."""

    def __init__(
        self, ctx: Context, client: AsyncWebClient, installed: Installed, *, prefix: str, url: str
    ) -> None:
        self._ctx, self._client, self._prefix, self._url = ctx, client, prefix, url
        self._installed = installed
        self._directory = Directory(client)
        self._roles = Roles(ctx, client)
        self._tasks: set[asyncio.Future[Any]] = set()

    async def give(self, asked: Asked, work: Work, **fields: Any) -> Answer:
        """The handler's answer, a refusal or a fault in words. Never raises.

        What takes longer than Slack waits goes on: this says so, and the answer is whispered when it is there.
        """
        task = self._keep(self._guarded(asked, work, fields))
        done, _ = await asyncio.wait([task], timeout=ANSWER_WITHIN)
        self._ctx.db.wake()
        if done:
            return task.result()
        self._keep(self._tell_late(asked, task))
        return Answer(SLOW)

    async def in_time(self, work: Coroutine[Any, Any, None]) -> None:
        """For events: raises what `work` raises, and TimeoutError when it takes too long; it then goes on.

        Either way Slack delivers the event again.
        """
        task = self._keep(work)
        done, _ = await asyncio.wait([task], timeout=ANSWER_WITHIN)
        self._ctx.db.wake()
        if not done:
            task.add_done_callback(_log_fault)
            raise TimeoutError
        task.result()

    async def run(self, asked: Asked, work: Work, **fields: Any) -> Answer:
        """The handler's answer or a refusal. Raises the faults.

        A handler is one transaction, so one that lost a race for a lock left nothing behind: it gets a second try.
        """
        port = Port(self._client, asked.user, str(asked.body.get("trigger_id") or ""), self._url)
        try:
            request = Request(self._ctx, await self._who(asked), port, prefix=self._prefix, **fields)
            try:
                return await work(request)
            except Exception as error:
                if not troubles.is_collision(error):
                    raise
                log.info("collided")
                await asyncio.sleep(random.uniform(0.01, 0.05))  # noqa: S311 - so that two do not meet again
                return await work(request)
        except Forbidden as refusal:
            if home := _home(asked):
                await roles.refused(self._ctx, Who(home, asked.user), "anything", refusal)
            return refused(refusal)
        except Refused as refusal:
            return refused(refusal)

    def whisper(self, asked: Asked, answer: Answer) -> None:
        """Tell the person alone, after the acknowledgement. An empty answer says nothing."""
        if answer != NOTHING:
            self._keep(self._whisper(asked, answer))

    async def finish(self, within: float) -> None:
        """Let answers that are still on their way leave."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within)

    async def _guarded(self, asked: Asked, work: Work, fields: Json) -> Answer:
        try:
            return await self.run(asked, work, **fields)
        except Exception as error:
            sentence = unexpected(error)
            return Answer(errors={asked.field: sentence}) if asked.field else Answer(sentence)

    async def _tell_late(self, asked: Asked, task: asyncio.Task[Answer]) -> None:
        answer = await task
        self._ctx.db.wake()
        if answer.errors:  # the form they would stand in is closed
            answer = Answer(blocks.sentence(" ".join(answer.errors.values())), channel=answer.channel)
        if answer != NOTHING:
            await self._whisper(asked, answer)

    async def _who(self, asked: Asked) -> Who:
        """Full members of this workspace only. Raises Refused for anyone else, and for whom nobody can place."""
        home = _home(asked)
        workspace = await self._installed.workspace(home)
        person = await self._directory.person(asked.user)
        if workspace is None:  # nobody's timeline
            log.info("forbidden", workspace=home, user=asked.user, what="anything")
            raise Refused(_OUTSIDE)
        if not person.belongs(home, asked.team):
            raise Forbidden(_OUTSIDE)
        if person.guest or person.gone:
            raise Forbidden("Guests cannot use Overture. Ask a full member of this workspace.")
        role = await self._roles.of(workspace, asked.user, person)
        return Who(
            home, asked.user, asked.channel, is_admin=role is Role.ADMIN, may_decide=role is not Role.VIEWER
        )

    async def _whisper(self, asked: Asked, answer: Answer) -> None:
        """Through response_url where there is one; Slack ignores the body that answers a button.

        Where Slack refuses one way the next is tried: who asked is told, be it in their direct messages. What got no
        answer is not repeated.
        """
        words: Json = {"text": answer.text, "blocks": list(answer.shown) or None}
        try:
            for way in self._ways(asked, answer.channel or asked.channel):
                async with asyncio.timeout(2):
                    if await self._told(way, words):
                        return
        except Exception as error:
            log.warning("whisper_failed", kind=type(error).__name__)

    def _ways(self, asked: Asked, place: str) -> list[Way]:
        """The most private and nearest first."""
        client, user, url = self._client, asked.user, str(asked.body.get("response_url") or "")
        ways: list[Way] = [lambda **words: Port.respond(client, url, **words)] if url else []
        if place:
            ways.append(lambda **words: client.chat_postEphemeral(channel=place, user=user, **words))
        plain: Json = {"unfurl_links": False, "unfurl_media": False}
        return [*ways, lambda **words: client.chat_postMessage(channel=user, **plain, **words)]

    async def _told(self, way: Way, words: Json) -> bool:
        """False when Slack certainly showed nothing. Raises when nobody knows."""
        try:
            return await way(**words) is not False
        except SlackApiError as error:
            if not refusals.surely_not(error) or refusals.limited(error):
                raise
            log.info("whisper_refused", reason=refusals.reason(error))
            return False

    def _keep(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Held by a reference until it is done: a task that nobody holds may vanish."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _home(asked: Asked) -> str:
    """The workspace in which it happened."""
    return str(asked.body.get("team_id") or (asked.body.get("team") or {}).get("id") or "")


def unexpected(error: BaseException) -> str:
    """Log it under an id and give the sentence that carries the id."""
    id_ = secrets.token_hex(4)
    cause = troubles.cause(error)
    if not cause:
        log.error("unexpected", error_id=id_, exc_info=error)
        return f"Something went wrong and nothing was changed. Try again; if it stays, give your admin the id {id_}."
    log.warning("unanswered", error_id=id_, database=cause)
    does = "stores nothing right now" if cause in troubles.UNWRITABLE else "does not answer"
    return f"The database {does}. Try again in a moment. (id {id_})"


def _log_fault(task: asyncio.Future[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        unexpected(error)
