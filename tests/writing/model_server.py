"""A model server on loopback for the tests of the model writer, and a request to write for."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engine.writing import Brief, DraftRequest, Person, Voice, Words
from engine.writing.model import ModelWriter
from engine.writing.rules import TemplateWriter
from storage.model import Step

VOICE = Voice("Northwind", sender_name="Jonas Weber", value_propositions=("Fewer empty kilometres",))
BRIEF = Brief("Spring", goal="book demos", offer="A free route audit, see https://northwind.example/audit")
PERSON = Person(
    "Anna", "Berg", "Acme", "Head of Operations", "en", {"industry": "logistics", "growth": "40 %"}
)
REQUEST = DraftRequest(
    BRIEF, VOICE, "Open with time.", Step(1, "email", 0, "short call asked"), "email", PERSON
)

BODY = (
    "Hi Anna,\n\nAs Head of Operations in logistics you may like a free route audit from Northwind.\n\n"
    "Would a 15-minute call be useful?"
)
FIRST = "As Head of Operations in logistics you may like a free route audit from Northwind."
GOOD = {
    "subject": "A route audit for Acme?",
    "body": BODY,
    "sources": [{"sentence": FIRST, "facts": ["title", "industry", "invented"]}],
}


class Server:
    """A model server on loopback that answers as it is told, one answer per request, the last one for ever."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answers: list[Callable[[dict[str, Any]], Response]] = []
        self.url = ""

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        made = answer(body)
        return await made if asyncio.iscoroutine(made) else made

    @property
    def modes(self) -> list[str]:
        return [body.get("response_format", {}).get("type", "text") for body in self.asked]

    def says(self, *contents: object) -> None:
        self.answers = [lambda _, said=said: saying(said) for said in contents]


def saying(content: object, **choice: object) -> Response:
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    message = {"role": "assistant", "content": text, "refusal": choice.pop("refusal", None)}
    one = {"index": 0, "message": message, "finish_reason": "stop", **choice}
    return JSONResponse(
        {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [one]}
    )


def failing(status: int, **error: str) -> Callable[[dict[str, Any]], Response]:
    return lambda _: JSONResponse({"error": {"message": "secret detail", **error}}, status)


@contextlib.asynccontextmanager
async def writing(url: str, **more: Any) -> AsyncIterator[ModelWriter]:
    more = {"budget": 5.0, "retries": 0} | more
    writer = ModelWriter(
        api_key="sk-test", model="gpt-4o-mini", fallback=TemplateWriter(), base_url=url, **more
    )
    try:
        yield writer
    finally:
        await writer.close()


async def template() -> Words:
    return await TemplateWriter().draft(REQUEST)


async def assert_template(words: Words, *reasons: str) -> None:
    expected = await template()
    assert (words.source, words.subject, words.body) == ("template", expected.subject, expected.body)
    assert words.note.endswith("this is a template.")
    assert all(reason in words.note for reason in reasons), words.note
    assert "secret" not in words.note
