"""Who and what a fresh local workspace holds: people to play, channels, direct messages with the bot."""

from bot.local import config
from bot.local.store import Json, Store

OLIVIA, AMARA, BAO, GUS, ZOE = "U0OLIVIA", "U0AMARA", "U0BAO", "U0GUS", "U0ZOE"
LEADS = "S0LEADS"
GROWTH, SOCIAL, RANDOM = "C0GROWTH", "C0SOCIAL", "C0RANDOM"

_PEOPLE: tuple[tuple[str, str, str, str, str, Json], ...] = (
    (
        OLIVIA,
        "olivia",
        "Olivia Berg",
        "Europe/Berlin",
        "Head of Growth",
        {"is_admin": True, "is_owner": True},
    ),
    (AMARA, "amara", "Amara Obi", "America/New_York", "Account lead", {}),
    (BAO, "bao", "Bao Tran", "Asia/Ho_Chi_Minh", "Content", {}),
    (GUS, "gus", "Gus Lind", "Europe/Stockholm", "Guest, agency", {"is_restricted": True}),
    (ZOE, "zoe", "Zoe Marsh", "Europe/London", "Another workspace", {"is_stranger": True}),
)


def settle(store: Store, cfg: config.LocalConfig) -> None:
    """Put the people and channels that are missing; what is there stays."""
    for user in _users(cfg):
        if store.get("user", user["id"]) is None:
            store.put("user", user["id"], user)
    for channel in _channels():
        if store.get("channel", channel["id"]) is None:
            store.put("channel", channel["id"], channel)
    for group in _groups(cfg):
        if store.get("usergroup", group["id"]) is None:
            store.put("usergroup", group["id"], group)
    for user_id, *_ in _PEOPLE:
        direct(store, user_id)


def direct(store: Store, user: str) -> Json:
    """The direct message channel between the bot and a person, made when it is missing."""
    key = "D" + user[1:]
    known = store.get("channel", key)
    if known is not None:
        return known
    members = [user, config.BOT_USER]
    return store.put("channel", key, {"id": key, "name": "", "is_im": True, "user": user, "members": members})


def _users(cfg: config.LocalConfig) -> list[Json]:
    people = [_person(*row, cfg) for row in _PEOPLE]
    bot = _user(config.BOT_USER, cfg.bot_name.lower(), cfg.bot_name, "UTC", "", cfg.team_id) | {
        "is_bot": True,
        "profile": {"real_name": cfg.bot_name, "display_name": cfg.bot_name, "bot_id": config.BOT},
    }
    slackbot = _user(config.SLACKBOT, "slackbot", "Slackbot", "UTC", "", cfg.team_id)
    return [*people, bot, slackbot]


def _person(
    key: str, name: str, real: str, zone: str, title: str, flags: Json, cfg: config.LocalConfig
) -> Json:
    team = config.OTHER_TEAM if flags.get("is_stranger") else cfg.team_id
    return _user(key, name, real, zone, title, team) | flags


def _user(key: str, name: str, real: str, zone: str, title: str, team: str) -> Json:
    return {
        "id": key,
        "team_id": team,
        "name": name,
        "real_name": real,
        "deleted": False,
        "tz": zone,
        "tz_label": zone.rsplit("/", maxsplit=1)[-1].replace("_", " "),
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": False,
        "is_stranger": False,
        "is_app_user": False,
        "profile": {"real_name": real, "display_name": name, "title": title, "email": f"{name}@example.com"},
    }


def _groups(cfg: config.LocalConfig) -> list[Json]:
    """User groups: people may mention them, and the bot may ask who is in them where it has the scope."""
    return [
        {
            "id": LEADS, "team_id": cfg.team_id, "is_usergroup": True, "name": "Leads", "handle": "leads",
            "date_delete": 0, "users": [AMARA],
        }
    ]  # fmt: skip


def _channels() -> list[Json]:
    everyone = [OLIVIA, AMARA, BAO, GUS]
    return [
        _channel(GROWTH, "growth", "Campaigns and replies", [*everyone, ZOE, config.BOT_USER], shared=True),
        _channel(SOCIAL, "social", "Posts and the calendar", [*everyone, config.BOT_USER]),
        _channel(RANDOM, "random", "Anything else", everyone),
    ]


def _channel(key: str, name: str, purpose: str, members: list[str], *, shared: bool = False) -> Json:
    return {
        "id": key,
        "name": name,
        "is_channel": True,
        "is_im": False,
        "is_private": False,
        "is_archived": False,
        "is_ext_shared": shared,
        "creator": OLIVIA,
        "created": 1767225600,
        "purpose": {"value": purpose},
        "topic": {"value": purpose},
        "members": members,
    }
