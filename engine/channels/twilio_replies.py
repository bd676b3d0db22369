"""What Twilio's answers and error codes mean. Pure: status, headers and body in, a receipt or an error out.

Never repeats the vendor's words: they may hold the recipient's number. Source: the fact sheet on Twilio.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from engine import errors
from engine.channels import Receipt, vendor_words
from engine.channels.vendor_http import Answer

SID = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}\Z")

_FIRST_WAIT, _LONGEST_WAIT = timedelta(milliseconds=100), timedelta(seconds=30)
_UNTIL_TOMORROW = timedelta(hours=1)
_NEVER_LEFT = frozenset({"failed", "undelivered", "canceled"})
_ELSEWHERE = frozenset({301, 302, 307, 308})


class Meaning(Enum):
    """`DEAD`: no text ever reaches this number. `LATER`: the same text may arrive another time."""

    CONFIG = auto()
    PERMANENT = auto()
    DEAD = auto()
    OPTED_OUT = auto()
    RATE = auto()
    LATER = auto()


CODES: dict[int, tuple[Meaning, str]] = {
    20003: (Meaning.CONFIG, "Twilio does not accept the credentials. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN."),
    20404: (Meaning.CONFIG, "Twilio does not know the account. Check TWILIO_ACCOUNT_SID and TWILIO_API_URL."),
    20429: (Meaning.RATE, "Twilio has too many requests at once. It goes on when Twilio allows."),
    21211: (Meaning.DEAD, "The number is not valid."),
    21212: (Meaning.CONFIG, "Twilio does not take the sending number. Check TWILIO_FROM."),
    21214: (Meaning.PERMANENT, "The number cannot be reached."),
    21408: (Meaning.PERMANENT, "This country is not enabled at Twilio. Enable it there, then retry."),
    21602: (Meaning.PERMANENT, "Twilio was given no words. Please report this."),
    21603: (Meaning.CONFIG, "Twilio was given no sending number. Check TWILIO_FROM."),
    21604: (Meaning.PERMANENT, "Twilio was given no number to send to. Please report this."),
    21606: (Meaning.CONFIG, "The sending number cannot send texts. Check TWILIO_FROM."),
    21610: (Meaning.OPTED_OUT, "They replied STOP earlier. Twilio sends them nothing more."),
    21611: (Meaning.RATE, "Twilio's queue for the sending number is full. It goes on when there is room."),
    21612: (Meaning.PERMANENT, "No route leads from the sending number to this number."),
    21614: (Meaning.DEAD, "The number is not a mobile number."),
    21617: (Meaning.PERMANENT, "The text is too long for Twilio. Shorten it."),
    21619: (Meaning.PERMANENT, "Twilio was given no words. Please report this."),
    30001: (Meaning.LATER, "Twilio's queue overflowed. It is tried again later."),
    30002: (Meaning.CONFIG, "The account at Twilio is suspended."),
    30003: (Meaning.LATER, "The phone cannot be reached. It is tried again later."),
    30004: (Meaning.PERMANENT, "The person or their carrier blocks our texts."),
    30005: (Meaning.DEAD, "The number does not exist."),
    30006: (Meaning.DEAD, "The number is a landline, or its carrier takes no texts."),
    30007: (Meaning.PERMANENT, "The carrier took this text for spam."),
    30008: (Meaning.LATER, "The carrier gave no reason. It is tried again later."),
    30022: (Meaning.RATE, "The campaign's rate at the carrier is used up. It goes on later."),
    30023: (Meaning.RATE, "The day's texts at the carrier are used up. It goes on later."),
    30032: (Meaning.CONFIG, "The toll-free number is not verified. Verify it at Twilio."),
    30034: (Meaning.CONFIG, "The sending number is not registered for US texts (A2P 10DLC). Register it at Twilio."),
    30450: (Meaning.PERMANENT, "Twilio took this for SMS pumping. Check its settings for this country."),
    30610: (Meaning.LATER, "Twilio keeps quiet hours for this number. It is tried again later."),
    63017: (Meaning.RATE, "The channel's limit is reached. It goes on when Twilio allows."),
    63018: (Meaning.RATE, "The channel's limit is reached. It goes on when Twilio allows."),
}  # fmt: skip
_PREFIXES = {
    20: (Meaning.CONFIG, "Twilio refuses our request."),
    21: (Meaning.PERMANENT, "Twilio refused this text."),
    30: (Meaning.PERMANENT, "The carrier refused this text."),
    63: (Meaning.PERMANENT, "The channel refused this text."),
}


def meaning(code: int) -> tuple[Meaning, str] | None:
    """What a code says, with a sentence for people that ends in it; by its prefix if it is new, None if that is too."""
    found = CODES.get(code) or _PREFIXES.get(code // 1000 if 10_000 <= code <= 99_999 else 0)
    return (found[0], f"{found[1].removesuffix('.')} ({code}).") if found else None


def pause(times: int, jitter: float) -> timedelta:
    """How long to wait after the `times`-th 429 in a row: 100 ms, doubled, ± 10 %, at most 30 s. `jitter` in [0, 1)."""
    longest: timedelta = min(_FIRST_WAIT * (1 << min(max(times, 1) - 1, 20)), _LONGEST_WAIT)
    return longest * (0.9 + jitter / 5)


def receipt(answer: Answer, now: datetime, wait: timedelta) -> Receipt:
    """The receipt with Twilio's id; else raises. `wait` is how long to wait after a 429 that does not say.

    There is no key, so what is not surely refused may have been sent: any 5xx, a 408, a 409 and a yes without an id.
    """
    said = vendor_words.parsed(answer.body)
    if answer.status // 100 != 2:
        raise refusal(answer, now, wait)
    if vendor_words.error_field(answer.body, "status") in _NEVER_LEFT:
        raise _of_code(_code(said, "error_code"), wait) or errors.Undeliverable("Twilio gave this text up.")
    sid = said.get("sid")
    if not isinstance(sid, str) or not SID.match(sid):
        raise errors.Unknown("Twilio took the text but did not name it.")
    return Receipt(sid)


def refusal(answer: Answer, now: datetime, wait: timedelta) -> errors.ChannelError:
    """What a status that is no success means for the message."""
    status = answer.status
    if status == 429:
        told = vendor_words.retry_after(answer.headers.get("retry-after", ""), now)
        return errors.RateLimited(
            "Twilio's limit is reached (429). It goes on when Twilio allows.", told or wait
        )
    if status in _ELSEWHERE:
        return errors.Misconfigured(f"Twilio answers from elsewhere ({status}). Check TWILIO_API_URL.")
    if status == 401:
        return errors.Misconfigured(f"{CODES[20003][1].removesuffix('.')} (401).")
    if status // 100 != 4 or status in {408, 409}:
        return errors.Unknown(f"Twilio failed ({status}) and may have taken the text.")
    return _of_code(_code(vendor_words.parsed(answer.body), "code"), wait) or _of_status(status)


def _of_code(code: int, wait: timedelta) -> errors.ChannelError | None:
    found = meaning(code)
    if found is None:
        return None
    kind, sentence = found
    if kind is Meaning.RATE:
        return errors.RateLimited(sentence, _UNTIL_TOMORROW if code == 30023 else wait)
    if kind is Meaning.LATER:
        return errors.Transient(sentence, of_recipient=code != 30001)
    if kind is Meaning.CONFIG:
        return errors.Misconfigured(sentence)
    return errors.Undeliverable(
        sentence, dead_address=kind is Meaning.DEAD, opted_out=kind is Meaning.OPTED_OUT
    )


def _of_status(status: int) -> errors.ChannelError:
    """A refusal in nobody's words stops the sender rather than spending the messages."""
    if status in {404, 405}:
        return errors.Misconfigured(f"Twilio has no such address ({status}). Check TWILIO_API_URL.")
    if status == 403:
        return errors.Misconfigured(
            "Twilio refuses this account (403). Check TWILIO_ACCOUNT_SID and its rights."
        )
    if status == 413:
        return errors.Undeliverable("The text is too long for Twilio (413). Shorten it.")
    if status == 425:
        return errors.Transient("Twilio is busy (425). It is tried again later.")
    return errors.Misconfigured(f"Twilio refuses our request ({status}).")


def _code(said: dict[str, Any], field: str) -> int:
    """Zero if there is none."""
    value = said.get(field)
    return value if isinstance(value, int) else 0
