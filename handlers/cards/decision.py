"""Which buttons a message's card shows in which state."""

from __future__ import annotations

from engine.plan import calendar
from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards import draft, illustration, outcome
from storage.lifecycle import State
from storage.model import CampaignStatus
from storage.views import MessageView

_AGAIN = "It may already have reached them; then they get it twice."
_GOES_ON = "The thread goes on after the posts that are out; they are not posted again."


def buttons(view: MessageView) -> list[Json]:
    state = State(view.case.message.state)
    if state is State.PLANNED:
        return []
    why = _button(view, "Why", Button.MESSAGE_WHY)
    if state is State.DRAFTED:
        return [*_undecided(view), why]
    if state is State.CANCELLED and view.case.feed is not None and not _alive(view, state):
        return [_button(view, "New time", Button.POST_TIME), why]
    if state is State.BLOCKED and view.case.message.approved_revision is None:
        return [_button(view, "Write again", Button.MESSAGE_REWRITE), why]
    decided = (*_BY_STATE.get(state, ()), *_instead(view)) if _alive(view, state) else ()
    return [*(_button(view, *shown) for shown in decided), why]


_BY_STATE: dict[State, tuple[tuple[str, Button], ...]] = {
    State.APPROVED: (("Undo", Button.MESSAGE_UNDO),),
    State.SCHEDULED: (("Undo", Button.MESSAGE_UNDO),),
    State.SKIPPED: (("Undo", Button.MESSAGE_UNDO),),
    State.REJECTED: (("Write again", Button.MESSAGE_REWRITE), ("Undo", Button.MESSAGE_UNDO)),
    State.CANCELLED: (("Draft again", Button.MESSAGE_REWRITE),),
    State.BLOCKED: (("Check again", Button.MESSAGE_CHECK_AGAIN),),
    State.FAILED: (("Retry", Button.MESSAGE_RETRY),),
    State.UNSURE: (("It was sent", Button.MESSAGE_CONFIRM), ("Send again", Button.MESSAGE_SEND_AGAIN)),
}


def _instead(view: MessageView) -> tuple[tuple[str, Button], ...]:
    """The next allowed channel of a touch that failed, until somebody chose it."""
    channel = outcome.proposed(view).get("channel", "")
    return ((f"Try {words.channel(channel)} instead", Button.MESSAGE_INSTEAD),) if channel else ()


def _undecided(view: MessageView) -> list[Json]:
    stopped = draft.blocked(view) or illustration.is_being_read(view)
    approve = [] if stopped else [_button(view, "Approve", Button.MESSAGE_APPROVE, "primary")]
    return [
        *approve,
        _button(view, "Edit", Button.MESSAGE_EDIT),
        *(_button(view, *shown) for shown in illustration.buttons(view)),
        _button(view, "Reject", Button.MESSAGE_REJECT, "danger"),
        _button(view, "Skip", Button.MESSAGE_SKIP),
    ]


def _alive(view: MessageView, state: State) -> bool:
    """A cancelled campaign brings nothing back; neither is a post written again that was missed or replaced."""
    campaign = view.case.campaign
    if campaign is not None and campaign.status is CampaignStatus.CANCELLED:
        return state is State.UNSURE
    return not (state is State.CANCELLED and view.case.message.note in ("missed", calendar.REPLACED))


def _button(view: MessageView, text: str, action: Button, style: str = "") -> Json:
    row = view.case.message
    asks = (
        blocks.confirmation("Send it again?", _GOES_ON if row.out else _AGAIN, "Send again")
        if action is Button.MESSAGE_SEND_AGAIN
        else None
    )
    about = view.case.contact.name if view.case.contact else view.case.feed.name if view.case.feed else ""
    return blocks.button(text, action, str(Ref(row.id, row.revision)), about=about, style=style, confirm=asks)
