"""What people do reaches the bot signed and in Slack's shape, and its answer is read as Slack reads it."""

import asyncio
import json

import pytest

from bot.local import outgoing

BUTTONS = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "A draft"}},
    {
        "type": "actions",
        "block_id": "decide",
        "elements": [
            {
                "type": "button",
                "action_id": "approve",
                "value": "42.1",
                "text": {"type": "plain_text", "text": "Approve"},
            },
            {
                "type": "static_select",
                "action_id": "later",
                "options": [{"text": {"type": "plain_text", "text": "Soon"}, "value": "s"}],
            },
        ],
    },
]
MODAL = {
    "type": "modal",
    "callback_id": "new",
    "notify_on_close": True,
    "private_metadata": "7",
    "title": {"type": "plain_text", "text": "New campaign"},
    "submit": {"type": "plain_text", "text": "Create"},
    "blocks": [
        {
            "type": "input",
            "block_id": "name",
            "label": {"type": "plain_text", "text": "Name"},
            "element": {"type": "plain_text_input", "action_id": "x"},
        },
        {
            "type": "input",
            "block_id": "note",
            "optional": True,
            "label": {"type": "plain_text", "text": "Note"},
            "element": {"type": "plain_text_input", "action_id": "x", "initial_value": "calm"},
        },
    ],
}


async def card(desk, **parts):
    answer = await desk.api("chat.postMessage", channel="C0GROWTH", text="A draft", blocks=BUTTONS, **parts)
    return answer["ts"]


async def open_modal(desk):
    trigger = desk.workspace.trigger("U0OLIVIA")
    return (await desk.api("views.open", view=MODAL, trigger_id=trigger))["view"]["id"]


def values(name):
    return json.dumps({"name": {"x": {"value": name}}})


async def texts(desk, channel="growth"):
    return [one["text"] for one in await desk.messages(channel)]


# Commands


async def test_a_command_arrives_signed_with_everything_slack_sends(desk, bot):
    answer = await desk.do("say", user="olivia", channel="growth", text="/outreach list")

    command = bot.last("command")
    assert answer["ok"]
    assert (command["command"], command["text"], command["user_id"], command["channel_name"]) == (
        "/outreach",
        "list",
        "U0OLIVIA",
        "growth",
    )
    assert {
        "trigger_id",
        "response_url",
        "team_id",
        "team_domain",
        "api_app_id",
        "is_enterprise_install",
    } <= set(command)
    assert bot.seen[0][2]["x-slack-signature"].startswith("v0=")


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ('new "A & B <c>"', 'new "A &amp; B &lt;c&gt;"'),
        ("ask @amara", "ask <@U0AMARA|amara>"),
        ("in #social now", "in <#C0SOCIAL|social> now"),
        ('goal:"see https://x.example/a?b=1&c=2".', 'goal:"see <https://x.example/a?b=1&amp;c=2>".'),
        ("contact bo@x.example", "contact <mailto:bo@x.example|bo@x.example>"),
        ("ask @nobody <!channel>", "ask @nobody &lt;!channel&gt;"),
        ("don't “quote”", "don't “quote”"),
    ],
)
async def test_typed_text_is_escaped_as_slack_does(desk, bot, typed, sent):
    await desk.do("say", user="olivia", channel="growth", text=f"/outreach {typed}")

    assert bot.last("command")["text"] == sent


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("", []),
        ("done", [("U0OVERTURE", "done", "U0OLIVIA")]),
        ({"text": "done"}, [("U0OVERTURE", "done", "U0OLIVIA")]),
        (
            {"text": "done", "response_type": "in_channel"},
            [("U0OLIVIA", "/outreach list", None), ("U0OVERTURE", "done", None)],
        ),
        (
            500,
            [
                (
                    "USLACKBOT",
                    "/outreach failed with the error `dispatch_failed`. Please try again later.",
                    "U0OLIVIA",
                )
            ],
        ),
        (
            {"blocks": [{"type": "section"}]},
            [
                (
                    "USLACKBOT",
                    "/outreach failed with the error `invalid_blocks`. Please try again later.",
                    "U0OLIVIA",
                )
            ],
        ),
    ],
)
async def test_the_answer_to_a_command_is_shown_as_slack_shows_it(desk, bot, answer, shown):
    bot.answers["command"] = answer
    await desk.do("say", user="olivia", channel="growth", text="/outreach list")

    found = [(one["user"], one["text"], one.get("ephemeral_for")) for one in await desk.messages()]
    assert found == shown


