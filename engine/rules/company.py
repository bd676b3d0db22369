"""The gate of a company's sequence (H2, H4): its order is approved, nothing speaks against it, colleagues keep apart."""

from __future__ import annotations

from datetime import datetime

from engine.rules import accounts, timing
from engine.rules.verdicts import Kind, Verdict
from storage.facts import Situation

PASSED = Verdict(Kind.PASS, "Nothing at their company speaks against it.")


def judge(case: Situation, zone: str, now: datetime) -> Verdict:
    """`zone` is the recipient's. An answer to their own reply waits for nothing here: its own approval is enough."""
    found, contact = case.account, case.contact
    if found is None or contact is None or case.message.answers is not None:
        return PASSED
    if found.member is None or found.member.struck_by:
        return Verdict(Kind.BLOCK, f"{contact.name} was struck from the order of {found.name}.")
    if found.paused_at is not None or found.asked or found.seen:
        return Verdict(Kind.HOLD, accounts.why_held(found.name, found.seen))
    if not found.member.approved_by:
        return Verdict(Kind.HOLD, f"The order of {found.name} is not approved yet.")
    return _apart(case, zone, now)


def _apart(case: Situation, zone: str, now: datetime) -> Verdict:
    """Days between touches to two people of one company, by the calendar of who gets the next one."""
    assert case.account is not None
    last = accounts.colleague_touched(case.message.contact_id or 0, case.account.sent)
    if last is None:
        return PASSED
    free = timing.earliest_after_touch(last, zone, accounts.APART * 24)
    if now >= free:
        return PASSED
    said = f"A colleague at {case.account.name} was written to less than {accounts.APART} days ago."
    return Verdict(Kind.HOLD, said, free)


def looked_at(case: Situation) -> tuple[str, str]:
    """What `judge` looks at, and where it is kept."""
    found = case.account
    if found is None:
        return "no account sequence", "the campaign"
    approved = "approved" if found.member and found.member.approved_by else "not approved"
    touched = accounts.colleague_touched(case.message.contact_id or 0, found.sent)
    last = f"{timing.instant(touched)}" if touched else "never"
    seen = ", ".join(f"{one.name} {accounts.SAID[one.kind]}" for one in found.seen) or "no conflict"
    return f"{found.name}: order {approved}; {seen}; colleague's last touch {last}", "the account's card"
