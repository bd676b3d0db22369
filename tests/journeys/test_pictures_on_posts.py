"""Pictures on posts: a calendar asks for one, a person gives it, both are approved together and published once."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime

from office import Card, Office
from PIL import Image
from sqlalchemy import select

from storage.tables import pictures

WEDNESDAY = 25
ALT = "Two people load a van beside a warehouse"


def picture(kind: str = "JPEG", size: tuple[int, int] = (1200, 630)) -> bytes:
    """With a place in it, as a telephone writes it."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (53.0, 33.0, 4.0)
    exif[0x010F] = "CAMERA"
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, exif=exif)
    return out.getvalue()


async def upload(office: Office, data: bytes, name: str = "van.jpg") -> list[str]:
    """A file as the field of a modal takes it."""
    kept = await office.http.post("/local/upload", data={"user": "olivia"}, files={"file": (name, data)})
    return [kept.json()["file"]]


async def week(office: Office) -> Card:
    """The calendar of five days from tomorrow, in force; behind the scenes and product ask for pictures."""
    asked = 'picture:"education" picture:"social proof"'
    assert "is saved" in await office.say("olivia", "#growth", f'/social brand "Harbourlight" {asked}')
    await office.say("olivia", "#growth", '/social plan "Harbourlight" 5d')
    card = await office.card("Calendar for “Harbourlight” (waiting for a decision)")
    assert card.words.count("asks for a picture, ") + card.words.count("asks for a picture)") == 6
    await office.click(card, "Approve")
    return await office.card("Posts of Harbourlight, week of")


async def at(office: Office, hour: int, minute: int = 1) -> None:
    await office.wait_until(datetime(2026, 11, WEDNESDAY, hour, minute, tzinfo=UTC))


async def test_a_post_gets_its_picture_and_another_goes_as_its_words_alone(small_office: Office) -> None:
    office = small_office
    bulk = await week(office)
    assert "• LinkedIn, Wed 25 Nov: It asks for a picture and has none." in bulk.words
    assert "Approve all 9 that pass" in bulk.buttons
    asking = await office.card("LinkedIn, the page", "asks for a picture", "Wed 25 Nov 09:00")
    assert "Without one" in asking.words
    assert "harbourlight.example/" in asking.body, (
        "beside a picture no link gets a preview, so the words hold it"
    )

    await office.click(asking, "Add picture")
    data = picture()
    file = await upload(office, data)
    assert "alt" in await office.submit("olivia", file=file, alt="  ")
    assert await office.submit("olivia", file=file, alt=ALT) == {}
    shown = await office.card("LinkedIn, the page", ALT)
    assert "JPEG, 1,200 × 630" in shown.words
    assert "A picture was added." in shown.words
    (seen,) = [one for one in await office.posts() if one.get("files")]
    assert (seen["thread_ts"], seen["files"][0]["alt_txt"]) == (shown.raw["thread_ts"], ALT)
    (image,) = [block for block in shown.blocks if block["type"] == "image"]
    assert (image["slack_file"], image["alt_text"]) == ({"id": seen["files"][0]["id"]}, ALT)
    assert "changed since this card" in await office.click(asking, "Approve", stale=True)
    await office.click(shown, "Approve")
    await office.click(await office.card("X, the page", "asks for a picture", "Wed 25 Nov 12:00"), "Approve")
    assert "as approved" in (await office.card("X, the page", "Wed 25 Nov 12:00")).words

    await office.wait_until(datetime(2026, 11, WEDNESDAY, 11, 1, tzinfo=UTC))
    (post,) = office.demo.posted.posts["linkedin"]
    content, digest = await kept(office)
    assert post["picture"] == {"sha256": digest, "bytes": len(content), "alt": ALT}
    assert (b"CAMERA" in data, b"CAMERA" in content, b"Exif" in content) == (True, False, False)
    (alone,) = office.demo.posted.posts["x"]
    assert "media" not in alone


async def kept(office: Office) -> tuple[bytes, str]:
    async with office.demo.parts.ctx.db.read() as conn:
        row = (await conn.execute(select(pictures.c.content))).one()
    return row.content, hashlib.sha256(row.content).hexdigest()


async def test_a_picture_of_a_single_post_is_refused_changed_and_taken_off(small_office: Office) -> None:
    office = small_office
    await office.say("olivia", "#growth", '/social post "We open on Monday in Springfield" network:x')
    await office.click(await post(office, "Springfield"), "Add picture")
    assert "file" in await office.submit("olivia", file=await upload(office, b"a,b", "people.csv"), alt=ALT)
    assert await office.submit("olivia", file=await upload(office, b"<html>", "van.png"), alt=ALT) == {}
    await office.click(await post(office, "neither a PNG nor a JPEG picture"), "Add picture")
    assert await office.submit("olivia", file=await upload(office, picture("PNG")), alt=ALT) == {}
    await office.click(await post(office, "PNG, 1,200 × 630"), "Change picture")
    assert await office.submit("olivia", alt="A van") == {}

    drafted = await post(office, "A van")
    await office.click(drafted, "Approve")
    told = await office.click(drafted, "Remove picture", stale=True)
    assert "Take the approval back first" in told
    await office.click(await post(office, "A van"), "Undo")
    await office.click(await post(office, "A van"), "Remove picture")
    without = await post(office, "The picture was removed.")
    assert "Add picture" in without.buttons
    async with office.demo.parts.ctx.db.read() as conn:
        left = await conn.execute(select(pictures.c.content).where(pictures.c.content.is_not(None)))
        assert left.all() == []


async def post(office: Office, *words: str) -> Card:
    return await office.card("Post for Harbourlight", *words)
