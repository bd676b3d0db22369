"""What people and strangers get wrong: each refusal is one plain sentence, nothing is lost, nothing is half written."""

import hashlib
import hmac
import time
from urllib.parse import urlencode

import pytest
from office import Office

HEAD = "email,first name,company\n"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/outreach plan Nowhere", "There is no campaign yet."),
        ('/outreach new ""', "A campaign needs a name."),
        ('/outreach new "X" chanels:email', "channels"),
        (
            '/outreach new "X" channels:fax',
            "There is no channel called “fax”. Available: Call, Email, LinkedIn message.",
        ),
        ('/outreach new "X" channels:text', "SMS is unavailable"),
        ('/outreach new "X" window:late', "window"),
        ('/outreach new "X" zone:Mars/Olympus', "Mars/Olympus"),
        ('/outreach new "X" autonomy:reckless', "Autonomy is review, first or auto."),
        ('/outreach new "X" end:2020-01-01', "past"),
        ('/outreach new "X" start:tomorrowish', "tomorrowish"),
        ('/outreach run "X" batch:-1', "batch"),
        ("/outreach contact not-an-address", "not-an-address"),
        ("/outreach suppress", "Name an address"),
        ("/outreach reply who@nowhere.example class:sure hello", "no kind of reply"),
        ("/outreach new " + "x" * 10_000, "characters"),
        (f'/outreach new "X" goal:"{"long " * 2_000}"', "10,000 characters"),
        ("/outreach import Nowhere file:F0NOTHING", "file"),
        ("/social post hello at:25:99", "no time"),
        ('/social post "We ship to Norway" networks:x', "did you mean network?"),
        ('/social post "We ship to Norway" foo:bar', "What belongs to the post stands in quotes."),
    ],
)
async def test_every_refusal_is_one_private_sentence(small_office: Office, typed: str, told: str) -> None:
    said = await small_office.say("olivia", "#growth", typed)
    assert told in said
    assert "Something went wrong" not in said
    assert len(said) < 400
    public = [post for post in await small_office.posts() if not post.get("ephemeral_for")]
    assert public == [], "nothing was made"


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("/outreach nwe “Spring”", "/outreach new"),
        ("/outreach digset", "/outreach digest"),
        ("/outreach pausee 'Spring", "/outreach pause"),
        ("/social psot hello", "/social post"),
    ],
)
async def test_an_unknown_word_names_the_nearest_command(
    small_office: Office, typed: str, nearest: str
) -> None:
    said = await small_office.say("olivia", "#growth", typed)
    assert nearest in said.splitlines()[0]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("/outreach new “Spring launch” goal:“book demos”", "Spring launch"),
        ('/outreach new "Spring launch" --goal "book demos" --channels email', "Spring launch"),
        ("/outreach new Spring's launch", "Spring's launch"),
        ('/outreach new "<!channel> & co <@U0BAO>"', "&lt;!channel&gt; &amp; co"),
        ('/outreach new "🚀 مرحبا שלום"', "🚀 مرحبا שלום"),
        ('/outreach   NEW "Spring launch"', "Spring launch"),
        ('/outreach new "Spring launch" channels:LinkedIn,phone', "LinkedIn message, Call"),
    ],
)
async def test_what_phones_and_other_scripts_do_to_text_is_understood(
    small_office: Office, typed: str, shown: str
) -> None:
    assert "Created" in await small_office.say("olivia", "#growth", typed)
    card = await small_office.card("Campaign “")
    assert shown in card.words
    assert "<!channel>" not in card.markup
    assert "<@U0BAO>" not in card.markup


TABLES = {
    "with a byte order mark": ("\ufeff" + HEAD + "ada@a.example,Ada,A\n", "utf-8", "1 added"),
    "with semicolons": (HEAD.replace(",", ";") + "ada@a.example;Ada;A\n", "utf-8", "1 added"),
    "in Latin-1": (HEAD + "zoe@a.example,Zoë,Café\n", "latin-1", "1 added"),
    "without an address column": ("name,company\nAda,A\n", "utf-8", "column"),
    "with a formula in a cell": (
        HEAD + 'ada@a.example,"=HYPERLINK(""http://x.example"")",A\n',
        "utf-8",
        "1 added",
    ),
    "with a cell of a megabyte": (
        HEAD + f"ada@a.example,Ada,A\nbo@b.example,Bo,{'x' * 1_000_000}\n",
        "utf-8",
        "1 invalid",
    ),
    "with no rows": (HEAD, "utf-8", "0 added"),
    "that is empty": ("", "utf-8", "empty"),
}


