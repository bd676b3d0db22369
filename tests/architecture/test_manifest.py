"""The manifest asks Slack for what the code uses and for nothing else, within Slack's limits."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot import slack
from handlers import routes

ROOT = Path(__file__).parents[2]
MANIFEST = yaml.safe_load((ROOT / "manifest.yaml").read_text())
FEATURES, SETTINGS = MANIFEST["features"], MANIFEST["settings"]

NEEDS = {
    "auth_test": None,
    "chat_delete": "chat:write",
    "chat_postEphemeral": "chat:write",
    "chat_postMessage": "chat:write",
    "chat_update": "chat:write",
    "conversations_open": "im:write",
    "files_completeUploadExternal": "files:write",
    "files_getUploadURLExternal": "files:write",
    "files_info": "files:read",
    "users_info": "users:read",
    "views_open": None,
    "views_publish": None,
}
"""The scope of each method of Slack's Web API that the bot calls; None where a bot token is enough."""

OPTIONAL = {"conversations_history", "conversations_replies", "usergroups_users_list"}
"""Called only where a team granted more than the manifest asks for."""

EVENT_NEEDS = {"app_home_opened": None, "file_shared": "files:read"}


def test_the_scopes_are_the_ones_that_the_calls_need():
    called = {method for path in (ROOT / "bot").glob("*.py") for method in _web_api_calls(path)}
    assert called == set(NEEDS) | OPTIONAL
    needed = {NEEDS[method] for method in called - OPTIONAL} | set(EVENT_NEEDS.values()) | {"commands"}
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == needed - {None}
    assert set(MANIFEST["oauth_config"]["scopes"]) == {"bot"}


def test_the_commands_are_the_routes():
    commands = [command["command"] for command in FEATURES["slash_commands"]]
    assert commands == [f"/{subject}" for subject in routes.COMMANDS]
    assert tuple(routes.COMMANDS) == slack.COMMANDS
    assert all(command["should_escape"] is True for command in FEATURES["slash_commands"])


def test_a_usage_hint_names_only_words_that_exist():
    for command in FEATURES["slash_commands"]:
        words = {part.split()[0] for part in command["usage_hint"].split("|")}
        assert words <= set(routes.COMMANDS[command["command"].removeprefix("/")])


def test_the_events_are_the_handled_ones():
    assert set(SETTINGS["event_subscriptions"]["bot_events"]) == set(slack.EVENTS) == set(routes.EVENTS)
    assert set(EVENT_NEEDS) == set(slack.EVENTS)


def test_buttons_home_and_socket_mode_are_on():
    assert SETTINGS["interactivity"]["is_enabled"] is True
    assert SETTINGS["socket_mode_enabled"] is True
    assert FEATURES["app_home"]["home_tab_enabled"] is True


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        (MANIFEST["display_information"]["name"], 1, 35),
        (MANIFEST["display_information"]["description"], 1, 140),
        (MANIFEST["display_information"]["long_description"], 175, 4_000),
        (FEATURES["bot_user"]["display_name"], 1, 80),
        *((command["command"], 2, 32) for command in FEATURES["slash_commands"]),
        *((command["description"], 1, 2_000) for command in FEATURES["slash_commands"]),
        *((command["usage_hint"], 1, 1_000) for command in FEATURES["slash_commands"]),
    ],
)
def test_texts_keep_slacks_limits(text: str, least: int, most: int):
    assert least <= len(text) <= most


@pytest.mark.parametrize(
    ("part", "allowed"),
    [
        (MANIFEST, {"_metadata", "display_information", "features", "oauth_config", "settings"}),
        (
            MANIFEST["display_information"],
            {"name", "description", "long_description", "background_color"},
        ),
        (FEATURES, {"app_home", "bot_user", "slash_commands", "shortcuts", "unfurl_domains"}),
        (
            FEATURES["app_home"],
            {"home_tab_enabled", "messages_tab_enabled", "messages_tab_read_only_enabled"},
        ),
        (FEATURES["bot_user"], {"display_name", "always_online"}),
        *(
            (command, {"command", "url", "description", "usage_hint", "should_escape"})
            for command in FEATURES["slash_commands"]
        ),
        (
            SETTINGS,
            {
                "event_subscriptions",
                "interactivity",
                "socket_mode_enabled",
                "org_deploy_enabled",
                "token_rotation_enabled",
            },
        ),
        (SETTINGS["event_subscriptions"], {"request_url", "bot_events"}),
        (SETTINGS["interactivity"], {"is_enabled", "request_url", "message_menu_options_url"}),
    ],
)
def test_there_is_no_name_that_slack_does_not_know(part: dict[str, object], allowed: set[str]):
    assert set(part) <= allowed


def _web_api_calls(path: Path) -> set[str]:
    """Names of the web client's methods that a module calls; two words at least, so `close` is not one."""
    return {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and "_" in node.func.attr.strip("_")
        and hasattr(AsyncWebClient, node.func.attr)
        and node.func.attr != "api_call"
    }
