"""A task's card links to nothing but https, whatever stands in the records, and copies the words as they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import card_views
import pytest
from test_cards import HOSTILE, texts

from bot.local import blockkit
from handlers import cards


def shown(channel: str, **reached: str) -> tuple[list[Any], str]:
    picture = cards.RENDERERS["task"](card_views.task(channel, **reached))
    return picture.blocks, "\n".join([*texts(picture.blocks, "mrkdwn"), picture.text])


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(("channel", "field"), [("call", "phone"), ("linkedin_dm", "linkedin_url")])
def test_hostile_addresses_stay_words(channel: str, field: str, words: str) -> None:
    blocks, mrkdwn = shown(channel, **{field: words, "first_name": words})
    assert blockkit.problems(blocks, "message") == []
    assert "<!channel" not in mrkdwn
    assert "<https://evil" not in mrkdwn


@pytest.mark.parametrize(
    "address", ["http://www.linkedin.com/in/ada", "javascript:alert(1)", "//linkedin.com", "file:///etc", ""]
)
def test_only_https_becomes_a_link(address: str) -> None:
    _, mrkdwn = shown("linkedin_dm", linkedin_url=address)
    assert "Open the profile" not in mrkdwn
    _, linked = shown("linkedin_dm", linkedin_url="https://www.linkedin.com/in/ada|x> <!here")
    assert "<!here" not in linked
    assert "|Open the profile>" in linked


def test_the_text_to_copy_is_the_approved_one() -> None:
    blocks, _ = shown("linkedin_dm", linkedin_url="https://www.linkedin.com/in/ada")
    boxes = [text for kind, text, _ in said(blocks) if kind == "rich_text_preformatted"]
    assert boxes == [card_views.MESSAGE.body]


NOTES = (
    "Opening\nHello Ada, this is Olivia.\n\nThe point\nIt is short.\nAnd free.\n\nOne line alone."
    "\n\nDear reader,\nno heading."
)


@pytest.mark.parametrize(
    ("body", "bold"),
    [
        (NOTES, ["Opening\n", "The point\n"]),
        ("*Not bold* <!here>\n<@U1> `x`", ["*Not bold* <!here>\n"]),
        (f"{'x' * 41}\nlong", []),
        ("\n\n\n", []),
        ("Heading\n" + "y" * 3_000, []),
    ],
)
def test_notes_for_a_call_are_the_approved_words_with_their_headings_to_be_found(
    body: str, bold: list[str]
) -> None:
    view = card_views.task("call", phone="+4930901820")
    view = replace(view, case=replace(view.case, message=replace(view.case.message, body=body)))
    blocks = cards.RENDERERS["task"](view).blocks
    assert blockkit.problems(blocks, "message") == []
    parts = said(blocks)
    assert "".join(text for _, text, _ in parts) == body
    assert [text for _, text, is_bold in parts if is_bold] == bold


def said(blocks: list[Any]) -> list[tuple[str, str, bool]]:
    """What the card says to copy or to read: its kind, the words, and whether they are bold."""
    return [
        (part["type"], one["text"], bool(one.get("style", {}).get("bold")))
        for block in blocks
        if block["type"] == "rich_text"
        for part in block["elements"]
        for one in part["elements"]
    ]
