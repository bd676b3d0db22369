"""What a person does with cards and modals: clicks, chooses, submits, closes. It sends what Slack would send."""

from bot.local import blockkit, forms, payloads
from bot.local.outgoing import Answer, Outgoing
from bot.local.store import Json
from bot.local.workspace import SlackError, Workspace

TROUBLE = "We had some trouble connecting. Try again?"


async def click(
    ws: Workspace,
    out: Outgoing,
    user: Json,
    target: Json,
    action_id: str,
    block_id: str,
    raw: list[str],
    *,
    stale: bool = False,
) -> Json:
    """Press a button or choose a value.

    target is a message or a view; raw holds the value (a button's, which may be left out, or what was chosen).
    stale also finds buttons that an edit has since removed from a message, as a slow client may press them.
    """
    versions = [target.get("blocks") or []]
    if stale and "channel" in target:
        versions += reversed(ws.earlier.get((target["channel"], target["ts"]), []))
    block, part = _find(versions, action_id, block_id, raw)
    state = forms.picked(part, raw, user["tz"]) if part["type"] != "button" else {}
    values = _remember(ws, user, target, block, part, state)
    payload = payloads.interaction(ws, "block_actions", user, actions=[payloads.action(block, part, state)])
    payload |= _surroundings(ws, user, target, values)
    answer = await out.interaction(payload)
    if not answer.ok:
        _show_failure(ws, user, target)
    return {"ok": answer.ok, "status": answer.status, "url": part.get("url")}


async def submit(ws: Workspace, out: Outgoing, user: Json, view: Json, values: Json) -> Json:
    """Press a modal's submit button; what Slack's client checks first never reaches the bot."""
    fill(view, values)
    _name_files(ws, user, view["state"]["values"])
    wrong = forms.mistakes(view, view["state"]["values"])
    if wrong:
        return _refuse(ws, user, view, wrong, 0)
    sent = payloads.interaction(ws, "view_submission", user, view=payloads.view(view))
    answer = await out.interaction(
        sent | {"trigger_id": ws.trigger(user["id"], view["id"]), "response_urls": []}
    )
    if not answer.ok:
        ws.errors[view["id"]] = {"": TROUBLE}
        ws.changed(f"modal-{user['id']}")
        return {"ok": False, "status": answer.status, "error": "failed_to_connect"}
    return _follow(ws, user, view, answer)


async def close(ws: Workspace, out: Outgoing, user: Json, view: Json) -> Json:
    """Close a modal by its button, Esc or the cross."""
    everything = bool(view.get("clear_on_close"))
    ws.close(user["id"], everything=everything)
    if view.get("notify_on_close"):
        await out.interaction(
            payloads.interaction(ws, "view_closed", user, view=payloads.view(view), is_cleared=everything)
        )
    return {"ok": True}


async def suggestions(
    ws: Workspace, out: Outgoing, user: Json, target: Json, action_id: str, block_id: str, typed: str
) -> list[Json]:
    """The options an external select offers for what was typed."""
    block, part = _find([target.get("blocks") or []], action_id, block_id, [])
    asked = {"action_id": part["action_id"], "block_id": block["block_id"], "value": typed}
    answer = await out.interaction(
        payloads.interaction(ws, "block_suggestion", user, **asked, **_where(ws, user, target))
    )
    body = answer.json() or {}
    grouped = [option for group in body.get("option_groups", []) for option in group.get("options", [])]
    return list(body.get("options", [])) + grouped


def fill(view: Json, values: Json) -> None:
    """Lay typed values over a view's state; fields that the view does not have are refused."""
    known = view["state"]["values"]
    for block_id, actions in values.items():
        for action_id, state in actions.items():
            if action_id not in known.get(block_id, {}):
                raise SlackError("no_such_field", [f"the view has no field {block_id} / {action_id}"])
            known[block_id][action_id] = {"type": known[block_id][action_id]["type"], **state}


def _name_files(ws: Workspace, user: Json, values: Json) -> None:
    """Slack sends whole files, not their ids, and only those that this person uploaded."""
    for state in (state for actions in values.values() for state in actions.values()):
        if state["type"] == "file_input":
            known = [ws.store.get("file", str(one["id"])) for one in state.get("files") or []]
            state["files"] = [file for file in known if file and file["user"] == user["id"]]


