"""From an approved message to the envelope that leaves: the words as they are, everything else added by code."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from engine.channels import Envelope, Picture
from engine.context import Context
from engine.rules import links, segments
from storage import pictures
from storage.facts import Situation
from storage.model import attached


def compose(ctx: Context, case: Situation, now: datetime) -> Envelope:
    """The envelope of a message whose gates passed; its sender is known. `now` becomes its Date."""
    return _mail(ctx, case, now) if case.message.channel == "email" else _plain(ctx, case, now)


async def with_picture(ctx: Context, case: Situation, envelope: Envelope) -> Envelope | None:
    """The same with the picture that was approved, if there is one; None when its octets are gone or are others.

    Read for one send at a time, so that a batch never holds the pictures of all its posts. It takes the place of a
    link's preview; the link stands in the words (engine.pictures).
    """
    found = attached.of(case.message)
    if found is None:
        return envelope
    async with ctx.db.read() as conn:
        content = await pictures.content(conn, case.message.workspace_id, found.id)
    if content is None or hashlib.sha256(content).hexdigest() != found.digest:
        return None
    options = {name: value for name, value in envelope.options.items() if name != "link"}
    return replace(envelope, picture=Picture(content, found.media_type, found.alt), options=options)


def from_name(case: Situation) -> str:
    """The campaign's own name for who writes, else the sender's, else the brand's."""
    own = case.campaign.sender_name if case.campaign else ""
    return own or (case.sender.name if case.sender else "") or case.brand.name


def footer(case: Situation) -> str:
    """Identity and postal address, as the recipient reads them; the opt-out link is added by the channel."""
    return _footer(from_name(case), case.brand.name, case.brand.postal_address)


@lru_cache(maxsize=256)
def _footer(*lines: str) -> str:
    """The same for all messages of a campaign."""
    return "\n".join(dict.fromkeys(line for line in lines if line.strip()))


def message_id(ctx: Context, case: Situation) -> str:
    """Stable over retries and opaque; a person who sends again gets a new one."""
    address = case.sender.address if case.sender else ""
    return _message_id(ctx, case.message.id, case.message.resend, address)


def thread(ctx: Context, case: Situation) -> tuple[str, ...]:
    """The Message-IDs of the mails that this one continues, oldest first."""
    return tuple(_message_id(ctx, mail.id, mail.resend, mail.address) for mail in case.thread)


def _message_id(ctx: Context, id_: int, resend: int, address: str) -> str:
    domain = address.rpartition("@")[2] or "overture.invalid"
    return f"<{ctx.signer.sign('message-id', id_, resend)}@{domain}>"


def _mail(ctx: Context, case: Situation, now: datetime) -> Envelope:
    row, sign = case.message, ctx.signer.sign
    written = links.links_in(row.body)
    tracked = {
        link: links.click_url(ctx.public_url, sign("click", row.id, n)) for n, link in enumerate(written)
    }
    before = thread(ctx, case)
    return Envelope(
        **_common(ctx, case, now),
        in_reply_to=before[-1] if before else "",
        references=before,
        footer=footer(case),
        unsubscribe_url=links.unsubscribe_url(ctx.public_url, sign("unsubscribe", row.id)),
        pixel_url=links.open_url(ctx.public_url, sign("open", row.id)),
        tracked=tracked,
        options={},
    )


def _plain(ctx: Context, case: Situation, now: datetime) -> Envelope:
    options = {name: str(value) for name, value in case.message.options.items() if name in ("link", "title")}
    if case.feed is not None:
        options["feed"] = str(case.feed.id)
    if case.message.out:
        options["out"] = ",".join(case.message.out)
    row = case.message
    line = segments.below(row.channel, row.body, case.brand, str(row.options.get("locale") or ""))
    return Envelope(**_common(ctx, case, now), footer=line, options=options)


def _common(ctx: Context, case: Situation, now: datetime) -> dict[str, Any]:
    row, sender = case.message, case.sender
    assert sender is not None, "the identity gate let a message without a sender pass"
    return {
        "key": f"{row.send_key}-{round(row.created_at.timestamp() * 1000):x}",  # two installations may share a vendor
        "channel": row.channel,
        "to": case.address,
        "to_name": case.contact.name if case.contact else "",
        "from_address": sender.address,
        "from_name": from_name(case),
        "reply_to": (case.campaign.reply_to if case.campaign else "") or sender.reply_to,
        "subject": row.subject,
        "body": row.body,
        "message_id": message_id(ctx, case),
        "at": now,
    }
