"""Word lists that rules read, one entry a line; # opens a comment. Holds no code but the reader."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=32)
def lines(name: str) -> tuple[str, ...]:
    """The entries of `<name>.txt` in file order, without comments and blanks. Read once per process."""
    text = files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    entries = (line.partition("#")[0].strip() for line in text.splitlines())
    return tuple(entry for entry in entries if entry)
