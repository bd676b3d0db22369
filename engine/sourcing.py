"""What each sentence of a draft rests on (C3): the record it is judged against, and what of the judgement is kept.

It judges words alone; whether they may leave is decided by people and gates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from engine.background import Known
from engine.rules import briefs, claims
from engine.rules.claims import Claim, Record
from engine.writing import Person, cleaning, facts, introducing, localising
from storage.facts import Situation


def judge(
    case: Situation,
    known: Known,
    subject: str,
    body: str,
    *,
    language: str,
    named: Iterable[tuple[str, Sequence[str]]] = (),
    stated: bool = False,
) -> tuple[Claim, ...]:
    """The sentences of a draft to a contact. `named` are those whose facts the writer named, `stated` as in claims."""
    if case.contact is None:
        return ()
    return claims.judge(
        subject, body, record(case, known, language), named=dict(named), language=language, stated=stated
    )


def edited(case: Situation, known: Known, subject: str, body: str, *, language: str) -> tuple[Claim, ...]:
    """The sentences after a person's edit. One that was marked stays marked while its words stay: what is said
    elsewhere lends it no source."""
    earlier = {claim.text: claim for claim in map(of, case.message.options.get("sources") or ())}
    named = [(text, claim.sources) for text, claim in earlier.items()]
    found = judge(case, known, subject, body, language=language, named=named)
    return tuple(replace(one, bare=one.text in earlier and earlier[one.text].bare) for one in found)


def record(case: Situation, known: Known, language: str) -> Record:
    """The contact's facts, and the words that the team, the recipient and earlier messages gave.

    A fact or a reply that reads like an order to a machine is a source of nothing.
    """
    assert case.contact is not None
    reply = ""
    if known.reply is not None and not cleaning.is_order(known.reply.text):
        day, whom = (str(known.reply.reading.get(name) or "") for name in ("day", "whom"))
        reply = "\n".join((known.reply.text, whom, localising.day(day, language)))
    colleague = {introducing.FACT: introducing.source(known.colleague)} if known.colleague else {}
    return Record(
        facts=forms(briefs.person(case.contact), language) | colleague,
        ours=_ours(case, known),
        reply=reply,
        thread=tuple(text for touch in known.history for text in (touch.subject, touch.body)),
    )


def stored(found: Iterable[Claim]) -> list[dict[str, Any]]:
    """What the message keeps of it, for its card and for the next check: sentences with a source or without a needed one."""
    return [asdict(claim) for claim in found if claim.sources or claim.is_unsourced]


def of(entry: Mapping[str, Any]) -> Claim:
    """A stored claim."""
    lists = {name: tuple(map(str, entry.get(name) or ())) for name in ("sources", "missing", "links")}
    return Claim(
        int(entry.get("number") or 0), str(entry.get("text") or ""), bare=bool(entry.get("bare")), **lists
    )


def _ours(case: Situation, known: Known) -> tuple[str, ...]:
    brand, campaign = case.brand, case.campaign
    voice = briefs.voice(brand, campaign, case.sender)
    told = (
        voice.brand, voice.positioning, voice.audience, *voice.value_propositions, voice.call_to_action,
        voice.sender_name, *voice.targets, brand.postal_address, case.sender.address if case.sender else "",
    )  # fmt: skip
    asked = (
        (campaign.name, campaign.goal, campaign.audience, campaign.offer, campaign.must_say)
        if campaign
        else ()
    )
    plan = (known.strategy.angle, *known.strategy.pillars) if known.strategy else ()
    return tuple(filter(None, (*told, *asked, *plan)))


def forms(person: Person, language: str) -> dict[str, str]:
    """fact → its value and the value as it is written in the language, one a line."""
    plain = {name: " ".join(value.split()) for name, value in person.facts.items()}
    found = {name: [value] for name, value in plain.items() if not cleaning.is_order(f"{name}\n{value}")}
    own = {name: getattr(person, name) for name in ("first_name", "last_name", "company", "title")}
    for name, value in own.items():
        if value.strip() and not cleaning.is_order(value):
            found.setdefault(name, []).append(" ".join(value.split()))
    usable = facts.known(person)
    written = localising.known(usable, language)
    details = {
        f"detail {number}": one[:-1].partition(" (")[2] for number, one in enumerate(written.details, 1)
    }
    for part, value in (written.parts | details).items():
        if part in usable.sources:
            found.setdefault(usable.sources[part], []).append(" ".join(value.split()))
    return {name: "\n".join(dict.fromkeys(filter(None, lines))) for name, lines in found.items()}
