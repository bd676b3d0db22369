"""Which scope a method of the Web API needs, and what Slack says where it was not granted."""

from bot.local.workspace import SlackError, Workspace

OF = {
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "chat.delete": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "usergroups.users.list": ("usergroups:read",),
    "conversations.info": ("channels:read", "groups:read", "im:read"),
    "conversations.list": ("channels:read", "groups:read", "im:read"),
    "conversations.members": ("channels:read", "groups:read", "im:read"),
    "conversations.open": ("im:write",),
    "conversations.join": ("channels:join",),
    "conversations.history": ("channels:history", "groups:history", "im:history"),
    "conversations.replies": ("channels:history", "groups:history", "im:history"),
    "files.getUploadURLExternal": ("files:write",),
    "files.completeUploadExternal": ("files:write",),
    "files.info": ("files:read",),
}
"""One of them is enough to be let in; a method that depends on the kind of channel asks once more."""


def granted(ws: Workspace) -> frozenset[str]:
    """The scopes of the bot's token; all there are where the workspace was not told."""
    if ws.config.scopes is not None:
        return ws.config.scopes
    return frozenset(scope for wanted in OF.values() for scope in wanted) | {"commands"}


def need(ws: Workspace, *wanted: str) -> None:
    """Raises missing_scope unless one of them was granted; nothing wanted is always granted."""
    provided = granted(ws)
    if wanted and not provided & set(wanted):
        raise SlackError("missing_scope", needed=wanted[0], provided=",".join(sorted(provided)))
