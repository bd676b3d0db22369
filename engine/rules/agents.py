"""Whether an open or a click was made by a machine. Pure, and careful: a doubtful one is not a person's (G2)."""

from __future__ import annotations

from datetime import timedelta

MACHINES = (
    "googleimageproxy",
    "yahoomailproxy",
    "bot",
    "crawler",
    "spider",
    "preview",
    "scan",
    "proofpoint",
    "mimecast",
    "barracuda",
    "safelinks",
    "slack-imgproxy",
    "curl/",
    "python-",
    "wget/",
    "go-http-client",
    "headless",
    "monitor",
)
"""Words in the User-Agent of mail scanners, link previews and image proxies that fetch before or without a person."""

APPLE_PRIVACY = "mozilla/5.0"
"""Apple's Mail Privacy Protection fetches pictures as this and nothing more."""

AT_ONCE = timedelta(seconds=2)
"""A fetch this soon after the send is a scanner at the door."""


def is_machine(user_agent: str, after_send: timedelta) -> bool:
    """True for a known scanner, an empty agent, or a fetch within two seconds of the send."""
    agent = user_agent.strip().casefold()
    if not agent or agent == APPLE_PRIVACY or after_send < AT_ONCE:
        return True
    return any(word in agent for word in MACHINES)
