"""The places to die exist on the way out, and nothing but a test can make use of them."""

from __future__ import annotations

import re
from pathlib import Path

from engine import faults

ROOT = Path(__file__).parents[2]
PRODUCT = [
    path for folder in ("bot", "handlers", "engine", "storage") for path in (ROOT / folder).rglob("*.py")
]


def test_every_point_stands_somewhere_in_the_engine() -> None:
    said = "\n".join(path.read_text() for path in PRODUCT if path.name != "faults.py")
    assert {point.name for point in faults.Point} == set(re.findall(r"faults\.Point\.([A-Z_]+)", said))


def test_the_product_never_installs_a_hook() -> None:
    sayers = {
        path.name
        for path in PRODUCT
        if re.search(r"faults\.install|import install|\b_hook\b", path.read_text())
    }
    assert sayers == {"faults.py"}


async def test_without_a_hook_a_point_is_nothing() -> None:
    for name in faults.Point:
        await faults.point(name)
