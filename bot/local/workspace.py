"""The state of the local Slack: messages, views, triggers, reply addresses, and who is looking at it live.

It keeps Slack's own rules about them; it neither speaks HTTP nor talks to the bot.
"""

import asyncio
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.local import config, forms, mailbox, people
from bot.local.store import Json, Store

TRIGGER_SECONDS = 3.0
REPLY_SECONDS = 1800.0
REPLY_USES = 5
MODALS = 3
TEXT = 40_000


class SlackError(Exception):
    """Slack's refusal: its error code, what ``response_metadata.messages`` says, and further fields of the answer."""

    def __init__(self, code: str, messages: list[str] | None = None, **fields: str) -> None:
        super().__init__(code)
        self.code = code
        self.messages = messages or []
        self.fields = fields


@dataclass(slots=True)
class Trigger:
    user: str
    born: float
    view_id: str | None = None
    spent: bool = False


@dataclass(slots=True)
class Reply:
    """An address that answers one interaction: five uses, thirty minutes."""

    channel: str
    user: str
    born: float
    ts: str | None = None
    uses: int = 0


@dataclass(slots=True, eq=False)
class Watcher:
    """A browser page that wants to know what changed."""

    user: str
    topics: set[str] = field(default_factory=set)
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Workspace:
    """One team as its members see it. ``calls`` are the Web API's last: method, channel, monotonic seconds."""

    def __init__(self, cfg: config.LocalConfig) -> None:
        self.config = cfg
        self.base_url = cfg.base_url.rstrip("/")
        self.rate_limited = cfg.rate_limited
        self.store = Store(cfg.path)
        people.settle(self.store, cfg)
        self.mailbox = mailbox.Mailbox(self.store, self.now, self.changed)
        self.triggers: dict[str, Trigger] = {}
        self.replies: dict[str, Reply] = {}
        self.views: dict[str, Json] = {}
        self.stacks: dict[str, list[str]] = {}
        self.errors: dict[str, dict[str, str]] = {}
        self.earlier: dict[tuple[str, str], list[list[Json]]] = {}
        self.warnings: list[Json] = []
        self.watchers: set[Watcher] = set()
        self.posted_at: dict[str, float] = {}
        self.calls: deque[tuple[str, str, float]] = deque(maxlen=20_000)
        self.trouble: Any = None
        self.picked: dict[tuple[str, str, str], Json] = {}
        self.tickets: set[str] = set()
        self.closing = False
        self._last_ts = self._newest()

    def now(self) -> datetime:
        return self.config.now() if self.config.now else datetime.now(UTC)

    def next_ts(self) -> str:
        """A message time on the product's clock, never given twice, always growing."""
        self._last_ts = max(self._last_ts + 1, int(self.now().timestamp() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def changed(self, *topics: str) -> None:
        """Wake the pages; a topic with a user id reaches that user's pages only."""
        for watcher in self.watchers:
            watcher.topics.update(topics)
            watcher.woken.set()

    def warn(self, kind: str, **facts: Any) -> None:
        self.warnings.append({"kind": kind, **facts})

    def hush(self) -> None:
        """End the live pages, so that a server can stop at once."""
        self.closing = True
        self.changed()

    def shut(self) -> None:
        self.hush()
        self.store.close()

    # People and channels

    def user(self, name: str) -> Json:
        """A person by id or name; user_not_found."""
        wanted = name.lstrip("@").lower()
        for user in self.store.all("user"):
            if user["id"] == name or user["name"] == wanted:
                return user
        raise SlackError("user_not_found")

    def channel(self, name: str, viewer: str | None = None) -> Json:
        """A channel by id or name; a person's id, or ``@overture`` for that viewer, is the direct message."""
        wanted = name.lstrip("#@").lower()
        for channel in self.store.all("channel"):
            if channel["id"] == name or (channel["name"] and channel["name"] == wanted):
                return channel
        if viewer and wanted in {"dm", self.config.bot_name.lower(), config.BOT_USER.lower()}:
            return people.direct(self.store, viewer)
        if self.store.get("user", name):
            return people.direct(self.store, name)
        raise SlackError("channel_not_found")

    def join(self, channel: Json, user: str) -> bool:
        """True when the person was not there before."""
        if user in channel["members"]:
            return False
        self.store.put("channel", channel["id"], channel | {"members": [*channel["members"], user]})
        self.changed("sidebar", f"channel-{channel['id']}")
        return True

    def leave(self, channel: Json, user: str) -> None:
        members = [member for member in channel["members"] if member != user]
        self.store.put("channel", channel["id"], channel | {"members": members})
        self.changed("sidebar")

    # Messages

    def post(self, channel: str, user: str, **parts: Any) -> Json:
        """Put a message into a channel; parts are Slack's fields (text, blocks, thread_ts, files …)."""
        kept = {key: value for key, value in parts.items() if value not in (None, [], "")}
        text = str(parts.get("text") or "")[:TEXT]
        message = {
            "type": "message",
            "channel": channel,
            "ts": self.next_ts(),
            "user": user,
            **kept,
            "text": text,
        }
        if user == config.BOT_USER:
            message |= {"bot_id": config.BOT, "app_id": config.APP, "team": self.config.team_id}
        if "blocks" in message:
            message["blocks"] = forms.numbered(message["blocks"])
        self.store.put_message(message)
        self._count_reply(message)
        self.changed(f"channel-{channel}", "sidebar")
        return message

    def edit(self, message: Json, **parts: Any) -> Json:
        """Replace fields of a message; what stood there before can still be clicked by a slow client."""
        key = (message["channel"], message["ts"])
        self.earlier.setdefault(key, []).append(message.get("blocks") or [])
        changed = message | parts | {"edited": {"user": config.BOT_USER, "ts": self.next_ts()}}
        if changed.get("blocks"):
            changed["blocks"] = forms.numbered(changed["blocks"])
        self.store.put_message(changed)
        self.changed(f"channel-{message['channel']}")
        return changed

    def remove(self, message: Json) -> None:
        self.store.delete("message", f"{message['channel']}:{message['ts']}")
        self.changed(f"channel-{message['channel']}", "sidebar")

    def whisper(self, channel: str, user: str, text: str) -> Json:
        """A line of Slack's own, shown to one person."""
        return self.post(channel, config.SLACKBOT, text=text, ephemeral_for=user)

    def _count_reply(self, message: Json) -> None:
        parent_ts = message.get("thread_ts")
        parent = self.store.message(message["channel"], parent_ts) if parent_ts else None
        if parent is None or parent["ts"] == message["ts"] or message.get("ephemeral_for"):
            return
        writers = dict.fromkeys([*parent.get("reply_users", []), message["user"]])
        count = parent.get("reply_count", 0) + 1
        facts = {"thread_ts": parent_ts, "reply_count": count, "latest_reply": message["ts"]}
        self.store.put_message(parent | facts | {"reply_users": list(writers)})

    # Triggers and reply addresses

    def trigger(self, user: str, view_id: str | None = None) -> str:
        key = f"{len(self.triggers) + 1}.{secrets.token_hex(8)}"
        self.triggers[key] = Trigger(user, time.monotonic(), view_id)
        return key

    def spend(self, key: str) -> Trigger:
        """Use a trigger once, within three seconds."""
        trigger = self.triggers.get(key)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.spent:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() - trigger.born > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        trigger.spent = True
        return trigger

    def reply_address(self, channel: str, user: str, ts: str | None = None) -> str:
        token = secrets.token_urlsafe(18)
        self.replies[token] = Reply(channel, user, time.monotonic(), ts)
        return f"{self.base_url}/response/{token}"

    def use_reply(self, token: str) -> Reply:
        reply = self.replies.get(token)
        if reply is None or time.monotonic() - reply.born > REPLY_SECONDS:
            raise SlackError("expired_url")
        if reply.uses >= REPLY_USES:
            raise SlackError("used_url")
        reply.uses += 1
        return reply

    # Views

    def show(self, user: str, view: Json, *, on_top: bool = False) -> Json:
        """Open a modal, or push it over the one that is there."""
        stack = self.stacks.get(user, []) if on_top else []
        if len(stack) >= MODALS:
            raise SlackError("push_limit_reached")
        made = self._view(view, "V" + secrets.token_hex(5).upper())
        made |= {
            "root_view_id": stack[0] if stack else made["id"],
            "previous_view_id": stack[-1] if stack else None,
        }
        made["user"] = user
        self.views[made["id"]] = made
        self.stacks[user] = [*stack, made["id"]]
        self.changed(f"modal-{user}")
        return made

    def replace(self, old: Json, view: Json) -> Json:
        """Update a modal; what was typed into a field that stays is kept."""
        made = self._view(view, old["id"])
        made["state"]["values"] = forms.carried(made["blocks"], old["state"]["values"])
        keep = ("root_view_id", "previous_view_id", "user")
        made |= {key: old[key] for key in keep if key in old}
        self.views[made["id"]] = made
        self.errors.pop(made["id"], None)
        self.changed(f"modal-{made['user']}")
        return made

    def close(self, user: str, *, everything: bool = False) -> None:
        stack = self.stacks.pop(user, [])
        if not everything and len(stack) > 1:
            self.stacks[user] = stack[:-1]
        for key in stack if everything else stack[-1:]:
            self.views.pop(key, None)
            self.errors.pop(key, None)
        self.changed(f"modal-{user}")

    def publish(self, user: str, view: Json) -> Json:
        old = self.store.get("home", user)
        made = self._view(view, old["id"] if old else "VH" + user[1:]) | {"user": user}
        self.store.put("home", user, made)
        self.changed(f"home-{user}")
        return made

    def top(self, user: str) -> Json | None:
        stack = self.stacks.get(user)
        return self.views.get(stack[-1]) if stack else None

    def _view(self, view: Json, key: str) -> Json:
        blocks = forms.numbered(view.get("blocks") or [])
        base = {"private_metadata": "", "callback_id": "", "external_id": "", "submit": None, "close": None}
        flags = {"clear_on_close": False, "notify_on_close": False}
        marks = {"id": key, "team_id": self.config.team_id, "app_id": config.APP, "bot_id": config.BOT}
        fresh = {"blocks": blocks, "hash": secrets.token_hex(8), "state": {"values": forms.initial(blocks)}}
        return base | flags | view | marks | fresh

    def _newest(self) -> int:
        stamps = (
            message["ts"]
            for channel in self.store.all("channel")
            for message in self.store.messages(channel["id"])
        )
        return max((int(ts.replace(".", "")) for ts in stamps), default=0)
