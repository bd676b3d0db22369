"""What a person says, presses and submits, and what they are answered, on a real database without Slack."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from desk import Desk, Mail, Port

from engine import campaigns, policy
from engine.context import Context, Who
from handlers import rights, routes
from handlers.actions import Button, Form, Ref
from handlers.request import Answer, Request, SlackFile
from storage import cards, views, workspaces
from storage.model import CampaignStatus


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What handlers say does not depend on the database; storage has its own tests on both."""
    return sqlite_url


@pytest.fixture
def desk(ctx: Context, olivia: Who) -> Desk:
    return Desk(replace(ctx, channels={"email": Mail()}, unavailable={"sms": "no token."}), olivia, Port())


def test_every_button_and_every_form_has_a_route() -> None:
    assert set(routes.BUTTONS) == set(Button)
    assert set(routes.FORMS) == set(Form)


async def test_help_is_the_answer_to_nothing_and_names_every_command(desk: Desk) -> None:
    page = json.dumps((await desk.say("")).shown)
    hidden = {"resume", "cancel", "help"}  # named in prose
    for word in set(routes.COMMANDS["outreach"]) - hidden:
        assert f"/outreach {word}" in page
    assert "stuck on one channel" in page
    assert "/ov-outreach new" in json.dumps((await desk.say("help", prefix="ov-")).shown)


async def test_help_says_what_this_person_may_do(desk: Desk, amara: Who) -> None:
    assert "You are an admin" in json.dumps((await desk.say("help")).shown)
    desk.who = amara
    assert "is for admins" in json.dumps((await desk.say("help")).shown)
    desk.who = replace(amara, may_decide=False)
    page = json.dumps((await desk.say("help")).shown)
    assert "You are a viewer" in page
    assert "/outreach why" in page
    assert "/outreach new" not in page


async def test_a_viewer_gets_at_nothing_that_is_not_named_for_viewers(desk: Desk, amara: Who) -> None:
    """So that a command, a button or a form that is added later is closed to them until somebody opens it."""
    desk.who = replace(amara, may_decide=False)
    for subject, known in routes.COMMANDS.items():
        for word in set(known) - rights.COMMANDS:
            assert "You are a viewer here" in (await desk.say(word, subject)).text
    for button in set(Button) - rights.BUTTONS:
        assert "You are a viewer here" in (await desk.press(button, "1.1")).text
    for form in Form:
        request = Request(desk.ctx, desk.who, desk.port, values={"any": "thing"})
        assert "You are a viewer here" in str((await routes.submit(request, form)).errors)
    assert not desk.port.opened


@pytest.mark.parametrize(
    ("typed", "hint"),
    [("statsu", "`/outreach status`"), ("nwe x", "`/outreach new`"), ("&lt;!channel&gt;`", "Did you mean")],
)
async def test_an_unknown_word_names_the_nearest_command(desk: Desk, typed: str, hint: str) -> None:
    answer = await desk.say(typed)
    assert hint in answer.text
    assert "<!channel>" not in answer.text


async def test_new_with_options_creates_the_campaign_at_once(desk: Desk) -> None:
    text = 'new “Spring &amp; launch” goal:"book demos" channels:email window:always autonomy:review start:2026-12-01'
    answer = await desk.say(text)
    (made,) = await campaigns.every(desk.ctx, desk.who)
    assert (made.name, made.goal, made.channels, made.window) == (
        "Spring & launch",
        "book demos",
        ("email",),
        "always",
    )
    assert str(made.starts_at) == "2026-12-01 00:00:00+00:00"
    assert "*Spring &amp; launch*" in answer.text
    async with desk.ctx.db.read() as conn:
        assert await cards.find(conn, "T1", "campaign", made.id, "C1GROWTH") is not None
    assert desk.port.opened == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ('new "X" gaol:demos', "did you mean goal?"),
        ('new "X" channels:sms', "SMS is unavailable: no token."),
        ('new "X" channels:pigeon', "no channel called “pigeon”"),
        ('new "X" window:late', "no send window"),
        ('new "X" start:soon', "“soon” is no day"),
        (f'new "X" goal:"{"x" * 10_000}"', "10,000 characters"),
        ("new goal:demos", "A campaign needs a name."),
        ("status Sprung", "There is no campaign yet."),
        ("run x batch:0", "whole number from 1"),
        ("contact nobody", ""),
        ("suppress", "Name an address"),
        ("prefer ada@x.example", "Name who and which channel"),
        ("prefer ada@x.example pigeon", "no channel called “pigeon”"),
        ("reply ada@x.example class:hapy yes", "no kind of reply"),
        ("import file:F1", "does not show"),
        ("settings zone:Nowhere", "no time zone"),
        ("settings gap_hours:12", "At least 24 hours lie between two touches"),
    ],
)
async def test_a_refusal_is_one_plain_sentence_and_writes_nothing(
    desk: Desk, typed: str, sentence: str
) -> None:
    answer = await desk.say(typed)
    assert sentence in answer.text
    assert answer.shown == ()
    assert await campaigns.every(desk.ctx, desk.who) == []


