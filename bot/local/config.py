"""What the local workspace is told when it starts: its file, the bot's secrets and the product's clock.

It never reads the environment.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx

TEAM = "T0LOCAL"
OTHER_TEAM = "T0OTHER"
APP = "A0OVERTURE"
BOT_USER = "U0OVERTURE"
BOT = "B0OVERTURE"
SLACKBOT = "USLACKBOT"


@dataclass(frozen=True, slots=True)
class Command:
    """One slash command of the manifest, as the composer offers it."""

    name: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = True


COMMANDS = (
    Command(
        "/outreach",
        "Plan, draft, approve and send campaigns",
        "new | list | plan | import | run | digest | help",
    ),
    Command("/social", "Write and publish social posts", "post | help"),
)
EVENTS = frozenset({"app_home_opened", "member_joined_channel", "file_shared", "app_mention"})


@dataclass(frozen=True, slots=True)
class LocalConfig:
    """Everything the workspace needs.

    ``now`` is the product's clock (aware UTC) and ``advance`` steps it; without them the clock cannot be moved.
    ``outbound`` reaches the bot (a test passes a client with ASGITransport); ``hosts`` are extra names that the
    Host header may carry. ``events`` are the subscribed bot events (a message event is named as in the
    manifest: ``message.channels``), ``scopes`` the granted ones (None: all). ``retry_pauses`` are the seconds
    before each new try of a failed event.
    """

    path: Path | str
    signing_secret: str
    bot_token: str
    app_token: str = ""
    events_url: str = "http://127.0.0.1:3000/slack/events"
    base_url: str = ""
    team_id: str = TEAM
    advance: Callable[[timedelta], Awaitable[None]] | None = None
    now: Callable[[], datetime] | None = None
    rate_limited: bool = False
    outbound: httpx.AsyncClient | None = None
    samples: tuple[Path, ...] = ()
    hosts: frozenset[str] = frozenset()
    commands: tuple[Command, ...] = COMMANDS
    events: frozenset[str] = EVENTS
    scopes: frozenset[str] | None = None
    retry_pauses: tuple[float, ...] = (0, 60, 300)
    bot_name: str = "Overture"
