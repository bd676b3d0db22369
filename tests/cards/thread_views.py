"""Threads on X as their cards show them: waiting for a decision, and broken off after the first post."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from storage.lifecycle import State
from storage.model import Feed

FEED = Feed(4, "T1", 1, "x", "@acme", "Acme on X")
BODY = (
    "What did empty miles cost you last week?\n---\n"
    "We counted ours for <seven> days, and wrote down where each began.\n---\n"
    "Count yours in a demo: https://acme.example/demo\n\n#Acme #Logistics"
)
BROKEN = "Of 3 posts of the thread X has only 1: https://x.com/acme/status/19. Send again goes on after it. X failed (503)."


def views(post: Any) -> dict[str, tuple[str, Any]]:
    """`post` makes the view of a post, with changes to its row."""
    drafted = post(channel="x", body=BODY, options={"thread": True})
    drafted = replace(drafted, case=replace(drafted.case, feed=FEED))
    out = {"revision": drafted.case.message.revision, "ids": ["19"]}
    row = replace(drafted.case.message, state=State.UNSURE, note=BROKEN, options={"out": out})
    return {
        "thread_drafted": ("message", drafted),
        "thread_broken_off": ("message", replace(drafted, case=replace(drafted.case, message=row))),
    }
