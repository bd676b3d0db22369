"""What a card needs to know. `load` gives the view of any kind, `home` that of the Home tab; nothing is decided here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import pictures, sheets
from storage.views import answers, companies, people, rehearsed, reports, social, work
from storage.views.bulks import BulkView
from storage.views.bulks import bulk as many
from storage.views.companies import AccountView, ProposalView
from storage.views.home import load as home
from storage.views.nouns import (
    AdviceView,
    CampaignView,
    ChartView,
    ConflictView,
    ContactView,
    DigestView,
    HomeView,
    ImportView,
    MessageView,
    ReminderView,
    ReplyView,
    RunView,
    SenderView,
    StrategyView,
    Touching,
    Waiting,
)
from storage.views.rehearsed import RehearsalChartView, RehearsalRowsView, RehearsalView
from storage.views.social import CalendarView

__all__ = (
    "AccountView",
    "AdviceView",
    "BulkView",
    "CalendarView",
    "CampaignView",
    "ChartView",
    "ConflictView",
    "ContactView",
    "DigestView",
    "HomeView",
    "ImportView",
    "MessageView",
    "ProposalView",
    "RehearsalChartView",
    "RehearsalRowsView",
    "RehearsalView",
    "ReminderView",
    "ReplyView",
    "RunView",
    "SenderView",
    "StrategyView",
    "Touching",
    "Waiting",
    "home",
    "load",
)  # fmt: skip


async def load(conn: AsyncConnection, workspace_id: str, kind: str, entity_id: int) -> Any:
    """The view of a card's entity; None when the workspace has no such entity. KeyError for an unknown kind."""
    return await _LOADERS[kind](conn, workspace_id, entity_id)


_LOADERS: Mapping[str, Callable[[AsyncConnection, str, int], Awaitable[Any]]] = {
    "campaign": work.campaign,
    "strategy": work.strategy,
    "message": work.message,
    "task": work.message,
    "bulk": many,
    "reply": answers.reply,
    "account": companies.load,
    "proposal": companies.proposal,
    "conflict": answers.conflict,
    "contact": people.contact,
    "advice": people.advice,
    "reminder": work.reminder,
    "digest": reports.digest,
    "chart": reports.chart,
    "import": reports.import_,
    "run": reports.run,
    "rehearsal": rehearsed.rehearsal,
    "rehearsal_chart": rehearsed.chart,
    "rehearsal_rows": rehearsed.touches,
    "sender": reports.sender,
    "sheet": sheets.get,
    "calendar": social.calendar,
    "picture": pictures.shown,
    "post_reminder": social.reminder,
}
