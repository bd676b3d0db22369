"""What LinkedIn's answers to a new post or picture mean. Pure: status, headers and body in, a receipt or an error out.

Source: the fact sheet on LinkedIn, whose classes these are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from engine import errors
from engine.channels import Receipt, vendor_words

BACK_OFF = timedelta(minutes=15)
_LEAST = timedelta(seconds=1)

POST_ID = re.compile(r"urn:li:[A-Za-z]{1,40}:[A-Za-z0-9_-]{1,100}\Z")
_POST_IN_TEXT = re.compile(r"urn:li:(?:share|ugcPost|activity):[0-9]{1,30}")
_CONFIG = {
    403: "LinkedIn refuses this feed (403): a scope, a page role or a product is missing.",
    404: "LinkedIn has no such address (404). Check LINKEDIN_API_URL.",
    405: "LinkedIn has no such address (405). Check LINKEDIN_API_URL.",
    411: "LinkedIn did not understand the request (411). Check LINKEDIN_API_URL.",
    426: "LinkedIn has switched this API version off (426). Set a newer LinkedIn version.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is the raw beginning of the answer; absent headers are empty."""

    status: int
    body: bytes = b""
    post_id: str = ""
    retry_after: str = ""


def receipt(answer: Answer, *, secret: str = "") -> Receipt:
    """The receipt, also for a duplicate that names the first post; else raises. `secret` never gets into a reason."""
    if answer.status // 100 == 2:
        if POST_ID.match(answer.post_id):
            return named(answer.post_id)
        raise errors.Unknown("LinkedIn took the post but did not name it.")
    said = vendor_words.error_field(answer.body, "message")
    if answer.status in {400, 409, 422} and "duplicate" in said.lower():
        return _duplicate(said)
    raise refusal(answer, secret=secret)


def named(urn: str) -> Receipt:
    """The receipt of a post, with the page where people see it."""
    return Receipt(urn, f"https://www.linkedin.com/feed/update/{urn}")


def refusal(answer: Answer, *, what: str = "post", secret: str = "") -> errors.ChannelError:
    """What a status that is no success means; `what` is that which was refused. A 429 is `rate_limited`."""
    said = vendor_words.quoted(vendor_words.error_field(answer.body, "message"), secret=secret)
    status, because = answer.status, f": {said}" if said else "."
    if status == 401:
        return errors.TokenRefused("LinkedIn no longer accepts the token (401). Authorise again.")
    if status in _CONFIG:
        return errors.Misconfigured(_CONFIG[status])
    if "VERSION" in vendor_words.error_field(answer.body, "code").upper():
        return errors.Misconfigured(f"LinkedIn does not know this API version ({status}). Set another one.")
    if status in {409, 425}:
        return errors.Transient(f"LinkedIn is busy ({status}). It is tried again later.")
    if status // 100 == 4 and status != 408:
        return errors.Undeliverable(f"LinkedIn refused the {what} ({status}){because}")
    if status in {301, 302, 307, 308}:
        return errors.Misconfigured(f"LinkedIn answers from elsewhere ({status}). Check LINKEDIN_API_URL.")
    return errors.Unknown(f"LinkedIn failed ({status}) and may have taken the {what}{because}")


def rate_limited(answer: Answer, now: datetime, *, again: bool) -> errors.RateLimited:
    """How long to wait after a 429, at least a second. `now` is aware UTC.

    Retry-After is obeyed. LinkedIn usually sends none: the first 429 of a day may be mere protection, so wait 15
    minutes; the next one (`again`) means that the daily limit is used up until 00:00 UTC.
    """
    wait = vendor_words.retry_after(answer.retry_after, now)
    if wait is None:
        tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
        wait = tomorrow - now if again else min(BACK_OFF, tomorrow - now)
    reason = "LinkedIn's limit is reached (429). It goes on when LinkedIn allows."
    return errors.RateLimited(reason, max(wait, _LEAST))


def _duplicate(said: str) -> Receipt:
    """The same words were published before, most likely by an earlier try of ours."""
    found = _POST_IN_TEXT.search(said)
    if found:
        return named(found[0])
    raise errors.Unknown("LinkedIn says that this post was published already, but not where.")
