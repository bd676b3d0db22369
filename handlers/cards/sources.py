"""What the sentences of a draft rest on, and a Strike button at each that rests on nothing."""

from __future__ import annotations

from collections.abc import Iterable

from engine import sourcing
from engine.rules.claims import OURS, REPLY, THREAD, Claim
from handlers import blocks
from handlers.actions import Button, Ref
from handlers.blocks import Json
from storage.lifecycle import State
from storage.views import MessageView

_MARKED, _NAMED = 5, 4
_OWN = (OURS, "first_name")


def marked(view: MessageView) -> list[Json]:
    """Each sentence without a source, the first five, with a button while nobody has decided."""
    found = [claim for claim in _claims(view) if claim.is_unsourced]
    shown = [_mark(view, claim) for claim in found[:_MARKED]]
    more = len(found) - _MARKED
    return [*shown, *([blocks.context(f"… and {more} more without a source.")] if more > 0 else [])]


def named(view: MessageView) -> list[Json]:
    """Each sentence that rests on something about the recipient, the first four, with its facts and where those came
    from. A greeting needs no telling."""
    found = [
        (claim, [one for one in claim.sources if one not in _OWN]) for claim in _claims(view) if claim.number
    ]
    telling = [(claim, facts) for claim, facts in found if facts and claim.text[-1:] not in ",:"]
    lines = [
        f"“{blocks.line(claim.text, 90)}” ← {', '.join(_source(view, one) for one in facts[:3])}"
        for claim, facts in telling[:_NAMED]
    ]
    more = f"\n… and {len(telling) - _NAMED} more sentences" if len(telling) > _NAMED else ""
    return [blocks.context("Sources:\n" + "\n".join(lines) + more)] if lines else []


def _mark(view: MessageView, claim: Claim) -> Json:
    row = view.case.message
    what = ", ".join(f"“{blocks.line(one, 60)}”" for one in (*claim.missing, *claim.links)[:3])
    because = f"{what} stands in no fact on record" if what else "it names no source"
    text = f"❓ *No source:* “{blocks.line(claim.text, 300)}” — {because}."
    if claim.number < 1 or row.state != State.DRAFTED:
        return blocks.section(text)
    value = f"{Ref(row.id, row.revision)},{Ref(claim.number)}"
    about = f"sentence {claim.number}"
    return blocks.section(text, blocks.button("Strike", Button.MESSAGE_STRIKE, value, about=about))


def _source(view: MessageView, name: str) -> str:
    if name in (REPLY, THREAD):
        return name
    contact = view.case.contact
    fact = dict(contact.facts.get(name) or {}) if contact else {}
    by = str(fact.get("source") or "")
    shown = blocks.line(name.replace("_", " "), 40)
    return f"{shown} ({blocks.line(by, 40)})" if by else shown


def _claims(view: MessageView) -> Iterable[Claim]:
    kept = view.case.message.options.get("sources")
    return [sourcing.of(entry) for entry in kept] if isinstance(kept, list | tuple) else []
