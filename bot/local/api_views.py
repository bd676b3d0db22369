"""Web API: views.*. Triggers are spent here; a view is judged before it is shown."""

from collections.abc import Callable
from typing import Any

from bot.local import blockkit, payloads
from bot.local.store import Json
from bot.local.workspace import SlackError, Workspace


def open_view(ws: Workspace, args: Json) -> Json:
    view = _judged(ws, args.get("view"), "modal")
    trigger = ws.spend(_trigger(args))
    return {"view": payloads.view(ws.show(trigger.user, view))}


def push(ws: Workspace, args: Json) -> Json:
    view = _judged(ws, args.get("view"), "modal")
    trigger = ws.spend(_trigger(args))
    if not ws.stacks.get(trigger.user):
        raise SlackError("not_found")
    return {"view": payloads.view(ws.show(trigger.user, view, on_top=True))}


def update(ws: Workspace, args: Json) -> Json:
    """By view_id or external_id; an old hash is a conflict."""
    old = _open(ws, args)
    view = _judged(ws, args.get("view"), "modal", keep=old["id"])
    if args.get("hash") and args["hash"] != old["hash"]:
        raise SlackError("hash_conflict")
    return {"view": payloads.view(ws.replace(old, view))}


def publish(ws: Workspace, args: Json) -> Json:
    user = ws.store.get("user", str(args.get("user_id")))
    if user is None:
        raise SlackError("user_not_found")
    view = _judged(ws, args.get("view"), "home")
    old = ws.store.get("home", user["id"])
    if args.get("hash") and old and args["hash"] != old["hash"]:
        raise SlackError("hash_conflict")
    return {"view": payloads.view(ws.publish(user["id"], view))}


def _judged(ws: Workspace, view: Any, kind: str, keep: str = "") -> Json:
    found = blockkit.view_problems(view)
    if isinstance(view, dict) and view.get("type") != kind:
        found.append(f"[ERROR] must be {kind} [json-pointer:/type]")
    if found or not isinstance(view, dict):
        raise SlackError("invalid_arguments", found)
    outside = view.get("external_id")
    if outside and any(one.get("external_id") == outside and one["id"] != keep for one in ws.views.values()):
        raise SlackError("duplicate_external_id")
    return view


def _trigger(args: Json) -> str:
    key = args.get("trigger_id")
    if not isinstance(key, str) or not key:
        raise SlackError("invalid_arguments", ["[ERROR] missing required field: trigger_id"])
    return key


def _open(ws: Workspace, args: Json) -> Json:
    for view in ws.views.values():
        if args.get("view_id") == view["id"] or (
            args.get("external_id") and args["external_id"] == view["external_id"]
        ):
            return view
    raise SlackError("not_found")


METHODS: dict[str, Callable[[Workspace, Json], Json]] = {
    "views.open": open_view,
    "views.push": push,
    "views.update": update,
    "views.publish": publish,
}
