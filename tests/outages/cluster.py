"""A PostgreSQL of a test's own, with a socket and no port, that can be restarted."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cluster:
    folder: Path

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def control(self, *words: str) -> None:
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off"
        run("pg_ctl", "-D", f"{self.folder}/data", "-w", "-l", f"{self.folder}/log", "-o", options, *words)

    async def crash_and_start(self) -> None:
        """As after a power cut: nobody is told, what was committed is there."""
        await asyncio.to_thread(self.control, "restart", "-m", "immediate")


def run(program: str, *words: str) -> None:
    """As the user postgres where the tests are root, since PostgreSQL refuses to be."""
    become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    found = shutil.which(program) or next(
        map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}")))
    )
    subprocess.run([*become, found, *words], check=True, capture_output=True, cwd="/", timeout=60)


@contextmanager
def started() -> Iterator[Cluster]:
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="overture-pg-", dir="/tmp")))  # sockets need a short path
    try:
        if os.geteuid() == 0:
            shutil.chown(cluster.folder, "postgres")
        run("initdb", "-D", f"{cluster.folder}/data", "-U", "postgres", "-A", "trust", "--no-sync")
        cluster.control("start")
        try:
            yield cluster
        finally:
            cluster.control("stop", "-m", "immediate")
    finally:
        shutil.rmtree(cluster.folder)
