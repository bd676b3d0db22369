"""The seam between Slack's transport and the handlers: what a handler is given and what it returns.

Knows nothing of Bolt. bot.slack builds a Request, calls handlers.routes, and shows the Answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from engine.context import Context, Who
from engine.errors import Refused
from handlers import blocks

Json = dict[str, Any]
Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SlackFile:
    """A file that somebody shared. `url` is Slack's `url_private`, downloaded later by a loop with our token."""

    id: str
    name: str
    mimetype: str
    size: int
    url: str
    user_id: str


class SlackPort(Protocol):
    """The few things a handler may ask of Slack while it answers. Made for one request: it knows who and where."""

    async def open_view(self, view: Json) -> None:
        """views.open with this request's trigger. Raises Refused when the trigger is spent or too old."""
        ...

    async def publish_home(self, view: Json) -> None:
        """views.publish for the person of this request."""
        ...

    async def file(self, file_id: str) -> SlackFile:
        """files.info. Raises Refused when Slack does not show it to us."""
        ...

    async def group_members(self, group_id: str) -> frozenset[str]:
        """usergroups.users.list. Raises Refused when Slack knows no such group or may not tell us."""
        ...

    def permalink(self, channel: str, ts: str) -> str:
        """The address of a message (auth.test's url + archives/…), made without a call; empty when unknown."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """One thing a person did.

    `text`: what follows the command word, as Slack sends it. `value`: the button's value. `values`: a modal's
    fields by block_id (parse.values). `metadata`: what our modal carried along. `event`: an event's payload.
    `mentions` are the people, groups and #channels that `text` names, by the name that stands there.
    `prefix` stands before the command names ("ov-" when the commands are /ov-outreach and /ov-social).
    """

    ctx: Context
    who: Who
    slack: SlackPort
    prefix: str = ""
    text: str = ""
    mentions: Mapping[str, str] = field(default_factory=dict)
    value: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    event: Mapping[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """A modal's field as text, stripped; empty when it was left empty or holds several values."""
        value = self.values.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    def several(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name, ())
        return (value,) if isinstance(value, str) and value else tuple(value)

    def speaking_in(self, channel: str) -> Request:
        """The same request as if the person had spoken in `channel`: a modal carries where it was opened."""
        return replace(self, who=replace(self.who, channel=channel))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person alone is shown; nothing at all when empty.

    A command: `text` (mrkdwn) and the blocks `shown` go into the acknowledgement (ephemeral). A button: through response_url
    (ephemeral, replaces nothing). A modal: `errors` by block_id keep it open; otherwise it closes, and `text` is
    posted as ephemeral in `channel` after the acknowledgement. An event: ephemeral in `channel`.
    """

    text: str = ""
    shown: tuple[Json, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)
    channel: str = ""


NOTHING = Answer()

Handler = Callable[[Request], Awaitable[Answer]]


def refused(refusal: Refused) -> Answer:
    """A refusal as a command, a button or an event shows it."""
    return Answer(blocks.sentence(refusal.sentence))
