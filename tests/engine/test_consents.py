"""Consent as people record it: by command, beside a new contact, in a file; and what they may not claim."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from engine import consents, contacts, imports
from engine.consents import Agreement
from engine.context import Context, Who
from engine.errors import Refused
from storage.tables import consents as rows

ADA, BO = "+4915112345675", "+4915112345676"
FAIR = Agreement("form at the fair", date(2026, 11, 2))


async def recorded(ctx: Context) -> list[Any]:
    async with ctx.db.read() as conn:
        found = await conn.execute(
            select(rows.c.contact_id, rows.c.address, rows.c.given, rows.c.source).order_by(rows.c.id)
        )
        return [tuple(row) for row in found]


async def add(ctx: Context, who: Who, **values: Any) -> int:
    return (await contacts.add(ctx, who, contacts.NewContact(first_name="Ada", **values))).contact_id


async def test_a_consent_is_kept_with_its_source_and_day_and_taken_back_by_an_entry(
    ctx: Context, olivia: Who
) -> None:
    id_ = await add(ctx, olivia, phone=ADA)
    said = await consents.record(ctx, olivia, contact=ADA, agreed=FAIR)
    assert said == "Ada agreed to SMS on 2026-11-02: form at the fair. It is recorded."
    await consents.withdraw(ctx, olivia, contact=ADA, source="she rang")
    await consents.withdraw(ctx, olivia, contact=ADA, source="she rang again")
    assert await recorded(ctx) == [(id_, ADA, True, "form at the fair"), (id_, ADA, False, "she rang")]
    with pytest.raises(Refused, match="took it back since then"):
        await consents.record(ctx, olivia, contact=ADA, agreed=FAIR)
    await consents.record(ctx, olivia, contact=ADA, agreed=Agreement("rang again", date(2026, 11, 24)))
    assert (await recorded(ctx))[-1] == (id_, ADA, True, "rang again")


@pytest.mark.parametrize(
    ("contact", "agreed", "channel", "field"),
    [
        (ADA, Agreement(" ", date(2026, 11, 2)), "sms", "source"),
        (ADA, Agreement("form", date(2026, 11, 25)), "sms", "on"),
        (ADA, Agreement("form", date(1999, 1, 1)), "sms", "on"),
        (ADA, FAIR, "email", "channel"),
        (ADA, FAIR, "pigeon", "channel"),
        (ADA, FAIR, "whatsapp", "phone"),
        (BO, FAIR, "sms", "contact"),
        ("nobody", FAIR, "sms", "email"),
    ],
)
async def test_what_nobody_could_show_is_refused(
    ctx: Context, olivia: Who, contact: str, agreed: Agreement, channel: str, field: str
) -> None:
    await add(ctx, olivia, phone=ADA)
    with pytest.raises(Refused) as refused:
        await consents.record(ctx, olivia, contact=contact, agreed=agreed, channel=channel)
    assert refused.value.field == field
    assert await recorded(ctx) == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"consent": "form"}, "consent_on"),
        ({"consent": "form", "consent_on": "soon"}, "consent_on"),
        ({"consent": "form", "consent_on": "2026-12-24"}, "consent_on"),
        ({"consent_on": "2026-11-02"}, "consent"),
        ({"consent": "form", "consent_on": "2026-11-02", "phone": ""}, "phone"),
    ],
)
async def test_beside_a_new_contact_it_needs_the_same(
    ctx: Context, olivia: Who, given: dict[str, str], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        await add(ctx, olivia, **({"phone": ADA, "email": "ada@engines.example"} | given))
    assert refused.value.field == field
    await add(ctx, olivia, phone=ADA, consent="form", consent_on="2026-11-02")
    assert [source for *_, source in await recorded(ctx)] == ["form"]


async def test_a_consent_for_one_number_is_none_for_another(ctx: Context, olivia: Who) -> None:
    await add(ctx, olivia, phone=ADA, email="ada@engines.example")
    with pytest.raises(Refused, match="Another number"):
        await add(ctx, olivia, phone=BO, email="ada@engines.example", consent="form", consent_on="2026-11-02")
    assert await recorded(ctx) == []


async def test_a_file_records_what_it_can_show_once_and_never_over_a_later_no(
    ctx: Context, olivia: Who
) -> None:
    head = "first name,phone,sms consent,sms consent date,sms consent source\n"
    lines = (
        f"Ada,{ADA},yes,2026-11-02,web form\n"
        f"Bo,{BO},yes,,web form\n"
        "Cy,+4915112345677,no,2026-11-02,\n"
        "Di,+4915112345678,Yes,2026-11-02T10:00:00Z,\n"
        "Ed,+4915112345679,yes,2027-11-02,web form\n"
    )
    told = [
        await imports.run_file(
            ctx, olivia, BytesIO((head + lines).encode()), campaign=None, file_name="fair.csv"
        )
        for _ in range(2)
    ]
    kept = await recorded(ctx)
    assert [(address, source) for _, address, _, source in kept] == [
        (ADA, "web form (fair.csv)"), ("+4915112345678", "Yes (fair.csv)"),
    ]  # fmt: skip
    assert [(tally.added, tally.duplicate) for tally in told] == [(5, 0), (0, 5)]
    undated, early = told[0].problems
    assert undated["line"] == 3
    assert "the day on which they agreed" in undated["reason"]
    assert (early["line"], early["reason"]) == (6, consents.TO_COME)

    await consents.withdraw(ctx, olivia, contact=ADA, source="she rang")
    await imports.run_file(ctx, olivia, BytesIO((head + lines).encode()), campaign=None)
    assert (await recorded(ctx))[-1][2:] == (False, "she rang")


async def test_a_number_is_suppressed_like_a_mailbox(ctx: Context, olivia: Who) -> None:
    assert "+4915112345675 is suppressed" in await contacts.suppress(ctx, olivia, "+49 151 12345675")
    assert "on the suppression list already" in await contacts.suppress(ctx, olivia, ADA)
    await add(ctx, olivia, phone=BO)
    await contacts.suppress(ctx, olivia, BO)
    said = await consents.record(ctx, olivia, contact=BO, agreed=FAIR)
    assert said.endswith("They stay on the suppression list (asked).")
    with pytest.raises(Refused, match="suppression list") as refused:
        await add(ctx, olivia, phone=ADA, email="ada@engines.example")
    assert refused.value.field == "phone"
    tally = await imports.run_file(
        ctx, olivia, BytesIO(f"email,phone\nada@engines.example,{ADA}\n".encode()), campaign=None
    )
    assert (tally.added, tally.opted_out) == (0, 1)
