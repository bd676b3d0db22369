"""Account campaigns: open one with a lead, approve what its card shows, strike a person, edit the order."""

from __future__ import annotations

from collections.abc import Sequence

from engine import accounts, silence
from engine.accounts import Shown
from engine.campaigns import NewCampaign
from engine.contacts import NewContact
from engine.errors import Refused
from handlers import actions, blocks, forms, parse, words
from handlers.actions import Form, Ref
from handlers.blocks import Json
from handlers.request import NOTHING, Answer, Request
from storage.model import Contact
from storage.model.accounts import Member

_PERSON = ("first_name", "last_name", "company", "title", "phone", "linkedin_url", "zone", "locale")
_CAMPAIGN = (
    "goal",
    "audience",
    "offer",
    "must_say",
    "must_not_say",
    "tone",
    "language",
    "window",
    "autonomy",
)
_OPTIONS = ("contact", *_PERSON, *_CAMPAIGN, "name", "campaign", "channels", "touches", "order")
_ORDERS = {"lead": "The lead first", "top-down": "The highest title first"}
_PLACES = 10


async def account(request: Request) -> Answer:
    """/outreach account new …: without anything behind it a form opens."""
    first, _, rest = request.text.strip().partition(" ")
    if first.lower() not in ("", "new"):
        typed = words.command(request, "account new ada@example.com")
        raise Refused(f"Name the lead of a company, like `{typed}`.")
    asked = parse.arguments(rest, _OPTIONS)
    if asked.empty:
        await request.slack.open_view(form(channel=request.who.channel))
        return NOTHING
    given = {name: asked.get(name) for name in _OPTIONS}
    given["contact"] = given["contact"] or (asked.words[0] if asked.words else "")
    behind = asked.words[1:]
    given["first_name"] = given["first_name"] or " ".join(behind[:1])
    given["last_name"] = given["last_name"] or " ".join(behind[1:])
    channels = ",".join(asked.options.get("channels", ("email",)))
    return await _open(request, {**given, "channels": channels})


async def submitted(request: Request) -> Answer:
    given = {name: request.get(name) for name in _OPTIONS}
    channel = request.get("channel") or request.metadata.get("channel", "")
    if not channel:
        raise Refused("Choose the channel in which the campaign is worked on.", field="channel")
    await _open(request.speaking_in(channel), {**given, "channels": request.get("channels") or "email"})
    return NOTHING


async def approve(request: Request) -> Answer:
    left_out = await accounts.approve_all(request.ctx, request.who, _shown(request.value))
    if not left_out:
        return NOTHING
    return Answer(
        "Approved, but for "
        + words.count(len(left_out), "draft")
        + ": "
        + blocks.sentence(" ".join(left_out))
    )


async def strike(request: Request) -> Answer:
    text, _, contact = request.value.rpartition(":")
    if not contact.isdecimal() or len(contact) > 18:
        raise Refused("This menu is not one of ours. Open the card again and choose there.")
    said = await accounts.strike(request.ctx, request.who, _seen(text), int(contact))
    return Answer(blocks.sentence(said))


async def order(request: Request) -> Answer:
    ref = actions.ref(request.value)
    found, people = await accounts.order_of(request.ctx, request.who, ref.id)
    if found.revision != ref.revision:
        raise Refused(accounts.CHANGED)
    await request.slack.open_view(order_form(ref, people, request.who.channel))
    return NOTHING


async def ordered(request: Request) -> Answer:
    """The places that were filled, and who leads."""
    places = [request.get(f"place_{at}") for at in range(1, _PLACES + 1)]
    chosen = [int(place) for place in places if place.isdecimal() and len(place) < 19]
    lead = request.get("lead")
    shown = _seen(request.metadata.get("ref", ""))
    await accounts.reorder(request.ctx, request.who, shown, chosen, int(lead) if lead.isdecimal() else 0)
    return NOTHING


async def accept(request: Request) -> Answer:
    said = await silence.accept(request.ctx, request.who, actions.ref(request.value).id)
    return Answer(blocks.sentence(said))


async def decline(request: Request) -> Answer:
    await silence.decline(request.ctx, request.who, actions.ref(request.value).id)
    return NOTHING


