"""Bolt at the edge: who is asking, the one call of a handler, the acknowledgement. Decides nothing else.

Handlers commit before the acknowledgement leaves, so an acknowledged click is never lost (docs/adr/0004).
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.people import Directory
from bot.port import Port
from engine.context import Context, Who
from engine.errors import Refused
from handlers import parse, routes
from handlers.request import NOTHING, Answer, Request, refused
from storage import db, workspaces

log = structlog.get_logger(__name__)

_BOLT = logging.getLogger("overture.bolt")
_BOLT.setLevel(
    logging.ERROR
)  # its warnings are about tokens in the environment, its debug lines print payloads

ANSWER_WITHIN = 2.5
"""Slack shows a failure after three seconds."""
SLOW = "This takes a moment longer; the card will tell."
COMMANDS = ("outreach", "social")
EVENTS = ("app_home_opened", "file_shared")

Json = dict[str, Any]
Work = Callable[[Request], Awaitable[Answer]]


class Slack:
    """Registers every route with Bolt and answers what comes in. `app` serves HTTP and Socket Mode alike."""

    def __init__(
        self, ctx: Context, client: AsyncWebClient, *, token: str, signing_secret: str, prefix: str, url: str
    ) -> None:
        self._ctx, self._client, self._prefix, self._url = ctx, client, prefix, url
        self._directory = Directory(client)
        self._token = token
        self._tasks: set[asyncio.Future[Any]] = set()
        self.app = AsyncApp(
            signing_secret=signing_secret or secrets.token_hex(16),
            client=AsyncWebClient(base_url=client.base_url, session=client.session),
            authorize=self._authorizer(),
            process_before_response=True,
            logger=_BOLT,
        )
        self._register()

    async def finish(self, within: float) -> None:
        """Let answers that are still on their way leave."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within)

    def _register(self) -> None:
        for subject in COMMANDS:
            self.app.command(f"/{self._prefix}{subject}")(self._command(subject))
        self.app.action(re.compile(".*"))(self._action)
        self.app.view(re.compile(".*"))(self._view)
        for name in EVENTS:
            self.app.event(name)(self._event)
        self.app.event("member_joined_channel")(self._ignore)
        self.app.event("app_mention")(self._ignore)
        self.app.event("message")(self._ignore)
        self.app.error(self._error)

    def _authorizer(self) -> Callable[..., Awaitable[AuthorizeResult]]:
        """A plain function, since Bolt passes arguments by their names."""

        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            # No call to Slack here: a 429 on auth.test would be answered 200 and lose the click.
            # A shared channel brings clicks of people from elsewhere: they pass here and are refused by _who,
            # in words, where an error would leave them with a button that does nothing.
            async with self._ctx.db.read() as conn:
                workspace = await workspaces.get(conn, team_id or "")
            return AuthorizeResult(
                enterprise_id=enterprise_id,
                team_id=team_id,
                bot_user_id=workspace.bot_user_id if workspace else None,
                bot_token=self._token,
            )

        return authorize

    # --- the four kinds of thing a person does

    def _command(self, subject: str) -> Callable[..., Awaitable[None]]:
        async def listen(ack: Any, body: Json) -> None:
            user, team, channel = body["user_id"], body["team_id"], body["channel_id"]
            answer = await self._answer(
                body,
                user,
                team,
                channel,
                lambda request: routes.command(request, subject),
                text=body.get("text", ""),
            )
            if answer == NOTHING:
                await ack()
            else:
                await ack(response_type="ephemeral", text=answer.text, blocks=list(answer.shown) or None)

        return listen

    async def _action(self, ack: Any, body: Json) -> None:
        action = body["actions"][0]
        user, channel = body["user"], (body.get("channel") or {}).get("id", "")
        value = str(action.get("value") or (action.get("selected_option") or {}).get("value") or "")
        answer = await self._answer(
            body, user["id"], _team(user, body), channel,
            lambda request: routes.press(request, str(action["action_id"])), value=value,
        )  # fmt: skip
        await ack()
        if answer != NOTHING:
            self._later(self._whisper(body, user["id"], channel, answer))

    async def _view(self, ack: Any, body: Json) -> None:
        view, user = body["view"], body["user"]
        if body.get("type") != "view_submission":
            await ack()
            return
        metadata = parse.metadata(view.get("private_metadata"))
        channel = metadata.get("channel", "")
        answer = await self._answer(
            body, user["id"], _team(user, body), channel,
            lambda request: routes.submit(request, str(view["callback_id"])),
            values=parse.values(view["state"]["values"]), metadata=metadata,
        )  # fmt: skip
        if answer.errors:
            await ack(response_action="errors", errors=dict(answer.errors))
            return
        await ack()
        if answer != NOTHING:
            self._later(self._whisper(body, user["id"], answer.channel or channel, answer))

    async def _event(self, body: Json) -> None:
        event = body["event"]
        user = str(event.get("user") or event.get("user_id") or "")
        channel = str(event.get("channel") or event.get("channel_id") or "")
        team = str(body.get("team_id") or "")
        event_id = str(body.get("event_id") or "")
        if not user or await self._delivered_before(team, event_id):
            return
        answer = await self._answer(
            body, user, team, channel, lambda request: routes.event(request, str(event["type"])), event=event
        )
        # Remembered after the work: a crash between costs a second try, which changes nothing, and never the event.
        await self._remember(team, event_id)
        if answer != NOTHING and channel.startswith(("C", "G", "D")):
            self._later(self._whisper(body, user, answer.channel or channel, answer))

    async def _ignore(self, body: Json) -> None:
        """Subscribed so that Slack gets its 200; nothing is done."""

    # --- shared

    async def _answer(
        self, body: Json, user: str, team: str, channel: str, work: Work, **fields: Any
    ) -> Answer:
        """Find out who it is, run the handler, and never take longer than Slack waits."""
        port = Port(self._client, user, str(body.get("trigger_id") or ""), self._url)

        async def run() -> Answer:
            who = await self._who(body, user, team, channel)
            return await work(Request(self._ctx, who, port, prefix=self._prefix, **fields))

        task = asyncio.ensure_future(self._guarded(run))
        self._keep(task)
        done, _ = await asyncio.wait([task], timeout=ANSWER_WITHIN)
        self._ctx.db.wake()
        return task.result() if done else Answer(SLOW)

    async def _guarded(self, run: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            return await run()
        except Refused as refusal:
            return refused(refusal)
        except Exception as error:
            return Answer(_unexpected(error))

    async def _who(self, body: Json, user: str, team: str, channel: str) -> Who:
        """Full members of this workspace only. Raises Refused for anyone else."""
        home = str(body.get("team_id") or (body.get("team") or {}).get("id") or "")
        async with self._ctx.db.read() as conn:
            workspace = await workspaces.get(conn, home)
        person = await self._directory.person(user)
        if workspace is None or (team and team != home) or (person.team and person.team != home):
            raise Refused("Only people of the workspace that installed Overture can use it.")
        if person.guest or person.gone:
            raise Refused("Guests cannot use Overture. Ask a full member of this workspace.")
        return Who(home, user, channel, is_admin=person.admin or user == workspace.installer_id)

    async def _delivered_before(self, team: str, event_id: str) -> bool:
        async with self._ctx.db.read() as conn:
            return await workspaces.delivered_before(conn, team, event_id)

    async def _remember(self, team: str, event_id: str) -> None:
        async with self._ctx.db.begin() as conn:
            await workspaces.remember(conn, team, event_id, self._ctx.now())

    async def _whisper(self, body: Json, user: str, channel: str, answer: Answer) -> None:
        """Tell the person alone, after the acknowledgement; Slack ignores the body that answers a button."""
        words: Json = {"text": answer.text, "blocks": list(answer.shown) or None}
        url = body.get("response_url")
        try:
            async with asyncio.timeout(2):
                if url:
                    await Port.respond(self._client, str(url), words)
                elif channel:
                    await self._client.chat_postEphemeral(channel=channel, user=user, **words)
                else:
                    await self._client.chat_postMessage(channel=user, **words)
        except Exception as error:
            log.warning("whisper_failed", kind=type(error).__name__)

    async def _error(self, error: Exception, body: Json) -> None:
        _unexpected(error)

    def _later(self, work: Any) -> None:
        self._keep(asyncio.ensure_future(work))

    def _keep(self, task: asyncio.Future[Any]) -> None:
        """Held by a reference until it is done: a task that nobody holds may vanish."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _team(user: Json, body: Json) -> str:
    return str(user.get("team_id") or (body.get("team") or {}).get("id") or "")


def _unexpected(error: Exception) -> str:
    """Log it under an id and give the sentence that carries the id."""
    id_ = secrets.token_hex(4)
    log.error("unexpected", error_id=id_, exc_info=error)
    if db.is_unavailable(error):
        return (
            f"The database does not answer right now. Nothing was changed; try again in a minute (id {id_})."
        )
    return (
        f"Something went wrong and nothing was changed. Try again; if it stays, give your admin the id {id_}."
    )
