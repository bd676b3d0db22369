"""Slack's limits, one row each: what is just inside passes, what is just outside is named by its place."""

import pytest

from bot.local import blockkit


def plain(text):
    return {"type": "plain_text", "text": text}


def mrkdwn(text):
    return {"type": "mrkdwn", "text": text}


def section(**parts):
    return {"type": "section", **parts}


def actions(*parts):
    return {"type": "actions", "elements": list(parts)}


def button(number=0, **parts):
    return {"type": "button", "action_id": f"a{number}", "text": plain("Go"), **parts}


def option(number=0, text="One"):
    return {"text": plain(text), "value": f"v{number}"}


def select(count, **parts):
    return {"type": "static_select", "action_id": "s", "options": [option(n) for n in range(count)], **parts}


def asked(element, **parts):
    return {"type": "input", "label": plain("Name"), "element": {"action_id": "x", **element}, **parts}


def picture(**parts):
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A chart", **parts}


CONFIRM = {"title": plain("Sure?"), "text": plain("Really"), "confirm": plain("Yes"), "deny": plain("No")}

REFUSED = [
    ([section(text=mrkdwn("x" * 3001))], "/blocks/0/text/text"),
    ([section(text=mrkdwn(""))], "/blocks/0/text/text"),
    ([section()], "/blocks/0"),
    ([section(text="bare")], "/blocks/0/text"),
    ([section(text={"type": "plain_text", "text": "x", "colour": "red"})], "/blocks/0/text"),
    ([section(fields=[mrkdwn("x")] * 11)], "/blocks/0/fields"),
    ([section(fields=[mrkdwn("x" * 2001)])], "/blocks/0/fields/0/text"),
    (
        [section(text=mrkdwn("x"), accessory={"type": "plain_text_input", "action_id": "a"})],
        "/blocks/0/accessory/type",
    ),
    ([{"type": "header", "text": plain("x" * 151)}], "/blocks/0/text/text"),
    ([{"type": "header", "text": mrkdwn("x")}], "/blocks/0/text/type"),
    ([{"type": "context", "elements": [mrkdwn("x")] * 11}], "/blocks/0/elements"),
    ([actions(*[button(n) for n in range(26)])], "/blocks/0/elements"),
    ([actions()], "/blocks/0/elements"),
    ([actions(button(1), button(1))], "/blocks/0"),
    ([actions(button(text=plain("x" * 76)))], "/blocks/0/elements/0/text/text"),
    ([actions(button(text=mrkdwn("x")))], "/blocks/0/elements/0/text/type"),
    ([actions(button(value="x" * 2001))], "/blocks/0/elements/0/value"),
    ([actions(button(url="https://" + "x" * 3000))], "/blocks/0/elements/0/url"),
    ([actions(button(style="warning"))], "/blocks/0/elements/0/style"),
    ([actions(button(accessibility_label="x" * 76))], "/blocks/0/elements/0/accessibility_label"),
    (
        [actions(button(confirm=CONFIRM | {"title": plain("x" * 101)}))],
        "/blocks/0/elements/0/confirm/title/text",
    ),
    (
        [actions(button(confirm=CONFIRM | {"text": plain("x" * 301)}))],
        "/blocks/0/elements/0/confirm/text/text",
    ),
    (
        [actions(button(confirm=CONFIRM | {"deny": plain("x" * 31)}))],
        "/blocks/0/elements/0/confirm/deny/text",
    ),
    ([actions(button() | {"action_id": "x" * 256})], "/blocks/0/elements/0/action_id"),
    ([actions(select(101))], "/blocks/0/elements/0/options"),
    ([actions(select(0))], "/blocks/0/elements/0/options"),
    ([actions(select(1) | {"options": [option(text="x" * 76)]})], "/blocks/0/elements/0/options/0/text/text"),
    ([actions(select(1, initial_option=option(9)))], "/blocks/0/elements/0/initial_option"),
    ([actions(select(1, placeholder=plain("x" * 151)))], "/blocks/0/elements/0/placeholder/text"),
    ([actions(select(6) | {"type": "overflow"})], "/blocks/0/elements/0/options"),
    ([actions(select(11) | {"type": "checkboxes"})], "/blocks/0/elements/0/options"),
    ([asked({"type": "plain_text_input"}) | {"label": plain("x" * 2001)}], "/blocks/0/label/text"),
    ([asked({"type": "plain_text_input", "max_length": 3001})], "/blocks/0/element/max_length"),
    ([asked({"type": "plain_text_input", "initial_value": "x" * 3001})], "/blocks/0/element/initial_value"),
    ([asked({"type": "number_input"})], "/blocks/0/element/is_decimal_allowed"),
    ([asked({"type": "button", "text": plain("x")})], "/blocks/0/element/type"),
    ([picture(alt_text="")], "/blocks/0/alt_text"),
    ([{"type": "image", "image_url": "https://example.com/a.png"}], "/blocks/0/alt_text"),
    ([picture(slack_file={"id": "F1"})], "/blocks/0"),
    ([picture(title=plain("x" * 2001))], "/blocks/0/title/text"),
    ([{"type": "divider", "block_id": "same"}] * 2, "/blocks"),
    ([{"type": "divider", "block_id": "x" * 256}], "/blocks/0/block_id"),
    ([{"type": "divider"}] * 51, "/blocks"),
    ([{"type": "markdown", "text": "x" * 7000}] * 2, "/blocks"),
    ([{"type": "alert", "text": plain("x")}], "/blocks/0/type"),
    ([{"type": "sparkline"}], "/blocks/0/type"),
    (
        [{"type": "data_visualization", "title": "x" * 51, "chart": {"type": "bar", "series": [{}]}}],
        "/blocks/0/title",
    ),
    ("not blocks", "/blocks"),
]


