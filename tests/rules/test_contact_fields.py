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
    assert BAD[field][:10] in refusal.value.sentence


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