async def test_new_alone_opens_a_form_that_keeps_what_was_typed_beside_the_refusal(desk: Desk) -> None:
    assert await desk.say("new") == Answer()
    (form,) = desk.port.opened
    assert "SMS is unavailable" in json.dumps(form)
    refused = await desk.submit(form, name="", channels=("email",), autonomy="review")
    assert refused.errors == {"name": "A campaign needs a name."}
    late = await desk.submit(
        form, name="X", channels=("email",), starts_at="2026-12-02", ends_at="2026-11-30"
    )
    assert list(late.errors) == ["ends_at"]
    done = await desk.submit(form, name="Launch", channels=("email",), autonomy="auto", goal="<b> & co")
    assert done.errors == {}
    (made,) = await campaigns.every(desk.ctx, desk.who)
    assert (made.name, made.goal, made.channel_id, made.autonomy_by) == (
        "Launch",
        "<b> & co",
        "C1GROWTH",
        "U1OLIVIA",
    )


async def test_a_campaign_is_paused_resumed_and_only_cancelled_by_a_second_step(desk: Desk) -> None:
    await desk.say('new "Launch"')
    (made,) = await campaigns.every(desk.ctx, desk.who)
    assert "only an active campaign" in (await desk.say("pause Launch")).text
    asked = await desk.say("cancel")
    (button,) = asked.shown[1]["elements"]
    assert (await campaigns.named(desk.ctx, desk.who, "launch")).status is CampaignStatus.DRAFT
    assert "Cancelled “Launch”" in (await desk.press(button["action_id"], button["value"])).text
    assert (await campaigns.named(desk.ctx, desk.who, "launch")).status is CampaignStatus.CANCELLED
    again = await desk.press(Button.CAMPAIGN_CANCEL, str(Ref(made.id)))
    assert "already cancelled" in again.text


@pytest.mark.parametrize("value", ["", "x", "1.1.1", "99999.0"])
@pytest.mark.parametrize(
    "button", sorted(set(Button) - {Button.HOME_NEW, Button.HOME_IMPORT, Button.HOME_OPEN})
)
async def test_a_forged_value_is_refused_by_every_button(desk: Desk, button: Button, value: str) -> None:
    answer = await desk.press(button, value)
    assert answer.text or desk.port.opened  # a form may open; its submission is refused
    assert "Traceback" not in answer.text


async def test_a_button_or_form_nobody_knows_is_a_plain_sentence(desk: Desk) -> None:
    assert "older version" in (await desk.press("campaign.explode", "1.0")).text
    answer = await routes.submit(Request(desk.ctx, desk.who, desk.port), "explode")
    assert "older version" in answer.text
    assert await desk.happen("unheard_of") == Answer()


async def test_a_contact_is_added_by_command_and_by_form(desk: Desk) -> None:
    await desk.say('new "Launch"')
    said = await desk.say('contact ada@engines.example Ada "Lovelace" company:"Engines & co" campaign:launch')
    assert said.text == "*Ada Lovelace* was added."
    await desk.say("contact")
    (form,) = desk.port.opened
    bad = await desk.submit(form, email="not an address")
    assert list(bad.errors) == ["email"]
    again = await desk.submit(form, email="ADA@engines.example", title="Countess")
    assert "was known already" in again.text
    assert again.channel == "C1GROWTH"
    both = await desk.submit(form, email="bo@engines.example", prefers="sms", never_by=("call", "sms"))
    assert list(both.errors) == ["prefers"]
    kept = await desk.submit(form, email="bo@engines.example", prefers="sms", never_by=("call", "x_dm"))
    assert "was added" in kept.text
    await desk.press("contact.channels", "2.0")
    shown = {
        block["block_id"]: block["element"]
        for block in desk.port.opened[-1]["blocks"]
        if block["type"] == "input"
    }
    assert shown["prefers"]["initial_option"]["value"] == "sms"
    assert [one["value"] for one in shown["never_by"]["initial_options"]] == ["call", "x_dm"]
    said = await desk.submit(desk.port.opened[-1], prefers="call", never_by=("sms",))
    assert "asks for Call; refuses SMS" in said.text


async def test_a_dropped_table_goes_into_the_one_campaign_of_its_channel(desk: Desk) -> None:
    desk.port.files["F1"] = SlackFile(
        "F1", "leads.csv", "text/csv", 90, "https://files.slack.com/f1", "U1OLIVIA"
    )
    desk.port.files["F2"] = SlackFile(
        "F2", "cat.png", "image/png", 90, "https://files.slack.com/f2", "U1OLIVIA"
    )
    nowhere = await desk.happen("file_shared", file_id="F1")
    assert "No campaign lives in this channel" in nowhere.text
    assert "file:F1" in nowhere.text
    await desk.say('new "Launch"')
    assert await desk.happen("file_shared", file_id="F1") == Answer()
    assert await desk.happen("file_shared", file_id="F2") == Answer()
    async with desk.ctx.db.read() as conn:
        view = await views.load(conn, "T1", "import", 1)
        assert (view.file_name, view.campaign) == ("leads.csv", "Launch")
        assert await views.load(conn, "T1", "import", 2) is None
        assert await views.load(conn, "T2", "import", 1) is None


