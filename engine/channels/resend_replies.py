"""What Resend's answer to a new mail means. Pure: status, headers and body in, a receipt or an error out.

Never repeats the vendor's words: they may hold the recipient's address. Source: the fact sheet on Resend.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from engine import errors
from engine.channels import Receipt, vendor_words
from engine.channels.vendor_http import Answer

UNTOLD = timedelta(seconds=10)
"""How long to wait after a 429 that does not say."""

_LEAST = timedelta(seconds=1)
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}\Z")
_BUSY = frozenset({408, 425})
_ELSEWHERE = frozenset({301, 302, 307, 308})
_NAMED = {
    "missing_api_key": "Resend was given no key (401). Set RESEND_API_KEY.",
    "restricted_api_key": "Resend's key may not send (401). Give it the right to, or set another RESEND_API_KEY.",
    "invalid_api_key": "Resend does not know the key (403). Set RESEND_API_KEY again.",
    "invalid_idempotency_key": "Resend does not take the idempotency key (400). Please report this.",
    "daily_quota_exceeded": "Resend's daily quota is used up (429). Go on once it is free again.",
    "monthly_quota_exceeded": "Resend's monthly quota is used up (429). Go on once it is free again, or larger.",
}
_CONFIG = {
    400: "Resend did not understand the request (400). Check MAIL_FROM.",
    401: "Resend does not accept the key (401). Check RESEND_API_KEY.",
    403: "Resend refuses this sender (403). Verify MAIL_FROM's domain there, and leave the test mode.",
    404: "Resend has no such address (404). Check RESEND_API_URL.",
    405: "Resend has no such address (405). Check RESEND_API_URL.",
}
_PERMANENT = {
    413: "The mail is too big for Resend (413). Shorten it.",
    422: "Resend refused a field of this mail (422). Check the address and the words.",
    451: "Resend refused this mail for its security (451).",
}


def receipt(answer: Answer, now: datetime) -> Receipt:
    """The receipt with Resend's id; else raises. `now` is aware UTC.

    What the sheet calls "transient, same key" (any 5xx, a concurrent try) is Unknown here: the mail may be on its
    way, and Unknown is what is repeated under the same key. So is a key used before with other words: sending
    under a new one could be a second copy.
    """
    if answer.status // 100 != 2:
        raise _refusal(answer, now)
    found = vendor_words.error_field(answer.body, "id")
    if not _ID.match(found):
        raise errors.Unknown("Resend took the mail but did not name it.")
    return Receipt(found)


def _refusal(answer: Answer, now: datetime) -> errors.ChannelError:
    status, name = answer.status, vendor_words.error_field(answer.body, "name")
    if status == 409:
        return _conflict(name)
    if status == 429 and not name.endswith("_quota_exceeded"):
        reason = "Resend's limit is reached (429). It goes on when Resend allows."
        return errors.RateLimited(reason, _wait(answer, now))
    if status in _PERMANENT:
        return errors.Undeliverable(_PERMANENT[status])
    if status in _BUSY:
        return errors.Transient(f"Resend is busy ({status}). It is tried again later.")
    if status in _ELSEWHERE:
        return errors.Misconfigured(f"Resend answers from elsewhere ({status}). Check RESEND_API_URL.")
    if status // 100 == 4:
        return errors.Misconfigured(_setting(status, name))
    return errors.Unknown(f"Resend failed ({status}) and may have taken the mail.")


def _conflict(name: str) -> errors.Unknown:
    if name == "concurrent_idempotent_requests":
        return errors.Unknown("Resend is still busy with an earlier try of this mail (409).")
    if name == "invalid_idempotent_request":
        return errors.Unknown("Resend took an earlier try of this mail with other words (409).")
    return errors.Unknown("Resend knows an earlier try of this mail (409).")


def _setting(status: int, name: str) -> str:
    """The sentence of the error's name where it is that status's own, else of the status."""
    named = _NAMED.get(name, "")
    return named if f"({status})" in named else _CONFIG.get(status, f"Resend refuses our mail ({status}).")


def _wait(answer: Answer, now: datetime) -> timedelta:
    """What `retry-after` says, else `ratelimit-reset`: both in seconds. A wait of nothing is one second."""
    for header in ("retry-after", "ratelimit-reset"):
        wait = vendor_words.retry_after(answer.headers.get(header, ""), now)
        if wait is not None:
            return max(wait, _LEAST)
    return UNTOLD
