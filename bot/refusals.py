"""What Slack says instead of yes, and what that means for the call. Asks nothing itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

AWAY = (OSError, TimeoutError, aiohttp.ClientError)
"""No answer at all."""
UNSURE = ("", "fatal_error", "internal_error", "service_unavailable", "request_timeout")
"""Slack's words for "some of it may have happened"; empty when a proxy answered instead of the API."""
LONGEST = 3600


def reason(error: SlackApiError) -> str:
    """Slack's word for what is wrong; empty when the answer was no answer of the API (a proxy's page, say)."""
    return "ratelimited" if _status(error) == 429 else str(_body(error).get("error") or "")


def limited(error: SlackApiError) -> bool:
    return reason(error) in ("ratelimited", "rate_limited")


def unanswered(error: BaseException) -> bool:
    """True when Slack may be away: no answer, or none of the API's own."""
    return isinstance(error, AWAY) or (isinstance(error, SlackApiError) and reason(error) in UNSURE)


def surely_not(error: BaseException) -> bool:
    """True when the call has certainly changed nothing in Slack: it was refused, or never got a connection."""
    if isinstance(error, SlackApiError):
        return reason(error) not in UNSURE
    return isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)


def retry_after(error: SlackApiError) -> timedelta:
    """What Retry-After asks for, at least a second and at most an hour."""
    headers = getattr(error.response, "headers", {})
    asked = str(headers.get("Retry-After") or "")
    seconds = int(asked) if asked.isdecimal() and len(asked) < 9 else 1
    return timedelta(seconds=min(max(seconds, 1), LONGEST))


def messages(error: SlackApiError) -> list[str]:
    """Slack's own words about our blocks: they name places, never contents."""
    found = (_body(error).get("response_metadata") or {}).get("messages") or []
    return [str(message)[:200] for message in found[:5]]


def _body(error: SlackApiError) -> dict[str, Any]:
    data = error.response.data if isinstance(error.response, AsyncSlackResponse) else error.response
    return data if isinstance(data, dict) else {}


def _status(error: SlackApiError) -> int:
    """Of Slack's answer, or of the page that came instead of one."""
    if isinstance(error.response, AsyncSlackResponse):
        return error.response.status_code
    return int(getattr(error.response, "status", 0))
