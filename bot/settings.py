"""One frozen Settings: the only reader of the environment. Values of secrets never leave it as text."""

from __future__ import annotations

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from storage.db import normalise

SLACK = "https://slack.com/api/"


class Settings(BaseSettings):
    """What the process was told. `.env` is read where there is one; the environment wins."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    database_url: str = "sqlite:///overture.db"
    port: int = Field(default=3000, ge=1, le=65535)
    public_url: str = ""
    secret_key: SecretStr = SecretStr("")
    log_level: str = "INFO"

    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_api_url: str = SLACK
    command_prefix: str = Field(default="", pattern=r"^[a-z0-9_-]{0,16}$")

    openai_api_key: SecretStr = SecretStr("")
    openai_base_url: str = "https://api.openai.com/v1"
    openai_model: str = "gpt-5-mini"

    smtp_url: SecretStr = SecretStr("")
    mail_from: str = ""

    linkedin_access_token: SecretStr = SecretStr("")
    linkedin_author: str = ""
    linkedin_api_url: str = "https://api.linkedin.com"
    linkedin_version: str = Field(default="202607", pattern=r"^\d{6}$")

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        normalise(value)
        return value

    @field_validator("public_url", "slack_api_url", "linkedin_api_url", "openai_base_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with https:// or http://")
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
    """Names of settings that are wrong, each with one plain sentence; never a value."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def load(**overrides: object) -> Settings:
    """Read the environment. Raises BadSettings naming every malformed setting."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise BadSettings([_sentence(dict(problem)) for problem in error.errors()]) from None


def _sentence(problem: dict[str, object]) -> str:
    location = problem["loc"]
    name = str(location[0]).upper() if isinstance(location, tuple) and location else "a setting"
    return f"{name}: {str(problem['msg']).removeprefix('Value error, ')}"
