"""Channels are lines of one table: what is set up opens, what is not says why, and a new one needs one line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot import app, channels, check, connecting
from bot.settings import Settings
from engine import feeds
from engine.channels.email import Email
from engine.channels.resend import Resend
from storage.model import channels as kinds

MAIL = {"mail_from": "o@acme.example", "public_url": "https://acme.example"}
SMTP = {"smtp_url": "smtp://somebody:hush@127.0.0.1:2525"}
KEY = {"resend_api_key": "re_hush"}
WRONG = {"resend_api_key": "re_ hush"}


def told(**given: object) -> Settings:
    nothing = {name: field.default for name, field in Settings.model_fields.items()}
    return Settings(_env_file=None, **(nothing | given))  # type: ignore[call-arg, arg-type]


@pytest.fixture
async def opened() -> AsyncIterator[Any]:
    """`find`, whose channels are closed at the end."""
    everything: list[channels.Found] = []

    def find(settings: Settings, *, demo: bool = False) -> channels.Found:
        everything.append(channels.find(settings, demo=demo))
        return everything[-1]

    yield find
    for found in everything:
        for channel in found.open.values():
            await channel.close()


@pytest.mark.parametrize(
    ("given", "demo", "expected"),
    [
        (MAIL | SMTP, False, Email),
        (MAIL | KEY, False, Resend),
        (MAIL | KEY | SMTP, False, Resend),
        (SMTP | {"mail_from": "o@acme.example"}, True, Email),
        (MAIL | KEY | SMTP, True, Email),
        (MAIL, False, "RESEND_API_KEY nor SMTP_URL"),
        (MAIL | KEY, True, "SMTP_URL"),
        (KEY | {"public_url": "https://acme.example"}, False, "MAIL_FROM"),
        (KEY | {"mail_from": "o@acme.example"}, False, "PUBLIC_URL"),
        (SMTP | {"mail_from": "o@acme.example"}, False, "PUBLIC_URL"),
    ],
)
async def test_mail_leaves_over_resend_where_there_is_a_key(
    opened: Any, given: dict[str, str], demo: bool, expected: type | str
) -> None:
    found = opened(told(**given), demo=demo)
    if isinstance(expected, str):
        assert expected in found.unset["email"]
        assert "email" not in found.open
    else:
        assert type(found.open["email"]) is expected
        assert "email" not in found.unset


@pytest.mark.parametrize(
    ("given", "said"), [(MAIL | KEY | SMTP, True), (MAIL | KEY, False), (MAIL | SMTP, False)]
)
def test_check_says_which_of_two_providers_is_used(given: dict[str, str], said: bool) -> None:
    assert (
        "RESEND_API_KEY and SMTP_URL are both set: mail leaves over Resend." in check.hints(told(**given))
    ) == said


@pytest.mark.parametrize(
    ("author", "token", "said"),
    [
        ("urn:li:person:aB-9", "t0ken", True),
        ("urn:li:organization:9", "t0ken", False),
        ("urn:li:person:aB-9", "", False),
        ("", "t0ken", False),
    ],
)
def test_check_says_whose_posts_linkedin_does_not_list(author: str, token: str, said: bool) -> None:
    hints = check.hints(told(linkedin_author=author, linkedin_access_token=token))
    assert any("LinkedIn lists a person's posts for no app" in hint for hint in hints) == said


@pytest.mark.parametrize(
    ("network", "address", "said"),
    [
        ("linkedin", "urn:li:organization:9", "r_organization_social"),
        ("linkedin", "urn:li:person:aB-9", "for no app"),
        ("facebook", "123", "“Acme” is connected to 123 on facebook."),
    ],
)
def test_whoever_connects_a_page_hears_who_is_asked_about_a_silence(
    network: str, address: str, said: str
) -> None:
    sentence = connecting.said(feeds.Connected("Acme", address, network))
    assert sentence.startswith(f"“Acme” is connected to {address} on {network}.")
    assert sentence.endswith(said) if network == "facebook" else said in sentence


def test_check_names_a_wrong_setting_and_another_channel_does_not_excuse_it(tmp_path: Any) -> None:
    settings = told(**MAIL, **WRONG, linkedin_access_token="t0ken", database_url=f"sqlite:///{tmp_path}/x.db")
    wrong, *_ = check.problems(settings, channel=True)
    assert wrong.startswith("RESEND_API_KEY")
    assert "hush" not in wrong


def test_check_says_why_nothing_is_set_up(tmp_path: Any) -> None:
    said, *_ = check.problems(told(database_url=f"sqlite:///{tmp_path}/x.db"), channel=True)
    assert said.startswith("No channel is set up.")
    assert "LINKEDIN_ACCESS_TOKEN" in said
    assert "RESEND_API_KEY" in said


TEXTS = {
    "twilio_account_sid": "AC0123456789abcdef0123456789abcdef",
    "twilio_auth_token": "hush",
    "twilio_from": "+15551230000",
}


@pytest.mark.parametrize(
    ("changed", "demo", "unset", "wrong"),
    [
        ({}, False, "", ""),
        ({"twilio_from": "MG0123456789abcdef0123456789abcdef"}, False, "", ""),
        ({}, True, "The demo sends no text messages.", ""),
        ({"twilio_api_url": "http://127.0.0.1:8080"}, True, "", ""),
        ({"twilio_account_sid": ""}, False, "TWILIO_ACCOUNT_SID is not set.", ""),
        ({"twilio_auth_token": ""}, False, "TWILIO_AUTH_TOKEN is not set.", ""),
        ({"twilio_from": ""}, False, "TWILIO_FROM is not set.", ""),
        ({"twilio_account_sid": "hush"}, False, "", "TWILIO_ACCOUNT_SID"),
        ({"twilio_from": "hush"}, False, "", "TWILIO_FROM"),
    ],
)
async def test_texts_leave_over_twilio(
    opened: Any, changed: dict[str, str], demo: bool, unset: str, wrong: str
) -> None:
    found = opened(told(**(TEXTS | changed)), demo=demo)
    assert ("sms" in found.open) == (not unset and not wrong)
    assert found.unset.get("sms", "") == unset
    assert found.wrong.get("sms", "").startswith(wrong)
    assert "hush" not in found.wrong.get("sms", "")


@pytest.mark.parametrize(("url", "said"), [("", True), ("https://acme.example", False)])
def test_check_says_where_a_stop_would_go_unheard(url: str, said: bool) -> None:
    hints = check.hints(told(**TEXTS, public_url=url))
    assert any("STOP included" in hint for hint in hints) == said


@pytest.mark.parametrize(
    ("token", "demo", "unset"),
    [
        ("hush", False, ""),
        ("", False, "X_ACCESS_TOKEN is not set."),
        ("hush", True, "The demo posts nothing on X."),
    ],
)
async def test_posts_leave_over_x(opened: Any, token: str, demo: bool, unset: str) -> None:
    found = opened(told(x_access_token=token), demo=demo)
    assert ("x" in found.open) == (not unset)
    assert found.unset.get("x", "") == unset


PAGE = {"facebook_page_token": "hush"}


@pytest.mark.parametrize(
    ("given", "demo", "unset", "wrong"),
    [
        (PAGE, False, "", ""),
        (PAGE | {"facebook_app_secret": "hush"}, False, "", ""),
        ({"facebook_app_secret": "hush"}, False, "FACEBOOK_PAGE_TOKEN is not set.", ""),
        (PAGE, True, "The demo posts nothing on Facebook.", ""),
        ({"facebook_page_token": "hu sh"}, False, "", "FACEBOOK_PAGE_TOKEN"),
        (PAGE | {"facebook_app_secret": "hu sh"}, False, "", "FACEBOOK_APP_SECRET"),
    ],
)
async def test_posts_leave_over_facebook(
    opened: Any, given: dict[str, str], demo: bool, unset: str, wrong: str
) -> None:
    found = opened(told(**given), demo=demo)
    assert ("facebook" in found.open) == (not unset and not wrong)
    assert found.unset.get("facebook", "") == unset
    assert found.wrong.get("facebook", "").startswith(wrong)
    assert "hu" not in found.wrong.get("facebook", "")


async def test_a_channel_that_one_line_adds_is_there_for_everybody(
    opened: Any, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    class Pager(Email):
        name = "pager"

    def page(settings: Settings, demo: bool) -> Any:
        return Pager("smtp://127.0.0.1:2525") if settings.mail_from else "MAIL_FROM is not set."

    monkeypatch.setattr(channels, "TABLE", dict(channels.TABLE))
    monkeypatch.setattr(kinds, "KINDS", dict(kinds.KINDS))
    channels.register(channels.Entry(kinds.Kind("pager", "Pager", "phone"), page))
    without = told(database_url=database_url, **SMTP)
    assert opened(without).unset["pager"] == "MAIL_FROM is not set."
    assert "Pager is unavailable: MAIL_FROM is not set." in check.hints(without)

    parts = await app.build(told(database_url=database_url, mail_from="o@acme.example"))
    try:
        assert "pager" in parts.ctx.channels
        assert {"email", "sms"} <= set(parts.ctx.unavailable)
    finally:
        await parts.close()
