"""One frozen Settings: the only reader of the environment. Values of secrets never leave it as text."""

from __future__ import annotations

import re

from pydantic import SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from storage.db import normalise

SLACK = "https://slack.com/api/"
SHORTEST_KEY = 16
"""Characters of one key of SECRET_KEY; shorter ones can be guessed, and with them every link forged."""
SPELLINGS = {
    "log_level": (r"DEBUG|INFO|WARNING|ERROR", "must be DEBUG, INFO, WARNING or ERROR"),
    "command_prefix": (r"[a-z0-9_-]{0,16}", "must be at most 16 small letters, digits, - or _"),
    "slack_installer": (r"|[UW][A-Z0-9]+", "must be a member's ID, like U012ABCDEF"),
    "mail_from": (r"|[^@\s<>,]+@[^@\s<>,]+", "must be one address, name@host"),
    "linkedin_author": (
        r"|urn:li:(organization|person):[A-Za-z0-9_-]+",
        "must look like urn:li:organization:… or urn:li:person:…",
    ),
    "linkedin_version": (r"[0-9]{6}", "must be a year and a month, six digits"),
    "facebook_version": (r"v[0-9]{1,3}\.0", "must be a version like v26.0"),
}
"""Setting → what it must look like, and the sentence when it does not."""
_PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_HOST = re.compile(r"https?://[^\s/?#:@][^\s]*\Z")


class Settings(BaseSettings):
    """What the process was told. `.env` is read where there is one; the environment wins."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    database_url: str = "sqlite:///overture.db"
    port: int = 3000
    public_url: str = ""
    secret_key: SecretStr = SecretStr("")
    log_level: str = "INFO"

    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_installer: str = ""
    slack_api_url: str = SLACK
    command_prefix: str = ""

    openai_api_key: SecretStr = SecretStr("")
    openai_base_url: str = "https://api.openai.com/v1"
    openai_model: str = "gpt-5-mini"

    smtp_url: SecretStr = SecretStr("")
    resend_api_key: SecretStr = SecretStr("")
    resend_api_url: str = "https://api.resend.com"
    mail_from: str = ""

    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_from: str = ""
    twilio_api_url: str = "https://api.twilio.com"

    linkedin_access_token: SecretStr = SecretStr("")
    linkedin_author: str = ""
    linkedin_api_url: str = "https://api.linkedin.com"
    linkedin_oauth_url: str = "https://www.linkedin.com"
    linkedin_version: str = "202607"

    facebook_page_token: SecretStr = SecretStr("")
    facebook_app_secret: SecretStr = SecretStr("")
    facebook_api_url: str = "https://graph.facebook.com"
    facebook_version: str = "v26.0"

    x_access_token: SecretStr = SecretStr("")
    x_api_url: str = "https://api.x.com"

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        normalise(value)
        return value

    @field_validator("port", mode="before")
    @classmethod
    def _port(cls, value: object) -> object:
        if not _PORT.fullmatch(str(value)) or int(str(value)) > 65535:
            raise ValueError("must be a number from 1 to 65535")
        return value

    @field_validator("secret_key")
    @classmethod
    def _keys(cls, value: SecretStr) -> SecretStr:
        parts = value.get_secret_value().split(",")
        if value.get_secret_value() and min(len(part.strip()) for part in parts) < SHORTEST_KEY:
            raise ValueError(f"each of its keys needs at least {SHORTEST_KEY} characters")
        return value

    @field_validator(*SPELLINGS)
    @classmethod
    def _spelled(cls, value: str, info: ValidationInfo) -> str:
        pattern, sentence = SPELLINGS[info.field_name or ""]
        if not re.fullmatch(pattern, value):
            raise ValueError(sentence)
        return value

    @field_validator(
        "public_url",
        "slack_api_url",
        "resend_api_url",
        "twilio_api_url",
        "linkedin_api_url",
        "linkedin_oauth_url",
        "facebook_api_url",
        "x_api_url",
        "openai_base_url",
    )
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with https:// or http://")
        if value and not _HOST.match(value):
            raise ValueError("must name a host, as in https://host, and hold no spaces")
        return value.rstrip("/")

    @property
    def slack_base_url(self) -> str:
        """With the slash that the client joins methods to."""
        return self.slack_api_url + "/"

    @property
    def has_slack(self) -> bool:
        return bool(self.slack_bot_token.get_secret_value())

    @property
    def socket_mode(self) -> bool:
        """Socket Mode is used when there is an app-level token; otherwise Slack calls us over HTTP."""
        return bool(self.slack_app_token.get_secret_value())


class BadSettings(Exception):
    """Names of settings that are wrong, each with one plain sentence; never a value.

    `rest` is everything else as it was set, so that what is missing there can be named, too.
    """

    def __init__(self, problems: dict[str, str], rest: Settings) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems, self.rest = problems, rest


def load(**overrides: object) -> Settings:
    """Read the environment. Raises BadSettings naming every malformed setting."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = {str(problem["loc"][0]): _sentence(dict(problem)) for problem in error.errors()}
    defaults = {name: Settings.model_fields[name].default for name in wrong}
    raise BadSettings(wrong, Settings(**{**overrides, **defaults}))


def _sentence(problem: dict[str, object]) -> str:
    location = problem["loc"]
    name = str(location[0]).upper() if isinstance(location, tuple) and location else "a setting"
    return f"{name}: {str(problem['msg']).removeprefix('Value error, ').removeprefix(f'{name} ')}"
