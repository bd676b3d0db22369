"""Reads what a rehearsal came to from its own database: who was reached when, what waited, what never left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from engine import policy
from engine.context import Context
from engine.rehearse.script import Played, Script, Touch
from engine.rules import gates
from storage import campaigns, facts, messages, rehearsals
from storage.lifecycle import OVER, PENDING, State
from storage.model import Contact, Message
from storage.tables import messages as rows

ALL = 10_000_000
WAITED = ("schedule", "hold", "park", "defer", "take_back")
"""Events whose note says what a message waited for."""
REASONS = 3
CHUNK = 1_000


async def read(
    stage: Context,
    script: Script,
    stuck: Mapping[tuple[int, int], str],
    limits: Mapping[tuple[str, date], Mapping[int, int]],
) -> Played:
    """`stuck` are the drafts that nobody could approve, by (message, revision); `limits` are by sender."""
    workspace_id, campaign_id = script.who.workspace_id, script.campaign_id
    async with stage.db.read() as conn:
        found = await messages.find(conn, workspace_id, rows.c.campaign_id == campaign_id, limit=ALL)
        waited = await rehearsals.notes(conn, workspace_id, WAITED)
        others = await rehearsals.left_of_others(conn, workspace_id, campaign_id, script.begins)
        ended = await rehearsals.ended(conn, workspace_id, campaign_id)
        strategy = await campaigns.approved(conn, workspace_id, campaign_id)
    for row in script.rows["messages"]:
        if row["note"]:
            waited.setdefault(row["id"], []).insert(0, row["note"])
    before = _before(script)
    fresh = [row for row in found if row.id not in before and row.contact_id is not None]
    shown = [row for row in fresh if not _is_later(row, stuck)]
    zones = await _zones(stage, script, sorted({row.contact_id for row in shown if row.contact_id}))
    touches = [_touch(row, zones, stuck, waited) for row in shown]
    known = {row["id"] for row in script.rows["strategies"] if row["state"] == "approved"}
    return Played(
        touches=tuple(sorted(touches, key=lambda touch: (touch.at is None, touch.at or script.ends))),
        limits={key: sum(of.values()) for key, of in limits.items()},
        others=tuple(others),
        unreached=tuple(ended),
        later=len(fresh) - len(shown),
        plan="" if strategy and strategy.id in known else strategy.source if strategy else "",
    )


def _before(script: Script) -> set[int]:
    """What was over when it began is no part of it."""
    return {row["id"] for row in script.rows["messages"] if row["state"] in OVER}


def _is_later(row: Message, stuck: Mapping[tuple[int, int], str]) -> bool:
    """Whether it only waits for its time, which lies behind the end."""
    return row.state in PENDING and row.due_at is not None and (row.id, row.revision) not in stuck


async def _zones(stage: Context, script: Script, people: Sequence[int]) -> dict[int, str]:
    async with stage.db.read() as conn:
        campaign = await campaigns.get(conn, script.who.workspace_id, script.campaign_id)
        rules = await policy.of(conn, script.who.workspace_id)
        known: dict[int, Contact] = {}
        for first in range(0, len(people), CHUNK):
            known |= await facts.people(conn, people[first : first + CHUNK])
    return {id_: gates.zones_for(contact, campaign, rules)[0] for id_, contact in known.items()}


def _touch(
    row: Message,
    zones: Mapping[int, str],
    stuck: Mapping[tuple[int, int], str],
    waited: Mapping[int, Sequence[str]],
) -> Touch:
    contact = row.contact_id or 0
    place = (contact, row.step, row.channel)
    zone = zones.get(contact, "UTC")
    if row.state in (State.SENT, State.UNSURE):
        why = "; ".join(dict.fromkeys(waited.get(row.id, ())[:REASONS]))
        return Touch(*place, row.sent_at, zone, "sent", why)
    why = stuck.get((row.id, row.revision)) or row.note or str(row.state)
    return Touch(*place, None, zone, "held" if row.state in (*PENDING, State.BLOCKED) else "stopped", why)
