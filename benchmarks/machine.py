"""What a table was measured on: processors, memory, and the versions of everything that was compared."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from benchmarks import ROOT
from storage.db import normalise

PEERS = ("procrastinate", "dramatiq", "dbos")


def described() -> list[str]:
    """A few lines without names or addresses of the machine."""
    return [
        f"{os.cpu_count()} cores ({_processor()}), {_memory():.0f} GB of memory, {platform.system()}",
        f"Python {platform.python_version()}, {_postgres()}, SQLite {sqlite3.sqlite_version}",
        f"Peers: {', '.join(_peers())}",
    ]


def load() -> str:
    """How many processes wanted a core during the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1].strip() if found else platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _postgres() -> str:
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        return "no PostgreSQL"
    with create_engine(normalise(url), poolclass=NullPool).connect() as conn:
        return f"PostgreSQL {str(conn.scalar(text('SHOW server_version'))).split()[0]} on the same machine"


def _peers() -> list[str]:
    """What the locks say, and what runs beside them if it is there."""
    lock = (ROOT / "requirements-bench.lock").read_text()
    pins = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, re.MULTILINE))
    package = json.loads((ROOT / "benchmarks" / "peers" / "nodemailer" / "package.json").read_text())
    found = [f"{name} {pins[name]}" for name in PEERS] + [
        f"nodemailer {package['dependencies']['nodemailer']}"
    ]
    return [*found, _version("node", "no node"), _version("redis-server", "no redis-server here")]


def _version(program: str, without: str) -> str:
    where = shutil.which(program)
    if where is None:
        return without
    said = subprocess.run([where, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\d+\.\d+\.\d+", said)
    return f"{program} {found[0]}" if found else program
