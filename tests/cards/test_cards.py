"""Cards against their golden files and against Slack's limits, also with hostile words in every field.

UPDATE_GOLDEN=1 writes the golden files anew; look at the difference before committing it.
"""

from __future__ import annotations

import json
import os
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import account_views
import bulk_views
import card_views
import picture_views
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.local import blockkit
from engine import why
from engine.many import Look
from handlers import accounts, actions, cards, forms, homepage, many, people_forms, social_forms
from handlers.actions import Button, Form
from storage.lifecycle import State
from storage.model.attached import Attached

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = (
    "<!channel> <@U1> & <https://evil.example|bank>",
    "*bold* _it_ ~no~ `code` >quote\n>two\n\nthree",
    "\u202eright to left\u202c אבג 👩‍👩‍👧‍👦🏴‍☠️ ｆｕｌｌ",
    "&" * 10_000,
    "<" * 3_000,
    "word " * 2_000,
    "\n" * 5_000,
    "",
)
_KEPT = (
    "id", "state", "status", "channel", "kind", "event", "actor", "user_id", "network", "klass", "ts", "slack_channel",
    "zone", "starts_on", "day",
)  # fmt: skip


def picture_json(picture: cards.Picture) -> dict[str, Any]:
    shown: dict[str, Any] = {"text": picture.text, "blocks": picture.blocks}
    if picture.file:
        shown["file"] = {"name": picture.file.name, "title": picture.file.title, "alt": picture.file.alt}
    return shown


def home_json(view: Any) -> dict[str, Any]:
    return homepage.render(
        view, lambda channel, ts: f"https://slack.example/archives/{channel}/p{ts}", prefix="ov-"
    )


SHOWN = {name: picture_json(cards.RENDERERS[kind](view)) for name, (kind, view) in card_views.VIEWS.items()}
SHOWN |= {name: home_json(view) for name, view in card_views.HOMES.items()}
SHOWN["import_which"] = picture_json(
    cards.Picture(
        "Which?", cards.importing.which("Into which one?", "F1", {1: "Spring <launch>", 2: "Autumn"})
    )
)


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_a_card_looks_as_it_did(name: str) -> None:
    path = GOLDEN / f"{name}.json"
    made = json.dumps(SHOWN[name], ensure_ascii=False, indent=1) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(SHOWN)


@pytest.mark.parametrize("name", sorted(card_views.VIEWS))
def test_a_card_fits_into_slack_and_says_the_same_in_a_sentence(name: str) -> None:
    shown = SHOWN[name]
    assert blockkit.problems(shown["blocks"], "message") == []
    assert len(shown["text"]) > 20
    assert "\n" not in shown["text"]


@pytest.mark.parametrize("name", sorted(card_views.HOMES))
def test_the_home_tab_fits_into_slack(name: str) -> None:
    assert blockkit.view_problems(SHOWN[name]) == []


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", sorted(card_views.VIEWS))
def test_hostile_words_stay_words_and_within_the_limits(name: str, words: str) -> None:
    kind, view = card_views.VIEWS[name]
    picture = cards.RENDERERS[kind](poisoned(view, words))
    assert blockkit.problems(picture.blocks, "message") == []
    assert len(picture.text) <= 4_000
    assert picture.text
    mrkdwn = "".join(texts(picture.blocks, "mrkdwn")) + picture.text
    assert "<!channel" not in mrkdwn
    assert "<https://evil" not in mrkdwn


@given(words=st.text(max_size=400), name=st.sampled_from(sorted(card_views.VIEWS)))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_no_words_break_a_card(words: str, name: str) -> None:
    kind, view = card_views.VIEWS[name]
    assert blockkit.problems(cards.RENDERERS[kind](poisoned(view, words)).blocks, "message") == []


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_stay_within_the_limits_of_the_home_tab(words: str) -> None:
    shown = home_json(poisoned(card_views.HOMES["home"], words))
    assert blockkit.view_problems(shown) == []


def test_an_import_names_the_reason_of_each_of_sixty_lines() -> None:
    _, view = card_views.VIEWS["import_running"]
    reasons = tuple({"line": line, "reason": "a & b " * 30} for line in range(2, 102))
    shown = cards.RENDERERS["import"](replace(view, problems=reasons)).blocks
    said = "\n".join(texts(shown, "mrkdwn"))
    assert [line for line in range(2, 102) if f"• Line {line}: " in said] == list(range(2, 62))
    assert said.count("…") == 1, "no reason is cut"
    assert blockkit.problems(shown, "message") == []


