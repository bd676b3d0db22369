"""Modals about posts, calendars and brands. A block_id is the field's name, so that a refusal finds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.rules import calendar as plans
from engine.rules import pictures
from handlers import blocks, forms, words
from handlers.actions import Form, Ref
from handlers.blocks import Json
from storage.model import channels
from storage.model.attached import Attached

_PAGES = {
    "linkedin": ("LinkedIn author", "urn:li:organization:123"),
    "facebook": ("Facebook page", "1234567890"),
    "x": ("X account", "@acme"),
}


def post(brands: Sequence[str], *, channel: str = "") -> Json:
    """A post for one of a brand's pages."""
    networks = {name: words.channel(name) for name in channels.feeds()}
    shown = [
        blocks.text_input("text", "What it is about", long=True, optional=False, focus=True),
        blocks.text_input("link", "Link", placeholder="https://example.com/launch", most=2_000),
        blocks.select("network", "Network", networks, value="linkedin", optional=True),
        blocks.checkboxes(
            "thread", "Thread", {"thread": "On X, as a thread of two to six posts"}, optional=True
        ),
        *_which(brands),
        blocks.date_input("on", "Day", hint="Empty: the next free slot."),
        blocks.text_input("at", "Time", placeholder="09:00", most=5),
        *forms.where(channel),
    ]
    return forms.modal(Form.POST, "New post", "Draft it", shown, channel=channel)


def post_time(ref: Ref, *, channel: str = "") -> Json:
    shown = [
        blocks.date_input("on", "Day", hint="Empty: the next free slot."),
        blocks.text_input("at", "Time", placeholder="09:00", most=5, hint="Local to the brand."),
        blocks.context("It is drafted again and needs its own approval."),
    ]
    return forms.modal(Form.POST_TIME, "New time", "Take it", shown, channel=channel, ref=ref)


def picture(ref: Ref, found: Attached | None, *, channel: str = "") -> Json:
    """A picture and the words for who does not see it; of one that is there, other words alone."""
    keeps = " Empty: the one that is there." if found else ""
    shown = [
        blocks.file_input(
            "file", "Picture", ("png", "jpg", "jpeg"), optional=found is not None,
            hint=f"PNG or JPEG, up to 5 MB. Where and with what it was taken is left out.{keeps}",
        ),
        blocks.text_input(
            "alt", "Alt text", value=found.alt if found else "", long=True, optional=False, most=pictures.ALT_MAX,
            placeholder="Two people load a van beside a warehouse",
            hint="What it shows, for people who do not see it. It is published with the picture.",
        ),
        blocks.context("Words, picture and alt text are approved together: this makes a new revision."),
    ]  # fmt: skip
    title = "Change the picture" if found else "Add a picture"
    return forms.modal(Form.PICTURE, title, "Save", shown, channel=channel, ref=ref)


def calendar_reject(ref: Ref, *, channel: str = "") -> Json:
    shown = [forms.reason("What is wrong with it?", "The next calendar takes it into account.")]
    return forms.modal(
        Form.CALENDAR_REJECT, "Reject this calendar", "Reject", shown, channel=channel, ref=ref
    )


def brand(shown: Mapping[str, str], *, channel: str = "") -> Json:
    """A brand as it is. Saved under another name it is another brand."""

    def field(name: str, label: str, placeholder: str = "", hint: str = "", *, long: bool = False) -> Json:
        most = 3_000 if long else 500
        value = shown.get(name, "")
        return blocks.text_input(
            name, label, value=value, placeholder=placeholder, hint=hint, long=long, most=most
        )

    calls = ", ".join(plans.CALLS)
    default = blocks.checkboxes(
        "default", "Default", {"default": "The default brand"},
        values=("default",) if shown.get("default") else (), optional=True,
    )  # fmt: skip
    parts = [
        field("name", "Name", "Acme", "Another name makes another brand."),
        default,
        field("positioning", "Positioning", "We audit delivery routes", long=True),
        field("audience", "Audience", "Operations leads at logistics firms", long=True),
        field("value_propositions", "Value propositions", hint="One per line.", long=True),
        field("tone", "Tone", "Friendly and brief"),
        field("voice", "Voice", "We speak as colleagues"),
        blocks.select(
            "language", "Language", words.LANGUAGE, value=shown.get("language", ""), optional=True,
            hint="Empty: the workspace's.",
        ),
        field("say", "Words it likes", hint="One per line; “contrarian” allows that angle.", long=True),
        field("dont", "Words that never appear", hint="One per line.", long=True),
        field("targets", "Calls to action", "demo https://acme.example/demo", f"One per line: {calls}.", long=True),
        field("pillars", "Pillars", hint="One per line. Empty: the usual six.", long=True),
        field("pictures", "Pictures", "product", "One pillar per line whose posts ask for a picture.", long=True),
        field("threads", "Threads on X", "education", "One pillar per line whose posts on X are threads.", long=True),
        *(part for network in _PAGES for part in _page(field, network)),
        field("posting_times", "Posting times", "linkedin 09:00", "One per line.", long=True),
        field("zone", "Time zone", "Europe/Berlin"),
    ]  # fmt: skip
    return forms.modal(Form.BRAND, "Brand", "Save", parts, channel=channel)


def _page(field: object, network: str) -> tuple[Json, ...]:
    label, example = _PAGES[network]
    assert callable(field)
    return field(f"{network}_address", label, example), field(f"{network}_name", f"{label}, its name")


def _which(brands: Sequence[str]) -> list[Json]:
    """Only where there is a choice."""
    named = {name: name for name in brands if name.strip()}
    if len(named) < 2:
        return []
    return [blocks.select("brand", "Brand", named, value=next(iter(named)), optional=True)]
