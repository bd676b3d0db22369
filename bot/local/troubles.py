"""What the local Slack does while it is unwell, as a test scripted it: slow down, fail, or keep silent.

Refusing connections is not among them: for that, stop serving.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Literal

from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.local.workspace import Workspace

BREATH = 0.02


@dataclass(slots=True, eq=False)
class Trouble:
    """`calls` counts down, None lasts until it is lifted; no `methods` means all of them.

    `after`: the call is carried out first and only its answer is lost, which a caller cannot tell from the other.
    """

    kind: Literal["ratelimited", "error", "hang"]
    calls: int | None = None
    methods: frozenset[str] = frozenset()
    retry_after: int = 1
    after: bool = False
    over: bool = False

    def lift(self, ws: Workspace) -> None:
        """From now on all is well; calls that still wait get their failure."""
        self.over = True
        ws.trouble = None


def met(ws: Workspace, method: str) -> Trouble | None:
    """The trouble that this call meets; it is used up by one."""
    found: Trouble | None = ws.trouble
    if found is None or (found.methods and method not in found.methods):
        return None
    ws.calls.append((method, "", time.monotonic()))
    if found.calls is not None:
        found.calls -= 1
        if found.calls <= 0:
            ws.trouble = None
    return found


async def answer(ws: Workspace, trouble: Trouble) -> Response:
    """The trouble's own answer; silence ends when the trouble is lifted or the caller goes."""
    if trouble.kind == "ratelimited":
        body = {"ok": False, "error": "ratelimited"}
        return JSONResponse(body, 429, headers={"Retry-After": str(trouble.retry_after)})
    while trouble.kind == "hang" and not (trouble.over or ws.closing):  # noqa: ASYNC110 - either may end it
        await asyncio.sleep(BREATH)
    return PlainTextResponse("upstream connect error or disconnect/reset before headers", 500)
