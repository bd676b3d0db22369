"""Bolt at the edge: what came in, whom to ask, the acknowledgement. Decides nothing else.

Handlers commit before the acknowledgement leaves, so an acknowledged click is never lost (docs/adr/0004).
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot import answers
from bot.answers import Answers, Asked
from bot.copies import Copies
from bot.people import Installed
from engine.context import Context
from handlers import parse, routes
from handlers.request import NOTHING
from storage import workspaces

_BOLT = logging.getLogger("overture.bolt")
_BOLT.setLevel(
    logging.ERROR
)  # its warnings are about tokens in the environment, its debug lines print payloads

COMMANDS = ("outreach", "social")
EVENTS = ("app_home_opened", "file_shared")

Json = dict[str, Any]


class Slack:
    """Registers every route with Bolt and answers what comes in. `app` serves HTTP and Socket Mode alike."""

    def __init__(
        self, ctx: Context, client: AsyncWebClient, *, token: str, signing_secret: str, prefix: str, url: str
    ) -> None:
        self._ctx, self._prefix, self._token = ctx, prefix, token
        self._installed = Installed(ctx.db)
        self._answers = Answers(ctx, client, self._installed, prefix=prefix, url=url)
        self._copies = Copies(ctx, client)
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
        await self._answers.finish(within)
        await self._copies.finish(within)

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
            # A database that is away is the handler's to tell of.
            return AuthorizeResult(
                enterprise_id=enterprise_id,
                team_id=team_id,
                bot_user_id=await self._installed.bot(team_id or ""),
                bot_token=self._token,
            )

        return authorize

    # --- the four kinds of thing a person does

    def _command(self, subject: str) -> Callable[..., Awaitable[None]]:
        async def listen(ack: Any, body: Json) -> None:
            asked = Asked(body, body["user_id"], body["team_id"], body["channel_id"])
            answer = await self._answers.give(
                asked, lambda request: routes.command(request, subject), text=body.get("text", "")
            )
            if answer == NOTHING:
                await ack()
            else:
                await ack(response_type="ephemeral", text=answer.text, blocks=list(answer.shown) or None)

        return listen

    async def _action(self, ack: Any, body: Json) -> None:
        action, user = body["actions"][0], body["user"]
        channel = (body.get("channel") or {}).get("id", "")
        value = str(action.get("value") or (action.get("selected_option") or {}).get("value") or "")
        asked = Asked(body, user["id"], str(user.get("team_id") or ""), channel)
        answer = await self._answers.give(
            asked, lambda request: routes.press(request, str(action["action_id"])), value=value
        )
        await ack()
        self._copies.pressed(body)
        self._answers.whisper(asked, answer)

    async def _view(self, ack: Any, body: Json) -> None:
        view, user = body["view"], body["user"]
        if body.get("type") != "view_submission":
            await ack()
            return
        metadata = parse.metadata(view.get("private_metadata"))
        values = parse.values((view.get("state") or {}).get("values"))
        field = next(iter(values), "")
        asked = Asked(body, user["id"], str(user.get("team_id") or ""), metadata.get("channel", ""), field)
        answer = await self._answers.give(
            asked, lambda request: routes.submit(request, str(view["callback_id"])),
            values=values, metadata=metadata,
        )  # fmt: skip
        if answer.errors:
            await ack(response_action="errors", errors=dict(answer.errors))
            return
        await ack()
        self._answers.whisper(asked, answer)

    async def _event(self, body: Json) -> None:
        """A fault leaves as a fault: Slack then delivers the event again, and nothing dropped is lost."""
        event = body["event"]
        user = str(event.get("user") or event.get("user_id") or "")
        channel = str(event.get("channel") or event.get("channel_id") or "")
        team, event_id = str(body.get("team_id") or ""), str(body.get("event_id") or "")
        if user:
            await self._answers.in_time(self._deal(Asked(body, user, "", channel), team, event_id))

    async def _deal(self, asked: Asked, team: str, event_id: str) -> None:
        """Do what an event asks for, and only then remember it: a crash between costs a second try, not the event."""
        if await self._delivered_before(team, event_id):
            return
        event = {**asked.body["event"], "event_id": event_id}
        answer = await self._answers.run(
            asked, lambda request: routes.event(request, str(event["type"])), event=event
        )
        await self._remember(team, event_id)
        if asked.channel.startswith(("C", "G", "D")):
            self._answers.whisper(asked, answer)

    async def _ignore(self, body: Json) -> None:
        """Subscribed so that Slack gets its 200; nothing is done."""

    # --- shared

    async def _delivered_before(self, team: str, event_id: str) -> bool:
        async with self._ctx.db.read() as conn:
            return await workspaces.delivered_before(conn, team, event_id)

    async def _remember(self, team: str, event_id: str) -> None:
        async with self._ctx.db.begin() as conn:
            await workspaces.remember(conn, team, event_id, self._ctx.now())

    async def _error(self, error: Exception, body: Json) -> None:
        answers.unexpected(error)
