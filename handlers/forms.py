"""Modals. A block_id is the field's name, so that a refusal finds it; private_metadata holds ids only."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from handlers import blocks, deciding, words
from handlers.actions import Form, Ref
from handlers.blocks import Json
from storage.model import Message, Strategy, channels


def campaign(
    available: Collection[str], unavailable: Mapping[str, str], *, channel: str = "", autonomy: str = "review"
) -> Json:
    """New campaign. Channels that cannot be used are named with the reason instead of offered."""
    usable = {
        name: words.channel(name)
        for name in channels.to_people()
        if name in available or channels.known(name).by_hand
    }
    shown = [
        blocks.text_input("name", "Name", placeholder="Spring launch", optional=False, most=120, focus=True),
        blocks.text_input("goal", "Goal", placeholder="Book ten demos by the end of March", long=True),
        blocks.text_input(
            "audience", "Audience", placeholder="Operations leads at logistics firms", long=True
        ),
        blocks.text_input("offer", "Offer", placeholder="A free route audit", long=True),
        blocks.text_input("must_say", "Must say", long=True, most=1_000),
        blocks.text_input(
            "must_not_say", "Must not say", hint="Words or claims, one per line.", long=True, most=1_000
        ),
        *_channels(usable, unavailable),
        blocks.text_input("tone", "Tone", placeholder="Friendly and brief", most=200),
        blocks.select(
            "language", "Language", words.LANGUAGE, optional=True, hint="Empty: each contact's own."
        ),
        blocks.text_input(
            "sender",
            "Sender",
            placeholder="Ada Lovelace <ada@example.com>",
            most=400,
            hint="The name they see and where their answers go. Empty: as the settings say.",
        ),
        blocks.text_input("window", "Send window", placeholder="09:00-18:00 or always", most=40),
        blocks.select(
            "touches", "Touches", words.touches(), optional=True, hint="Empty: as the settings say."
        ),
        blocks.text_input(
            "cap", "Messages a day", placeholder="50", most=8, hint="Empty: the sender's own cap and warm-up."
        ),
        blocks.select(
            "angle", "Angle", words.ANGLE, optional=True, hint="Empty: one for the whole campaign."
        ),
        blocks.date_input("starts_at", "Start"),
        blocks.date_input("ends_at", "End"),
        blocks.select("autonomy", "Autonomy", words.AUTONOMY, value=autonomy),
        *where(channel),
    ]
    return modal(Form.CAMPAIGN, "New campaign", "Create", shown, channel=channel)


def import_(name: str, *, create: Collection[str] = (), channel: str = "") -> Json:
    """Paste a table; a file is simply dropped into the channel."""
    shown = [
        blocks.text_input(
            "campaign", "Campaign", value=name, placeholder="Spring launch", most=120, hint="Empty: contacts only."
        ),
        blocks.checkboxes(
            "create", "If it does not exist", words.CREATE, values=[one for one in words.CREATE if one in create],
            optional=True,
        ),
        blocks.text_input(
            "text", "Table", long=True, optional=False, placeholder="email,first name,company",
            hint="The first line names the columns. For more than this holds, drop a CSV file into the channel.",
        ),
        *where(channel),
    ]  # fmt: skip
    return modal(Form.IMPORT, "Import contacts", "Import", shown, channel=channel)


def message(found: Message, ref: Ref, *, channel: str = "") -> Json:
    """Edit the words of a message. A post has no subject."""
    subject = [blocks.text_input("subject", "Subject", value=found.subject, optional=False, most=300)]
    parted = "A line of --- begins the next post of a thread." if found.channel == "x" else ""
    shown = [
        *(subject if channels.known(found.channel).subject else []),
        blocks.text_input(
            "body", "Text", value=found.body, long=True, optional=False, focus=True, hint=parted
        ),
        blocks.text_input("why", "Why", most=500, placeholder="Too long", hint="Kept with what you changed."),
        blocks.context("Saving makes a new revision. It is checked again and needs its own approval."),
    ]
    return modal(Form.MESSAGE, "Edit the words", "Save", shown, channel=channel, ref=ref)


def message_reject(ref: Ref, *, channel: str = "") -> Json:
    hint = "Nothing is written anew by this. Press Write again on the card; new words follow your reason where they can."
    shown = [reason("What is wrong with it?", hint)]
    return modal(Form.MESSAGE_REJECT, "Reject this draft", "Reject", shown, channel=channel, ref=ref)


def strategy(found: Strategy, *, channel: str = "") -> Json:
    """Edit an idea. The sequence stays as it is."""
    shown = [
        blocks.text_input("angle", "Angle", value=found.angle, long=True, optional=False),
        blocks.text_input(
            "pillars", "Pillars", value="\n".join(found.pillars), long=True, hint="One per line."
        ),
        blocks.text_input("timing", "Timing", value=found.timing, long=True, most=1_000),
        blocks.text_input(
            "measures",
            "Measures of success",
            value="\n".join(found.measures),
            long=True,
            hint="One per line.",
        ),
        blocks.context("Saving replaces the strategy. Drafts that nobody decided about are written again."),
    ]
    return modal(Form.STRATEGY, "Edit the strategy", "Save", shown, channel=channel, ref=Ref(found.id))


def strategy_reject(ref: Ref, *, channel: str = "") -> Json:
    shown = [reason("What is wrong with it?", "The next plan takes it into account.")]
    return modal(Form.STRATEGY_REJECT, "Reject this strategy", "Reject", shown, channel=channel, ref=ref)


def reply(*, contact: str = "", channel: str = "") -> Json:
    """Paste an answer that arrived elsewhere. `contact` is who it is about, where that is known."""
    shown = [
        blocks.text_input(
            "contact", "Who answered", value=contact, placeholder="ada@example.com", optional=False, most=320,
            focus=not contact,
        ),
        blocks.select(
            "class", "What kind of answer", words.NAMED_REPLY, optional=True, hint="Empty: its words decide."
        ),
        blocks.text_input("text", "Their words", long=True, optional=False, focus=bool(contact)),
    ]  # fmt: skip
    return modal(Form.REPLY, "Record a reply", "Record", shown, channel=channel)


def not_now(ref: Ref, day: str, *, channel: str = "") -> Json:
    """When to go on. `day` is what they proposed, else a month from now."""
    hint = "Everything pending to them goes on by itself on the first business day from then."
    shown = [blocks.date_input("day", "Write again from", value=day, hint=hint)]
    return modal(Form.NOT_NOW, "Not now", "Wait until then", shown, channel=channel, ref=ref)


def settings(shown: Mapping[str, str], *, channel: str = "") -> Json:
    """Every setting of the workspace, then of its default brand. `shown` holds today's values by field."""
    field = partial(_setting, shown)
    parts = [
        blocks.section("*Workspace*"),
        field("zone", "Time zone", "Europe/Berlin"),
        field("window", "Send window", "09:00-18:00 or always"),
        field("gap_hours", "Hours between two touches", "48"),
        field("touches", "Touches of a new sequence", "7"),
        field("waits", "Days between its touches", "2, 3, 5, 7, 10, 14", "The last repeats."),
        field("ladder", "Channel of each touch to a contact", "email 1-2, SMS 3-4, call 5+"),
        field(
            "titles",
            "Titles of your own",
            "head of: 70, directeur: 70",
            "Scores that order the people of an account.",
        ),
        blocks.select(
            "auto_pause",
            "A conflict pauses its account",
            words.AUTO_PAUSE,
            value=shown.get("auto_pause", "on"),
        ),
        blocks.select(
            "stop_scope",
            "What a STOP by text message ends",
            words.STOP_SCOPE,
            value=shown.get("stop_scope", "person"),
        ),
        field("expiry_days", "Days a draft waits for a decision", "7"),
        field("retention_days", "Days that opens and clicks are kept", "90"),
        blocks.select("autonomy", "Autonomy", words.AUTONOMY, value=shown.get("autonomy", "")),
        blocks.select("language", "Language", words.LANGUAGE, value=shown.get("language", "")),
        field("email_cap", "Emails a day", "20, or none", shown.get("email_today", "")),
        field(
            "email_warm_up", "Warm-up of email", "5+5, or none", "First day + more after each day that sends."
        ),
        field("digest_at", "Digest at", "09:00"),
        blocks.select("weekly_on", "Summary of the week", words.WEEKLY_ON, value=shown.get("weekly_on", "")),
        *(
            blocks.channel_input(name, label, value=shown.get(name, ""), optional=True)
            for name, label in (("digest_channel", "Digest channel"), ("admin_channel", "Admin channel"))
        ),
        *deciding.fields(shown),
        blocks.section("*Brand*"),
        field("brand_name", "Brand", "Acme"),
        field(
            "postal_address",
            "Postal address",
            "1 Main St, Springfield",
            "Stands under every email.",
            long=True,
        ),
        field("sender_name", "Sender name", "Ada at Acme"),
        field("reply_to", "Replies to", "ada@example.com"),
        field("brand_zone", "Time zone of the brand", "Europe/Berlin", "Posts go out at its hours."),
        field("positioning", "What you do", "We audit delivery routes", long=True),
        field("value_propositions", "Value propositions", hint="One per line.", long=True),
        field("tone", "Tone", "Friendly and brief"),
        field("call_to_action", "Call to action", "Book a call"),
        field("dont", "Words that never appear", hint="One per line.", long=True),
        field("linkedin_address", "LinkedIn author", "urn:li:organization:123"),
        field("linkedin_name", "LinkedIn page", "Acme"),
    ]
    return modal(Form.SETTINGS, "Settings", "Save", parts, channel=channel)


