"""The card of an account: who is contacted, in which order and why, by which channel, how far apart; and what stops it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.rules import accounts
from handlers import blocks, words
from handlers.actions import Button, Ref
from handlers.blocks import Json
from handlers.cards.picture import Picture
from handlers.words import Sign
from storage.lifecycle import State
from storage.model import CampaignStatus, Contact, EnrolmentState, StrategyState
from storage.model.accounts import Member
from storage.views.companies import AccountView

_PEOPLE, _TOUCHES = 12, 20
_BODY = 1_200
_STATES = {
    EnrolmentState.WAITING: Sign("📝", "Being planned"),
    EnrolmentState.ACTIVE: Sign("🟢", "Active"),
    EnrolmentState.STOPPED: Sign("⏹️", "Closed"),
    EnrolmentState.COMPLETED: Sign("🏁", "Completed"),
}
_PAUSED, _ASKS, _UNAPPROVED = (
    Sign("⏸️", "Paused"),
    Sign("✋", "Waits for you"),
    Sign("🕓", "Waits for approval"),
)


def render(view: AccountView) -> Picture:
    name, sign = blocks.line(view.account.name), status(view)
    facts = [
        ("Status", str(sign)),
        ("Campaign", blocks.line(view.campaign.name)),
        ("People", _counted(view)),
        ("Next touch", _next(view)),
    ]
    shown = [
        blocks.header(f"🏢 {view.account.name}"),
        blocks.fields(facts),
        *_conflict(view),
        blocks.section("*Who, in this order*\n" + "\n".join(_people(view))),
        *_unranked(view),
        *_plan(view),
        *_drafts(view),
        *blocks.actions(_buttons(view)),
    ]
    text = f"Account {name} in “{blocks.line(view.campaign.name)}” ({sign.word.lower()}): {_counted(view)}."
    return Picture(text, shown)


def status(view: AccountView) -> Sign:
    if view.enrolment.state in (EnrolmentState.STOPPED, EnrolmentState.COMPLETED):
        return _STATES[view.enrolment.state]
    if view.campaign.status in (CampaignStatus.PAUSED, CampaignStatus.CANCELLED):
        return words.STATUS[view.campaign.status]
    if view.enrolment.paused_at is not None:
        return _PAUSED
    if view.asked or view.seen:
        return _ASKS
    return _UNAPPROVED if is_unapproved(view) else _STATES[view.enrolment.state]


def is_unapproved(view: AccountView) -> bool:
    """Whether somebody in the order waits for Approve all."""
    return any(not member.approved_by and not member.struck_by for member, _ in view.members)


def value(view: AccountView) -> str:
    """What Approve all stands for: refs of the order, of the strategy, and of the drafts that the card shows."""
    plan = [Ref(view.strategy.id)] if view.strategy else []
    drafts = [Ref(row.id, row.revision) for row in view.drafts]
    return ",".join(map(str, [Ref(view.enrolment.id, view.enrolment.revision), *plan, *drafts]))


def _counted(view: AccountView) -> str:
    struck = sum(bool(member.struck_by) for member, _ in view.members)
    more = f", {struck} struck" if struck else ""
    return words.count(len(view.members), "contact") + more


def _next(view: AccountView) -> str:
    """What is planned already, else what comes."""
    if view.enrolment.state in (EnrolmentState.STOPPED, EnrolmentState.COMPLETED):
        return blocks.line(view.enrolment.reason, 200) or "none"
    names = {contact.id: contact.name for _, contact in view.members}
    pending = [
        t for t in view.touches if t.state in (State.PLANNED, State.DRAFTED, State.APPROVED, State.SCHEDULED)
    ]
    if pending:
        touch = pending[-1]
        at = f", {blocks.when(touch.slot_at, view.zone)}" if touch.slot_at else ""
        who = blocks.line(names.get(touch.contact_id, "nobody"))
        return f"{words.channel(touch.channel)} to {who}{at}"
    if view.ahead:
        return f"step {view.ahead[0].step} to {blocks.line(names.get(view.ahead[0].contact_id, 'nobody'))}"
    return "none"


def _people(view: AccountView) -> list[str]:
    lines = [_person(view, at, *pair) for at, pair in enumerate(view.members[:_PEOPLE], 1)]
    more = len(view.members) - _PEOPLE
    return [*lines, f"… and {more} more"] if more > 0 else lines or ["Nobody yet."]


def _unranked(view: AccountView) -> list[Json]:
    """Where a title counts nothing and the order can still change: how to give it a rank."""
    strange = any(not member.score and contact.title.strip() for member, contact in view.members)
    if not strange or not is_unapproved(view):
        return []
    return [
        blocks.context(
            "A title without a known rank counts 0. Edit the order here; for accounts to come, “Titles of your own” "
            "in the settings gives titles a rank."
        )
    ]


def _person(view: AccountView, at: int, member: Member, contact: Contact) -> str:
    name = blocks.bold(contact.name, 80)
    if member.struck_by:
        return f"{at}. ~{blocks.line(contact.name, 80)}~ struck by {blocks.person(member.struck_by)}"
    role = " · primary lead" if member.is_primary else ""
    score = f" · title {member.score} of 100 ({blocks.line(member.reason, 140)})"
    out = f" · ⚠️ {blocks.line(view.out[contact.id], 140)}" if contact.id in view.out else ""
    return f"{at}. {name}{role}{score}{_touched(view, contact)}{out}"


def _touched(view: AccountView, contact: Contact) -> str:
    mine = [t for t in view.touches if t.contact_id == contact.id and t.sent_at is not None]
    if not mine or mine[-1].sent_at is None:
        return ""
    return f" · last {words.channel(mine[-1].channel)} {blocks.when(mine[-1].sent_at, view.zone)}"


def _plan(view: AccountView) -> list[Json]:
    """The angle, and each touch to come: day, person, channel, and why these."""
    if view.strategy is None:
        return [blocks.context("Press Plan on the campaign's card; then this card shows every touch.")]
    if view.strategy.written_at is None:
        return [blocks.context("The strategy is being written; then this card shows every touch.")]
    lines = "\n".join(_coming(view))
    apart = f"Colleagues are written to at least {accounts.APART} days apart, {accounts.MOST_ACTIVE} people at once at most."
    return [
        blocks.section(f"*Angle* {blocks.line(view.strategy.angle, 400)}"),
        *([blocks.section(f"*What comes, if nobody reacts*\n{lines}")] if lines else []),
        blocks.context(apart),
    ]


def _coming(view: AccountView) -> Iterator[str]:
    """A line for each touch to come; a reason is said where it is another than the line before gave."""
    names, said, chosen = {contact.id: contact.name for _, contact in view.members}, "", ""
    for one in view.ahead[:_TOUCHES]:
        who = blocks.line(names.get(one.contact_id, "nobody"), 60)
        how = words.channel(one.channel) if one.channel else "no channel"
        by = f" ({blocks.line(one.why_channel, 100)})" if one.why_channel != chosen else ""
        why = f": {blocks.line(one.why_person, 80)}" if one.why_person != said else ""
        said, chosen = one.why_person, one.why_channel
        yield f"Day {one.day} · {who} · {how}{by}{why}"


def _drafts(view: AccountView) -> list[Json]:
    names = {contact.id: contact.name for _, contact in view.members}
    shown: list[Json] = []
    for row in view.drafts:
        subject = f"\n*Subject:* {blocks.line(row.subject, 300)}" if row.subject.strip() else ""
        who = blocks.line(names.get(row.contact_id or 0, "nobody"))
        shown.append(blocks.section(f"*Draft to {who}* by {words.channel(row.channel)}{subject}"))
        shown += blocks.quote(blocks.cut(row.body, _BODY), 1)
    return shown


def _conflict(view: AccountView) -> list[Json]:
    if view.enrolment.paused_at is None and not view.asked and not view.seen:
        return []
    return [blocks.section(f"⚠️ {blocks.line(accounts.why_held(view.account.name, view.seen), 500)}")]


def _buttons(view: AccountView) -> list[Json]:
    if view.enrolment.state in (EnrolmentState.STOPPED, EnrolmentState.COMPLETED):
        return []
    about, ref = view.account.name, str(Ref(view.enrolment.id, view.enrolment.revision))
    plan = view.strategy
    planned = plan is not None and plan.written_at is not None
    waits = is_unapproved(view) or view.drafts or (plan is not None and plan.state is StrategyState.DRAFT)
    approve = blocks.button("Approve all", Button.ACCOUNT_APPROVE, value(view), about=about, style="primary")
    edit = blocks.button("Edit the order", Button.ACCOUNT_ORDER, ref, about=about)
    choices = {
        f"{ref}:{contact.id}": ("Put back " if member.struck_by else "Strike ") + contact.name
        for member, contact in view.members[:100]
    }
    strike = blocks.menu("Strike one", Button.ACCOUNT_STRIKE, choices)
    held = view.enrolment.paused_at is not None or view.asked or view.seen
    return [*([approve] if planned and waits and not held else []), edit, *([strike] if choices else [])]
