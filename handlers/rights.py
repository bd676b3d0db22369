"""Who may use which command, button and form: viewers those named here, deciding is for approvers and admins (D5).

What is not named is for those who decide, so that a new route is never open by oversight.
"""

from __future__ import annotations

from engine import roles
from engine.errors import Forbidden
from handlers.actions import Button
from handlers.request import Answer, Request, refused

COMMANDS = frozenset(
    {
        "list",
        "status",
        "calendar",
        "why",
        "digest",
        "metrics",
        "rehearse",
        "ask",
        "now",
        "health",
        "help",
    }
)
"""Words that only look: the first of a command of any subject."""
BUTTONS = frozenset({Button.MESSAGE_WHY, Button.HOME_OPEN, Button.CALENDAR_EARLIER, Button.CALENDAR_LATER})
EVENTS = frozenset({"app_home_opened"})


def command(request: Request, word: str) -> None:
    """Raises Forbidden when this person may not use it. Unknown words only get help."""
    if word not in COMMANDS:
        roles.must_decide(request.who)


def button(request: Request, name: Button) -> None:
    if name not in BUTTONS:
        roles.must_decide(request.who)


def form(request: Request) -> None:
    """Every form decides or changes something."""
    roles.must_decide(request.who)


def event(request: Request, name: str) -> bool:
    """Whether what happened is this person's to bring about; a file that a viewer shares is nobody's business."""
    return request.who.may_decide or name in EVENTS


async def forbidden(request: Request, what: str, refusal: Forbidden) -> Answer:
    """Tell the person alone, and log it."""
    await roles.refused(request.ctx, request.who, what, refusal)
    return refused(refusal)
