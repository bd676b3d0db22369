"""A new user in a real browser: help, a form, a list of people, a plan, drafts, a mail. Leaves screenshots to look at."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import ConsoleMessage, Locator, Page, expect

SHOTS = Path(__file__).parent / "screenshots"


async def test_the_first_campaign_by_clicking(page: Page) -> None:
    complaints = listen(page)
    await shot(page, "01-welcome")
    await page.get_by_role("button", name="/outreach help").click()
    await page.get_by_role("button", name="Send").first.click()
    await expect(
        page.get_by_text("Overture plans, drafts", exact=False).or_(page.get_by_text("What you can do"))
    ).to_be_visible()
    await shot(page, "02-help")

    await say(page, "/outreach new")
    modal = page.get_by_role("dialog")
    await modal.get_by_label("Name", exact=True).fill("Spring launch")
    await modal.get_by_label("Goal").fill("Book ten demos by the end of March")
    await modal.get_by_label("Send window").fill("whenever")
    await shot(page, "03-new-campaign")
    await modal.get_by_role("button", name="Create").click()
    await expect(modal.get_by_role("alert")).to_be_visible()
    await expect(modal.get_by_label("Name", exact=True)).to_have_value("Spring launch")
    await shot(page, "04-refused-beside-the-field")
    await modal.get_by_label("Send window").fill("always")
    await modal.get_by_role("button", name="Create").click()
    await expect(modal).to_have_count(0)
    await expect(card(page, "Spring launch")).to_be_visible()

    await page.get_by_role("button", name="contacts.csv").click()
    await expect(page.get_by_text("11 added")).to_be_visible()
    await shot(page, "05-imported")

    await page.get_by_role("button", name="Plan", exact=False).first.click()
    await page.locator("a.replies").first.click()
    thread = page.get_by_role("complementary", name="Thread")
    await expect(thread.get_by_text("Strategy for Spring launch")).to_be_visible()
    await shot(page, "06-strategy")
    await thread.get_by_role("button", name="Approve", exact=False).click()
    await expect(thread.get_by_text("11 drafts wait for a decision")).to_be_visible()
    await thread.get_by_role("button", name="Open one by one", exact=False).click()

    ana = thread.locator("article", has_text="To Ana Duarte")
    await expect(ana.get_by_text("Passed:")).to_be_visible()
    await expect(thread.locator("article", has_text="Decide by")).to_have_count(11)
    await ana.scroll_into_view_if_needed()
    await shot(page, "07-draft")
    await press(ana, "Approve")
    await expect(ana.get_by_text("Approved", exact=False).first).to_be_visible()
    await expect(ana.get_by_text("Sent", exact=False).first).to_be_visible()

    ben = thread.locator("article", has_text="To Ben Okafor")
    await press(ben, "Edit")
    text = modal.get_by_label("Text")
    await text.fill((await text.input_value()).replace("Hi Ben", "Good morning Ben"))
    await shot(page, "08-edit")
    await modal.get_by_role("button", name="Save").click()
    await expect(ben.get_by_text("What changed")).to_be_visible()
    await ben.scroll_into_view_if_needed()
    await shot(page, "09-changed-words")

    chloe = thread.locator(
        "article", has_text="To Chloé Martin"
    ).first  # her next touch follows the rejected one
    await press(chloe, "Reject")
    await modal.get_by_label("What is wrong with it?").fill("Write in French to her.")
    await shot(page, "10-reject")
    await modal.get_by_role("button", name="Reject").click()
    await expect(chloe.get_by_text("Write in French to her.")).to_be_visible()
    await chloe.scroll_into_view_if_needed()
    await shot(page, "11-rejected")

    await page.get_by_role("link", name="Mailbox").click()
    await page.get_by_role("link", name="Ana Duarte").click()
    mail = page.frame_locator("iframe")
    await expect(mail.get_by_text("Hi Ana")).to_be_visible()
    await expect(mail.get_by_role("link", name="https://harbourlight.example/demo")).to_be_visible()
    await shot(page, "12-mail")
    await page.get_by_role("button", name="Unsubscribe").click()
    await expect(page.get_by_text("Unsubscribed (HTTP 200).")).to_be_visible()

    await page.get_by_role("link", name="growth").click()
    await expect(page.get_by_text("By people: 1 opted out")).to_be_visible()
    await say(page, "/outreach digest")
    await expect(page.get_by_role("img", name="sent").last).to_be_visible()
    await page.wait_for_function("document.querySelector('.image img').complete")
    await shot(page, "13-digest")
    await page.get_by_role("link", name="Overture home").click()
    await expect(
        page.get_by_role("button", name="Start a campaign").or_(page.locator("#home form.card"))
    ).to_be_visible()
    await shot(page, "14-home")
    assert complaints == []


@pytest.mark.parametrize("user", ["Gus Lind", "Zoe Marsh"])
async def test_another_person_can_be_played_and_is_refused(page: Page, user: str) -> None:
    await say(page, '/outreach new "Spring launch" goal:"book demos"')
    await expect(card(page, "Spring launch")).to_be_visible()
    await page.get_by_label("Switch person").click()
    await page.get_by_role("menuitem", name=user).click()
    await press(card(page, "Spring launch"), "Cancel")
    await page.get_by_role("dialog").get_by_role("button", name="Cancel campaign").click()
    await expect(page.get_by_text("Only visible to you")).to_be_visible()
    await expect(page.get_by_text("Overture").last).to_be_visible()
    await shot(page, f"20-refused-{user.split()[0].lower()}")


def listen(page: Page) -> list[str]:
    """What the browser complains about: broken scripts, refused resources."""
    found: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            found.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Message", exact=True).first.fill(text)
    await page.get_by_label("Message", exact=True).first.press("Enter")


async def press(card: Locator, label: str) -> None:
    await card.get_by_role("button", name=label, exact=False).first.click()


def card(page: Page, text: str) -> Locator:
    return page.locator("#messages article", has_text=text).last


async def shot(page: Page, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    await page.screenshot(path=SHOTS / f"{name}.png")
