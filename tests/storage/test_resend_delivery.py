"""Deliver over Resend: whatever breaks on the way, every message arrives once and its row says so."""

from __future__ import annotations

from channels import resend_server
from channels.resend_server import Trouble
from seeding import Clock
from sqlalchemy import select
from wires import deliver, seeded

from engine.channels.resend import Resend
from engine.context import Context
from storage.lifecycle import State
from storage.tables import messages


async def test_what_got_no_clear_answer_is_repeated_and_arrives_once(ctx: Context, clock: Clock) -> None:
    ids = await seeded(ctx, 12)
    with resend_server.serving() as server:
        server.troubles = [
            Trouble(cut=True),
            Trouble(fail=500),
            Trouble(fail=503),
            Trouble(refuse="application_error"),
        ]
        channel = Resend(resend_server.KEY, api_url=server.url)
        await deliver(ctx, channel)
        assert (len(server.mails), len(server.received)) == (11, 12)
        clock.forward(minutes=30)
        await deliver(ctx, channel)
        await channel.close()
    async with ctx.db.read() as conn:
        rows = (await conn.execute(select(messages.c.id, messages.c.state, messages.c.provider_id))).all()
    assert {row.state for row in rows} == {State.SENT}
    assert {row.provider_id: row.id for row in rows} == {
        mail: int(got.key.split(".")[0]) for mail, got in server.mails.items()
    }
    assert sorted(row.id for row in rows) == ids
    assert len(server.received) == 16