async def test_only_who_shared_a_file_may_import_it(desk: Desk, amara: Who) -> None:
    desk.port.files["F1"] = SlackFile(
        "F1", "leads.csv", "text/csv", 90, "https://files.slack.com/f1", "U1OLIVIA"
    )
    desk.who = amara
    assert "Only who shared" in (await desk.say('import "Launch" --create file:F1')).text


async def test_settings_are_an_admins_and_only_what_differs_is_stored(desk: Desk, amara: Who) -> None:
    await desk.say("settings")
    (form,) = desk.port.opened
    shown = {
        block["block_id"]: block["element"].get("initial_value")
        or block["element"].get("initial_option", {}).get("value", "")
        for block in form["blocks"]
        if block["type"] == "input"
    }
    saved = await desk.submit(
        form, **(shown | {"zone": "europe/berlin", "dont": "cheap\nfree", "email_cap": "50"})
    )
    assert saved.errors == {}
    async with desk.ctx.db.read() as conn:
        assert dict(await workspaces.settings(conn, "T1")) == {"zone": "Europe/Berlin", "email_cap": 50}
        brand = await workspaces.default_brand(conn, "T1")
    assert brand is not None
    assert brand.dont == ("cheap", "free")
    assert brand.postal_address == "1 Main St, Springfield"
    bad = await desk.submit(form, **(shown | {"brand_zone": "Mars/Olympus"}))
    assert list(bad.errors) == ["brand_zone"]
    bad = await desk.submit(form, **(shown | {"postal_address": "2 Side St", "window": "late"}))
    assert list(bad.errors) == ["window"]
    async with desk.ctx.db.read() as conn:
        assert await workspaces.default_brand(conn, "T1") == brand, "a refused form saves none of its fields"
    assert shown["ladder"] == "email 1-2, SMS 3-4, call 5+"
    await desk.say('settings ladder:"linkedin_dm 1-2, phone 3+"')
    await desk.say("settings")
    ladder = next(block for block in desk.port.opened[-1]["blocks"] if block.get("block_id") == "ladder")
    assert ladder["element"]["initial_value"] == "LinkedIn message 1-2, call 3+"
    now = shown | {"zone": "Europe/Berlin", "dont": "cheap\nfree", "email_cap": "50"}
    again = await desk.submit(desk.port.opened[-1], **(now | {"ladder": "LinkedIn message 1-2, call 3+"}))
    assert "Nothing was changed" in again.text
    desk.who = amara
    assert "Only an admin" in (await desk.say("settings")).text
    refused = await desk.submit(form, **(shown | {"zone": "UTC"}))
    assert "Only an admin" in next(iter(refused.errors.values()))
    async with desk.ctx.db.read() as conn:
        assert (await policy.of(conn, "T1")).zone == "Europe/Berlin"


async def test_a_channel_that_a_command_names_is_kept_by_its_id_or_refused(desk: Desk) -> None:
    assert "saved" in (await desk.say("settings digest_channel:<#C0NEWS|news> admin_channel:<#C0OPS|>")).text
    assert "is no channel's ID" in (await desk.say("settings digest_channel:#elsewhere")).text
    async with desk.ctx.db.begin() as conn:
        rules = await policy.of(conn, "T1")
        assert (rules.digest_channel, rules.admin_channel) == ("C0NEWS", "C0OPS")
        await workspaces.set_settings(conn, "T1", {"digest_channel": "#news", "zone": "Europe/Berlin"})
        found = await policy.of(conn, "T1")
    assert (found.digest_channel, found.zone) == ("", "Europe/Berlin"), "a name of old posts nowhere"


async def test_the_home_tab_greets_with_three_steps_and_then_shows_the_campaigns(desk: Desk) -> None:
    await desk.happen("app_home_opened", tab="messages")
    assert desk.port.homes == []
    await desk.happen("app_home_opened", tab="home")
    await desk.say('new "Launch"')
    await desk.happen("app_home_opened", tab="home")
    first, second = (json.dumps(home) for home in desk.port.homes)
    assert "Three first steps" in first
    assert "Launch" not in first
    assert "*Launch*" in second
    assert "Done: Create a campaign" in json.dumps(desk.port.homes[1], ensure_ascii=False)


async def test_home_opens_a_form_that_asks_for_the_channel(desk: Desk) -> None:
    desk.who = replace(desk.who, channel="")
    await desk.press(Button.HOME_NEW, "0.0")
    (form,) = desk.port.opened
    refused = await desk.submit(form, name="Launch", channels=("email",))
    assert list(refused.errors) == ["channel"]
    await desk.submit(form, name="Launch", channels=("email",), channel="C9")
    (made,) = await campaigns.every(desk.ctx, desk.who)
    assert made.channel_id == "C9"
