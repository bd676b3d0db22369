"""Views of an account's card, and of the conflicts that stop it, in each state worth looking at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.model import (
    Campaign,
    Conflict,
    Contact,
    EnrolmentState,
    Message,
    Step,
    Strategy,
    StrategyState,
)
from storage.model.accounts import Account, AccountEnrolment, AccountTouch, Member, Proposal, Seen
from storage.views import AccountView, ConflictView, ProposalView
from storage.views.companies import Ahead

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ZONE = "Europe/London"
ACCOUNT = Account(4, "T1", "acme", "Acme & Söhne", "acme.example", "")
ENROLMENT = AccountEnrolment(9, "T1", 3, 4, 0, EnrolmentState.WAITING, 2, None, None, "", NOW)


def members(contact: Contact) -> tuple[tuple[Member, Contact], ...]:
    """Four people in their order; `contact` stands in for each, only names and titles differ."""
    people = [
        (1, "Grace", "Hopper", "CTO", 95, "CTO"),
        (2, "Alan", "Kay", "VP of Sales", 80, "VP, from “VP of Sales”"),
        (3, "Ada", "Byron", "Director of Operations", 70, "Director, from “Director of Operations”"),
        (4, "Linus", "Clerk", "Accountant", 0, "no rank in “Accountant”"),
    ]
    return tuple(
        (
            Member(9, id_, at, id_ == 3, score, why, None, None),
            replace(
                contact, id=id_, first_name=first, last_name=last, title=title, email=f"{first}@acme.example"
            ),
        )
        for at, (id_, first, last, title, score, why) in enumerate(people, 1)
    )


def views(
    campaign: Campaign, contact: Contact, strategy: Strategy, message: Message, conflict: Conflict
) -> Mapping[str, tuple[str, Any]]:
    """`contact` stands in for everybody at the company; only names and titles differ."""
    people = members(contact)
    approved = tuple((replace(member, approved_by="U1OLIVIA"), person) for member, person in people)
    struck = ((replace(approved[1][0], struck_by="U2AMARA"), approved[1][1]),)
    steps = tuple(Step(n, "email", w, "call") for n, w in enumerate((0, 2, 3, 5), 1))
    plan = replace(strategy, state=StrategyState.DRAFT, steps=steps, angle="Show where routes double up")
    ahead = (
        Ahead(1, 0, 3, "email", "steps 1 to 3 go to the primary lead", "touch 1: email"),
        Ahead(2, 2, 3, "email", "steps 1 to 3 go to the primary lead", "touch 2: email"),
        Ahead(3, 5, 3, "sms", "steps 1 to 3 go to the primary lead", "touch 3: SMS"),
        Ahead(4, 10, 1, "email", "the next who was not written to yet", "touch 1: email"),
    )
    waiting = AccountView(ENROLMENT, ACCOUNT, replace(campaign, by_account=True), ZONE, people)
    planned = replace(waiting, strategy=plan, ahead=ahead, out={4: "no address for email"})
    sent = AccountTouch(9, 3, 1, "sent", "email", NOW - timedelta(days=2), NOW - timedelta(days=2))
    later = AccountTouch(9, 3, 2, "drafted", "email", None, NOW + timedelta(days=1))
    runs = replace(
        planned, enrolment=replace(ENROLMENT, state=EnrolmentState.ACTIVE, step=2), members=approved,
        strategy=replace(plan, state=StrategyState.APPROVED), touches=(sent, later), ahead=ahead[2:],
        next_at=later.slot_at,
    )  # fmt: skip
    seen = (
        Seen("replied", 3, "Ada Byron", NOW, "Talk to our CTO."),
        Seen("meeting", 1, "Grace Hopper", NOW),
    )
    paused = replace(runs, enrolment=replace(runs.enrolment, paused_at=NOW), seen=seen, asked=True)
    of_account = replace(conflict, enrolment_id=9, kind="replied", recorded_by="accounts", text="Acme waits.")
    return {
        "account_planned": ("account", planned),
        "account_without_a_plan": ("account", waiting),
        "account_active": ("account", replace(runs, members=(*approved[:1], *struck, *approved[2:]))),
        "account_with_a_draft": ("account", replace(runs, drafts=(message,))),
        "account_paused": ("account", paused),
        "account_closed": (
            "account",
            replace(
                paused, seen=(), asked=False, ahead=(),
                enrolment=replace(ENROLMENT, state=EnrolmentState.STOPPED, reason="A person closed it after a conflict."),
            ),
        ),
        "proposal_once_more": (
            "proposal",
            ProposalView(Proposal(7, "T1", 9, "reengage", None, "", NOW), "Acme & Söhne", campaign.name, ZONE, 7, NOW),
        ),
        "proposal_begin_again": (
            "proposal",
            ProposalView(Proposal(7, "T1", 9, "recycle", None, "", NOW), "Acme & Söhne", campaign.name, ZONE, 9, NOW),
        ),
        "proposal_left_alone": (
            "proposal",
            ProposalView(Proposal(7, "T1", 9, "recycle", "U2AMARA", "decline", NOW), "Acme", campaign.name, ZONE, 1),
        ),
        "account_conflict": (
            "conflict",
            ConflictView(of_account, contact, ZONE, 1, company="Acme & Söhne", paused=True, seen=seen),
        ),
        "account_conflict_asks": (
            "conflict",
            ConflictView(of_account, contact, ZONE, 0, company="Acme & Söhne", seen=seen[:1]),
        ),
        "account_conflict_resumed": (
            "conflict",
            ConflictView(
                replace(of_account, decision="resume", decided_by="U2AMARA"), contact, ZONE, company="Acme & Söhne",
                seen=seen[:1],
            ),
        ),
    }  # fmt: skip
