"""Which facts on record a sentence may rest on, and in which part of it. It never invents one and never guesses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import regex

from engine.writing import Person, cleaning

PROFILE, STORY = 80, 160
MOST_DETAILS = 3

_ALIASES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "job title", "role", "position", "funktion", "fonction", "cargo"),
    "company": ("company", "company name", "organisation", "organization", "account"),
    "industry": ("industry", "sector", "vertical", "branche", "secteur"),
    "employees": (
        "employees",
        "number of employees",
        "employee count",
        "headcount",
        "company size",
        "team size",
        "mitarbeitende",
        "effectif",
        "empleados",
    ),
    "city": ("city", "location", "town", "region", "country", "stadt", "ort", "ville", "ciudad"),
    "news": (
        "recent news",
        "news",
        "trigger",
        "announcement",
        "latest news",
        "neuigkeiten",
        "actualité",
        "noticias",
    ),
    "tech": ("tech stack", "tech", "technology", "technologies", "stack", "tools"),
    "pain": (
        "pain",
        "pain point",
        "pain points",
        "challenge",
        "challenges",
        "problem",
        "priorities",
        "need",
        "needs",
        "herausforderung",
        "défi",
        "reto",
    ),
    "ordered": (
        "last order",
        "last order date",
        "last purchase",
        "last purchase date",
        "letzte bestellung",
        "dernière commande",
        "último pedido",
    ),
    "since": ("customer since", "client since", "kunde seit", "client depuis", "cliente desde"),
}
_ROLES = {alias: role for role, names in _ALIASES.items() for alias in names}
# What a record keeps for us and not for its subject: ids, addresses, opinions, money, protected traits.
_PRIVATE_WORDS = (
    "id ids owner status stage source score grade created updated modified date time url link links website web domain "
    "email emails mail phone mobile fax address street zip postal postcode zone timezone locale language birthday "
    "birth age gender sex religion health salary income note notes comment comments description remark remarks tag tags "
    "list lists campaign consent gdpr basis lawful opt unsubscribed unsubscribe bounce bounced verified confidence "
    "guessed import imported internal priority rating temperature lifecycle persona segment budget deal amount password "
    "ssn iban first last name names linkedin twitter x instagram facebook whatsapp messenger photo avatar key token "
    "hash activity activities contacted sentiment competitor nationality ethnicity union politics"
)
_PRIVATE = frozenset(_PRIVATE_WORDS.split())
_COUNT = regex.compile(r"^[\d.,\s+~–-]{1,20}$")
_SHOUTED_CODE = regex.compile(r"^[A-Z]{2,3}$")
_WORDS = regex.compile(r"[^\W_]+")
_DAY = regex.compile(r"\d{4}-\d\d-\d\d")  # not a phone number


@dataclass(frozen=True, slots=True)
class Known:
    """What may be said. `parts` maps a part (title, news, …) to its text, `details` are other facts as "name (value)".

    `sources` maps each part to the fact's name on record; `left_out` names facts that do not read like facts.
    """

    parts: dict[str, str]
    details: tuple[str, ...]
    sources: Mapping[str, str]
    left_out: tuple[str, ...]


def known(person: Person) -> Known:
    """The usable facts of a person, deterministic in the order of the record."""
    parts: dict[str, str] = {}
    sources: dict[str, str] = {}
    details: list[str] = []
    left_out: list[str] = []
    own = (("title", person.title), ("company", person.company))
    for name, raw in (*own, *person.facts.items()):
        label = " ".join(_WORDS.findall(cleaning.clean(name, PROFILE).casefold()))
        role = _ROLES.get(label, "")
        value = cleaning.clean(raw, STORY if role in ("news", "pain") else PROFILE).rstrip(" .;,:")
        if not label or cleaning.is_nothing(value) or (not role and _PRIVATE & set(label.split())):
            continue
        reachable = cleaning.is_reachable(value) and not _DAY.fullmatch(value)
        if reachable or cleaning.is_order(f"{label}\n{value}"):
            left_out.append(label)
        elif role in parts:
            continue
        elif role and _fits(role, value):
            parts[role], sources[role] = value, name
        elif role in ("", "employees") and len(details) < MOST_DETAILS and "…" not in value:
            details.append(f"{label} ({value})")
            sources[f"detail {len(details)}"] = name
    return Known(parts, tuple(details), sources, tuple(left_out))


def by_name(known: Known) -> dict[str, str]:
    """The usable facts under their names on record, as they may be handed to a model."""
    details = {f"detail {number}": text for number, text in enumerate(known.details, 1)}
    return {known.sources[part]: text for part, text in (known.parts | details).items()}


def first_name(person: Person) -> str:
    """A first name fit for a greeting, else ""; shouting and lower case are evened out."""
    return name(person.first_name)


def name(text: str) -> str:
    """A first or last name fit for a greeting, else ""."""
    said = cleaning.clean(text, cleaning.NAME).strip(" .,;:")
    strange = cleaning.is_nothing(said) or cleaning.is_order(said) or cleaning.is_reachable(said)
    if strange or len(said) > 30 or not regex.fullmatch(r"[\p{L}\p{M}][\p{L}\p{M}'’.\- ]*", said):
        return ""
    return said.title() if len(said) > 2 and (said.isupper() or said.islower()) and said.isalpha() else said


def _fits(role: str, value: str) -> bool:
    if role == "employees":
        return bool(_COUNT.match(value)) and any(sign.isdigit() for sign in value)
    if role == "city":
        return not _SHOUTED_CODE.match(value)
    return role in ("news", "pain") or "…" not in value
