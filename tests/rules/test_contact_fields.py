"""Every way to reach a contact is refused beside its own field, and kept exact where it is good (A2)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import Refused
from engine.rules import newcomers
from engine.rules.newcomers import NewContact
from handlers import people_forms
from handlers.contacts import FIELDS

BAD = {
    "email": "ada@@nowhere",
    "phone": "12",
    "linkedin_url": "https://linkedin.com/company/acme",
    "x_handle": "not a handle!",
    "instagram": "two..dots",
    "messenger_id": "no spaces here",
    "whatsapp": "+00 1",
    "zone": "Europe/Nowhere",
    "locale": "zz-notone",
    "prefers": "pigeon post",
    "never_by": "sms, pigeon post",
}
GOOD = {
    "email": ("Ada@Engines.example", "Ada@engines.example"),
    "phone": ("+49 30 901820", "+4930901820"),
    "linkedin_url": ("linkedin.com/in/ada", "https://www.linkedin.com/in/ada"),
    "x_handle": ("@ada", "ada"),
    "instagram": ("@Ada.Lovelace", "ada.lovelace"),
    "messenger_id": ("24601", "24601"),
    "whatsapp": ("+49 30 901820", "+4930901820"),
}


@pytest.mark.parametrize("field", sorted(BAD))
def test_what_is_unusable_is_refused_beside_its_field(field: str) -> None:
    known: dict[str, Any] = {"email": "ada@engines.example"} | {field: BAD[field]}
    with pytest.raises(Refused) as refusal:
        newcomers.check(NewContact(**known))
    assert refusal.value.field == field
    assert BAD[field].removeprefix("sms, ")[:10] in refusal.value.sentence


@pytest.mark.parametrize("field", sorted(GOOD))
def test_one_way_to_reach_them_is_enough_and_is_kept_exact(field: str) -> None:
    typed, kept = GOOD[field]
    known: dict[str, Any] = {field: typed}
    assert newcomers.check(NewContact(**known)).values[field] == kept


def test_the_form_has_a_field_for_each_and_nothing_that_is_refused_without_one() -> None:
    fields = {block["block_id"] for block in people_forms.contact([])["blocks"] if block["type"] == "input"}
    assert set(FIELDS) <= fields
    assert set(BAD) | {"company", "title"} <= fields
    with pytest.raises(Refused) as refusal:
        newcomers.check(NewContact(first_name="Ada"))
    assert refusal.value.field in fields


@pytest.mark.parametrize(
    ("prefers", "never_by", "kept", "dropped"),
    [
        ("Text message", "Phone; LinkedIn", ("sms", ("call", "linkedin_dm")), 0),
        ("any", "None", ("", ()), 0),
        ("e-mail", "WHATSAPP, whatsapp", ("email", ("whatsapp",)), 0),
        ("Mail", "Fax, Telefon", ("", ("call",)), 2),
        ("phone", "call", ("", ("call",)), 1),
        ("linkedin", "x", ("linkedin_dm", ("x_dm",)), 0),
    ],
)
def test_a_file_calls_channels_as_people_do_and_no_refusal_is_lost(
    prefers: str, never_by: str, kept: tuple[str, tuple[str, ...]], dropped: int
) -> None:
    told = NewContact(email="ada@engines.example", prefers=prefers, never_by=never_by)
    ready = newcomers.check(told, forgiving=True)
    assert (ready.values["preferred_channel"], ready.values["refused_channels"]) == kept
    assert len(ready.dropped) == dropped


def test_who_asks_for_a_channel_and_refuses_it_is_refused_beside_the_field() -> None:
    with pytest.raises(Refused, match="refuse it") as refusal:
        newcomers.check(NewContact(email="ada@engines.example", prefers="text", never_by="call,sms"))
    assert refusal.value.field == "prefers"
