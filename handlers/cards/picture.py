"""What a renderer returns: one Slack message as it should look now."""

from __future__ import annotations

from dataclasses import dataclass, field

from handlers.blocks import Json


@dataclass(frozen=True, slots=True)
class File:
    """A picture to upload. `alt` says what it shows, in numbers."""

    name: str
    data: bytes
    title: str
    alt: str


@dataclass(frozen=True, slots=True)
class Picture:
    """`text` is a full sentence with the same facts, for notifications and screen readers.

    `gone`: there is nothing to show; a message that stands is deleted. A `file` is uploaded instead of a message.
    """

    text: str
    blocks: list[Json] = field(default_factory=list)
    file: File | None = None
    gone: bool = False
