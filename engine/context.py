"""All that a stage may touch: the database, the clock, the writer, the channels. Built once by bot.app."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.channels import Channel
from engine.rules.links import Signer
from engine.writing import Writer
from storage.db import Database


@dataclass(frozen=True, slots=True)
class Context:
    """`now` is business time: due, windows, caps; the demo steps it. Leases use the database's machine time.

    `unavailable` maps a channel that cannot be used to the reason a person is shown.
    `public_url` is where recipients reach us, without a trailing slash; empty when nobody can.
    `me` names this process in leases and logs.
    """

    db: Database
    now: Callable[[], datetime]
    writer: Writer
    channels: Mapping[str, Channel]
    unavailable: Mapping[str, str]
    signer: Signer
    public_url: str
    me: str


@dataclass(frozen=True, slots=True)
class Who:
    """The person who acts, as Slack vouches for them. `channel` is where they spoke, empty in a modal or at home.

    Guests and people of other workspaces never become a Who: they are refused first. A viewer may not decide.
    """

    workspace_id: str
    user_id: str
    channel: str = ""
    is_admin: bool = False
    may_decide: bool = True
