"""A company that tests open with whom they like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pytest
import seeding
from company import ADA, SEVEN, Company, Open
from seeding import Clock

from engine import companies, contacts
from engine.contacts import NewContact
from engine.context import Context, Who
from storage import campaigns as campaign_rows
from storage.model import Step


@pytest.fixture
def acme(ctx: Context, clock: Clock, olivia: Who) -> Open:
    """Opens Acme with `lead`; everybody given is on record there."""

    async def opened(
        *new: NewContact,
        lead: NewContact = ADA,
        steps: Sequence[Step] = SEVEN,
        approve: bool = True,
        **values: Any,
    ) -> Company:
        async with ctx.db.begin() as conn:
            campaign = await seeding.campaign(conn, "T1", clock(), by_account=True, **values)
            await campaign_rows.add_strategy(
                conn,
                {
                    "workspace_id": "T1", "campaign_id": campaign, "asked_by": "U1OLIVIA", "created_at": clock(),
                    "written_at": clock(), "angle": "Time.", "state": "approved", "source": "rules",
                    "steps": [asdict(step) for step in steps],
                },
            )  # fmt: skip
        people = {one.first_name: (await contacts.add(ctx, olivia, one)).contact_id for one in new}
        async with ctx.db.begin() as conn:
            found = (await campaign_rows.by_ids(conn, [campaign]))[campaign]
            ((enrolment, _),) = await companies.enrol(
                ctx,
                conn,
                "U1OLIVIA",
                found,
                [people[lead.first_name]],
                lead=people[lead.first_name],
                whole=True,
            )
        made = Company(ctx, clock, olivia, campaign, enrolment, people)
        await made.settled()
        if approve:
            await made.approved()
        return made

    return opened
