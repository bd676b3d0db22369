"""An angle per lead, when asked: from that lead's own facts, named, and the campaign's where there is none."""

from __future__ import annotations

import json

import pytest
from model_server import BRIEF, GOOD, VOICE, Server, writing

from engine.rules import quality
from engine.writing import DraftRequest, Person, angles
from engine.writing.rules import TemplateWriter
from storage.model import Step


def request(
    facts: dict[str, str], *, own: bool = True, locale: str = "en", purpose: str = "sample"
) -> DraftRequest:
    who = Person("Anna", "Berg", "Acme", "", locale, facts)
    step = Step(2, "email", 2, purpose)
    return DraftRequest(BRIEF, VOICE, "Lead with the team: hiring.", step, "email", who, own_angle=own)


@pytest.mark.parametrize(
    ("facts", "angle", "part"),
    [
        ({"pain": "late invoices cost us money"}, "cost", "pain"),
        ({"pain": "slow manual booking"}, "time", "pain"),
        ({"news": "opened a new market"}, "growth", "news"),
        ({"pain": "", "news": "failed an audit"}, "risk", "news"),
        ({"pain": "grumpy vans", "title": "Head of Sales"}, "growth", "title"),
        ({"company": "Timeless"}, "", ""),
        ({}, "", ""),
    ],
)
def test_the_angle_comes_from_the_fact_that_speaks_for_one(
    facts: dict[str, str], angle: str, part: str
) -> None:
    assert angles.of_lead(facts) == (angle, part)
    assert angles.of_lead(dict(reversed(facts.items()))) == (angle, part)


@pytest.mark.parametrize("locale", ["en", "fr", "de", "es"])
async def test_two_leads_of_one_campaign_get_two_angles_and_each_draft_rests_on_its_fact(locale: str) -> None:
    slow = {"pain point": "slow manual booking", "city": "Lyon"}
    dear = {"pain point": "invoices cost too much", "city": "Lyon"}
    one, two = [await TemplateWriter().draft(request(facts, locale=locale)) for facts in (slow, dear)]
    assert one.angle == "lead with time, because of their pain point “slow manual booking”"
    assert two.angle == "lead with cost, because of their pain point “invoices cost too much”"
    assert one.body != two.body
    assert "pain point" in one.used
    assert "slow manual booking" in one.body
    assert quality.assess("email", one.subject, one.body, language=locale).score >= quality.PASSING


async def test_nobody_asked_gives_no_own_angle_and_no_fact_says_so() -> None:
    assert (await TemplateWriter().draft(request({"pain": "slow booking"}, own=False))).angle == ""
    assert "no fact of this lead" in (await TemplateWriter().draft(request({}))).angle


async def test_the_model_is_told_the_leads_angle_and_the_draft_names_it(server: Server) -> None:
    server.says(GOOD)
    async with writing(server.url) as writer:
        words = await writer.draft(request({"pain point": "slow manual booking"}))
    user = server.asked[0]["messages"][1]["content"]
    told = json.loads(user.partition("-----BEGIN DATA-----")[2].rpartition("-----END DATA-----")[0])
    assert told["strategy"]["own_angle"] == words.angle
    assert words.angle.startswith("lead with time")