def _setting(
    shown: Mapping[str, str],
    name: str,
    label: str,
    placeholder: str = "",
    hint: str = "",
    *,
    long: bool = False,
) -> Json:
    most = 3_000 if long else 500
    value = shown.get(name, "")
    return blocks.text_input(
        name, label, value=value, placeholder=placeholder, hint=hint, long=long, most=most
    )


def _channels(usable: Mapping[str, str], unavailable: Mapping[str, str]) -> list[Json]:
    missing = "\n".join(
        f"{words.channel(name)} is unavailable: {blocks.line(why, 200)}" for name, why in unavailable.items()
    )
    first = [blocks.checkboxes("channels", "Channels", usable, values=tuple(usable)[:1])] if usable else []
    return [*first, *([blocks.context(missing)] if missing else [])]


def where(channel: str) -> list[Json]:
    """A modal opened outside a channel asks where its card belongs."""
    return (
        []
        if channel
        else [blocks.channel_input("channel", "Slack channel", hint="Invite Overture there first.")]
    )


def reason(label: str, hint: str) -> Json:
    return blocks.text_input("reason", label, hint=hint, long=True, optional=False, most=500, focus=True)


def modal(
    form: Form, title: str, submit: str, shown: Sequence[Json], *, channel: str = "", ref: Ref | None = None
) -> Json:
    carried = {"channel": channel, "ref": str(ref) if ref else ""}
    return {
        "type": "modal",
        "callback_id": str(form),
        "title": blocks.plain(title, 24),
        "submit": blocks.plain(submit, 24),
        "close": blocks.plain("Close", 24),
        "private_metadata": json.dumps({key: value for key, value in carried.items() if value}),
        "blocks": list(shown),
    }