async def test_a_late_answer_fails_visibly_but_the_bot_goes_on(desk, bot, monkeypatch):
    monkeypatch.setattr(outgoing, "ANSWER_SECONDS", 0.02)
    finished = asyncio.Event()

    async def slow(_):
        await asyncio.sleep(0.1)
        finished.set()
        return ""

    bot.answers["command"] = slow
    answer = await desk.do("say", user="olivia", channel="growth", text="/outreach list")

    assert answer["error"] == "operation_timeout"
    await asyncio.wait_for(finished.wait(), 2)


async def test_an_unknown_command_never_reaches_the_bot(desk, bot):
    await desk.do("say", user="olivia", channel="growth", text="/outretch list")

    assert bot.seen == []
    assert "not a valid command" in (await texts(desk))[0]


# Clicks


async def test_a_click_carries_message_state_and_a_fresh_trigger(desk, bot):
    ts = await card(desk)
    await desk.do("click", user="amara", channel="growth", ts=ts, action_id="later", option="s")
    answer = await desk.do(
        "click", user="amara", channel="growth", ts=ts, action_id="approve", block_id="decide"
    )

    payload = bot.last("block_actions")
    assert answer == {"ok": True, "status": 200, "url": None}
    assert payload["actions"][0] | {"action_ts": ""} == {
        "type": "button",
        "action_id": "approve",
        "block_id": "decide",
        "text": {"type": "plain_text", "text": "Approve"},
        "value": "42.1",
        "action_ts": "",
    }
    assert payload["user"] == {"id": "U0AMARA", "username": "amara", "name": "amara", "team_id": "T0LOCAL"}
    assert payload["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C0GROWTH",
        "is_ephemeral": False,
    }
    assert payload["state"]["values"]["decide"]["later"]["selected_option"]["value"] == "s"
    assert payload["message"]["blocks"][1]["block_id"] == "decide"
    assert payload["trigger_id"] in desk.workspace.triggers


async def test_the_body_that_answers_a_click_is_ignored(desk, bot):
    bot.answers["block_actions"] = {"text": "ignored", "response_type": "in_channel"}
    ts = await card(desk)
    await desk.do("click", user="amara", channel="growth", ts=ts, action_id="approve")

    assert await texts(desk) == ["A draft"]


async def test_a_button_that_is_not_there_cannot_be_pressed_but_a_slow_client_still_can(desk, bot):
    ts = await card(desk)
    press = {"user": "amara", "channel": "growth", "ts": ts, "action_id": "approve"}
    forged = await desk.do("click", **press, value="43.1")
    await desk.api("chat.update", channel="C0GROWTH", ts=ts, text="Approved", blocks=[{"type": "divider"}])
    gone = await desk.do("click", **press)
    late = await desk.do("click", **press, stale="1")

    assert (forged["error"], gone["error"], late["ok"]) == ("no_such_element", "no_such_element", True)


async def test_another_persons_private_line_cannot_be_pressed(desk):
    ts = (await desk.api("chat.postEphemeral", channel="C0GROWTH", text="x", blocks=BUTTONS, user="U0AMARA"))[
        "message_ts"
    ]

    answer = await desk.do("click", user="bao", channel="growth", ts=ts, action_id="approve")
    assert answer["error"] == "message_not_found"


async def test_a_stranger_clicks_with_the_team_of_their_own(desk, bot):
    ts = await card(desk)
    await desk.do("click", user="zoe", channel="growth", ts=ts, action_id="approve")

    assert bot.last("block_actions")["user"]["team_id"] == "T0OTHER"


# Reply addresses


async def test_a_response_url_answers_privately_replaces_deletes_and_runs_out(desk, bot):
    ts = await card(desk)
    await desk.do("click", user="amara", channel="growth", ts=ts, action_id="approve")
    address = bot.last("block_actions")["response_url"]

    await desk.http.post(address, json={"text": "just you"})
    assert (await desk.messages())[-1]["ephemeral_for"] == "U0AMARA"
    await desk.http.post(address, json={"text": "new words", "replace_original": True})
    assert (await texts(desk))[0] == "new words"
    refused = (await desk.http.post(address, json={"blocks": [{"type": "nonsense"}]})).json()
    assert refused["error"] == "invalid_blocks"
    await desk.http.post(address, json={"delete_original": True})
    assert await texts(desk) == ["just you"]
    await desk.http.post(address, json={"text": "five", "response_type": "in_channel"})
    sixth = await desk.http.post(address, json={"text": "six"})
    assert (sixth.status_code, sixth.json()["error"]) == (404, "used_url")


async def test_a_response_url_lives_thirty_minutes(desk, bot):
    await desk.do("say", user="olivia", channel="growth", text="/outreach list")
    address = bot.last("command")["response_url"]
    desk.workspace.replies[address.rsplit("/", 1)[1]].born -= 1801

    assert (await desk.http.post(address, json={"text": "late"})).json()["error"] == "expired_url"


