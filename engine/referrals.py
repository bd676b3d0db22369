"""The person whom a reply points to, as the form for a new contact can begin with. Adds nobody by itself."""

from __future__ import annotations

from engine.context import Context, Who
from engine.errors import Refused
from storage import contacts, replies


async def proposed(ctx: Context, who: Who, reply_id: int) -> dict[str, str]:
    """first_name, last_name or email as the reply names them, and the company of whoever wrote it."""
    async with ctx.db.read() as conn:
        found = await replies.get(conn, who.workspace_id, reply_id)
        writer = await contacts.get(conn, who.workspace_id, found.contact_id) if found else None
    whom = str(found.reading.get("whom") or "").strip() if found and found.reading else ""
    if writer is None or not whom:
        raise Refused("That reply points to nobody. Add a contact with /outreach contact.")
    if "@" in whom:
        return {"email": whom, "company": writer.company}
    first, _, last = whom.partition(" ")
    return {"first_name": first, "last_name": last, "company": writer.company}
