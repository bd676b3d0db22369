"""The few things a handler may ask of Slack while it answers (handlers.request.SlackPort)."""

from __future__ import annotations

from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot import refusals, roles
from engine.errors import Refused
from handlers.request import SlackFile

SPENT = ("expired_trigger_id", "trigger_expired", "trigger_exchanged", "exchanged_trigger_id")
_NOT_OPENED = "Slack did not open the form; try again in a moment."

Json = dict[str, Any]


class Port:
    """Made for one request: it knows who asked and holds the trigger, which lives three seconds."""

    def __init__(self, client: AsyncWebClient, user: str, trigger: str, url: str) -> None:
        self._client, self._user, self._trigger, self._url = client, user, trigger, url

    async def open_view(self, view: Json) -> None:
        try:
            await self._client.views_open(trigger_id=self._trigger, view=view)
        except SlackApiError as error:
            if refusals.reason(error) in SPENT:
                raise Refused("Slack took too long to open the form; try again.") from None
            if refusals.unanswered(error) or refusals.limited(error):
                raise Refused(_NOT_OPENED) from None
            raise
        except refusals.AWAY:
            raise Refused(_NOT_OPENED) from None

    async def publish_home(self, view: Json) -> None:
        await self._client.views_publish(user_id=self._user, view=view)

    async def file(self, file_id: str) -> SlackFile:
        try:
            answer = await self._client.files_info(file=file_id)
        except SlackApiError as error:
            if refusals.unanswered(error) or refusals.limited(error):
                raise  # an event is delivered again, so that nothing dropped is lost
            raise Refused("Slack does not show me that file. Drop it in a channel I am in.") from None
        found: Json = answer["file"]
        return SlackFile(
            id=str(found["id"]),
            name=str(found.get("name") or ""),
            mimetype=str(found.get("mimetype") or ""),
            size=int(found.get("size") or 0),
            url=str(found.get("url_private_download") or found.get("url_private") or ""),
            user_id=str(found.get("user") or ""),
        )

    async def group_members(self, group_id: str) -> frozenset[str]:
        return await roles.members(self._client, group_id)

    def permalink(self, channel: str, ts: str) -> str:
        return f"{self._url}archives/{channel}/p{ts.replace('.', '')}" if self._url and ts else ""

    @staticmethod
    async def respond(client: AsyncWebClient, url: str, *, text: str, blocks: list[Json] | None) -> bool:
        """Answer a click through its response_url: for that person alone, the card stays.

        False when Slack does not take it: the address is used up, too old, or not well.
        """
        webhook = AsyncWebhookClient(url, session=client.session)
        sent = await webhook.send(text=text, blocks=blocks, response_type="ephemeral", replace_original=False)
        return sent.status_code < 400 and '"ok":false' not in sent.body.replace(" ", "")