# Modals


async def test_a_submission_carries_the_state_and_closes_the_modal(desk, bot):
    await open_modal(desk)
    answer = await desk.do("submit", user="olivia", values=values("Spring"))

    view = bot.last("view_submission")["view"]
    assert answer["ok"]
    assert view["private_metadata"] == "7"
    assert view["state"]["values"]["name"]["x"] == {"type": "plain_text_input", "value": "Spring"}
    assert view["state"]["values"]["note"]["x"]["value"] == "calm"
    assert (await desk.state())["views"] == []


async def test_errors_stay_beside_their_field_and_nothing_typed_is_lost(desk, bot):
    bot.answers["view_submission"] = {"response_action": "errors", "errors": {"name": "Taken"}}
    view_id = await open_modal(desk)
    await desk.do("submit", user="olivia", values=values("Spring <launch>"))

    page = await desk.http.post("/ui/modal", data={"user": "U0OLIVIA"})
    assert (await desk.state())["views"][0]["errors"] == {"name": "Taken"}
    assert "Taken" in page.text
    assert 'value="Spring &lt;launch&gt;"' in page.text
    assert view_id in page.text


async def test_what_slacks_client_refuses_never_reaches_the_bot(desk, bot):
    await open_modal(desk)
    answer = await desk.do("submit", user="olivia", values=values(""))

    assert answer["errors"] == {"name": "Please complete this required field."}
    assert bot.seen == []


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ({"response_action": "errors", "errors": {"nowhere": "x"}}, True),
        (500, True),
        ({"response_action": "clear"}, False),
    ],
)
async def test_a_bad_answer_keeps_the_modal_open(desk, bot, answer, kept):
    bot.answers["view_submission"] = answer
    await open_modal(desk)
    await desk.do("submit", user="olivia", values=values("Spring"))

    views = (await desk.state())["views"]
    assert bool(views) is kept
    assert not kept or "trouble" in views[0]["errors"][""]


async def test_an_answer_may_push_and_closing_tells_the_bot(desk, bot):
    bot.answers["view_submission"] = {"response_action": "push", "view": MODAL | {"callback_id": "second"}}
    await open_modal(desk)
    await desk.do("submit", user="olivia", values=values("Spring"))
    await desk.do("close", user="olivia")

    assert bot.last("view_closed")["view"]["callback_id"] == "second"
    assert [one["view"]["callback_id"] for one in (await desk.state())["views"]] == ["new"]


async def test_nobody_else_can_submit_a_persons_modal(desk):
    view_id = await open_modal(desk)

    assert (await desk.do("submit", user="amara", view_id=view_id, values=values("x")))[
        "error"
    ] == "view_not_found"


# Events


async def test_an_event_is_tried_again_with_its_number_and_the_same_id(desk, bot):
    bot.answers["app_home_opened"] = 500
    await desk.do("home", user="olivia")

    tries = [(headers.get("x-slack-retry-num"), payload["event_id"]) for _, payload, headers in bot.seen]
    assert [number for number, _ in tries] == [None, "1", "2", "3"]
    assert len({event for _, event in tries}) == 1


async def test_inviting_the_bot_lets_it_speak_and_tells_it(desk, bot):
    await desk.do("say", user="amara", channel="random", text="/invite @Overture")

    assert bot.last("member_joined_channel")["event"]["user"] == "U0OVERTURE"
    assert (await desk.api("chat.postMessage", channel="C0RANDOM", text="hello"))["ok"]


async def test_a_dropped_file_is_announced_and_can_be_fetched(desk, bot):
    upload = {"file": ("contacts.csv", b"email\na@x.example\n")}
    await desk.http.post("/local/upload", data={"user": "bao", "channel": "growth"}, files=upload)

    file_id = bot.last("file_shared")["event"]["file_id"]
    assert bot.last("message")["event"]["subtype"] == "file_share"
    address = (await desk.api("files.info", file=file_id))["file"]["url_private"]
    found = await desk.http.get(address, headers={"Authorization": "Bearer xoxb-local"})
    assert found.content == b"email\na@x.example\n"


async def test_a_mention_reaches_the_bot_only_where_it_is_a_member(desk, bot):
    await desk.do("say", user="amara", channel="random", text="@overture hello")
    await desk.do("say", user="amara", channel="growth", text="@overture hello")

    assert [payload["event"]["channel"] for kind, payload, _ in bot.seen if kind == "app_mention"] == [
        "C0GROWTH"
    ]


async def test_the_address_is_verified_by_its_challenge(desk, bot):
    async def echo(payload):
        return payload["challenge"]

    assert not await desk.app.state.outgoing.verify_url()
    bot.answers["url_verification"] = echo
    assert await desk.app.state.outgoing.verify_url()