async def _open(request: Request, given: dict[str, str]) -> Answer:
    for name, text in given.items():
        parse.bounded(name, text, 500 if name in _PERSON else parse.MOST)
    if not given["contact"]:
        raise Refused("Name the lead: somebody at the company, by e-mail address.", field="contact")
    if given["order"].lower() not in ("", *_ORDERS):
        raise Refused("The order is lead or top-down.", field="order")
    touches = parse.number("touches", given["touches"], 1, 20) if given["touches"] else None
    new = NewCampaign(
        name=given["name"], channels=parse.names(given["channels"]), touches=touches, by_account=True,
        goal=given["goal"], audience=given["audience"], offer=given["offer"], must_say=given["must_say"],
        must_not_say=given["must_not_say"], tone=given["tone"], language=given["language"], window=given["window"],
        autonomy=given["autonomy"],
    )  # fmt: skip
    lead = NewContact(
        email=given["contact"], first_name=given["first_name"], last_name=given["last_name"],
        company=given["company"], title=given["title"], phone=given["phone"], linkedin_url=given["linkedin_url"],
        zone=given["zone"], locale=given["locale"], source="account new",
    )  # fmt: skip
    opened = await accounts.open_with(
        request.ctx, request.who, lead, new,
        campaign=given["campaign"], top_down=given["order"].lower() == "top-down",
    )  # fmt: skip
    same = opened.company.casefold() == opened.campaign.name.casefold()
    inside = "" if same else f" in the campaign {blocks.bold(opened.campaign.name)}"
    place = f"{blocks.bold(opened.company)}{inside}"
    if not opened.was_new:
        return Answer(f"{place} is there already; who is new at the company joined its order.")
    return Answer(
        f"Opened the account {place}. Its card follows here; look at the order, then press Approve all."
    )


def _seen(text: str) -> Shown:
    ref = actions.ref(text)
    return Shown(ref.id, ref.revision)


def _shown(value: str) -> Shown:
    """Read what cards.account.value wrote."""
    order, *others = [actions.ref(one) for one in value.split(",")]
    return Shown(order.id, order.revision, others[0].id if others else None, others[1:])


def form(*, channel: str = "") -> Json:
    """New account campaign: a lead, and what it is about."""
    shown = [
        blocks.text_input(
            "contact", "Lead", placeholder="ada@example.com", optional=False, most=320, focus=True,
            hint="Somebody at the company. Everybody on record there joins the order.",
        ),
        blocks.text_input("company", "Company", hint="Empty: as on record, else by the mail domain.", most=200),
        blocks.text_input("title", "Title of the lead", placeholder="CTO", most=200),
        blocks.text_input("name", "Campaign", placeholder="The company's name", most=120),
        blocks.text_input("campaign", "Or join the account campaign", most=120),
        blocks.text_input("goal", "Goal", placeholder="Book a demo", long=True),
        blocks.text_input("offer", "Offer", placeholder="A free route audit", long=True),
        blocks.text_input("channels", "Channels", value="email", hint="Comma-separated.", most=200),
        blocks.select("order", "Steps 1 to 3 go to", _ORDERS, value="lead"),
        *([] if channel else [blocks.channel_input("channel", "Slack channel")]),
    ]  # fmt: skip
    return forms.modal(Form.ACCOUNT, "New account campaign", "Open", shown, channel=channel)


def order_form(ref: Ref, people: Sequence[tuple[Member, Contact]], channel: str) -> Json:
    """The first places of an order, and who leads."""
    names = {str(contact.id): f"{contact.name} · {member.score}" for member, contact in people}
    lead = next((str(contact.id) for member, contact in people if member.is_primary), "")
    places = [
        blocks.select(f"place_{at}", f"Place {at}", names, value=str(contact.id))
        for at, (_, contact) in enumerate(people[:_PLACES], 1)
    ]
    shown = [blocks.select("lead", "Primary lead: steps 1 to 3", names, value=lead), *places]
    return forms.modal(Form.ACCOUNT_ORDER, "Edit the order", "Save", shown, channel=channel, ref=ref)