def test_an_approver_sees_all_of_the_words() -> None:
    body = "line <of> & words\n" * 160
    shown = cards.RENDERERS["message"](card_views.message(body=body)).blocks
    quoted = [text for block in shown if block["type"] == "rich_text" for text in texts(block, "text")]
    assert "".join(quoted) == body


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("message_planned", []),
        ("message_drafted", ["Approve", "Edit", "Reject", "Skip"]),
        ("message_with_findings", ["Edit", "Reject", "Skip"]),
        ("message_approved", ["Undo"]),
        ("message_scheduled", ["Undo"]),
        ("message_sent", []),
        ("message_rejected", ["Write again", "Undo"]),
        ("message_skipped", ["Undo"]),
        ("message_expired", ["Draft again"]),
        ("message_blocked", ["Check again"]),
        ("message_unwritten", ["Write again"]),
        ("message_failed", ["Retry"]),
        ("message_failed_instead", ["Retry", "Try SMS instead"]),
        ("task_call", ["Done", "Skip", "Replied"]),
        ("task_done", []),
        ("message_unsure", ["It was sent", "Send again"]),
        ("post_missed", ["New time"]),
        ("post_asks_for_picture", ["Approve", "Edit", "Add picture", "Reject", "Skip"]),
        ("post_picture_is_read", ["Edit", "Add picture", "Reject", "Skip"]),
        ("post_with_picture", ["Approve", "Edit", "Change picture", "Remove picture", "Reject", "Skip"]),
        ("post_without_picture", ["Undo"]),
        ("strategy_draft", ["Approve", "Edit", "Reject"]),
        ("strategy_approved", []),
        ("campaign_new", ["Add contacts", "Plan", "Cancel"]),
        ("campaign_planning", ["Add contacts", "Cancel"]),
        ("campaign_active", ["Pause", "Cancel"]),
        ("campaign_paused", ["Resume", "Cancel"]),
        ("campaign_cancelled", []),
        ("reply_undecided", ["Meeting booked", "Won", "Lost", "Not now", "Opt out", "Continue", "Stop"]),
        ("reply_away", []),
        ("conflict_open", ["Resume", "Close"]),
        ("conflict_closed", []),
        ("reply_stopped", []),
        ("advice_open", ["Apply", "Leave it"]),
        ("advice_applied", []),
        ("contact_new", ["Pause", "Take over", "Edit", "Note", "Channels", "Merge"]),
        ("contact", ["Send now", "Pause", "Take over", "Edit", "Note", "Channels", "Merge"]),
        ("contact_paused", ["Resume", "Take over", "Edit", "Note", "Channels"]),
        ("contact_taken", ["Give back", "Edit", "Note", "Channels"]),
    ],
)
def test_a_card_offers_what_can_be_done_now(name: str, offered: list[str]) -> None:
    named = [button["text"]["text"] for button in buttons(SHOWN[name]["blocks"])]
    assert [text for text in named if text != "Why"] == offered
    assert ("Why" in named) == (
        name.startswith(("message_", "post_", "task_")) and name not in ("message_planned", "task_done")
    )


def test_a_blocking_gate_takes_approve_away_and_says_why() -> None:
    reason = "They are on the suppression list (opt-out)."
    view = replace(card_views.message(), verdicts=(("suppression", "block", reason),))
    shown = cards.RENDERERS["message"](view)
    assert "Approve" not in [button["text"]["text"] for button in buttons(shown.blocks)]
    assert f"Cannot be approved: {reason}" in "".join(texts(shown.blocks, "mrkdwn"))


def test_buttons_carry_ids_alone() -> None:
    for shown in SHOWN.values():
        for button in buttons(shown["blocks"]):
            home = button["action_id"].startswith("home.")
            assert home or all(actions.ref(one).id for one in button["value"].split(","))


def test_a_cancelled_campaign_brings_no_message_back() -> None:
    view = card_views.message(state=State.CANCELLED, note="expired")
    over = replace(
        view.case, campaign=replace(card_views.CAMPAIGN, status=card_views.CampaignStatus.CANCELLED)
    )
    (left,) = buttons(cards.RENDERERS["message"](replace(view, case=over)).blocks)
    assert left["action_id"] == Button.MESSAGE_WHY


@pytest.mark.parametrize(
    "figures", [{}, {"email": None, "campaigns": 3, "waiting": "x"}, {"campaigns": [1, {}]}]
)
def test_a_digest_with_unexpected_figures_is_still_a_card(figures: dict[str, Any]) -> None:
    view = replace(card_views.VIEWS["digest"][1], figures=figures)
    assert blockkit.problems(cards.RENDERERS["digest"](view).blocks, "message") == []


def test_every_button_appears_on_some_card() -> None:
    pressed = (buttons(shown["blocks"], "button", "static_select") for shown in SHOWN.values())
    seen = {button["action_id"] for shown in pressed for button in shown}
    assert seen == set(Button)


