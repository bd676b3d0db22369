"""One model on one server: asks for JSON in the best way the server knows, and says plainly why it got none.

It never decides what an answer is good for.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import openai
import pydantic
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam
from openai.types.shared_params.response_format_json_schema import JSONSchema

from engine.writing import prompting

Answer = TypeVar("Answer", bound=pydantic.BaseModel)
Mode = Literal["json_schema", "json_object", "text"]

MODES: tuple[Mode, ...] = ("json_schema", "json_object", "text")
REST, SHORT_REST = 60.0, 5.0
_LONGEST = 20_000


class Unusable(Exception):
    """The server answered, but not with what was asked for."""


class Declined(Exception):
    """The model refused to answer."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer, completing “The language model …”, and for how many seconds not to ask again."""

    reason: str
    rest: float = 0.0


class Conversation:
    """Not more than one question per call; remembers which way of asking this server understands."""

    def __init__(self, client: openai.AsyncOpenAI, model: str) -> None:
        self._client = client
        self._model = model
        self._first = 0

    async def ask(self, system: str, user: str, schema: type[Answer]) -> Answer:
        """An answer of the schema's shape. Tries json_schema, json_object, then text with one repair.

        Raises Unusable, Declined, or what the client raises.
        """
        tries: dict[Mode, Callable[[list[ChatCompletionMessageParam], type[Answer]], Awaitable[Answer]]] = {
            "json_schema": self._by_schema,
            "json_object": self._by_object,
            "text": self._by_text,
        }
        for index in range(self._first, len(MODES)):
            mode = MODES[index]
            try:
                answer = await tries[mode](_messages(mode, system, user, schema), schema)
            except (Unusable, openai.BadRequestError, openai.UnprocessableEntityError):
                if index == len(MODES) - 1:
                    raise
                continue
            self._first = index
            return answer
        raise Unusable

    async def _by_schema(self, messages: list[ChatCompletionMessageParam], schema: type[Answer]) -> Answer:
        wanted: JSONSchema = {"name": schema.__name__, "schema": schema.model_json_schema(), "strict": True}
        found = await self._client.chat.completions.create(
            model=self._model,
            messages=messages,
            response_format={"type": "json_schema", "json_schema": wanted},
        )
        return _parsed(_content(found), schema)

    async def _by_object(self, messages: list[ChatCompletionMessageParam], schema: type[Answer]) -> Answer:
        found = await self._client.chat.completions.create(
            model=self._model, messages=messages, response_format={"type": "json_object"}
        )
        return _parsed(_content(found), schema)

    async def _by_text(self, messages: list[ChatCompletionMessageParam], schema: type[Answer]) -> Answer:
        said = _content(await self._client.chat.completions.create(model=self._model, messages=messages))
        try:
            return _parsed(said, schema)
        except Unusable:
            again: list[ChatCompletionMessageParam] = [
                *messages,
                {"role": "assistant", "content": said},
                {"role": "user", "content": prompting.read("repair")},
            ]
            found = await self._client.chat.completions.create(model=self._model, messages=again)
            return _parsed(_content(found), schema)


def explain(error: BaseException) -> Failure:
    """What a person may read about a failure, without anything the server said, and how long to leave it alone.

    Sorted as in the vendor's fact sheet: wrong keys, models and quotas rest for a minute.
    """
    match error:
        case TimeoutError() | openai.APITimeoutError():
            return Failure("did not answer in time", SHORT_REST)
        case openai.RateLimitError(code="insufficient_quota"):
            return Failure("has no quota left; an admin should look at the account", REST)
        case openai.RateLimitError():
            return Failure("has too many requests at the moment", _retry_after(error))
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return Failure("refused the key; an admin should check OPENAI_API_KEY", REST)
        case openai.NotFoundError():
            return Failure("was not found; an admin should check OPENAI_MODEL and OPENAI_BASE_URL", REST)
        case openai.APIConnectionError():
            return Failure("could not be reached", SHORT_REST)
        case openai.InternalServerError():
            return Failure("is not working at the moment", SHORT_REST)
        case openai.BadRequestError() | openai.UnprocessableEntityError():
            return Failure("did not accept the question")
        case Declined():
            return Failure("declined to answer")
    return Failure("gave an answer that could not be read")


def _messages(mode: Mode, system: str, user: str, schema: type[Answer]) -> list[ChatCompletionMessageParam]:
    if mode != "json_schema":
        wanted = json.dumps(schema.model_json_schema())
        system = f"{system}\n\n{prompting.read('schema').replace('{schema}', wanted)}"
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def _content(found: ChatCompletion | Any) -> str:
    """The text of the first choice. Some servers answer 200 with something else entirely."""
    try:
        choice = found.choices[0]
        refused = choice.message.refusal or choice.finish_reason == "content_filter"
        said = choice.message.content
    except (AttributeError, IndexError, TypeError) as error:
        raise Unusable from error
    if refused:
        raise Declined
    if not isinstance(said, str) or not 0 < len(said) <= _LONGEST:
        raise Unusable
    return said


def _parsed(said: str, schema: type[Answer]) -> Answer:
    """The object in the text; a fence or a sentence around it does no harm."""
    try:
        return schema.model_validate_json(said[said.index("{") : said.rindex("}") + 1])
    except (ValueError, RecursionError) as error:
        raise Unusable from error


def _retry_after(error: openai.RateLimitError) -> float:
    try:
        seconds = float(error.response.headers.get("retry-after", SHORT_REST))
    except ValueError:
        return SHORT_REST
    return min(max(seconds, 0.0), REST)
