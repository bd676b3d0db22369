"""Help in parts: each command stands under one heading."""

from __future__ import annotations

from collections import Counter

import pytest

from handlers import help


@pytest.mark.parametrize(("subject", "told"), [("outreach", help._OUTREACH), ("social", help._SOCIAL)])
def test_every_command_stands_under_one_heading(subject: str, told: tuple[tuple[str, str, str], ...]) -> None:
    under = Counter(name for part in help._PARTS[subject].values() for name in part)
    assert under == Counter(name for name, *_ in told)
