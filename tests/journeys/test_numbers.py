"""What is reported: runs that equal the server's own log, the digest once a day, posts exactly once."""

import asyncio
from datetime import UTC, datetime

import pytest
from mailserver import MailServer
from office import Office, OpenOffice

from bot import clock

TEN = "email,first name,company\n" + "".join(f"p{n}@firm{n}.example,Person{n},Firm {n}\n" for n in range(10))


@pytest.fixture
def office(office_on_both: Office) -> Office:
    return office_on_both


async def test_a_run_counts_what_the_server_logged_and_names_the_broken_one(open_office: OpenOffice) -> None:
    async with MailServer() as server, open_office(smtp_url=server.url) as office:
        server.refuse["p3@firm3.example"] = "550 5.1.1 no such user"
        await office.campaign("Ten", TEN)
        await office.say("olivia", "#growth", '/outreach run "Ten" batch:10 --dry-run')
        dry = await office.card("Dry run of Ten")
        assert "10 processed · 0 sent · 0 failed · 0 skipped" in dry.words
        assert "Nothing was sent and nothing was recorded." in dry.words
        assert server.connections == 0, "a dry run contacts no provider"

        for card in await office.cards("Email to"):
            await office.at_once(card, "Approve", "olivia")
        await office.say("olivia", "#growth", '/outreach run "Ten" batch:10')
        await looked_again(office)
        run = await office.card("Run of “Ten”: ")
        assert "10 processed · 9 sent · 1 failed · 0 skipped" in run.words
        assert "*Person3* Email: The address does not exist (550 5.1.1)." in run.words
        assert len(server.taken) == 9
        assert server.refused == ["p3@firm3.example"]
        assert not await office.mails(), "SMTP_URL is set, so the mailbox pane gets nothing"

        await office.say("olivia", "#growth", '/outreach run "Ten"')
        await looked_again(office)
        assert len(await office.cards("Run of “Ten”: 0 processed · 0 sent · 0 failed · 0 skipped")) == 1


async def test_the_digest_comes_daily_once_and_extra_when_asked(office: Office) -> None:
    await office.campaign("Ten", TEN)
    await office.click((await office.cards("Email to"))[0], "Approve")
    said = await office.say("olivia", "#growth", "/outreach digest")
    assert "its card follows here" in said
    assert len(await office.cards("Digest")) == 1
    (chart,) = [file for post in await office.posts() for file in post.get("files", [])]
    assert chart["mimetype"] == "image/png"
    assert "sent" in chart["alt_txt"]

    await office.wait_until(datetime(2026, 11, 25, 7, 58, tzinfo=UTC))
    assert len(await office.cards("Digest")) == 1
    await office.wait_until(datetime(2026, 11, 25, 8, 1, tzinfo=UTC))
    ctx = office.demo.parts.ctx
    await asyncio.gather(clock.tick(ctx), clock.tick(ctx))
    await office.settle()
    await office.advance("2h")
    digests = await office.cards("Digest")
    assert len(digests) == 2
    assert "1 sent" in digests[1].words or "*Sent*\n1" in digests[1].words, digests[1].words


async def test_a_post_takes_the_same_road_and_is_published_exactly_once(office: Office) -> None:
    assert "being written" in await office.say(
        "bao", "#social", "/social post “We now ship to Norway (and Sweden) @ no extra cost”"
    )
    draft = await office.card("Post for Harbourlight", channel="social")
    assert draft.buttons == ["Approve", "Edit", "Add picture", "Reject", "Skip"]
    assert "Wed 25 Nov 09:00 in Berlin" in draft.words
    await office.click(draft, "Edit", "bao")
    words = (
        "We now ship to Norway (and Sweden) @ no extra cost. What should come next? Tell us in the comments."
    )
    assert await office.submit("bao", body=words) == {}
    await office.click(await office.card("Post for Harbourlight", channel="social"), "Approve", "amara")
    await office.sleep_until(datetime(2026, 11, 25, 7, 58, tzinfo=UTC))
    assert not office.published
    await office.wait_until(datetime(2026, 11, 25, 8, 1, tzinfo=UTC))
    await office.advance("6h")
    (post,) = office.published
    assert post["author"] == "urn:li:organization:5515715"
    assert post["lifecycleState"] == "PUBLISHED"
    assert post["commentary"].startswith(r"We now ship to Norway \(and Sweden\) \@ no extra cost")
    done = await office.card("Post for Harbourlight", channel="social")
    assert "📬 *Published*" in done.words
    assert "See it" in done.words


async def test_a_post_nobody_decided_about_is_missed_and_never_moves(office: Office) -> None:
    await office.say("bao", "#social", "/social post")
    assert await office.submit("bao", text="Our new office in Oslo opens its doors to everybody") == {}
    await office.wait_until(datetime(2026, 11, 25, 8, 5, tzinfo=UTC))
    missed = await office.card("Post for Harbourlight", channel="social")
    assert "Its time passed without a decision." in missed.words
    assert missed.buttons == ["New time"], "it never moves by itself"
    await office.advance("1d")
    assert not office.published


async def looked_again(office: Office) -> None:
    """A run looks again after half a second of machine time."""
    await asyncio.sleep(0.6)
    await office.settle()
