"""Starts Overture's processes for the kill tests and knows when and how each of them ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

BIRTH = 60.0


class Child:
    """One process. `code` is its exit code, negative for the signal that ended it."""

    def __init__(self, pid: int, name: str, words: tuple[str, ...], log: Path) -> None:
        self.pid, self.name, self.words, self.log = pid, name, words, log
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def alive(self) -> bool:
        return not self.ended.done()

    async def kill(self) -> None:
        """SIGKILL, and wait until the kernel says that it is gone."""
        self.strike()
        assert await self.end() == -signal.SIGKILL, f"{self.words} ended by itself: {self.said()}"

    def strike(self) -> None:
        """SIGKILL, unless it is gone and nobody has said so yet."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    async def end(self) -> int:
        """Its exit code, once it is gone."""
        return await asyncio.shield(self.ended)

    async def stop(self, within: float) -> int:
        """SIGTERM; returns the exit code."""
        os.kill(self.pid, signal.SIGTERM)
        async with asyncio.timeout(within):
            return await self.end()

    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    async def has_said(self, words: str, within: float = BIRTH) -> None:
        async with asyncio.timeout(within):
            while words not in self.said():
                assert self.alive, f"{self.words} ended: {self.said()}"
                await asyncio.sleep(0.02)


class Nursery:
    """Forks children from one process that has imported everything already."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path, env: dict[str, str]) -> None:
        self._process, self._folder = process, folder
        self._born: asyncio.Queue[int] = asyncio.Queue()
        self._order = asyncio.Lock()
        self.env = env
        self.children: list[Child] = []

    async def spawn(self, *words: str, **env: str) -> Child:
        """Start `overture …`. On PostgreSQL its connections carry the child's name."""
        async with self._order:
            name = f"child-{len(self.children):03}"
            log = self._folder / f"{name}-{'-'.join(words).replace(':', '-')}.log"
            named = self.env | env | {"PGAPPNAME": name}
            order = {"words": words, "env": named, "log": str(log)}
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            async with asyncio.timeout(BIRTH):
                pid = await self._born.get()
            child = Child(pid, name, words, log)
            self.children.append(child)
        return child

    async def listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            said = json.loads(line)
            if "born" in said:
                self._born.put_nowait(said["born"])
                await asyncio.sleep(
                    0
                )  # whoever waits for it makes the Child before it can be told that it ended
                continue
            for child in self.children[::-1]:  # a number may have been given twice
                if child.pid == said["gone"]:
                    child.ended.set_result(said["code"])
                    break

    async def close(self) -> None:
        for child in self.children:
            child.strike()
        assert self._process.stdin is not None
        async with asyncio.timeout(BIRTH):
            for child in self.children:
                await child.end()
            self._process.stdin.close()
            await self._process.wait()


@contextlib.asynccontextmanager
async def open_nursery(folder: Path, env: dict[str, str]) -> AsyncIterator[Nursery]:
    """A nursery whose children have the environment `env`; none is left when the block ends."""
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.kill.child", "nursery", cwd=root,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    found = Nursery(process, folder, env)
    listening = asyncio.create_task(found.listen())
    try:
        yield found
    finally:
        await found.close()
        await listening