def modals() -> dict[str, Any]:
    ref, campaign = actions.Ref(42, 3), card_views.CAMPAIGN
    return {
        "campaign": forms.campaign(("email", "linkedin"), {"sms": "TWILIO_AUTH_TOKEN is not set."}),
        "campaign in a channel": forms.campaign((), {}, channel="C1"),
        "contact": people_forms.contact([campaign], channel="C1"),
        "contact without campaigns": people_forms.contact([], channel="C1"),
        "edit": people_forms.edit(card_views.CONTACT, ref, channel="C1"),
        "note": people_forms.note(ref, channel="C1"),
        "channels": people_forms.channels(card_views.CONTACT, ref, channel="C1"),
        "merge": people_forms.merge("ada@example.com", "", channel="C1"),
        "import": forms.import_("Spring launch", create=("create", "accounts")),
        "message": forms.message(card_views.MESSAGE, ref, channel="C1"),
        "post": forms.message(replace(card_views.MESSAGE, channel="linkedin"), ref),
        "message reject": forms.message_reject(ref),
        "account": accounts.form(channel=""),
        "account order": accounts.order_form(ref, account_views.members(card_views.CONTACT), "C1"),
        "look": many.modal(Look(60, bulk_views.drafts(card_views.MESSAGE)), ref, channel="C1"),
        "strategy": forms.strategy(card_views.STRATEGY),
        "strategy reject": forms.strategy_reject(ref),
        "reply": forms.reply(),
        "not now": forms.not_now(ref, "2027-01-15"),
        "new post": social_forms.post(["Acme", "Beta"]),
        "brand": social_forms.brand({"name": "Acme", "language": "xx", "default": "default"}),
        "post time": social_forms.post_time(ref, channel="C1"),
        "calendar reject": social_forms.calendar_reject(ref),
        "picture": social_forms.picture(ref, None, channel="C1"),
        "another picture": social_forms.picture(ref, Attached(**picture_views.ATTACHED)),
        "settings": forms.settings({"zone": "Europe/Berlin", "autonomy": "first", "language": "xx"}),
    }


@pytest.mark.parametrize("name", sorted(modals()))
def test_a_modal_fits_into_slack_and_names_its_fields(name: str) -> None:
    view = modals()[name]
    assert blockkit.view_problems(view) == []
    assert view["callback_id"] in set(Form)
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    assert [block["block_id"] for block in inputs] == [block["element"]["action_id"] for block in inputs]
    assert set(json.loads(view["private_metadata"])) <= {"channel", "ref"}


def test_every_form_is_one_of_the_modals() -> None:
    assert {view["callback_id"] for view in modals().values()} == set(Form)


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_survive_a_modal(words: str) -> None:
    row = replace(card_views.MESSAGE, subject=words, body=words)
    for view in (
        forms.message(row, actions.Ref(1)),
        forms.strategy(replace(card_views.STRATEGY, angle=words, pillars=(words,))),
        people_forms.contact([replace(card_views.CAMPAIGN, name=words)]),
        people_forms.edit(
            replace(card_views.CONTACT, title=words[:200], company=words[:200]), actions.Ref(7, 1)
        ),
        forms.campaign(("email",), {"sms": words}),
        forms.import_(words),
        forms.settings(dict.fromkeys(("zone", "dont", "postal_address", "brand_name"), words)),
        social_forms.brand(dict.fromkeys(("name", "positioning", "targets", "x_address"), words)),
        social_forms.post([words, words + "2"]),
        social_forms.picture(actions.Ref(1), Attached(**picture_views.ATTACHED | {"alt": words})),
    ):
        assert blockkit.view_problems(view) == []


# --- looking at what was drawn


def buttons(shown: list[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    found = [block.get("accessory") or {} for block in shown]
    found += [part for block in shown if block["type"] == "actions" for part in block["elements"]]
    return [part for part in found if part.get("type") in (kinds or ("button",))]


def texts(node: Any, kind: str) -> list[str]:
    """The texts of all objects of one type, in reading order."""
    if isinstance(node, dict):
        own = [node["text"]] if node.get("type") == kind and isinstance(node.get("text"), str) else []
        return own + [text for value in node.values() for text in texts(value, kind)]
    return [text for value in node for text in texts(value, kind)] if isinstance(node, list) else []


def poisoned(value: Any, words: str, name: str = "") -> Any:
    """The same view with `words` in every text field that a person, a model or a record fills."""
    if is_dataclass(value) and not isinstance(value, type):
        changes = {
            field.name: poisoned(getattr(value, field.name), words, field.name) for field in fields(value)
        }
        return replace(value, **changes)
    if isinstance(value, dict):
        return {key: poisoned(found, words, str(key)) for key, found in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(poisoned(found, words, name) for found in value)
    keeps = (
        name in _KEPT or name.endswith(("_id", "_by", "_from")) or name in ("messages", "people", "engaged")
    )
    return words if type(value) is str and not keeps else value


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("message_planned", "It must be written; then a person approves it"),
        ("message_drafted", "A person must approve it."),
        ("message_unsure", "It was sent or Send again"),
    ],
)
def test_why_says_what_would_have_to_change(name: str, change: str) -> None:
    kind, view = card_views.VIEWS[name]
    assert kind == "message"
    assert change in why.about(view, card_views.NOW).change
