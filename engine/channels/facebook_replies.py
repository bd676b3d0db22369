"""What Graph's answers and error codes mean for a post. Pure: status, headers and body in, a receipt or an error out.

Source: the fact sheet on Facebook pages. What it does not name and we know from elsewhere says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from engine import errors
from engine.channels import Receipt, vendor_http, vendor_words
from engine.channels.vendor_http import Answer

POST_ID = re.compile(r"[0-9]{1,30}_[0-9]{1,30}\Z")
BACK_OFF = timedelta(hours=1)
"""How long a limit is waited for when Facebook does not say: the app's calls are counted by the hour."""

_PHOTO_ID = re.compile(r"[0-9]{1,30}\Z")
_LONGEST = timedelta(hours=24)
_OF_POSTS = 1_000_000
"""Codes from here on speak of a post, smaller ones of the app, its token and the request."""
_USAGE = ("x-business-use-case-usage", "x-page-usage", "x-app-usage")
_ELSEWHERE = frozenset({301, 302, 307, 308})


class Meaning(Enum):
    """`DOUBT`: the post may stand there already."""

    CONFIG = auto()
    PERMANENT = auto()
    RATE = auto()
    DOUBT = auto()


_LIMIT = (Meaning.RATE, "Facebook's limit of calls is reached. It goes on when Facebook allows.")
_BUSY = (Meaning.DOUBT, "Facebook failed and may have taken the post.")
_RIGHTS = (Meaning.CONFIG, "Facebook refuses this page: the token lacks a permission or a role there.")
_LINK = (Meaning.PERMANENT, "Facebook refuses the post's link. Take another one.")
CODES: dict[int, tuple[Meaning, str]] = {
    1: _BUSY,
    2: _BUSY,
    4: _LIMIT,
    10: _RIGHTS,
    17: _LIMIT,
    32: _LIMIT,
    100: (Meaning.PERMANENT, "Facebook refused the post."),
    190: (Meaning.CONFIG, "Facebook no longer accepts the page's token. Set FACEBOOK_PAGE_TOKEN again."),
    368: (Meaning.CONFIG, "Facebook blocks this page or account for now. Look there for the reason."),
    506: (Meaning.DOUBT, "Facebook says that the same text was just posted."),
    613: _LIMIT,
    80001: _LIMIT,
    1346003: (Meaning.PERMANENT, "Facebook takes the post for abusive. Change it."),
    1363047: _BUSY,
    1366046: (
        Meaning.PERMANENT,
        "The post's picture has more than 4 MB or a format that Facebook does not take.",
    ),
    1366051: (Meaning.PERMANENT, "The post's picture was posted already."),
    1390008: (Meaning.CONFIG, "Facebook finds that this page posts too fast, and blocks it for now."),
    1404078: (Meaning.CONFIG, "Facebook wants this page authorised for publishing. Do that there."),
    1404102: (Meaning.PERMANENT, "The post is against Facebook's community standards. Change it."),
    1609008: _LINK,
    1609010: _BUSY,
    2061006: _LINK,
}
_UNKNOWN_PAGE = (
    Meaning.CONFIG,
    "Facebook does not show this page to the token. Check the page's number and FACEBOOK_PAGE_TOKEN.",
)
_PROOF = (Meaning.CONFIG, "The app wants its requests signed. Check FACEBOOK_APP_SECRET.")
_NO_PAGE = 33


def receipt(answer: Answer, now: datetime, secrets: Sequence[str] = ()) -> Receipt:
    """The receipt; else raises. `now` is aware UTC. Nothing of `secrets` gets into a reason."""
    if answer.status // 100 != 2:
        raise refusal(answer, now, secrets)
    said = vendor_words.parsed(answer.body)
    id_ = said.get("post_id", said.get("id"))
    if not isinstance(id_, str) or not POST_ID.match(id_):
        raise errors.Unknown("Facebook took the post but did not name it.")
    return named(id_, said.get("permalink_url"))


def named(id_: str, link: object) -> Receipt:
    """The receipt of a post. `link` is where it stands, if that is an address at Facebook."""
    host = vendor_http.web_host(link) if isinstance(link, str) and link.startswith("https://") else ""
    if (
        isinstance(link, str)
        and (host == "facebook.com" or host.endswith(".facebook.com"))
        and len(link) < 500
    ):
        return Receipt(id_, link)
    return Receipt(id_, f"https://www.facebook.com/{id_}")


def photo(answer: Answer, now: datetime, secrets: Sequence[str] = ()) -> str:
    """The id of a photo that was handed over and stands nowhere yet; else raises, Unknown too."""
    if answer.status // 100 != 2:
        raise refusal(answer, now, secrets, what="picture")
    id_ = vendor_words.parsed(answer.body).get("id")
    if not isinstance(id_, str) or not _PHOTO_ID.match(id_):
        raise errors.Unknown("Facebook took the picture but did not name it.")
    return id_


