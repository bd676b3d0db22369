"""Templates with declared variables: loaded, checked and filled. It never interprets a value as a template.

A file is TOML front matter between +++ lines, then the body. Files in <locale>/<sequence>/ also hold the same touch on
other channels (`sms`, `linkedin_dm`, the notes for a `call`) and the facts their sentence prefers. The environment is
sandboxed and strict.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import jinja2.meta
import jinja2.sandbox
import regex

from engine import errors
from engine.writing import cleaning

FOLDER = Path(__file__).with_name("templates")
BESIDE = ("sms", "linkedin_dm", "call")
"""Channels whose words stand in the front matter of a mail."""

_ENVIRONMENT = jinja2.sandbox.ImmutableSandboxedEnvironment(
    undefined=jinja2.StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True, cache_size=0
)
_FENCE = "+++"
_SPACES = regex.compile(r" {2,}")
_BLANKS = regex.compile(r"\n[ \t]*(?:\n[ \t]*)+")


class MissingVariable(errors.OvertureError):
    """A template needs a value that is not there and has no fallback. Stops the draft."""

    def __init__(self, name: str, template: str) -> None:
        super().__init__(f"The template “{template}” needs “{name}”, and there is no value for it.")
        self.name = name
        self.template = template


class BadTemplate(errors.OvertureError):
    """A template cannot be used; the message names the variable or the mistake."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled template. `fell_back` names the variables whose fallback was used."""

    subject: str
    body: str
    fell_back: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """One checked template. `variables` maps each declared name to its fallback; None means required.

    `facts` are the parts of engine.writing.facts its sentence would rather rest on, best first.
    """

    name: str
    channel: str
    purpose: str
    locale: str
    variables: Mapping[str, str | None]
    subject: str
    body: str
    sequence: str = ""
    facts: tuple[str, ...] = ()

    def fill(self, values: Mapping[str, str]) -> Filled:
        """Subject and body without an empty required value. Values are cleaned and stay literal.

        Raises MissingVariable for an empty or absent value without a fallback, BadTemplate when the
        sandbox refuses what the template does.
        """
        ready = {
            name: cleaning.clean(values.get(name, ""), cleaning.TEXT, lines=True) for name in self.variables
        }
        fell_back = tuple(name for name, value in ready.items() if not value)
        for name in fell_back:
            fallback = self.variables[name]
            if fallback is None:
                raise MissingVariable(name, self.name)
            ready[name] = fallback
        subject, body = (render(compiled(self.name, source), ready) for source in (self.subject, self.body))
        return Filled(subject, _tidy(body), fell_back)


def parse(name: str, text: str) -> Template:
    """A template from a file's text. Raises BadTemplate naming an undeclared variable or the mistake."""
    head, body = _split(name, text)
    return _made(name, head, str(head.get("subject", "")), body)


def texts(name: str, text: str) -> tuple[Template, ...]:
    """The file's template and those of the other channels that it holds, each with the variables that it uses alone."""
    head, body = _split(name, text)
    beside = [channel for channel in BESIDE if head.get(channel)]
    return (
        _made(name, head, str(head.get("subject", "")), body, every=False),
        *(
            _made(f"{name}-{channel}", {**head, "channel": channel}, "", str(head[channel]), every=False)
            for channel in beside
        ),
    )


def _made(name: str, head: Mapping[str, Any], subject: str, body: str, *, every: bool = True) -> Template:
    """`every` keeps variables that are declared and not used, too."""
    variables = _declared(name, head.get("variables", {}))
    used = refuse_unknown(name, subject, variables) | refuse_unknown(name, body, variables)
    return Template(
        name=name,
        channel=str(head.get("channel", "")),
        purpose=str(head.get("purpose", "")),
        locale=str(head.get("locale", "en")),
        variables={one: fallback for one, fallback in variables.items() if every or one in used},
        subject=subject,
        body=body,
        sequence=str(head.get("sequence", "")),
        facts=tuple(str(head.get("facts", "")).split()),
    )