@pytest.mark.parametrize(("blocks", "place"), REFUSED)
def test_a_block_beyond_a_limit_is_refused_by_its_place(blocks, place):
    found = blockkit.problems(blocks)

    assert [line for line in found if f"[json-pointer:{place}]" in line], found


ACCEPTED = [
    [section(text=mrkdwn("x" * 3000), fields=[mrkdwn("x" * 2000)] * 10)],
    [{"type": "header", "text": plain("x" * 150)}],
    [actions(*[button(n, text=plain("x" * 75), value="x" * 2000) for n in range(25)])],
    [actions(select(100, initial_option=option(99)))],
    [actions(button(confirm=CONFIRM, style="danger"))],
    [{"type": "divider"}] * 50,
    [picture(title=plain("Chart"))],
    [{"type": "context", "elements": [mrkdwn("x"), picture()]}],
    [actions(select(10) | {"type": "checkboxes"})],
]


@pytest.mark.parametrize("blocks", ACCEPTED)
def test_a_block_at_the_limit_passes(blocks):
    assert blockkit.problems(blocks) == []


MODAL = {"type": "modal", "title": plain("New"), "blocks": [section(text=plain("x"))]}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"title": plain("x" * 25)}, "/title/text"),
        ({"title": mrkdwn("x")}, "/title/type"),
        ({"submit": plain("x" * 25)}, "/submit/text"),
        ({"private_metadata": "x" * 3001}, "/private_metadata"),
        ({"callback_id": "x" * 256}, "/callback_id"),
        ({"blocks": [{"type": "divider"}] * 101}, "/blocks"),
        ({"blocks": [asked({"type": "plain_text_input"})]}, "/submit"),
        ({"blocks": [{"type": "markdown", "text": "x"}]}, "/blocks/0/type"),
        ({"blocks": None}, "/blocks"),
        ({"type": "window"}, "/type"),
        ({"blocks": [section(text=plain("x" * 3000)) for _ in range(99)]}, ""),
    ],
)
def test_a_view_beyond_a_limit_is_refused(change, place):
    found = blockkit.view_problems(MODAL | change)

    assert [line for line in found if f"[json-pointer:{place}]" in line], found


def test_a_modal_within_the_limits_passes():
    fields = [asked({"type": "plain_text_input"}, block_id=f"b{n}") for n in range(100)]

    assert blockkit.view_problems(MODAL | {"submit": plain("Save"), "blocks": fields}) == []
