"""A running demo with its own worker, and a page of Debian's chromium that looks at it."""

from __future__ import annotations

import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from bot.local import demo
from bot.settings import Settings

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
PATIENCE = 30_000
"""Milliseconds for anything to appear; a busy machine is no failure."""
QUIET = ("no-sandbox", "disable-gpu", "no-first-run", "disable-background-networking",
         "disable-component-update", "disable-sync")  # fmt: skip


@pytest.fixture
async def address(sqlite_url: str, tmp_path: Path) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = Settings(
        _env_file=None, database_url=sqlite_url, port=port, smtp_url="", mail_from="", public_url="",
        openai_api_key="", linkedin_access_token="", slack_app_token="", slack_bot_token="", command_prefix="",
    )  # type: ignore[call-arg]  # fmt: skip
    async with demo.demo(settings, tmp_path) as running:
        yield running.url


@pytest.fixture
async def page(address: str) -> AsyncIterator[Page]:
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium is not installed (apt install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[f"--{flag}" for flag in QUIET]
        )
        context = await browser.new_context(
            viewport={"width": 1440, "height": 900}, timezone_id="Europe/Berlin", reduced_motion="reduce"
        )
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        await page.goto(address)
        yield page
        await browser.close()
