"""Names every missing or wrong setting before anything starts, never its value."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from bot import channels
from bot.settings import Settings
from storage import migrate
from storage.model import channels as kinds


def problems(settings: Settings, *, slack: bool = False, channel: bool = False) -> list[str]:
    """One sentence per problem, for a process that needs the database, and `slack` or a `channel` if it says so."""
    found = [] if not slack else _slack(settings)
    if channel:
        found += _channels(settings)
    return found + database(settings)


def database(settings: Settings) -> list[str]:
    """Whether it can be reached and no migration is pending."""
    try:
        if not migrate.is_current(settings.database_url):
            return ["DATABASE_URL: migrations are pending. Run: overture migrate"]
    except (SQLAlchemyError, OSError):
        return ["DATABASE_URL: the database cannot be reached."]
    return []


def hints(settings: Settings) -> list[str]:
    """What is not set and still not wrong: each channel that stays unavailable, with the reason."""
    unset = channels.find(settings).unset
    sentences = sorted(
        f"{kinds.known(name).label} is unavailable: {reason}" for name, reason in unset.items()
    )
    sentences += channels.hints(settings)
    if not settings.openai_api_key.get_secret_value():
        sentences.append("Words come from templates: OPENAI_API_KEY is not set.")
    if not settings.secret_key.get_secret_value():
        sentences.append("SECRET_KEY is not set: one is generated once and kept in the database.")
    return sentences


def _slack(settings: Settings) -> list[str]:
    found = []
    if not settings.slack_bot_token.get_secret_value():
        found.append(
            "SLACK_BOT_TOKEN: is not set. It begins with xoxb- and stands under OAuth & Permissions."
        )
    elif not settings.slack_bot_token.get_secret_value().startswith("xoxb-"):
        found.append("SLACK_BOT_TOKEN: must begin with xoxb-.")
    app_token = settings.slack_app_token.get_secret_value()
    if app_token and not app_token.startswith("xapp-"):
        found.append("SLACK_APP_TOKEN: must begin with xapp-.")
    if not app_token and not settings.slack_signing_secret.get_secret_value():
        found.append("SLACK_SIGNING_SECRET or SLACK_APP_TOKEN: one is needed, for HTTP or for Socket Mode.")
    return found


def _channels(settings: Settings) -> list[str]:
    found = channels.find(settings)
    if not found.open and not found.wrong and not _has_pages(settings):
        return [f"No channel is set up. {' '.join(sorted(found.unset.values()))}"]
    return list(found.wrong.values())


def _has_pages(settings: Settings) -> bool:
    """A database that cannot be asked is named by `database`."""
    try:
        return migrate.has_pages(settings.database_url)
    except (SQLAlchemyError, OSError):
        return False
