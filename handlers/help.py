"""Help: instant, for this person, with examples and by symptom. Asks nothing of the database."""

from __future__ import annotations

from collections.abc import Mapping

from handlers import blocks, parse, rights, words
from handlers.request import Answer, Request

_OUTREACH = (
    (
        "new",
        'new "Spring launch" goal:"book demos" channels:email',
        "start a campaign; alone it opens a form",
    ),
    (
        "contact",
        'contact ada@example.com Ada campaign:"Spring launch"',
        "add a person, put right what is known, or show their card; alone it opens a form",
    ),
    ("merge", "merge ada@example.com a.lovelace@example.com", "two records of one person become one"),
    (
        "account",
        'account new ada@example.com company:"Acme" title:"CTO"',
        "one lead opens a campaign to their company: one order, one sequence; alone it opens a form",
    ),
    ("import", 'import "Spring launch"', "paste a CSV, or drop the file into the campaign's channel"),
    ("plan", 'plan "Spring launch"', "have a strategy written; you approve it"),
    (
        "run",
        'run "Spring launch" batch:10 --dry-run',
        "take the next contacts now; the dry run sends nothing",
    ),
    (
        "rehearse",
        'rehearse "Spring launch" 60d',
        "the next 60 days with sending off: who, when, what waits and why",
    ),
    ("now", "now", "what needs you: approvals, failures, hot replies, due calls; and every campaign"),
    ("list", "list", "all campaigns"),
    ("status", 'status "Spring launch"', "post the campaign's card here"),
    ("cap", 'cap "Spring launch" 50', "a daily cap of its own, instead of its sender's; none ends that"),
    ("pause", 'pause "Spring launch"', "stop sending at once; resume and cancel work alike"),
    (
        "reply",
        'reply ada@example.com "Tuesday suits me"',
        "record an answer; its words say what it is, you correct it",
    ),
    ("meeting", "meeting ada@example.com on:2026-12-01", "a meeting is booked: nothing more goes to them"),
    (
        "conflict",
        'conflict ada@example.com "They are in talks with us"',
        "hold everything to them until you decide",
    ),
    ("suppress", "suppress ada@example.com", "never write to this address or number again"),
    ("prefer", "prefer ada@example.com sms not:call", "the channel they asked for, and those they refuse"),
    (
        "consent",
        'consent +4915112345678 "form at the fair" on:2026-11-20',
        "they agreed to texts; --withdraw ends that",
    ),
    ("why", "why ada@example.com", "explain a message: every check, and what would have to change"),
    ("digest", "digest week", "last week's numbers with a chart; without “week” yesterday's and today's"),
)
_SOCIAL = (
    (
        "brand",
        'brand "Acme" positioning:"…" value:"…" target:"demo https://example.com/demo" x:@acme',
        "who you are and where you post; alone it opens a form, list shows all",
    ),
    (
        "plan",
        'plan "Acme" 30d 2027-01-01',
        "a calendar: one post per day and network; you approve it, then its drafts by the week",
    ),
    ("calendar", 'calendar "Acme"', "post the newest calendar's card here"),
    ("run", "run today --dry-run", "see a day through, as often as you like; the dry run sends nothing"),
    ("status", "status 2026-12-01", "how a day stands: ran, running, missed, with the links"),
    (
        "signal",
        'signal add "New rules for deliveries" kind:news expires:3d',
        "what is going on; tomorrow's drafts take it up",
    ),
    (
        "metrics",
        'metrics from:2026-12-01 to:2026-12-31 networks:linkedin,x brand:"Acme"',
        "impressions, engagements, clicks, shares, comments, likes; csv at the end makes a file of it",
    ),
    (
        "post",
        'post "We now ship to Norway" network:x link:https://example.com on:2026-12-01 at:15:00',
        "draft a post for linkedin (when none is named), facebook or x; you approve it. thread:yes makes a thread, on X",
    ),
)
_PARTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "outreach": {
        "Campaigns": ("new", "plan", "list", "status", "pause", "cap", "run", "rehearse"),
        "People": ("contact", "import", "merge", "account"),
        "What needs you": ("now", "why", "digest"),
        "What people said": ("reply", "meeting", "conflict", "prefer", "consent", "suppress"),
    },
    "social": {
        "Posts": ("post", "signal"),
        "Calendar": ("brand", "plan", "calendar"),
        "Day by day": ("run", "status", "metrics"),
    },
}
"""Headings with their commands, so that the page can be scanned; every command stands under one."""
_SYMPTOMS = (
    (
        "It does not start",
        "Press Plan on the campaign's card and approve the strategy; then approve the drafts.",
    ),
    (
        "It is stuck on one channel",
        "The channels are the campaign's. The form for a new one names what is unavailable and why.",
    ),
    (
        "It is not personalised",
        "Drafts use what is stored: add company, title and other columns and import again.",
    ),
    (
        "It waits",
        "The card names the reason: the recipient's hours, 48 hours between touches, or your decision.",
    ),
)


async def outreach(request: Request) -> Answer:
    return Answer(
        "Overture plans, drafts, schedules and delivers; people decide.", _page(request, "outreach")
    )


async def social(request: Request) -> Answer:
    return Answer("Posts take the same road as mail: draft, approve, publish.", _page(request, "social"))


def unknown(request: Request, subject: str, word: str, known: tuple[str, ...]) -> Answer:
    """Names the nearest command, then helps."""
    near = parse.nearest(word, known)
    hint = f"Did you mean `{words.command(request, near, subject)}`?" if near else "Here is what there is."
    text = f"There is no `{words.command(request, blocks.line(word.replace('`', ''), 40), subject)}`. {hint}"
    return Answer(text, (blocks.section(text), blocks.divider(), *_page(request, subject)))


def _page(request: Request, subject: str) -> tuple[blocks.Json, ...]:
    commands = _OUTREACH if subject == "outreach" else _SOCIAL
    mine = [told for told in commands if request.who.may_decide or told[0] in rights.COMMANDS]
    shown = [blocks.section("*What you can do*")]
    shown += [
        blocks.section(
            "\n".join([f"*{title}*", *(_line(request, subject, told) for told in mine if told[0] in part)])
        )
        for title, part in _PARTS[subject].items()
        if any(told[0] in part for told in mine)
    ]
    if subject == "outreach":
        shown += [
            blocks.section("*When something is wrong*\n" + "\n".join(f"*{a}.* {b}" for a, b in _SYMPTOMS))
        ]
    other = "social" if subject == "outreach" else "outreach"
    return (*shown, blocks.context(_rights(request), f"More: `{words.command(request, 'help', other)}`"))


def _line(request: Request, subject: str, told: tuple[str, str, str]) -> str:
    _, example, what = told
    return f"`{words.command(request, example, subject)}` {what}"


def _rights(request: Request) -> str:
    settings = words.command(request, "settings")
    if request.who.is_admin:
        return f"You are an admin: you approve, edit and reject, and `{settings}` is yours."
    if not request.who.may_decide:
        return "You are a viewer: you look and ask; approvers decide."
    return f"You are an approver: you approve, edit and reject. `{settings}` is for admins."
