"""The writer with a language model behind it. Whatever goes wrong, the template writer answers and a note says why.

It decides nothing: lead data goes out as data, and code checks what comes back.
"""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import openai
import pydantic
import structlog

from engine.writing import (
    Brief,
    DraftRequest,
    Idea,
    PostRequest,
    Topics,
    TopicsRequest,
    Voice,
    Words,
    answers,
    conversation,
    packing,
    prompting,
    shaping,
)
from engine.writing.rules import TemplateWriter

DEFAULT_URL = "https://api.openai.com/v1"
BUDGET = 30.0

Answer = TypeVar("Answer", bound=pydantic.BaseModel)
Shaped = TypeVar("Shaped")

_log = structlog.get_logger(__name__)


class ModelWriter:
    """A Writer that asks a model within `budget` seconds in all, repeats included, else falls back.

    After a wrong key, model or quota it does not ask for a minute; after a time-out, a dead server or a 429
    for a few seconds or as long as the server says. `monotonic` is the clock of these rests.
    """

    batch = 40

    def __init__(
        self,
        *,
        api_key: str,
        model: str,
        fallback: TemplateWriter,
        base_url: str = DEFAULT_URL,
        budget: float = BUDGET,
        retries: int = 1,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = openai.AsyncOpenAI(
            api_key=api_key, base_url=base_url or DEFAULT_URL, timeout=budget, max_retries=retries
        )
        self._conversation = conversation.Conversation(self._client, model)
        self._fallback = fallback
        self._budget = budget
        self._monotonic = monotonic
        self._canary = f"ovt-{secrets.token_hex(8)}"
        self._rest_until = 0.0
        self._why = ""

    async def plan(self, brief: Brief, voice: Voice, rejections: tuple[str, ...]) -> Idea:
        def shape(answer: answers.Plan) -> Idea:
            return shaping.idea(brief, voice, answer, self._canary)

        idea, why = await self._ask("plan", packing.plan(brief, voice, rejections), answers.Plan, shape)
        return idea or _noted(await self._fallback.plan(brief, voice, rejections), why)

    async def draft(self, request: DraftRequest) -> Words:
        """Raises templates.MissingVariable when neither sender nor brand has a name."""

        def shape(answer: answers.Draft) -> Words:
            return shaping.draft(request, answer, self._canary)

        words, why = await self._ask("draft", packing.draft(request), answers.Draft, shape)
        return words or _noted(await self._fallback.draft(request), why)

    async def post(self, request: PostRequest) -> Words:
        """Raises templates.MissingVariable when the topic is empty."""

        def shape(answer: answers.Post) -> Words:
            return shaping.post(request, answer, self._canary)

        words, why = await self._ask("post", packing.post(request), answers.Post, shape)
        return words or _noted(await self._fallback.post(request), why)

    async def topics(self, request: TopicsRequest) -> Topics:
        """Those of the rules where the model's are unfit, and with a note that says why."""

        def shape(answer: answers.Topics) -> Topics:
            return shaping.topics(request, answer, self._canary)

        found, why = await self._ask("topics", packing.topics(request), answers.Topics, shape)
        return found or _noted(await self._fallback.topics(request), why)

    async def close(self) -> None:
        await self._client.close()

    async def _ask(
        self, task: str, data: Mapping[str, Any], schema: type[Answer], shape: Callable[[Answer], Shaped]
    ) -> tuple[Shaped | None, str]:
        """What the model's answer becomes, or None and the reason. Only cancellation passes through."""
        if self._monotonic() < self._rest_until:
            return None, self._why
        try:
            async with asyncio.timeout(self._budget):
                system = prompting.system(task, self._canary)
                answer = await self._conversation.ask(system, prompting.framed(data), schema)
            return shape(answer), ""
        except answers.Unfit as unfit:
            _log.warning("model answer refused", task=task, reason=unfit.reason)
            return None, f"The language model’s answer {unfit.reason}; this is a template."
        except Exception as error:
            # A writer never fails: whatever a server, a proxy or a library does, people get a template and a reason.
            return None, self._failed(task, error)

    def _failed(self, task: str, error: Exception) -> str:
        failure = conversation.explain(error)
        _log.warning("model gave no answer", task=task, reason=failure.reason, error=type(error).__name__)
        why = f"The language model {failure.reason}; this is a template."
        if failure.rest:
            self._rest_until, self._why = self._monotonic() + failure.rest, why
        return why


Noted = TypeVar("Noted", Idea, Words, Topics)


def _noted(proposal: Noted, why: str) -> Noted:
    return dataclasses.replace(proposal, note=" ".join(filter(None, (why, proposal.note))))
