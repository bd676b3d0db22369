"""Texts over Twilio, as people live them: consent, quiet hours, STOP in the middle of a batch, and what comes back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from channels import twilio_server
from channels.twilio_server import ACCOUNT, TOKEN, Trouble, TwilioServer
from office import Office, OpenOffice

from engine.channels import twilio_webhook

ADA, BO, CY, DI = (f"+491511234567{n}" for n in range(5, 9))
HEAD = "first name,phone,company,time zone,sms consent,sms consent date\n"
AGREED = {"Ada": ADA, "Bo": BO, "Cy": CY, "Di": DI}
OURS = "+15551230000"
Desk = tuple[Office, TwilioServer]


def line(name: str, *, agreed: bool = True) -> str:
    yes = "Form at the fair,2026-11-02" if agreed else ","
    return f"{name},{AGREED[name]},{name} Ltd,Europe/Berlin,{yes}\n"


@pytest.fixture(scope="module")
def twilio() -> Iterator[TwilioServer]:
    with twilio_server.serving() as server:
        yield server


@pytest.fixture
async def desk(open_small_office: OpenOffice, twilio: TwilioServer) -> AsyncIterator[Desk]:
    async with open_small_office(**set_up(twilio)) as office:
        yield office, twilio


@pytest.fixture
async def big_desk(open_office: OpenOffice, twilio: TwilioServer) -> AsyncIterator[Desk]:
    """On both databases."""
    async with open_office(**set_up(twilio)) as office:
        yield office, twilio


def set_up(twilio: TwilioServer) -> dict[str, str]:
    twilio.clear()
    return {
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_from": OURS,
        "twilio_api_url": twilio.url,
    }


async def begin(office: Office, *names: str, options: str = "window:always touches:1") -> None:
    """A campaign of texts to these people, all of whom agreed, with an approved strategy."""
    await office.say("olivia", "#growth", f'/outreach new "Texts" goal:"book demos" channels:sms {options}')
    await office.say("olivia", "#growth", '/outreach import "Texts"')
    assert await office.submit("olivia", text=HEAD + "".join(line(name) for name in names)) == {}
    await office.say("olivia", "#growth", '/outreach plan "Texts"')
    await office.click(await office.card("Strategy for Texts"), "Approve")


async def called(office: Office, url: str, fields: dict[str, str], token: str = TOKEN) -> httpx.Response:
    """Twilio calls `url` with a form that it signs."""
    signed = twilio_webhook.signature(token, url, list(fields.items()))
    answer = await office.http.post(url, data=fields, headers={"x-twilio-signature": signed})
    await office.settle()
    return answer


async def texts(office: Office, number: str, words: str, sid: str = "1" * 32, **more: str) -> None:
    """Somebody texts us."""
    fields = {"MessageSid": f"SM{sid}", "From": number, "To": OURS, "Body": words, "NumMedia": "0", **more}
    answer = await called(office, f"{office.demo.url}/webhooks/twilio", fields)
    assert (answer.status_code, answer.text) == (200, "<Response/>")


async def reports(office: Office, twilio: TwilioServer, state: str, code: str = "") -> None:
    """Twilio reports what became of the last text, where it was told to."""
    sent, text = twilio.received[-1].form, twilio.texts[0]
    fields = {"MessageSid": text["sid"], "MessageStatus": state, "To": sent["To"], "From": OURS}
    answer = await called(office, sent["StatusCallback"], fields | ({"ErrorCode": code} if code else {}))
    assert answer.status_code == 200


def sent(twilio: TwilioServer) -> list[str]:
    return [text["to"] for text in reversed(twilio.texts)]


async def test_a_text_leaves_only_to_whom_agreed_and_says_how_to_stop(desk: Desk) -> None:
    office, twilio = desk
    await office.say(
        "olivia", "#growth", '/outreach new "Texts" goal:"book demos" channels:sms window:always touches:1'
    )
    await office.say("olivia", "#growth", '/outreach import "Texts"')
    assert await office.submit("olivia", text=HEAD + line("Ada") + line("Bo", agreed=False)) == {}
    await office.say("olivia", "#growth", '/outreach plan "Texts"')
    await office.click(await office.card("Strategy for Texts"), "Approve")

    to_ada, to_bo = await office.card("SMS to Ada"), await office.card("SMS to Bo")
    assert "Added below: Reply STOP to opt out." in to_ada.words
    assert "of 1,600 characters with it, 2 parts" in to_ada.words
    assert "Approve" not in to_bo.buttons
    assert "They never agreed to SMS. Record when and where they did with /outreach consent." in to_bo.words
    await office.click(to_ada, "Approve")
    assert sent(twilio) == [ADA]
    (text,) = twilio.texts
    assert text["body"].endswith("\nReply STOP to opt out.")
    assert "📬 *Sent*" in (await office.card("SMS to Ada")).words

    said = await office.say(
        "amara", "#growth", f'/outreach consent {BO} "told me on the phone" on:2026-11-23'
    )
    assert "agreed to SMS on 2026-11-23" in said
    await office.click(await office.card("SMS to Bo"), "Approve")
    assert sent(twilio) == [ADA, BO]


async def test_the_law_s_quiet_hours_hold_even_where_the_window_is_always(
    open_small_office: OpenOffice, twilio: TwilioServer
) -> None:
    night = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)  # 22:30 in Berlin
    async with open_small_office(at=night, **set_up(twilio)) as office:
        await begin(office, "Ada")
        await office.click(await office.card("SMS to Ada"), "Approve")
        waits = await office.card("SMS to Ada")
        assert "it is Tue 22:30 in Berlin; only 08:00–21:00 are allowed (quiet hours)" in waits.words
        why = await office.say("olivia", "#growth", f"/outreach why {ADA}")
        assert "*quiet hours* *(this one counts)*" in why
        await office.wait_until(datetime(2026, 11, 25, 6, 59, tzinfo=UTC))
        assert not twilio.texts
        await office.wait_until(datetime(2026, 11, 25, 7, 0, tzinfo=UTC))
        assert sent(twilio) == [ADA]


async def test_a_stop_in_the_middle_of_a_batch_stops_that_person_everywhere_and_a_start_takes_it_back(
    big_desk: Desk,
) -> None:
    office, twilio = big_desk
    await begin(office, "Ada", "Bo", "Cy", "Di", options="window:always touches:1 cap:2")
    for name in ("Ada", "Bo", "Cy", "Di"):
        await office.click(await office.card(f"SMS to {name}"), "Approve")
    assert sent(twilio) == [ADA, BO]
    await texts(office, CY, "Stop!", "2" * 32)
    await texts(office, ADA, "STOP", "3" * 32)
    await texts(office, ADA, "STOP", "3" * 32)
    assert len(await office.cards("Reply from Ada", "Opted out")) == 1
    assert "suppressed: texted STOP" in (await office.card("SMS to Cy")).words
    for _ in range(3):
        await office.sleep_until(office.now + timedelta(days=1))
    assert sent(twilio) == [ADA, BO, DI]
    said = await office.say("olivia", "#growth", f"/outreach contact phone:{CY} first_name:Cy")
    assert "on the suppression list (texted STOP)" in said

    await texts(office, CY, "START", "4" * 32)
    await texts(office, CY, "Stop!", "2" * 32)  # told again, late: it is no new one
    assert "known already" in await office.say(
        "olivia", "#growth", f"/outreach contact phone:{CY} first_name:Cy"
    )
    await office.say("olivia", "#growth", '/outreach new "Again" channels:sms window:always touches:1')
    await office.say("olivia", "#growth", f'/outreach contact phone:{CY} campaign:"Again"')
    await office.say("olivia", "#growth", f'/outreach contact phone:{ADA} campaign:"Again"')
    await office.say("olivia", "#growth", '/outreach plan "Again"')
    await office.click(await office.card("Strategy for Again"), "Approve")
    assert "Approve" in (await office.card("SMS to Cy", "of Again")).buttons
    assert not await office.cards("SMS to Ada", "of Again")


async def test_a_stop_may_end_texts_alone_where_an_admin_says_so(desk: Desk) -> None:
    office, _ = desk
    assert "Input should be 'person' or 'phone'." in await office.say(
        "olivia", "#growth", "/outreach settings stop_scope:all"
    )
    assert "saved" in await office.say("olivia", "#growth", "/outreach settings stop_scope:phone")
    await begin(office, "Ada", options="window:always touches:1")
    await office.say(
        "olivia", "#growth", f"/outreach contact phone:{ADA} linkedin:https://www.linkedin.com/in/ada"
    )
    await office.click(await office.card("SMS to Ada"), "Approve")
    await texts(office, ADA, "STOP")
    reply = await office.card("Reply from Ada", "Opt out")
    assert "Texts and calls to them have ended" in reply.words
    assert {"Continue", "Opt out"} <= set(reply.buttons)
    said = await office.say("olivia", "#growth", f"/outreach suppress {ADA}")
    assert "on the suppression list already" in said
    await office.click(reply, "Opt out")
    assert "they are on the suppression list" in (await office.card("Reply from Ada")).words


async def test_what_somebody_texts_back_is_a_reply_that_holds_everything(desk: Desk) -> None:
    office, twilio = desk
    await begin(office, "Ada", options="window:always touches:3")
    await office.click(await office.card("SMS to Ada"), "Approve")
    await texts(office, ADA, "What does it cost <!channel>?")
    reply = await office.card("Reply from Ada")
    assert "Question" in reply.words
    assert "<!channel>" not in reply.markup
    await office.sleep_until(office.now + timedelta(days=5))
    assert sent(twilio) == [ADA]
    await office.click(reply, "Stop")
    await office.sleep_until(office.now + timedelta(days=10))
    assert sent(twilio) == [ADA]


async def test_twilio_s_own_stop_list_and_dead_numbers_reach_ours(desk: Desk) -> None:
    """An opt-out ends it on every channel; a dead number leaves the mailbox, which is proposed instead."""
    office, twilio = desk
    twilio.troubles += [Trouble(refuse=21610), Trouble(refuse=21614)]
    await office.say("olivia", "#growth", '/outreach new "Texts" channels:sms window:always touches:1')
    await office.say("olivia", "#growth", '/outreach import "Texts"')
    people = (f"{name.lower()}@engines.example,{line(name)}" for name in ("Ada", "Bo"))
    assert await office.submit("olivia", text=f"email,{HEAD}" + "".join(people)) == {}
    await office.say("olivia", "#growth", '/outreach plan "Texts"')
    await office.click(await office.card("Strategy for Texts"), "Approve")
    await office.click(await office.card("SMS to Ada"), "Approve")
    await office.click(await office.card("SMS to Bo"), "Approve")
    assert "They replied STOP earlier" in (await office.card("SMS to Ada")).words
    assert "not a mobile number" in (await office.card("SMS to Bo")).words
    for number in (ADA, BO):
        said = await office.say("olivia", "#growth", f"/outreach suppress {number}")
        assert "on the suppression list already" in said
    assert not twilio.texts
    assert "Try Email instead" not in (await office.card("SMS to Ada")).buttons
    await office.click(await office.card("SMS to Bo"), "Try Email instead")
    await office.click(await office.card("Email to Bo"), "Approve")
    assert [mail.to for mail in await office.mails()] == ["bo@engines.example"]


async def test_reports_become_facts_and_nobody_else_can_make_them(big_desk: Desk) -> None:
    office, twilio = big_desk
    await begin(office, "Ada", "Bo", "Cy")
    await office.click(await office.card("SMS to Ada"), "Approve")
    await reports(office, twilio, "queued")
    await reports(office, twilio, "delivered")
    await reports(office, twilio, "sent")  # late
    assert "elivered" in (await office.card("SMS to Ada")).words
    await office.click(await office.card("SMS to Bo"), "Approve")
    await reports(office, twilio, "undelivered", "30005")
    assert "on the suppression list already" in await office.say(
        "olivia", "#growth", f"/outreach suppress {BO}"
    )
    await office.click(await office.card("SMS to Cy"), "Approve")
    await reports(office, twilio, "failed", "21610")
    assert "on the suppression list already" in await office.say(
        "olivia", "#growth", f"/outreach suppress {CY}"
    )

    url = f"{office.demo.url}/webhooks/twilio"
    forged = {"MessageSid": "SM" + "9" * 32, "From": ADA, "To": OURS, "Body": "STOP"}
    assert (await called(office, url, forged, token="another token")).status_code == 403
    assert (await office.http.post(url, data=forged)).status_code == 403
    assert (await called(office, f"{office.demo.url}/webhooks/nobody", forged)).status_code == 404
    assert "is suppressed" in await office.say("olivia", "#growth", f"/outreach suppress {ADA}")


async def test_a_report_settles_what_nobody_could_know(desk: Desk) -> None:
    """The connection broke and the list shows nothing: the report that comes all the same keeps it from leaving again."""
    office, twilio = desk
    twilio.blind = True
    twilio.troubles.append(Trouble(cut=True))
    await begin(office, "Ada")
    await office.click(await office.card("SMS to Ada"), "Approve")
    assert "❓ *Unsure" in (await office.card("SMS to Ada")).words
    reported = next(got for got in twilio.received if got.method == "POST")
    twilio.received.append(reported)
    await reports(office, twilio, "delivered")
    assert "📬 *Sent*" in (await office.card("SMS to Ada")).words
    await office.sleep_until(office.now + timedelta(days=2))
    assert sent(twilio) == [ADA]


async def test_the_digest_names_texts_and_their_fate(desk: Desk) -> None:
    office, twilio = desk
    await begin(office, "Ada")
    await office.click(await office.card("SMS to Ada"), "Approve")
    await reports(office, twilio, "delivered")
    await office.sleep_until(office.now + timedelta(days=1))
    assert "*SMS:* 1 sent · 1 delivered · 0 failed" in (await office.cards("Digest of"))[-1].words
