"""Kills processes at random moments and at named points, starts them again, and keeps work coming meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator, Sequence

import httpx
from ledger import Ledger
from nursery import Child, Nursery
from outside import World

from engine.faults import Point

REACH = 120.0
"""Seconds in which a living process must come to the place where it is to die."""
BACKLOG = 200


class Storm:
    """`in_flight` are the messages that a process held when it died, `kills` how many died where."""

    def __init__(self, nursery: Nursery, ledger: Ledger, *, seed: int, world: World | None = None) -> None:
        self._nursery, self._world, self._ledger = nursery, world, ledger
        self._random = random.Random(seed)
        self.in_flight: set[int] = set()
        self.kills: Counter[str] = Counter()
        self.opted_out: set[str] = set()
        self.slots = 60

    def lives(self, each: int, at_random: int) -> list[str]:
        """`each` deaths at every point and some at any moment, shuffled; nothing can be recovered at the beginning."""
        early = [point.value for point in Point if point is not Point.RECOVERING for _ in range(each)]
        early += [""] * at_random
        self._random.shuffle(early)
        late = early[len(early) // 2 :] + [Point.RECOVERING.value] * each
        self._random.shuffle(late)
        return early[: len(early) // 2] + late

    async def place(self, command: str, lives: Sequence[str], pause: float = 0.0, **env: str) -> Child:
        """One place in the installation: each life in it is ended, the last one goes on. Returns that."""
        for point in lives:
            child = await self._spawn(command, point, env)
            if point:
                await self._reached(child)
            else:
                await asyncio.sleep(pause + self._random.uniform(0.1, 1.2))
                await child.kill()
            self.kills[point or command] += 1
            self.in_flight |= await self._ledger.in_flight(child.pid, child.name)
        return await self._nursery.spawn(command, **env)

    async def _spawn(self, command: str, point: str, env: dict[str, str]) -> Child:
        often = point in (Point.SENDING, Point.ON_THE_WIRE, Point.ANSWERED)
        times = self._random.randint(1, 40 if often else 3)
        at = ("--at", f"{point}:{1 if point == Point.RECOVERING else times}") if point else ()
        return await self._nursery.spawn(*at, command, **env)

    async def _reached(self, child: Child) -> None:
        try:
            async with asyncio.timeout(REACH):
                await child.end()
        except TimeoutError:
            raise AssertionError(
                f"{child.words} never got there: {await self._ledger.states()} {child.said()}"
            ) from None
        await child.kill()

    @contextlib.asynccontextmanager
    async def work_and_visitors(self, *ports: int) -> AsyncIterator[None]:
        """While the block runs there is always something to send, and recipients opt out at the web's `ports`."""
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._feed(over))
            if self._world is not None:
                group.create_task(self._opt_out(over, self._world, ports))
            yield
            over.set()

    async def _feed(self, over: asyncio.Event) -> None:
        while not over.is_set():
            if (await self._ledger.states())["scheduled"] < BACKLOG:
                await self._ledger.mails(BACKLOG)
            if len(self._ledger.posts) < self.slots:
                await self._ledger.slots(3)
            await asyncio.sleep(0.2)

    async def _opt_out(self, over: asyncio.Event, world: World, ports: Sequence[int]) -> None:
        """One click in a mail, at one web process or the other, until one of them says that it is done."""
        async with httpx.AsyncClient(timeout=3) as client:
            while not over.is_set():
                waiting = [to for to in world.opt_outs if to not in self.opted_out]
                if waiting:
                    await self._click(client, waiting[-1], world.opt_outs[waiting[-1]], ports)
                await asyncio.sleep(0.1)

    async def _click(self, client: httpx.AsyncClient, to: str, token: str, ports: Sequence[int]) -> None:
        for port in self._random.sample(list(ports), len(ports)):
            with contextlib.suppress(httpx.TransportError):
                answer = await client.post(f"http://127.0.0.1:{port}/u/{token}")
                if answer.status_code == 200:
                    self.opted_out.add(to)
                    return


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
