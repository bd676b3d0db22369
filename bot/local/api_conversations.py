"""Web API: conversations.* and users.*. Reading what is there, opening and joining."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.local import api_chat, config, people
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
    """Newest first, without replies; metadata only when asked for."""
    channel = _readable(ws, args)
    found = [one for one in ws.store.messages(channel["id"]) if one.get("thread_ts") in (None, one["ts"])]
    return _messages(args, list(reversed(found)))


def replies(ws: Workspace, args: Json) -> Json:
    channel, ts = _readable(ws, args), str(args.get("ts"))
    found = [one for one in ws.store.messages(channel["id"]) if ts in (one["ts"], one.get("thread_ts"))]
    if not found:
        raise SlackError("thread_not_found")
    return _messages(args, found)


def user_info(ws: Workspace, args: Json) -> Json:
    found = ws.store.get("user", str(args.get("user")))
    if found is None:
        raise SlackError("user_not_found")
    return {"user": _person(found)}


def user_list(ws: Workspace, args: Json) -> Json:
    return _page(args, [_person(user) for user in ws.store.all("user")], "members")


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
    channel = api_chat.known(ws, args.get("channel"))
    if config.BOT_USER not in channel["members"]:
        raise SlackError("not_in_channel")
    return channel


def _messages(args: Json, found: list[Json]) -> Json:
    oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")
    inclusive = str(args.get("inclusive")).lower() in {"1", "true"}
    with_metadata = str(args.get("include_all_metadata")).lower() in {"1", "true"}
    kept = []
    for message in found:
        ts = float(message["ts"])
        inside = oldest <= ts <= latest if inclusive else oldest < ts < latest
        if inside and not message.get("ephemeral_for"):
            hidden = {"channel"} if with_metadata else {"channel", "metadata"}
            kept.append({key: value for key, value in message.items() if key not in hidden})
    page = _page(args, kept, "messages")
    return page | {"has_more": bool(page["response_metadata"]["next_cursor"])}


def _page(args: Json, found: list[Json] | list[str], key: str) -> Json:
    try:
        start, limit = int(args.get("cursor") or 0), int(args.get("limit") or 100)
    except ValueError:
        raise SlackError("invalid_cursor") from None
    end = start + max(1, min(limit, 1000))
    following = str(end) if end < len(found) else ""
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
}
