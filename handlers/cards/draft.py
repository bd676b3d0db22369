"""The parts of a message's card that an approver reads: for whom, when and why, the words, the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine import policy
from engine.rules import autonomy, gates, lengths, quality, segments, similarity
from engine.rules.similarity import ChangeKind
from handlers import blocks, words
from handlers.blocks import Json
from handlers.cards import illustration, sources
from handlers.words import Sign
from storage.facts import address_of
from storage.lifecycle import PENDING, State
from storage.model import Message, channels
from storage.views import MessageView

_MARK = {ChangeKind.KEPT: "{}", ChangeKind.REMOVED: "~{}~", ChangeKind.ADDED: "*{}*"}
_BODY = 3_000
_FINDINGS = 3
WEAK = "Still under 80 after it was written again; look closely."
_UNTOLD = "Written again; your reason could not be followed: edit it."
_USUAL = "the posting time of the brand"
_AUTHOR = {
    "model": "written by the language model",
    "template": "written from a template",
    "person": "edited by a person",
}


def recipient(view: MessageView) -> str:
    """The name of the person or of the page, escaped."""
    case = view.case
    if case.feed is not None:
        return blocks.line(case.feed.name or words.channel(case.feed.network))
    return blocks.line(case.contact.name if case.contact else "nobody")


def who(view: MessageView, sign: Sign) -> list[Json]:
    """For whom, on which channel and why, when and why, and by when a decision is needed."""
    kind = "Post for" if view.case.feed else "To"
    facts = [("Channel", channel(view))]
    if at := time(view):
        facts.append(("Time", at))
    if view.case.message.state == State.DRAFTED and view.case.message.due_at:
        facts.append(("Decide by", blocks.when(view.case.message.due_at, view.zone)))
    title = f"*{kind} {recipient(view)}*{_role(view)}\n{sign}{_touch(view)}"
    return [blocks.section(title), blocks.fields(facts)]


def wording(view: MessageView) -> list[Json]:
    """Subject and text exactly as they would leave, with their length; a thread post by post."""
    row = view.case.message
    subject = [blocks.section(f"*Subject:* {blocks.line(row.subject, 300)}")] if row.subject.strip() else []
    network = view.case.feed.network if view.case.feed else row.channel
    below = segments.below(network, row.body, view.case.brand, str(row.options.get("locale") or ""))
    thread = lengths.posts(row.body) if network == "x" else ()
    count = f"A thread of {len(thread)} posts" if len(thread) > 1 else _length(network, row.body, below)
    link = illustration.previewed(row)
    shown = f"Link: {blocks.line(link, 300)}" if link else ""
    return [
        *subject,
        *(_posts(row, thread) if len(thread) > 1 else blocks.quote(row.body)),
        blocks.context(
            f"Added below: {blocks.line(below, 300)}" if below else "",
            f"{count} · {author(view)}",
            shown,
            hint(view),
        ),
    ]


def _posts(row: Message, thread: Sequence[str]) -> list[Json]:
    """Each post of a thread with its number, what it weighs on X, and whether it is out while others are not."""
    begun = len(row.out) if row.state != State.SENT else 0
    shown: list[Json] = []
    for number, post in enumerate(thread[: lengths.POSTS], 1):
        out = " · ✅ out" if number <= begun else ""
        weight = f"{lengths.weighted(post):,} of {lengths.X_MAX} characters"
        shown += [blocks.context(f"*Post {number} of {len(thread)}* · {weight}{out}"), *blocks.quote(post, 1)]
    return shown


def _length(network: str, body: str, below: str) -> str:
    """As its platform counts; a text message with what is added, in the parts that are billed."""
    limit = quality.LIMITS[network].hard if network in quality.LIMITS else _BODY
    if not channels.known(network).signed:
        return f"{lengths.of(network, body):,} of {limit:,} characters"
    whole = segments.whole(body, below)
    parts = words.count(segments.size(whole).parts, "part")
    return f"{segments.length(whole):,} of {limit:,} characters with it, {parts}"


def changes(view: MessageView) -> list[Json]:
    """What the last edit changed, while it still matters."""
    now, before = view.revision, view.before
    edited = now is not None and now.source == "person"
    if now is None or before is None or not edited or view.case.message.state not in PENDING:
        return []
    lines = [_diff(a, b) for a, b in ((before.subject, now.subject), (before.body, now.body)) if a != b]
    said = blocks.line(now.why, 500)
    why = f"Why: {said}" if now.why and lines else said
    told = "\n".join(line for line in (*lines, why) if line)
    return [blocks.section(f"*What changed*\n{blocks.cut_escaped(told, 2_800)}")] if told else []


def judgement(view: MessageView) -> list[Json]:
    """The score with the worst findings, and what the gates say today."""
    found = _findings(view)
    score = f"*Score {view.revision.score} of 100*" if view.revision else ""
    shown = [score if found else f"{score}, nothing found", *found] if score else []
    undecided = [(gate, kind, reason) for gate, kind, reason in view.verdicts if gate != "approval"]
    passed = [gate for gate, kind, _ in undecided if kind == "pass"]
    stopped = [(kind, reason) for _, kind, reason in undecided if kind != "pass"]
    lines = [
        f"{'⛔ Blocked' if kind == 'block' else '⏳ Waits'}: {blocks.line(reason, 250)}"
        for kind, reason in stopped
    ]
    asked = _asked(view)
    return [
        *([blocks.context(f"👤 {asked}")] if asked else []),
        *([blocks.section("\n".join(shown))] if shown else []),
        *sources.marked(view),
        *sources.named(view),
        *([blocks.section("\n".join(lines))] if lines else []),
        *([blocks.context(f"✓ Passed: {', '.join(passed)}")] if passed else []),
    ]


def _asked(view: MessageView) -> str:
    """Why an automatic campaign asks a person about this one, where it is not the checks."""
    campaign, contact = view.case.campaign, view.case.contact
    if campaign is None or contact is None or not autonomy.covers(campaign.autonomy, view.case.message.step):
        return ""
    return blocks.line(autonomy.on_its_own(view.case.message) or autonomy.to_a_person(contact), 200)


def blocked(view: MessageView) -> str:
    """Why Approve is not offered; empty when it is."""
    for finding in view.revision.findings if view.revision else ():
        if finding.get("blocks"):
            return str(finding.get("sentence", ""))
    return next(
        (reason for gate, kind, reason in view.verdicts if kind == "block" and gate != "approval"), ""
    )


def _role(view: MessageView) -> str:
    contact = view.case.contact
    if contact is None:
        return ""
    address = address_of(contact, view.case.message.channel)
    company = contact.company or view.account
    role = ", ".join(blocks.line(part, 80) for part in (contact.title, company) if part.strip())
    account = (
        f" (account {blocks.line(view.account, 80)})" if view.account and view.account != company else ""
    )
    return (f", {role}{account}" if role else "") + (f"\n{_shortened(address)}" if address else "")


def _shortened(address: str) -> str:
    """Enough to know it by, for whoever reads the channel (D1): Slack tells only with more scopes who that is.

    Why, and a task that a person does, show all of it.
    """
    name, at, host = address.rpartition("@")
    if at and name:
        return blocks.line(f"{name[0]}…@{host}", 100)
    return f"{address[:4]}…{address[-2:]}" if address.startswith("+") else blocks.line(address, 100)


def _touch(view: MessageView) -> str:
    row = view.case.message
    of = f" of {blocks.line(view.case.campaign.name)}" if view.case.campaign else ""
    kind = f"touch {row.step}" if row.answers is None else "answer to their reply"
    touch = f"{kind}{of}" if view.case.contact else of.removeprefix(" of ")
    return " · " + " · ".join(part for part in (touch, f"revision {row.revision}") if part)


def channel(view: MessageView) -> str:
    name = words.channel(view.case.message.channel)
    if view.case.feed is not None:
        return f"{name}, the page of the brand"
    why = str(view.case.message.options.get("why_channel") or "")
    chosen = view.case.campaign.channels if view.case.campaign else ()
    said = why or (
        "the only channel of the campaign" if len(chosen) == 1 else "the step of the strategy says so"
    )
    return f"{name}, {blocks.line(said, 200)}"


def time(view: MessageView) -> str:
    """In each reader's own zone, with the recipient's named, and why then."""
    row, rules = view.case.message, policy.read(view.case.settings)
    expected = view.expected_at if row.state in PENDING else None
    at = row.sent_at or row.slot_at or expected
    if at is None:
        return f"after approval, {_why(view, rules)}" if row.state in PENDING else ""
    zone = view.case.brand.zone or rules.zone if view.case.feed else gates.zones_of(view.case, rules)[0]
    planned = "if approved now: " if row.state == State.DRAFTED and not row.slot_at else ""
    return f"{planned}{blocks.when(at, view.zone)}\n{blocks.recipient_time(at, zone)}, {_why(view, rules)}"


def _why(view: MessageView, rules: policy.Policy) -> str:
    if view.case.feed is not None:
        return blocks.line(
            str(view.case.message.options.get("why_time", _USUAL) or "the time that was asked for"), 120
        )
    window = (view.case.campaign.window if view.case.campaign else "") or rules.window
    hours = "at any hour" if window.strip().lower() == "always" else f"window {blocks.line(window, 20)}"
    return f"{hours}, zone from the {gates.zone_source(view.case)}"


def author(view: MessageView) -> str:
    found = view.revision
    if found is None:
        return "nobody has written it yet"
    source = found.source if found.source in _AUTHOR else found.author
    by = f" ({blocks.person(found.author)})" if source == "person" else ""
    name = str(view.case.message.options.get("template") or "")
    template = f" ({blocks.line(name, 60)})" if source == "template" and name else ""
    return _AUTHOR.get(source, f"written by {blocks.line(found.author, 40)}") + by + template


def hint(view: MessageView) -> str:
    """What the writer wants people to know, and which facts it used."""
    options = view.case.message.options
    used = options.get("used")
    facts = (
        ", ".join(str(name).replace("_", " ") for name in used[:8]) if isinstance(used, list | tuple) else ""
    )
    weak = WEAK if options.get("weak") and view.case.message.state == State.DRAFTED else ""
    signal = f"Takes up the signal “{options['signal']}”" if options.get("signal") else ""
    moved = (
        f"Goes on with yesterday's topic, which moved {options['continues']}"
        if options.get("continues")
        else ""
    )
    angle = f"Angle: {options['angle']}" if options.get("angle") else ""
    untold = _UNTOLD if options.get("rejected") and view.case.feed is not None else ""
    parts = (
        angle,
        str(options.get("hint") or ""),
        signal,
        moved,
        weak,
        untold,
        f"Uses: {facts}" if facts and not options.get("sources") else "",
    )
    return " · ".join(blocks.line(part, 300) for part in parts if part)


def _findings(view: MessageView) -> list[str]:
    every = list(view.revision.findings) if view.revision else []
    every.sort(key=lambda found: (not found.get("blocks"), -_penalty(found)))
    shown = [_finding(found) for found in every[:_FINDINGS]]
    return [*shown, f"… and {len(every) - _FINDINGS} more"] if len(every) > _FINDINGS else shown


def _finding(found: Mapping[str, Any]) -> str:
    sign = "⛔ Must change" if found.get("blocks") else f"−{_penalty(found)}"
    return f"• {sign}: {blocks.line(str(found.get('sentence', '')), 200)}"


def _penalty(found: Mapping[str, Any]) -> int:
    return abs(int(found.get("penalty") or 0))


def _diff(before: str, after: str) -> str:
    runs = similarity.changed_words(before, after)
    return " ".join(
        _MARK[run.kind].format(blocks.line(run.text.replace("*", "∗").replace("~", "∼"), 1_500))
        for run in runs
    )