@functools.cache
def load(folder: Path = FOLDER) -> tuple[Template, ...]:
    """Every template below a folder (*.j2), in name order. Read once per process."""
    found = ((path, path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.j2")))
    return tuple(one for path, text in found for one in texts(_name(path.relative_to(folder)), text))


def find(channel: str, purpose: str, locale: str, sequence: str = "") -> Template:
    """The template for a channel, a purpose, a locale and a sequence; an unknown purpose gets the call's.

    Raises BadTemplate when the channel has none in this locale.
    """
    fitting = [one for one in load() if (one.channel, one.locale) == (channel, locale)]
    if not fitting:
        raise BadTemplate(f"There is no template for “{channel}” in “{locale}”.")
    order = ((purpose, sequence), ("call", sequence))
    by_key = {(one.purpose, one.sequence): one for one in fitting}
    return next((by_key[key] for key in order if key in by_key), fitting[0])


def holds(channel: str, locale: str, sequence: str) -> bool:
    """Whether a sequence has words of its own for this channel."""
    wanted = (channel, locale, sequence)
    return any((one.channel, one.locale, one.sequence) == wanted for one in load())


def _name(path: Path) -> str:
    """ "cold-call.de" for de/cold/call.j2; the file's own name elsewhere."""
    return f"{path.parts[1]}-{path.stem}.{path.parts[0]}" if len(path.parts) == 3 else path.stem


def _tidy(text: str) -> str:
    """Without the gaps that empty values leave."""
    lines = (_SPACES.sub(" ", line).strip(" ") for line in text.split("\n"))
    return _BLANKS.sub("\n\n", "\n".join(lines))


@functools.lru_cache(maxsize=1024)
def compiled(name: str, source: str) -> jinja2.Template:
    """A sandboxed template from trusted source text, made when it is first filled. Raises BadTemplate on a syntax error."""
    try:
        return _ENVIRONMENT.from_string(source)
    except jinja2.TemplateSyntaxError as error:
        raise BadTemplate(
            f"The template “{name}” has a mistake in line {error.lineno}: {error.message}"
        ) from error


def refuse_unknown(name: str, source: str, declared: Mapping[str, Any]) -> set[str]:
    """The variables that the source uses. Raises BadTemplate when one of them is not declared, naming it."""
    try:
        used = jinja2.meta.find_undeclared_variables(_ENVIRONMENT.parse(source))
    except jinja2.TemplateSyntaxError as error:
        raise BadTemplate(
            f"The template “{name}” has a mistake in line {error.lineno}: {error.message}"
        ) from error
    unknown = sorted(used - declared.keys())
    if unknown:
        raise BadTemplate(f"The template “{name}” uses “{unknown[0]}”, which it does not declare.")
    return used


def render(template: jinja2.Template, values: Mapping[str, str]) -> str:
    """The text, stripped. Raises BadTemplate when the sandbox refuses or a value is undefined."""
    try:
        return template.render(values).strip()
    except (jinja2.TemplateError, ArithmeticError, TypeError, ValueError, OverflowError) as error:
        raise BadTemplate(f"The template cannot be filled: {error}") from error


def _split(name: str, text: str) -> tuple[dict[str, Any], str]:
    before, fence, rest = text.lstrip("\ufeff").partition(_FENCE + "\n")
    head, closing, body = rest.partition("\n" + _FENCE + "\n")
    if before.strip() or not fence or not closing:
        raise BadTemplate(f"The template “{name}” must open with front matter between {_FENCE} lines.")
    try:
        return tomllib.loads(head), body
    except tomllib.TOMLDecodeError as error:
        raise BadTemplate(f"The front matter of “{name}” is not valid TOML: {error}") from error


def _declared(name: str, variables: object) -> dict[str, str | None]:
    if not isinstance(variables, dict):
        raise BadTemplate(f"The template “{name}” must declare its variables in a [variables] table.")
    declared: dict[str, str | None] = {}
    for variable, options in variables.items():
        fallback = options.get("fallback") if isinstance(options, dict) else options
        if not isinstance(options, dict) or not isinstance(fallback, str | None):
            raise BadTemplate(
                f'The variable “{variable}” of “{name}” needs a table such as {{ fallback = "…" }}.'
            )
        declared[variable] = fallback
    return declared