@pytest.mark.parametrize(("text", "encoding", "told"), TABLES.values(), ids=TABLES)
async def test_odd_tables_are_read_or_refused_by_name(
    small_office: Office, text: str, encoding: str, told: str
) -> None:
    await small_office.say("olivia", "#growth", '/outreach new "Spring launch"')
    await small_office.drop("olivia", "#growth", "people.csv", text.encode(encoding))
    card = await small_office.card("Import of people.csv")
    assert told in card.words
    assert "=HYPERLINK" not in card.words


async def test_a_binary_file_is_refused_and_adds_nobody(small_office: Office) -> None:
    await small_office.say("olivia", "#growth", '/outreach new "Spring launch"')
    await small_office.drop(
        "olivia", "#growth", "people.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 40
    )
    card = await small_office.card("Import of people.csv")
    assert "0 contacts" in (await small_office.campaign_card("Spring launch")).words
    assert "Something broke" not in card.words
    before = len(await small_office.posts())
    await small_office.drop("olivia", "#growth", "holiday.png", b"\x89PNG")
    assert len(await small_office.posts()) == before + 1, "a picture is nobody's business"


async def test_a_formula_never_reaches_a_draft_as_a_formula(small_office: Office) -> None:
    await small_office.campaign("Spring launch", HEAD + "ada@a.example,\"=cmd|' /C calc'!A0\",Engines\n")
    for card in await small_office.cards("Email to"):
        assert "=cmd" not in card.words


async def test_hostile_lead_data_is_words_and_never_markup(small_office: Office) -> None:
    row = 'ada@a.example,"<!channel> {{ 7*7 }} *Ada*","<https://evil.example|Bank> & Sons"\n'
    await small_office.campaign("Spring launch", HEAD + row)
    for card in await small_office.cards():
        assert "<!channel>" not in card.markup
        assert "<https://evil.example|" not in card.markup
        assert "{{ 7*7 }}" in card.words or "Ada" not in card.words


async def test_forged_and_replayed_signatures_are_refused(small_office: Office) -> None:
    secret = small_office.demo.parts.settings.slack_signing_secret.get_secret_value()
    body = urlencode(
        {
            "command": "/outreach",
            "text": 'new "Forged"',
            "user_id": "U0OLIVIA",
            "team_id": "T0LOCAL",
            "channel_id": "C0GROWTH",
            "trigger_id": "1.2.x",
        }
    )

    async def send(key: str, at: int) -> int:
        signed = hmac.new(key.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": str(at),
            "x-slack-signature": f"v0={signed}",
        }
        return (await small_office.http.post("/slack/events", content=body, headers=headers)).status_code

    now = int(time.time())
    assert await send("0" * 32, now) == 401
    assert await send(secret, now - 600) == 401
    assert (await small_office.http.post("/slack/events", content=body)).status_code == 401
    await small_office.settle()
    assert not await small_office.cards()
    assert await send(secret, now) == 200
    await small_office.settle()
    assert await small_office.campaign_card("Forged")


async def test_forged_links_tell_nothing(small_office: Office) -> None:
    await small_office.campaign("Spring launch", HEAD + "ada@a.example,Ada,Engines\n")
    await small_office.click(await small_office.draft("To Ada"), "Approve")
    (mail,) = await small_office.mails()
    click, unsubscribe = mail.link("/c/"), mail.link("/u/")
    flipped = unsubscribe[:-12] + ("A" if unsubscribe[-12] != "A" else "B") + unsubscribe[-11:]
    crossed = unsubscribe.replace("/u/", "/c/")
    forged = ["/o/x", "/c/x", "/u/x", "/u/" + "A" * 31, flipped, crossed, click.replace("/c/", "/u/")]
    pages = {
        (answer.status_code, answer.text) for answer in [await small_office.http.get(url) for url in forged]
    }
    assert len(pages) == 1, "they all look alike"
    assert pages.pop()[0] == 404
    assert (await small_office.http.post(flipped)).status_code == 404
    assert "ada@" not in (await small_office.http.get(flipped)).text
