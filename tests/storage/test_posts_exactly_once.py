"""K9 on the wire: posts for networks that fail one try in ten and fall silent once in a hundred, by the real adapters.

What the networks kept is compared with the rows. 10,000 of them are benchmarks/posting.py.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import seeding
from channels import facebook_server, linkedin_server, x_server
from seeding import Clock
from sqlalchemy import select

from engine.channels import Channel
from engine.channels.facebook import Facebook
from engine.channels.linkedin import LinkedIn
from engine.channels.x import X
from engine.context import Context
from engine.deliver import Lane, lookup
from storage.lifecycle import State
from storage.tables import messages as rows

EACH = 200
"""Of 600, 99.9 % is all: by this dice no post meets four busy tries in a row, which one in 10,000 does."""
PAGES = {"linkedin": linkedin_server.PAGE, "facebook": facebook_server.PAGE, "x": x_server.ACCOUNT}
_WORDS = (
    "anchor barley cargo delta engine ferry garden harbour island jacket kettle ladder market needle orchard pepper quarry "
    "river saddle timber umbrella valley window yonder zephyr bridge copper dragon empire forest glacier hammer ivory jungle"
)
VOCABULARY = _WORDS.split()


@dataclass
class Luck:
    """What happens to the n-th try of some words: the same in every run, whoever comes first. `ends` are the silences.

    `silence` is the share of the tries that get no answer; half of those arrived.
    """

    silence: float = 0.01
    tries: Counter[str] = field(default_factory=Counter)
    ends: list[str] = field(default_factory=list)

    def of(self, words: str) -> str:
        """busy, lost (not taken and no answer), silent (taken and no answer) or nothing."""
        self.tries[words] += 1
        drawn = random.Random(f"{words} {self.tries[words]}").random()
        lost, silent = 0.1 + self.silence / 2, 0.1 + self.silence
        kind = "busy" if drawn < 0.1 else "lost" if drawn < lost else "silent" if drawn < silent else ""
        self.ends += [words] if kind in ("lost", "silent") else []
        return kind


X_FATES = {"busy": x_server.Trouble(425), "lost": x_server.Trouble(503), "silent": x_server.Trouble(cut=True)}
FACEBOOK_FATES = {
    "busy": facebook_server.Trouble(status=425),
    "lost": facebook_server.Trouble(refuse=2),
    "silent": facebook_server.Trouble(cut=True),
}
LINKEDIN_FATES = {
    "busy": linkedin_server.Trouble(refuse=425),
    "lost": linkedin_server.Trouble(refuse=503),
    "silent": linkedin_server.Trouble(cut=True),
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@dataclass
class World:
    """The channels, what the networks kept by channel and words, and who fell silent about what."""

    channels: dict[str, Channel]
    luck: dict[str, Luck]
    x: x_server.XServer
    facebook: facebook_server.FacebookServer
    linkedin: linkedin_server.LinkedInServer

    def kept(self, network: str) -> dict[str, list[str]]:
        """Words → the ids under which the network has them."""
        posts = {"x": self.x.posts, "linkedin": self.linkedin.posts, "facebook": self.facebook.posts}[network]
        found: dict[str, list[str]] = {}
        for post in posts:
            words = next(post[name] for name in ("text", "message", "commentary") if name in post)
            found.setdefault(words, []).append(post["id"])
        return found


@pytest.fixture
async def world(clock: Clock) -> AsyncIterator[World]:
    luck = {network: Luck() for network in PAGES}
    with contextlib.ExitStack() as servers:
        x = servers.enter_context(x_server.serving())
        facebook = servers.enter_context(facebook_server.serving())
        linkedin = servers.enter_context(linkedin_server.serving())
        x.lax, x.fate = True, lambda words: X_FATES.get(luck["x"].of(words))
        facebook.duplicates, facebook.now = False, clock
        facebook.fate = lambda words: FACEBOOK_FATES.get(luck["facebook"].of(words))
        linkedin.now = clock
        linkedin.fate = lambda words: LINKEDIN_FATES.get(luck["linkedin"].of(words))
        channels: dict[str, Channel] = {
            "x": X(x_server.TOKEN, api_url=x.url),
            "facebook": Facebook(facebook_server.TOKEN, api_url=facebook.url),
            "linkedin": LinkedIn(linkedin_server.TOKEN, api_url=linkedin.url),
        }
        yield World(channels, luck, x, facebook, linkedin)
        for channel in channels.values():
            await channel.close()


async def due(ctx: Context, networks: Sequence[str] = tuple(PAGES), each: int = EACH) -> None:
    """Approved posts for this moment, as different from each other as people's are."""
    dice = random.Random(1)
    async with ctx.db.begin() as conn:
        for network in networks:
            words = [f"{' '.join(dice.sample(VOCABULARY, 12)).capitalize()}: {n}." for n in range(each)]
            await seeding.posts(conn, network, PAGES[network], ctx.now(), *words)


async def live(ctx: Context, clock: Clock, world: World) -> list[Any]:
    """Three quarters of an hour of delivery and look-ups; every row afterwards."""
    ctx.channels.update(world.channels)  # type: ignore[attr-defined]
    lanes = [Lane(channel) for channel in world.channels.values()]
    for _ in range(45):
        for lane in lanes:
            while await lane.turn(ctx):
                pass
        while claimed := await lookup.claim(ctx):
            await lookup.work(ctx, claimed)
        clock.forward(minutes=1)
    async with ctx.db.read() as conn:
        return list(await conn.execute(select(rows)))


async def test_posts_appear_once_although_networks_fail(ctx: Context, clock: Clock, world: World) -> None:
    await due(ctx)
    found = await live(ctx, clock, world)

    tries = sum(luck.tries.total() for luck in world.luck.values())
    silences = sum(len(luck.ends) for luck in world.luck.values())
    assert (tries > 1.08 * len(found), silences >= 5) == (True, True), "the networks did fail"
    for network in PAGES:
        mine = [row for row in found if row.channel == network]
        compared(world.kept(network), mine)
        assert sum(row.state == State.SENT for row in mine) / EACH >= 0.999
        assert world.luck[network].ends, "some were looked up"


async def test_a_network_that_shows_nothing_leaves_each_silence_to_a_person_and_nothing_else(
    ctx: Context, clock: Clock, world: World
) -> None:
    world.linkedin.unseen, world.luck["linkedin"].silence = True, 0.2
    await due(ctx, ["linkedin"], 40)
    found = await live(ctx, clock, world)

    ends = world.luck["linkedin"].ends
    assert len(ends) >= 4, "it did fall silent"
    compared(world.kept("linkedin"), found)
    assert sorted(row.body for row in found if row.state == State.UNSURE) == sorted(ends)
    assert sum(row.state == State.SENT for row in found) == len(found) - len(ends)


def compared(kept: dict[str, list[str]], found: Sequence[Any]) -> None:
    """Nothing stands twice, what is sent stands there, and of all others a person is told why."""
    assert [words for words, ids in kept.items() if len(ids) > 1] == []
    for row in found:
        ids = kept.get(row.body, [])
        if row.state == State.SENT:
            assert ids == [row.provider_id]
        else:
            assert row.state in (State.UNSURE, State.FAILED)
            assert row.note
            assert not (row.state == State.FAILED and ids)
