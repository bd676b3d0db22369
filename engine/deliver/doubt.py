"""A message whose last try may have arrived: where it went, since when, under which key.

The doubt travels with the row. Only that provider may be asked about it, or be sent it again while it keeps the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from engine.channels import Channel
from storage.model import Message

_NAME = "doubt"
MARGIN = timedelta(hours=1)
"""The key is trusted for this much less than the provider says."""


def noted(row: Message, provider: str, now: datetime) -> dict[str, Any]:
    """The row's options with the doubt in them; the first one counts."""
    if row.in_doubt:
        return dict(row.options)
    return {**row.options, _NAME: {"key": row.send_key, "by": provider, "since": now.isoformat()}}


def went_to(row: Message, channel: Channel) -> bool:
    """Whether the try in doubt went to this channel's provider: no other can tell what became of it."""
    return row.in_doubt and row.options[_NAME].get("by") == channel.provider


def may_repeat(found: Any, channel: Channel, now: datetime) -> bool:
    """Whether sending again under the noted key cannot give a second copy. Anything unreadable is a no."""
    try:
        if not isinstance(found, Mapping) or found["by"] != channel.provider:
            return False
        return now - datetime.fromisoformat(found["since"]) < channel.idempotent_for - MARGIN
    except (KeyError, TypeError, ValueError):
        return False
