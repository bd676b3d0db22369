"""The same listeners over Socket Mode: bolt connects, envelopes reach it, its answers come back."""

import httpx
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.local import serving


async def test_a_bot_without_an_address_is_reached_through_its_socket(desk):
    async with serving.serving(desk.app) as url:
        desk.workspace.base_url = url
        app = AsyncApp(client=AsyncWebClient(token="xoxb-local", base_url=f"{url}/api/"), signing_secret="")
        seen = []

        @app.command("/outreach")
        async def outreach(ack, command):
            seen.append(command["text"])
            await ack("heard")

        level = AsyncWebClient(token="xapp-local", base_url=f"{url}/api/")
        handler = AsyncSocketModeHandler(app, "xapp-local", web_client=level)
        await handler.connect_async()
        async with httpx.AsyncClient(base_url=url) as http:
            form = {"user": "olivia", "channel": "growth", "text": "/outreach list"}
            answer = (await http.post("/local/say", data=form)).json()
        await handler.close_async()

    assert (seen, answer["answer"]) == (["list"], {"text": "heard"})
