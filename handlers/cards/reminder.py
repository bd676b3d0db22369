"""One line, in a campaign's thread or for a brand's posts: how many drafts need a decision soon, and by when."""

from __future__ import annotations

from handlers import blocks, words
from handlers.cards.picture import Picture
from storage.views import ReminderView


def render(view: ReminderView) -> Picture:
    name = blocks.line(view.campaign)
    if not view.drafts or view.first_at is None:
        said = f"Nothing in “{name}” waits for a decision any more."
        return Picture(said, [blocks.context(said)])
    needs = f"{words.count(view.drafts, 'draft')} of “{name}” {'needs' if view.drafts == 1 else 'need'} a decision"
    first = "" if view.drafts == 1 else "the first "
    text = f"⏰ {needs}, {first}by {blocks.plain_time(view.first_at, view.zone)}."
    shown = f"⏰ *{needs}*, {first}by {blocks.when(view.first_at, view.zone)}. Silence means no."
    return Picture(text, [blocks.section(shown)])
