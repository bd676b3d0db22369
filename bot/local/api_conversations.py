"""Web API: conversations.*, users.* and usergroups.*. Reading what is there, opening and joining."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.local import api_chat, config, people, scopes
from bot.local.store import Json
from bot.local.workspace import SlackError, Workspace


def info(ws: Workspace, args: Json) -> Json:
    return {"channel": _shown(api_chat.known(ws, args.get("channel")))}


def listing(ws: Workspace, args: Json) -> Json:
    types = str(args.get("types") or "public_channel").split(",")
    found = [
        _shown(channel)
        for channel in ws.store.all("channel")
        if ("im" if channel.get("is_im") else "public_channel") in [kind.strip() for kind in types]
    ]
    return _page(args, found, "channels")


def open_direct(ws: Workspace, args: Json) -> Json:
    users = [name.strip() for name in str(args.get("users") or "").split(",") if name.strip()]
    if args.get("channel"):
        return {"channel": _shown(api_chat.known(ws, args["channel"]))}
    if len(users) != 1:
        raise SlackError("users_list_not_supplied" if not users else "method_not_supported")
    if ws.store.get("user", users[0]) is None:
        raise SlackError("user_not_found")
    return {"channel": {"id": people.direct(ws.store, users[0])["id"]}}


def join(ws: Workspace, args: Json) -> Json:
    channel = api_chat.known(ws, args.get("channel"))
    if channel.get("is_im"):
        raise SlackError("method_not_supported_for_channel_type")
    if channel.get("is_archived"):
        raise SlackError("is_archived")
    ws.join(channel, config.BOT_USER)
    return {"channel": _shown(ws.channel(channel["id"]))}


def members(ws: Workspace, args: Json) -> Json:
    return _page(args, list(api_chat.known(ws, args.get("channel"))["members"]), "members")


def history(ws: Workspace, args: Json) -> Json:
    """Newest first, without replies that were not broadcast; metadata only when asked for."""
    channel = _readable(ws, args)
    found = [
        one
        for one in ws.store.messages(channel["id"])
        if one.get("thread_ts") in (None, one["ts"]) or one.get("reply_broadcast")
    ]
    return _messages(args, _between(args, list(reversed(found))), at_most=999)


def replies(ws: Workspace, args: Json) -> Json:
    """Oldest first; the head of the thread leads every page, whatever the bounds."""
    channel, ts = _readable(ws, args), str(args.get("ts") or "")
    head = ws.store.message(channel["id"], ts)
    if head is None or head.get("ephemeral_for"):
        raise SlackError("thread_not_found")
    below = [one for one in ws.store.messages(channel["id"]) if one.get("thread_ts") == ts != one["ts"]]
    page = _messages(args, _between(args, below), at_most=1000)
    return page | {"messages": [_told(args, head), *page["messages"]]}


def user_info(ws: Workspace, args: Json) -> Json:
    found = ws.store.get("user", str(args.get("user")))
    if found is None:
        raise SlackError("user_not_found")
    return {"user": _person(found)}


def user_list(ws: Workspace, args: Json) -> Json:
    return _page(args, [_person(user) for user in ws.store.all("user")], "members")


def group_users(ws: Workspace, args: Json) -> Json:
    """The members of a user group; of a disabled one only when asked for."""
    found = ws.store.get("usergroup", str(args.get("usergroup")))
    if found is None or (found.get("date_delete") and not _yes(args.get("include_disabled"))):
        raise SlackError("no_such_subteam")
    return {"users": list(found["users"])}


def _shown(channel: Json) -> Json:
    count = len(channel["members"])
    member = config.BOT_USER in channel["members"]
    return {key: value for key, value in channel.items() if key != "members"} | {
        "is_member": member,
        "num_members": count,
    }


def _person(user: Json) -> Json:
    offset = datetime.now(UTC).astimezone(ZoneInfo(user["tz"])).utcoffset()
    return user | {"tz_offset": int(offset.total_seconds()) if offset else 0}


def _readable(ws: Workspace, args: Json) -> Json:
    """The channel, where its own kind of history scope was granted and the bot is a member."""
    channel = api_chat.known(ws, args.get("channel"))
    kind = "im" if channel.get("is_im") else "groups" if channel.get("is_private") else "channels"
    scopes.need(ws, f"{kind}:history")
    if config.BOT_USER not in channel["members"]:
        raise SlackError("not_in_channel")
    return channel


def _between(args: Json, found: list[Json]) -> list[Json]:
    """Those after `oldest` and before `latest`, with the bounds themselves when `inclusive`."""
    oldest, latest = _bound(args, "oldest", "0"), _bound(args, "latest", "inf")
    inclusive = _yes(args.get("inclusive"))
    return [
        one
        for one in found
        if not one.get("ephemeral_for")
        and (oldest < float(one["ts"]) < latest or (inclusive and float(one["ts"]) in (oldest, latest)))
    ]


def _bound(args: Json, name: str, default: str) -> float:
    try:
        return float(args.get(name) or default)
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _messages(args: Json, found: list[Json], *, at_most: int) -> Json:
    """One page and whether there are more, in both of Slack's ways."""
    limit = str(args.get("limit") or 100)
    if not limit.isdecimal() or not 1 <= int(limit) <= at_most:
        raise SlackError("invalid_limit")
    page = _page(args, [_told(args, one) for one in found], "messages")
    more = bool(page["response_metadata"]["next_cursor"])
    return page | {"has_more": more} if more else {"messages": page["messages"], "has_more": False}


def _told(args: Json, message: Json) -> Json:
    hidden = {"channel"} if _yes(args.get("include_all_metadata")) else {"channel", "metadata"}
    return {key: value for key, value in message.items() if key not in hidden}


def _yes(value: object) -> bool:
    return str(value).lower() in {"1", "true"}


def _page(args: Json, found: list[Json] | list[str], key: str) -> Json:
    """The cursor is opaque to callers, as Slack's is."""
    try:
        start = int(base64.b64decode(str(args.get("cursor") or "")) or 0)
        limit = int(args.get("limit") or 100)
    except ValueError:
        raise SlackError("invalid_cursor") from None
    end = start + max(1, min(limit, 1000))
    following = base64.b64encode(str(end).encode()).decode() if end < len(found) else ""
    return {key: found[start:end], "response_metadata": {"next_cursor": following}}


METHODS: dict[str, Callable[[Workspace, Json], Json]] = {
    "conversations.info": info,
    "conversations.list": listing,
    "conversations.open": open_direct,
    "conversations.join": join,
    "conversations.members": members,
    "conversations.history": history,
    "conversations.replies": replies,
    "users.info": user_info,
    "users.list": user_list,
    "usergroups.users.list": group_users,
}