# Clock, restart, doors


async def test_the_clock_steps_and_messages_carry_its_time(desk):
    await desk.do("clock", advance="1d12h")
    await desk.api("chat.postMessage", channel="C0GROWTH", text="later")

    assert (await desk.state())["now"].startswith("2026-11-24T21:00")
    assert float((await desk.messages())[0]["ts"]) == pytest.approx(1795554000, abs=2)


async def test_a_clock_nobody_may_move_says_so(open_desk):
    desk = open_desk()
    object.__setattr__(desk.workspace.config, "advance", None)
    answer = await desk.http.post("/local/clock", data={"advance": "1d"})

    assert (answer.status_code, answer.json()["ok"]) == (404, False)


async def test_what_was_said_is_there_after_a_restart(open_desk):
    desk = open_desk()
    ts = await card(desk)
    desk.app.state.mailbox.deliver("a@x.example", ["b@x.example"], b"Subject: Hi\r\n\r\nHello")
    desk.workspace.shut()

    again = open_desk()
    assert [one["ts"] for one in await again.messages()] == [ts]
    assert (await again.state())["mailbox"][0]["subject"] == "Hi"
    assert (await again.api("chat.postMessage", channel="C0GROWTH", text="next"))["ts"] > ts


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "127.0.0.1:3100"}, 200),
        ({"Host": "[::1]:3100"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "localhost.evil.example"}, 403),
        ({"Origin": "http://localhost:3100"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://localhost:4000"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_only_this_machine_and_this_page_may_act(desk, headers, status):
    form = {"user": "olivia", "channel": "growth", "text": "hello"}

    assert (await desk.http.post("/local/say", data=form, headers=headers)).status_code == status


# Mailbox and page

MAIL = (
    b"From: Olivia <olivia@x.example>\r\nTo: dana@y.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"List-Unsubscribe: <mailto:u@x.example>, <%s>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello<script>x</script></p>\r\n--b--\r\n"
)


async def test_a_mail_is_read_into_its_parts_and_shut_in(desk):
    mail = desk.app.state.mailbox.deliver(
        "o@x.example", ["dana@y.example"], MAIL % b"http://localhost/unsubscribe"
    )
    page = await desk.http.get(f"/ui/mail/{mail['id']}")

    assert (mail["subject"], mail["text"].strip(), mail["envelope_to"]) == (
        "Grüße",
        "Hello",
        ["dana@y.example"],
    )
    assert "sandbox" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("host", "reached"), [(b"http://localhost/unsubscribe", 1), (b"https://mail.example/u", 0)]
)
async def test_one_click_unsubscribe_is_posted_to_this_machine_only(desk, bot, host, reached):
    mail = desk.app.state.mailbox.deliver("o@x.example", ["dana@y.example"], MAIL % host)
    await desk.http.post("/ui/unsubscribe", data={"mail": mail["id"]})

    assert bot.count("unsubscribe") == reached
    assert not reached or bot.last("unsubscribe") == {"List-Unsubscribe": "One-Click"}


async def test_the_page_shows_each_reader_their_own(desk):
    await card(desk)
    await desk.api("chat.postEphemeral", channel="C0GROWTH", text="for Amara <b>", user="U0AMARA")
    olivia = (await desk.http.get("/?user=U0OLIVIA&at=growth")).text
    amara = (await desk.http.get("/?user=U0AMARA&at=growth")).text

    assert "A draft" in olivia
    assert "for Amara" not in olivia
    assert "for Amara &lt;b&gt;" in amara
    assert "Only visible to you" in amara


async def test_a_press_in_the_page_carries_what_was_chosen_beside_it(desk, bot):
    ts = await card(desk)
    form = {"user": "U0AMARA", "channel": "C0GROWTH", "ts": ts, "has": "1", "v|decide|later": "s"}
    await desk.http.post(
        "/ui/click", data=form | {"action_id": "approve", "block_id": "decide", "pressed": "42.1"}
    )

    payload = bot.last("block_actions")
    assert payload["actions"][0]["value"] == "42.1"
    assert payload["state"]["values"]["decide"]["later"]["selected_option"]["value"] == "s"


async def test_a_block_nobody_knows_is_a_visible_box(desk):
    chart = {
        "type": "data_visualization",
        "title": "Sent",
        "chart": {"type": "bar", "series": [{"name": "<x>"}]},
    }
    await desk.api("chat.postMessage", channel="C0GROWTH", text="Chart", blocks=[chart])
    page = (await desk.http.get("/?at=growth")).text

    assert "data_visualization block" in page
    assert "<x>" not in page
