"""The Web API refuses what Slack refuses, with Slack's own words."""

import time

import pytest

HELLO = {"channel": "C0GROWTH", "text": "hello"}
VIEW = {
    "type": "modal",
    "callback_id": "new",
    "title": {"type": "plain_text", "text": "New"},
    "submit": {"type": "plain_text", "text": "Go"},
    "blocks": [
        {
            "type": "input",
            "block_id": "name",
            "label": {"type": "plain_text", "text": "Name"},
            "element": {"type": "plain_text_input", "action_id": "x"},
        }
    ],
}


@pytest.mark.parametrize(
    ("method", "token", "body", "error"),
    [
        ("chat.postMessage", "", HELLO, "not_authed"),
        ("chat.postMessage", "xoxb-other", HELLO, "invalid_auth"),
        ("chat.postMessage", "xapp-local", HELLO, "not_allowed_token_type"),
        ("chat.postMassage", "xoxb-local", HELLO, "unknown_method"),
        ("chat.postMessage", "xoxb-local", HELLO | {"channel": "C0NOWHERE"}, "channel_not_found"),
        ("chat.postMessage", "xoxb-local", HELLO | {"channel": "growth"}, "channel_not_found"),
        ("chat.postMessage", "xoxb-local", HELLO | {"channel": "C0RANDOM"}, "not_in_channel"),
        ("chat.postMessage", "xoxb-local", {"channel": "C0GROWTH"}, "no_text"),
        ("chat.postMessage", "xoxb-local", HELLO | {"blocks": [{"type": "section"}]}, "invalid_blocks"),
        ("chat.postMessage", "xoxb-local", HELLO | {"blocks": "[{"}, "invalid_blocks_format"),
        (
            "chat.postMessage",
            "xoxb-local",
            HELLO | {"metadata": {"event_type": "x"}},
            "invalid_metadata_format",
        ),
        ("chat.postMessage", "xoxb-local", HELLO | {"thread_ts": "1.2"}, "thread_not_found"),
        ("chat.update", "xoxb-local", HELLO | {"ts": "1.000001"}, "message_not_found"),
        ("chat.delete", "xoxb-local", HELLO | {"ts": "1.000001"}, "message_not_found"),
        (
            "chat.postEphemeral",
            "xoxb-local",
            {"channel": "C0SOCIAL", "text": "x", "user": "U0ZOE"},
            "user_not_in_channel",
        ),
        ("views.open", "xoxb-local", {"view": VIEW, "trigger_id": "1.2"}, "invalid_trigger_id"),
        ("views.open", "xoxb-local", {"view": VIEW}, "invalid_arguments"),
        ("views.publish", "xoxb-local", {"view": VIEW, "user_id": "U0OLIVIA"}, "invalid_arguments"),
        ("views.update", "xoxb-local", {"view": VIEW, "view_id": "V0"}, "not_found"),
        ("users.info", "xoxb-local", {"user": "U0NOBODY"}, "user_not_found"),
        ("conversations.open", "xoxb-local", {"users": "U0NOBODY"}, "user_not_found"),
        ("usergroups.users.list", "xoxb-local", {"usergroup": "S0NOBODY"}, "no_such_subteam"),
        ("files.completeUploadExternal", "xoxb-local", {"files": [{"id": "F0"}]}, "file_not_found"),
    ],
)
async def test_a_wrong_call_is_refused_in_slacks_words(desk, method, token, body, error):
    answer = await desk.api(method, token, **body)

    assert (answer["ok"], answer["error"]) == (False, error)


async def test_refused_blocks_name_the_place_in_the_response_metadata(desk):
    answer = await desk.api("chat.postMessage", **HELLO, blocks=[{"type": "section"}])

    assert "[json-pointer:/blocks/0]" in answer["response_metadata"]["messages"][0]


async def test_form_bodies_and_json_bodies_mean_the_same(desk):
    form = HELLO | {"token": "xoxb-local", "blocks": '[{"type": "divider"}]'}
    answer = (await desk.http.post("/api/chat.postMessage", data=form)).json()

    assert answer["message"]["blocks"][0]["type"] == "divider"


async def test_a_trigger_is_spent_once_and_lives_three_seconds(desk):
    spent = desk.workspace.trigger("U0OLIVIA")
    old = desk.workspace.trigger("U0OLIVIA")

    assert (await desk.api("views.open", view=VIEW, trigger_id=spent))["ok"]
    assert (await desk.api("views.open", view=VIEW, trigger_id=spent))["error"] == "exchanged_trigger_id"
    desk.workspace.triggers[old].born = time.monotonic() - 3.1
    assert (await desk.api("views.open", view=VIEW, trigger_id=old))["error"] == "expired_trigger_id"


async def test_a_fourth_modal_is_one_too_many(desk):
    for number in range(3):
        call = "views.push" if number else "views.open"
        assert (await desk.api(call, view=VIEW, trigger_id=desk.workspace.trigger("U0BAO")))["ok"]

    answer = await desk.api("views.push", view=VIEW, trigger_id=desk.workspace.trigger("U0BAO"))
    assert answer["error"] == "push_limit_reached"


