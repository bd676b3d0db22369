"""A channel that nobody knew before: one class, one registration, and every part of the product has it (F9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from office import OpenOffice

from bot import channels, check
from bot.settings import Settings
from engine.channels import Envelope, Limits, Receipt
from engine.errors import Misconfigured
from storage.model import channels as kinds


class Pager:
    """Beeps at whoever has one. Everything a channel must be, and no more."""

    name = provider = "pager"
    limits = Limits(concurrency=1, body=500)
    idempotent_for = timedelta()

    def __init__(self, station: str) -> None:
        if " " in station:
            raise Misconfigured("The station is one word. Correct it.")
        self.station, self.beeps = station, []  # type: tuple[str, list[Envelope]]

    async def send(self, envelope: Envelope) -> Receipt:
        self.beeps.append(envelope)
        return Receipt(f"beep-{len(self.beeps)}")

    async def close(self) -> None: ...


KIND = kinds.Kind("pager", "Pager", "messenger_id", consent=True, quiet=True)
PEOPLE = """first name,email,messenger id,time zone
Ada,ada@engines.example,4711,Europe/Berlin
Bo,bo@boats.example,4712,Europe/Berlin
"""


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Pager:
    """What is registered for a test is forgotten after it."""
    monkeypatch.setattr(channels, "TABLE", dict(channels.TABLE))
    monkeypatch.setattr(kinds, "KINDS", dict(kinds.KINDS))
    pager = Pager("tower")

    def opened(settings: Settings, demo: bool) -> Any:
        return pager if settings.mail_from else "MAIL_FROM is not set."

    channels.register(channels.Entry(KIND, opened, lambda settings: "tower"))
    return pager


async def test_one_registration_and_it_is_in_new_check_cards_gates_and_metrics(
    open_small_office: OpenOffice, registered: Pager
) -> None:
    assert "Pager is unavailable: MAIL_FROM is not set." in check.hints(Settings(_env_file=None))  # type: ignore[call-arg]
    async with open_small_office() as office:
        await office.say("olivia", "#growth", "/outreach new")
        assert "Pager" in str(await office.view("olivia"))
        assert "Pager" in await office.say("olivia", "#growth", '/outreach new "No" channels:pigeon')

        await office.say("olivia", "#growth", '/outreach new "Beeps" channels:pager window:always touches:1')
        await office.say("olivia", "#growth", '/outreach import "Beeps"')
        assert await office.submit("olivia", text=PEOPLE) == {}
        await office.say("olivia", "#growth", '/outreach plan "Beeps"')
        await office.click(await office.card("Strategy for Beeps", "Pager: short call asked"), "Approve")
        to_ada = await office.card("Pager to Ada")
        assert "Subject" not in to_ada.words
        assert "They never agreed to Pager." in to_ada.words
        assert "Approve" not in to_ada.buttons
        await office.click(await office.card("Pager to Bo"), "Skip")

        typed = '/outreach consent ada@engines.example "signed for it" on:2026-11-20 channel:pager'
        assert "agreed to Pager" in await office.say("olivia", "#growth", typed)
        await office.click(await office.card("Pager to Ada"), "Approve")
        (beep,) = registered.beeps
        assert (beep.to, beep.from_address, beep.subject, beep.footer) == ("4711", "tower", "", "")
        assert "📬 *Sent*" in (await office.card("Pager to Ada")).words
        await office.sleep_until(office.now + timedelta(days=1))
        assert "*Pager:* 1 sent" in (await office.cards("Digest of"))[-1].words
