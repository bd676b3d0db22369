"""Why: explains one message, from its rows as they are now. Changes nothing.

Every gate in the registry appears with what it looked at, and for what never went, what would have to change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from engine import addressees, policy
from engine.context import Context, Who
from engine.errors import Refused
from engine.rules import addresses, caps, evidence, gates
from engine.rules.gates import Kind
from storage import contacts, messages, senders, sequences, views
from storage.lifecycle import PENDING, State
from storage.model import Sender, Step
from storage.tables import messages as rows
from storage.views import MessageView

_ONLY_POSTS, _ONLY_PEOPLE = (
    ("slot",),
    ("suppression", "campaign", "reply", "paused", "frequency", "consent", "quiet hours", "window"),
)
_ONLY_ACCOUNTS = ("account",)

_MENDS = {
    "suppression": "Only the recipient's own wish can take an address off the list; write to somebody else.",
    "approval": "A person must approve these exact words for this address.",
    "placeholders": "Edit the draft, so that every place is filled in.",
    "identity": "Add the sender and the postal address under /outreach settings, then press Check again.",
    "campaign": "Resume the campaign, or change its dates.",
    "reply": "Decide about the reply on its card: go on, or stop.",
    "paused": "Press Resume or Give back on the contact's card.",
    "consent": "Record their consent with /outreach consent, then press Check again.",
    "account": "Press Approve all on the account's card, or decide about the conflict on its card.",
    "slot": "Pick a new time for the post.",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """One gate's verdict, "pass" | "hold" | "block", its reason, and what it looked at."""

    gate: str
    kind: str
    reason: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """`decisive` is the gate that counts, empty when all pass; `change` what would have to change, if anything.

    `step` is the touch's own in the strategy in force, where there is one.
    """

    view: MessageView
    judgements: tuple[Judgement, ...]
    decisive: str
    change: str
    step: Step | None = None


async def explain(ctx: Context, who: Who, message_id: int) -> Explanation:
    """Raises Refused when the workspace has no such message."""
    async with ctx.db.read() as conn:
        view: MessageView | None = await views.load(conn, who.workspace_id, "message", message_id)
        if view is None:
            raise Refused("That message no longer exists.")
        step = await _step(conn, view)
    return replace(about(view, ctx.now()), step=step)


async def _step(conn: AsyncConnection, view: MessageView) -> Step | None:
    row = view.case.message
    if row.campaign_id is None or row.answers is not None:
        return None
    strategies = await sequences.strategies_in_force(conn, [row.campaign_id])
    steps = [step for found in strategies.values() for step in found.steps]
    return next((step for step in steps if step.number == row.step), None)


async def find(ctx: Context, who: Who, named: str) -> int:
    """The newest message to an address, or the one with this number. Raises Refused."""
    text = named.strip().removeprefix("#")
    if text.isdecimal() and len(text) < 18:
        return int(text)
    async with ctx.db.read() as conn:
        ids = await _named(conn, who, text)
        found = await messages.find(conn, who.workspace_id, rows.c.contact_id.in_(ids)) if ids else []
    if not found:
        raise Refused(f"There is no message to {text[:80]}.")
    return next((row.id for row in found if row.state in PENDING), found[-1].id)


async def _named(conn: AsyncConnection, who: Who, text: str) -> list[int]:
    """Whom an e-mail address or a phone number belongs to. Raises Refused for what is neither."""
    try:
        if addressees.is_number(text):
            reached = await contacts.reached(conn, addresses.phone(text)[0])
            return [one.id for one in reached if one.workspace_id == who.workspace_id]
        key = addresses.merge_key(addresses.email_address(text))
    except Refused:
        raise Refused(
            "Name an e-mail address, a phone number or a message's number, like /outreach why ada@example.com."
        ) from None
    contact = await contacts.by_key(conn, who.workspace_id, key)
    return [contact.id] if contact else []


def about(view: MessageView, now: datetime) -> Explanation:
    """The explanation of a message as its view shows it. Pure."""
    case, rules = view.case, policy.read(view.case.settings)
    left_out: tuple[str, ...] = _ONLY_PEOPLE if case.feed is not None else _ONLY_POSTS
    left_out += () if case.account is not None else _ONLY_ACCOUNTS
    judged = tuple(
        Judgement(name, str(verdict.kind), verdict.reason, *evidence.of(name, case, rules, now))
        for name, verdict in gates.judge(case, rules, now)
        if name not in left_out
    )
    if case.sender is not None and case.feed is None:
        judged += (_cap(senders.today(case.sender, now)),)
    decisive, verdict = gates.decide(case, rules, now)
    stands = verdict.kind is not Kind.PASS and State(case.message.state) not in (State.SENT, State.SENDING)
    return Explanation(view, judged, decisive if stands else "", _change(view, decisive if stands else ""))


def _cap(sender: Sender) -> Judgement:
    """What the claim counts against, which takes no more messages than there are places."""
    full = sender.limit is not None and sender.used >= sender.limit
    reason = "Its sender's places of today are taken." if full else "Its sender has a place today."
    return Judgement("cap", str(Kind.HOLD if full else Kind.PASS), reason, caps.today(sender), "")


def _change(view: MessageView, decisive: str) -> str:
    state, feed = State(view.case.message.state), view.case.feed
    if decisive == "suppression":
        return _MENDS[decisive]
    if state is State.DRAFTED and decisive in ("", "approval"):
        return "A person must approve it."
    if state is State.PLANNED and decisive in ("approval", "placeholders"):
        return (
            "It must be written; then a person approves it, unless the campaign sends such drafts by itself."
        )
    if state is State.UNSURE:
        return "A person looks whether it arrived, and presses It was sent or Send again."
    if state is State.FAILED:
        return "Mend what the reason names, then press Retry."
    if state in (State.REJECTED, State.CANCELLED) and feed is None:
        return "Somebody must ask for new words and approve them."
    if state is State.SKIPPED:
        return "Press Undo before its time has passed."
    return _MENDS.get(decisive, "") if state not in (State.SENT, State.SENDING) else ""
