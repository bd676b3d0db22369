"""Reads the prompt files and frames data for a model. It holds no prompt text of its own."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("prompts")


@functools.cache
def read(name: str) -> str:
    """The text of prompts/<name>.md, stripped. Raises FileNotFoundError."""
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8").strip()


def system(task: str, canary: str) -> str:
    """The instructions of a task, marked with a canary that no honest answer repeats."""
    return f"{read(task)}\n\n{read('guard').replace('{canary}', canary)}"


def framed(data: Mapping[str, Any]) -> str:
    """Data as JSON between fixed marks. A mark inside the data cannot close the frame: dashes in a row are broken."""
    text = json.dumps(data, ensure_ascii=False, indent=1).replace("-----", "- - -")
    return read("frame").replace("{data}", text)
