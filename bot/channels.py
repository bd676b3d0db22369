"""Which channels exist: one registration each. What is not set up says why, in a sentence for people.

A new channel is a module in engine/channels and one `register` here; the rest of the product learns of it from that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.settings import Settings
from engine.channels import Channel, linkedin_list, smtp_server, twilio
from engine.channels.email import Email
from engine.channels.facebook import Facebook
from engine.channels.linkedin import LinkedIn
from engine.channels.resend import Resend
from engine.channels.x import X
from engine.errors import Misconfigured
from storage.model import channels as kinds

Open = Callable[[Settings, bool], Channel | str]
"""(settings, demo) → the channel, or the reason why it is unavailable. Raises Misconfigured for a wrong setting."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One channel. `address` is what its messages leave as, for a feed its page; empty when a person sets that.

    `setting` is what is wrong where a reason names none.
    """

    kind: kinds.Kind
    open: Open
    address: Callable[[Settings], str] = lambda settings: ""
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Channels by name, and the reasons for the others: nothing is `unset` that is set wrongly."""

    open: dict[str, Channel] = field(default_factory=dict)
    unset: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


def find(settings: Settings, *, demo: bool = False) -> Found:
    """Every channel that is registered, once: open, unset or wrong. `demo` needs no PUBLIC_URL and no vendor's key."""
    found = Found()
    for name, entry in TABLE.items():
        try:
            channel = entry.open(settings, demo)
        except Misconfigured as error:
            named = error.reason.split()[0].isupper()
            found.wrong[name] = error.reason if named else f"{entry.setting}: {error.reason}"
            continue
        if isinstance(channel, str):
            found.unset[name] = channel
        else:
            found.open[name] = channel
    return found


def hints(settings: Settings) -> list[str]:
    """Where two settings ask for the same thing, which one is obeyed; and what a channel that is open still lacks."""
    found = []
    if settings.resend_api_key.get_secret_value() and settings.smtp_url.get_secret_value():
        found.append("RESEND_API_KEY and SMTP_URL are both set: mail leaves over Resend.")
    if settings.twilio_from and not settings.public_url:
        found.append("PUBLIC_URL is not set: what people text back, STOP included, is known at Twilio alone.")
    author = settings.linkedin_author
    if (
        settings.linkedin_access_token.get_secret_value()
        and author
        and not linkedin_list.is_organisation(author)
    ):
        found.append(
            "LINKEDIN_AUTHOR is a person: LinkedIn lists a person's posts for no app, so one that gets no answer is "
            "asked about in Slack."
        )
    return found


def _email(settings: Settings, demo: bool) -> Channel | str:
    """Over Resend where there is a key, else over SMTP. The demo mails nobody but its own mailbox."""
    key = "" if demo else settings.resend_api_key.get_secret_value()
    smtp = settings.smtp_url.get_secret_value()
    if not key and not smtp:
        return "Neither RESEND_API_KEY nor SMTP_URL is set."
    if not key:
        smtp_server.read(smtp)
    if not settings.mail_from:
        return "MAIL_FROM is not set."
    if not settings.public_url and not demo:
        return "PUBLIC_URL is not set, so nobody could unsubscribe."
    return Resend(key, api_url=settings.resend_api_url) if key else Email(smtp)


def _linkedin(settings: Settings, demo: bool) -> Channel | str:
    token = settings.linkedin_access_token.get_secret_value()
    if not token:
        return "LINKEDIN_ACCESS_TOKEN is not set."
    return LinkedIn(token, api_url=settings.linkedin_api_url, version=settings.linkedin_version)


def _facebook(settings: Settings, demo: bool) -> Channel | str:
    """The demo posts to nobody but a stand-in on this machine."""
    if demo and not twilio.is_here(settings.facebook_api_url):
        return "The demo posts nothing on Facebook."
    token = "local" if demo else settings.facebook_page_token.get_secret_value()
    if not token:
        return "FACEBOOK_PAGE_TOKEN is not set."
    return Facebook(
        token,
        app_secret=settings.facebook_app_secret.get_secret_value(),
        api_url=settings.facebook_api_url,
        version=settings.facebook_version,
    )


def _sms(settings: Settings, demo: bool) -> Channel | str:
    """Over Twilio. The demo texts nobody but a stand-in on this machine. Without PUBLIC_URL nothing is reported back,
    and texts still leave."""
    if demo and not twilio.is_here(settings.twilio_api_url):
        return "The demo sends no text messages."
    token = settings.twilio_auth_token.get_secret_value()
    given = {
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": token,
        "TWILIO_FROM": settings.twilio_from,
    }
    for name, value in given.items():
        if not value:
            return f"{name} is not set."
    twilio.sender(settings.twilio_from)
    return twilio.Twilio(
        settings.twilio_account_sid, token, api_url=settings.twilio_api_url, public_url=settings.public_url
    )


def _x(settings: Settings, demo: bool) -> Channel | str:
    """The demo posts to nobody but a stand-in on this machine."""
    if demo and not twilio.is_here(settings.x_api_url):
        return "The demo posts nothing on X."
    token = "local" if demo else settings.x_access_token.get_secret_value()
    return X(token, api_url=settings.x_api_url) if token else "X_ACCESS_TOKEN is not set."


TABLE: dict[str, Entry] = {}


def register(entry: Entry) -> None:
    """All that a new channel needs: from here on `new`, `check`, cards, gates and metrics know it."""
    kinds.add(entry.kind)
    TABLE[entry.kind.name] = entry


register(Entry(kinds.known("email"), _email, lambda settings: settings.mail_from))
register(Entry(kinds.known("sms"), _sms, lambda settings: settings.twilio_from, "TWILIO_FROM"))
register(
    Entry(
        kinds.known("linkedin"), _linkedin, lambda settings: settings.linkedin_author, "LINKEDIN_ACCESS_TOKEN"
    )
)
register(Entry(kinds.known("facebook"), _facebook, setting="FACEBOOK_PAGE_TOKEN"))
register(Entry(kinds.known("x"), _x, setting="X_ACCESS_TOKEN"))
