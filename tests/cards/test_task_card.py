"""A task's card links to nothing but https, whatever stands in the records, and copies the words as they are."""

from __future__ import annotations

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
    blocks, _ = shown("call", phone="+4930901820")
    boxes = [
        part["elements"][0]["text"]
        for block in blocks
        if block["type"] == "rich_text"
        for part in block["elements"]
        if part["type"] == "rich_text_preformatted"
    ]
    assert boxes == [card_views.MESSAGE.body]