async def test_an_old_hash_is_a_conflict_and_typed_text_survives_an_update(desk):
    first = (await desk.api("views.open", view=VIEW, trigger_id=desk.workspace.trigger("U0OLIVIA")))["view"]
    desk.workspace.views[first["id"]]["state"]["values"]["name"]["x"]["value"] = "Spring"
    second = await desk.api("views.update", view=VIEW, view_id=first["id"], hash=first["hash"])
    third = await desk.api("views.update", view=VIEW, view_id=first["id"], hash=first["hash"])

    assert second["view"]["state"]["values"]["name"]["x"]["value"] == "Spring"
    assert third["error"] == "hash_conflict"


async def test_a_home_is_published_per_person_and_guarded_by_its_hash(desk):
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    first = (await desk.api("views.publish", user_id="U0OLIVIA", view=home))["view"]
    await desk.api("views.publish", user_id="U0OLIVIA", view=home, hash=first["hash"])

    again = await desk.api("views.publish", user_id="U0OLIVIA", view=home, hash=first["hash"])
    assert again["error"] == "hash_conflict"
    assert list((await desk.state())["homes"]) == ["U0OLIVIA"]


async def test_the_bot_edits_its_own_messages_only(desk):
    theirs = await desk.do("say", user="amara", channel="growth", text="mine")
    own = await desk.api("chat.postMessage", **HELLO)
    changed = await desk.api("chat.update", channel="C0GROWTH", ts=own["ts"], text="changed")

    assert changed["message"]["edited"]
    refused = await desk.api("chat.update", channel="C0GROWTH", ts=theirs["ts"], text="x")
    assert refused["error"] == "cant_update_message"
    assert [one["text"] for one in await desk.messages()] == ["mine", "changed"]


async def test_an_archived_channel_takes_no_message(desk):
    channel = desk.workspace.channel("growth")
    desk.workspace.store.put("channel", channel["id"], channel | {"is_archived": True})

    assert (await desk.api("chat.postMessage", **HELLO))["error"] == "is_archived"


async def test_blocks_without_text_are_taken_but_noted(desk):
    answer = await desk.api("chat.postMessage", channel="C0GROWTH", blocks=[{"type": "divider"}])

    assert answer["ok"]
    assert [one["kind"] for one in (await desk.state())["warnings"]] == ["missing_text"]


async def test_history_hides_private_lines_replies_and_unasked_metadata(desk):
    metadata = {"event_type": "card", "event_payload": {"id": 7}}
    top = await desk.api("chat.postMessage", **HELLO, metadata=metadata)
    await desk.api("chat.postMessage", **HELLO, thread_ts=top["ts"])
    await desk.api("chat.postEphemeral", **HELLO, user="U0AMARA")

    bare = (await desk.api("conversations.history", channel="C0GROWTH"))["messages"]
    full = (await desk.api("conversations.history", channel="C0GROWTH", include_all_metadata=True))[
        "messages"
    ]
    thread = (await desk.api("conversations.replies", channel="C0GROWTH", ts=top["ts"]))["messages"]
    assert [one["ts"] for one in bare] == [top["ts"]]
    assert "metadata" not in bare[0]
    assert full[0]["metadata"] == metadata
    assert full[0]["reply_count"] == 1
    assert len(thread) == 2


async def test_one_message_a_second_when_the_limit_is_on(open_desk):
    desk = open_desk(rate_limited=True)
    headers = {"Authorization": "Bearer xoxb-local"}
    assert (await desk.http.post("/api/chat.postMessage", json=HELLO, headers=headers)).status_code == 200

    second = await desk.http.post("/api/chat.postMessage", json=HELLO, headers=headers)
    elsewhere = await desk.http.post(
        "/api/chat.postMessage", json=HELLO | {"channel": "C0SOCIAL"}, headers=headers
    )
    assert (second.status_code, second.headers["Retry-After"], elsewhere.status_code) == (429, "1", 200)
    desk.workspace.posted_at["C0GROWTH"] -= 1
    assert (await desk.http.post("/api/chat.postMessage", json=HELLO, headers=headers)).status_code == 200


async def test_a_call_without_its_scope_is_refused(open_desk):
    desk = open_desk(scopes=frozenset({"chat:write"}))

    assert (await desk.api("chat.postMessage", **HELLO))["ok"]
    assert (await desk.api("users.info", user="U0OLIVIA"))["error"] == "missing_scope"


async def test_people_carry_their_zone_and_standing(desk):
    gus = (await desk.api("users.info", user="U0GUS"))["user"]
    zoe = (await desk.api("users.info", user="U0ZOE"))["user"]
    bao = (await desk.api("users.info", user="U0BAO"))["user"]

    assert gus["is_restricted"]
    assert zoe["team_id"] != gus["team_id"]
    assert (bao["tz"], bao["tz_offset"]) == ("Asia/Ho_Chi_Minh", 7 * 3600)


async def test_a_file_takes_three_steps_and_its_address_wants_the_token(desk):
    start = await desk.api("files.getUploadURLExternal", filename="chart.png", length=3, alt_txt="Five sent")
    address = start["upload_url"].removeprefix("http://localhost:3100")
    short = await desk.http.post(address, content=b"ab")
    await desk.http.post(address, content=b"abc")
    done = await desk.api(
        "files.completeUploadExternal", files=[{"id": start["file_id"]}], channel_id="C0GROWTH"
    )

    private = done["files"][0]["url_private"]
    stranger = await desk.http.get(private)
    known = await desk.http.get(private, headers={"Authorization": "Bearer xoxb-local"})
    assert short.status_code == 400
    assert (await desk.messages())[-1]["files"][0]["alt_txt"] == "Five sent"
    assert b"abc" not in stranger.content
    assert known.content == b"abc"