def refusal(
    answer: Answer, now: datetime, secrets: Sequence[str] = (), *, what: str = "post"
) -> errors.ChannelError:
    """What a status that is no success means; `what` is that which was refused. There is no key, so any 5xx leaves
    doubt, whatever code it carries."""
    status, error = answer.status, _error(answer.body)
    if status in _ELSEWHERE:
        return errors.Misconfigured(f"Facebook answers from elsewhere ({status}). Check FACEBOOK_API_URL.")
    if status // 100 != 4 or status in {408, 409}:
        return errors.Unknown(f"Facebook failed ({status}) and may have taken the {what}.")
    code, subcode = _number(error, "code"), _number(error, "error_subcode")
    found = _meaning(code, subcode, error)
    if found is None:
        return _of_status(status, answer, now, what)
    if status == 429 and found is _BUSY:
        found = _LIMIT  # what a limit turned away was not taken
    kind, sentence = found
    number = f"{code}/{subcode}" if subcode else str(code)
    reason = f"{sentence.removesuffix('.')} ({number})"
    if found == CODES[100]:
        reason, said = f"Facebook refused the {what} ({number})", _said(error, secrets)
        return errors.Undeliverable(f"{reason}: {said}" if said else f"{reason}.")
    return _raised(kind, f"{reason}.", answer, now)


def _meaning(code: int, subcode: int, error: Mapping[str, Any]) -> tuple[Meaning, str] | None:
    """What a subcode that speaks of posts says, else the code; None if there is no code.

    Subcode 33 and the complaint about `appsecret_proof` under code 100 are not on the fact sheet.
    """
    if subcode >= _OF_POSTS and subcode in CODES:
        return CODES[subcode]
    if error.get("is_transient") is True and CODES.get(code, _BUSY)[0] is not Meaning.RATE:
        return _BUSY
    if code == 100 and subcode == _NO_PAGE:
        return _UNKNOWN_PAGE
    if code == 100 and "appsecret_proof" in str(error.get("message")):
        return _PROOF
    if 200 <= code <= 299:
        return _RIGHTS
    if code >= _OF_POSTS:
        return CODES.get(code, CODES[100])
    return CODES.get(code, (Meaning.CONFIG, "Facebook refuses our request.")) if code > 0 else None


def _raised(kind: Meaning, reason: str, answer: Answer, now: datetime) -> errors.ChannelError:
    if kind is Meaning.RATE:
        return errors.RateLimited(reason, wait(answer.headers, now))
    if kind is Meaning.CONFIG:
        return errors.Misconfigured(reason)
    return errors.Unknown(reason) if kind is Meaning.DOUBT else errors.Undeliverable(reason)


def _of_status(status: int, answer: Answer, now: datetime, what: str) -> errors.ChannelError:
    """A refusal in nobody's words stops the sender rather than spending the posts."""
    if status == 429:
        return _raised(Meaning.RATE, f"{_LIMIT[1].removesuffix('.')} (429).", answer, now)
    if status == 413:
        return errors.Undeliverable(f"The {what} is too large for Facebook (413). Make it smaller.")
    if status == 425:
        return errors.Transient("Facebook is busy (425). It is tried again later.")
    return errors.Misconfigured(f"Facebook refuses our request ({status}). Check FACEBOOK_API_URL.")


def wait(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long to stay away: the longest that any usage header tells in minutes, or Retry-After; at most a day."""
    told = [
        timedelta(minutes=min(minutes, 1440.0))
        for name in _USAGE
        for minutes in _minutes(headers.get(name, ""))
    ]
    after = vendor_words.retry_after(headers.get("retry-after", ""), now)
    if after:
        told.append(min(after, _LONGEST))
    return max(told, default=BACK_OFF)


def _minutes(header: str) -> Iterator[float]:
    """Every `estimated_time_to_regain_access` of an object, or of an object's lists of objects."""
    usage = vendor_words.parsed(header.encode(errors="replace"))
    listed = [entry for entries in usage.values() if isinstance(entries, list) for entry in entries]
    for entry in (usage, *listed):
        value = entry.get("estimated_time_to_regain_access") if isinstance(entry, dict) else None
        if isinstance(value, int | float) and value > 0:
            yield value


def _said(error: Mapping[str, Any], secrets: Sequence[str]) -> str:
    """Facebook's words to a person, else those to a programmer."""
    for field in ("error_user_msg", "message"):
        text = error.get(field)
        if isinstance(text, str) and text.strip():
            for secret in secrets:
                text = text.replace(secret, "…")
            return vendor_words.quoted(text)
    return ""


def _error(body: bytes) -> dict[str, Any]:
    error = vendor_words.parsed(body).get("error")
    return error if isinstance(error, dict) else {}


def _number(error: Mapping[str, Any], field: str) -> int:
    """Zero if there is none that could be printed."""
    value = error.get(field)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9 else 0