def _find(versions: list[list[Json]], action_id: str, block_id: str, raw: list[str]) -> tuple[Json, Json]:
    for blocks in versions:
        found = [
            (block, part)
            for block, part in forms.parts(blocks)
            if part.get("action_id") == action_id and block_id in ("", block["block_id"])
        ]
        same = [
            pair for pair in found if pair[1]["type"] != "button" or not raw or pair[1].get("value") == raw[0]
        ]
        if same:
            return same[0]
    raise SlackError("no_such_element", [f"nothing here has action_id {action_id!r}"])


def _remember(ws: Workspace, user: Json, target: Json, block: Json, part: Json, state: Json) -> Json:
    """Keep what was chosen, so that the next click carries it in ``state.values``."""
    if "channel" in target:
        key = (target["channel"], target["ts"], user["id"])
        values: Json = forms.carried(target.get("blocks") or [], ws.picked.get(key, {}))
        ws.picked[key] = values
    else:
        values = target["state"]["values"]
    if block["block_id"] in values and part["action_id"] in values[block["block_id"]]:
        values[block["block_id"]][part["action_id"]] = state
    return values


def _surroundings(ws: Workspace, user: Json, target: Json, values: Json) -> Json:
    view_id = None if "channel" in target else target["id"]
    found = _where(ws, user, target) | {"trigger_id": ws.trigger(user["id"], view_id)}
    if "channel" in target:
        found["state"] = {"values": values}
        found["response_url"] = ws.reply_address(target["channel"], user["id"], target["ts"])
    return found


def _where(ws: Workspace, user: Json, target: Json) -> Json:
    if "channel" not in target:
        return {"container": {"type": "view", "view_id": target["id"]}, "view": payloads.view(target)}
    channel = ws.channel(target["channel"])
    shown = {
        key: value for key, value in target.items() if key not in {"channel", "ephemeral_for", "metadata"}
    }
    found: Json = {"container": payloads.message_container(target), "channel": payloads.place(channel)}
    return found | ({} if target.get("ephemeral_for") else {"message": shown})


def _show_failure(ws: Workspace, user: Json, target: Json) -> None:
    if "channel" in target:
        ws.whisper(target["channel"], user["id"], "This app is not responding. Try again in a moment.")
    elif target["type"] == "modal":
        ws.errors[target["id"]] = {"": TROUBLE}
        ws.changed(f"modal-{user['id']}")


def _follow(ws: Workspace, user: Json, view: Json, answer: Answer) -> Json:
    """Do what the answer to a submission says."""
    body = answer.json() or {}
    action = body.get("response_action")
    if action == "errors":
        return _errors(ws, user, view, body.get("errors") or {}, answer.status)
    if action in {"update", "push"}:
        new = body.get("view") or {}
        found = blockkit.view_problems(new)
        if found:
            ws.warn("invalid_view", messages=found, where="view_submission")
            return _refuse(ws, user, view, {"": TROUBLE}, answer.status)
        shown = ws.replace(view, new) if action == "update" else ws.show(user["id"], new, on_top=True)
        return {"ok": True, "status": answer.status, "view_id": shown["id"], "answer": body}
    ws.close(user["id"], everything=action == "clear")
    return {"ok": True, "status": answer.status, "answer": body}


def _errors(ws: Workspace, user: Json, view: Json, errors: dict[str, str], status: int) -> Json:
    """Errors beside their fields; Slack accepts them for input blocks only."""
    inputs = {block["block_id"] for block in view["blocks"] if block.get("type") == "input"}
    if not errors or set(errors) - inputs:
        ws.warn("invalid_errors", blocks=sorted(set(errors) - inputs), where="view_submission")
        return _refuse(ws, user, view, {"": TROUBLE}, status)
    return _refuse(ws, user, view, errors, status)


def _refuse(ws: Workspace, user: Json, view: Json, errors: dict[str, str], status: int) -> Json:
    ws.errors[view["id"]] = errors
    ws.changed(f"modal-{user['id']}")
    return {"ok": False, "status": status, "errors": errors, "view_id": view["id"]}
