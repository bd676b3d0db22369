"""What X's answers mean. Pure: status, headers and body in, an id or an error out.

Source: the fact sheet on X, whose classes these are. There is no idempotency key, so doubt is Unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import errors
from engine.channels import vendor_words
from engine.channels.vendor_http import Answer

ID = re.compile(r"[0-9]{1,19}\Z")
BACK_OFF = timedelta(minutes=15)
"""The length of X's windows: what to wait when X does not say."""

_SHORTEST, _LONGEST = timedelta(seconds=5), timedelta(hours=25)
_WINDOWS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
_DUPLICATE_CODE = 187
_ELSEWHERE = frozenset({301, 302, 307, 308})
_OF_THE_POST = re.compile(
    r"\brepl(?:y|ies)\b|\bconversation|\bmention|\bquote|\bcashtag|\btoo long\b", re.IGNORECASE
)


class Duplicate(errors.Unknown):
    """X has these words from us already: this request added nothing, an earlier one may have."""


def posted(answer: Answer, now: datetime, *, secret: str = "") -> str:
    """The new post's id; else raises, Duplicate too. `now` is aware UTC; `secret` never gets into a reason.

    An answer may hold errors beside the post: the id counts.
    """
    if answer.status // 100 == 2:
        data = vendor_words.parsed(answer.body).get("data")
        found = data.get("id") if isinstance(data, dict) else None
        if isinstance(found, str) and ID.match(found):
            return found
        raise errors.Unknown("X took the post but did not name it.")
    raise refusal(answer, now, secret=secret)


def refusal(answer: Answer, now: datetime, *, secret: str = "", what: str = "post") -> errors.ChannelError:
    """What a status that is no success means for a post, or for `what` else was refused."""
    status, said = answer.status, _said(answer.body)
    because = f": {quoted}" if (quoted := vendor_words.quoted(said, secret=secret)) else "."
    if status == 429:
        return _limited(answer, now)
    if status == 401:
        return errors.TokenRefused("X no longer accepts the token (401). Authorise again.")
    if status == 402 or (status == 403 and "credit" in said.lower()):
        return errors.Misconfigured(f"The credits at X are used up ({status}). Buy some, or raise the limit.")
    if status == 403:
        return _forbidden(answer.body, said, because)
    if status in _ELSEWHERE or status == 405 or (status == 404 and not said):
        return errors.Misconfigured(f"X does not answer at this address ({status}). Check X_API_URL.")
    if status == 425:
        return errors.Transient("X is busy (425). It is tried again later.")
    if status // 100 == 4 and status not in {408, 409}:
        return errors.Undeliverable(f"X refused the {what} ({status}){because}")
    return errors.Unknown(f"X failed ({status}) and may have taken the {what}{because}")


def no_answer(answer: Answer, now: datetime, *, secret: str = "") -> errors.ChannelError:
    """What a refusal to tell something means; nothing is in doubt that was not before."""
    error = refusal(answer, now, secret=secret)
    if isinstance(error, errors.Misconfigured | errors.RateLimited):
        return error
    return errors.Transient(f"X does not tell ({answer.status}). It is asked again later.")


def _forbidden(body: bytes, said: str, because: str) -> errors.ChannelError:
    """A refusal in nobody's words stops the sender rather than spending the posts."""
    if "duplicate" in said.lower() or _codes(body) & {_DUPLICATE_CODE}:
        return Duplicate("X has these words already (403).")
    if _OF_THE_POST.search(said):
        return errors.Undeliverable(f"X refused the post (403){because}")
    return errors.Misconfigured(f"X refuses this app or its rights (403){because}")


def _limited(answer: Answer, now: datetime) -> errors.ChannelError:
    said = vendor_words.parsed(answer.body)
    if (
        "usage-capped" in str(said.get("type", ""))
        or "usagecapexceeded" in str(said.get("title", "")).lower()
    ):
        return errors.Misconfigured(
            "The usage limit at X is reached (429). Raise it there, or wait for its next period."
        )
    waits = [wait for window in _WINDOWS if (wait := _until_reset(answer.headers, window, now)) is not None]
    # X documents no Retry-After; what stands between it and us may send one.
    if asked := vendor_words.retry_after(answer.headers.get("retry-after", ""), now):
        waits.append(min(asked, _LONGEST))
    return errors.RateLimited(
        "X's limit is reached (429). It goes on when X allows.", max(waits, default=BACK_OFF)
    )


def _until_reset(headers: Mapping[str, str], window: str, now: datetime) -> timedelta | None:
    """How long a window that is used up stays so; None if it says no such thing. Its reset is in Unix seconds."""
    reset, left = headers.get(f"{window}-reset", ""), headers.get(f"{window}-remaining", "0")
    if not (reset.isascii() and reset.isdigit() and len(reset) <= 11) or left.strip() != "0":
        return None
    return min(max(datetime.fromtimestamp(int(reset), UTC) - now, _SHORTEST), _LONGEST)


def _said(body: bytes) -> str:
    """The sentence of either shape of error: problem+json, or a list of errors."""
    told = vendor_words.parsed(body)
    first = _errors(told)[0] if _errors(told) else {}
    words = (told.get("detail"), first.get("message"), first.get("detail"), told.get("title"))
    return next((word for word in words if isinstance(word, str) and word), "")


def _codes(body: bytes) -> set[object]:
    return {
        error["code"] for error in _errors(vendor_words.parsed(body)) if isinstance(error.get("code"), int)
    }


def _errors(told: dict[str, Any]) -> list[dict[str, Any]]:
    listed = told.get("errors")
    return [error for error in listed if isinstance(error, dict)] if isinstance(listed, list) else []
