"""A year of the social calendar for many brands: planned, approved, and looked through for anything said twice."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from typing import Any

import seeding
import uvloop

from benchmarks import databases, report
from benchmarks.planning import OLIVIA, Clock, context
from engine import brands
from engine.context import Context
from engine.plan import calendar, calendar_days
from engine.plan.calendar import Wanted
from engine.rules import branding, briefs, similarity
from engine.writing import PostRequest, calendar_posts
from storage import calendars
from storage.calendars import PlannedPost
from storage.model import Brand

BRANDS, DAYS, NETWORKS = 50, 365, 3
TARGET = 60.0
"""Seconds for all of them (issue 5)."""
READ = 3
"""Brands whose every post is written and compared with those before it."""


def measure(quick: bool) -> report.Part:
    figures: list[report.Figure] = []
    for kind in filter(databases.exists, databases.KINDS):
        with databases.fresh(kind) as url:
            planned, approved, posts, twice = uvloop.run(_year(url, 1 if quick else READ))
        name = f"{BRANDS} brands × {DAYS} days × {NETWORKS} networks: {posts:,} posts, {kind}"
        figures.append(report.against(f"{name}, planned", [planned], "s", below=TARGET))
        figures.append(report.against(f"{name}, approved", [approved], "s", below=TARGET))
        figures.append(
            report.Figure(
                f"said twice or nearly, by brand and network, {kind}", str(twice), "", "0", twice == 0
            )
        )
    return report.Part(
        "The social calendar", "python -m benchmarks.calendars", tuple(figures),
        (
            "Planned: topics by rules, days, and a row for each post; approved: a message for each of them.",
            f"Said twice: every post of {READ} brands, written by rules, beside all before it on its page.",
        ),
    )  # fmt: skip


async def _year(url: str, read: int) -> tuple[float, float, int, int]:
    """Seconds to plan and to approve, how many posts there are, and how many repeat another."""
    ctx = context(url, Clock())
    await seeding.add_workspace(ctx.db, "T1")
    made = [await _brand(ctx, number) for number in range(BRANDS)]
    for brand in made:
        await calendar.ask(ctx, OLIVIA, Wanted(brand.name, DAYS, date(2027, 1, 1)))
    began = time.perf_counter()
    while claimed := await calendar_days.claim(ctx):
        await calendar_days.work(ctx, claimed)
    planned = time.perf_counter() - began
    ids = [await _calendar(ctx, brand) for brand in made]
    began = time.perf_counter()
    for id_ in ids:
        await calendar.approve(ctx, OLIVIA, id_)
    approved = time.perf_counter() - began
    async with ctx.db.read() as conn:
        posts = [await calendars.posts(conn, "T1", calendars.of(id_)) for id_ in ids]
    twice = sum(_repeats(brand, found) for brand, found in zip(made[:read], posts, strict=False))
    await ctx.db.close()
    return planned, approved, sum(map(len, posts)), twice


async def _brand(ctx: Context, number: int) -> Brand:
    given: dict[str, Any] = {
        "positioning": f"Delivery audits, line {number}",
        "value_propositions": "Fewer empty miles\nA report in two days\nNo software to install",
        "targets": "demo https://acme.example/demo\ncontact https://acme.example/hi",
        "linkedin_address": f"urn:li:organization:{number + 1}",
        "facebook_address": str(1_000 + number),
        "x_address": f"@acme{number}",
    }
    brand, _ = await brands.save(ctx, OLIVIA, f"Brand {number}", given)
    return brand


async def _calendar(ctx: Context, brand: Brand) -> int:
    async with ctx.db.read() as conn:
        return (await calendars.of_brand(conn, "T1", brand.id))[0].id


def _repeats(brand: Brand, posts: list[PlannedPost]) -> int:
    """Posts that say nearly the same as one before them; drafting writes such a one once more, and so does this."""
    targets, voice, twice = branding.calls(brand.targets), briefs.voice(brand), 0
    said: dict[str, dict[int, str]] = {}
    for post in posts:
        before = said.setdefault(post.network, {})
        asked = PostRequest(
            post.topic, voice, post.network, targets.get(post.call, ""), (), post.pillar, post.angle, post.hook,
            post.call, post.key_message,
        )  # fmt: skip
        text = calendar_posts.post(asked).body
        if similarity.nearest(text, before) is not None:
            text = calendar_posts.post(replace(asked, improve=("It says the same as another.",))).body
        twice += similarity.nearest(text, before) is not None
        before[post.id] = text
    return twice


if __name__ == "__main__":
    report.alone(measure)
