"""Posts with pictures as their cards show them: asked for, being read, refused, there, and gone without one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import calendar_views

from storage.lifecycle import State
from storage.pictures import Given, Shown
from storage.views import MessageView

ATTACHED = {
    "id": 7, "digest": "ab" * 32, "alt": "Two people load a <van> beside a warehouse", "media_type": "image/png",
    "size": 214_300, "width": 1200, "height": 630,
}  # fmt: skip
ASKS = {"format": "picture"}


def _given(state: str, error: str = "", id_: int = 8) -> Given:
    return Given(
        id_, "T1", 1, state, "https://files.slack.com/f", "A van", error, "U2AMARA", calendar_views.NOW
    )


def views(post: Any) -> dict[str, tuple[str, Any]]:
    """`post` makes the view of a post, with changes to its row."""
    asked: MessageView = post(options=ASKS)
    refused = "That file is neither a PNG nor a JPEG picture; save it as one of them."
    week = calendar_views.VIEWS["calendar_in_force"][1]
    marked = tuple(
        replace(one, post=replace(one.post, format="picture"), pictured=one.state == "sent")
        for one in week.posts
    )
    return {
        "post_asks_for_picture": ("message", asked),
        "post_picture_is_read": ("message", replace(asked, given=_given("waiting"))),
        "post_picture_refused": ("message", replace(asked, given=_given("failed", refused))),
        "post_with_picture": (
            "message",
            replace(post(options=ASKS | {"picture": ATTACHED}), given=_given("kept", id_=7)),
        ),
        "post_with_picture_shown": (
            "message",
            replace(
                post(options=ASKS | {"picture": ATTACHED}), given=_given("kept", id_=7), file="F07PICTURE"
            ),
        ),
        "post_without_picture": ("message", post(options=ASKS, state=State.SCHEDULED)),
        "picture": ("picture", Shown(b"\x89PNG", "image/png", "Two people load a van")),
        "calendar_with_pictures": ("calendar", replace(week, posts=marked)),
    }
