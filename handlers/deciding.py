"""The part of the settings about who decides: roles for people and user groups, four eyes, many drafts at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from engine.errors import Refused
from engine.policy import Policy
from engine.rules import roles
from engine.rules.roles import Role
from handlers import blocks
from handlers.blocks import Json
from handlers.request import Request

LISTS: Mapping[str, str] = {"admins": "Admins", "approvers": "Approvers", "viewers": "Viewers"}
PLACES = ("digest_channel", "admin_channel")
NUMBERS: Mapping[str, tuple[str, str]] = {
    "bulk_over": ("One card for a step above so many drafts", ""),
    "look_over": ("Open a few first above so many", "Before that many are approved with one click."),
    "look_at": ("How many are opened first", ""),
}
NAMES = (*LISTS, "members", "four_eyes", *NUMBERS)
_MEMBERS = {str(Role.APPROVER): "Approver", str(Role.VIEWER): "Viewer: looks, decides nothing"}
_EYES = {"off": "Off", "on": "On: nobody approves their own words"}
_GROUPS = "_groups"


def shown(rules: Policy) -> dict[str, str]:
    """Today's values as text; a list as ids between spaces."""
    return {
        **{name: " ".join(getattr(rules, name)) for name in LISTS},
        **{name: str(getattr(rules, name)) for name in NUMBERS},
        "members": str(rules.members),
        "four_eyes": "on" if rules.four_eyes else "off",
    }


def fields(values: Mapping[str, str]) -> list[Json]:
    """The inputs of the settings form. People are chosen, user groups named by their ids."""
    number = partial(blocks.text_input, most=6)
    return [
        blocks.section("*Who decides*"),
        *(part for name, label in LISTS.items() for part in _list(name, label, values.get(name, ""))),
        blocks.select("members", "Everybody else", _MEMBERS, value=values.get("members", "")),
        blocks.select("four_eyes", "Four eyes", _EYES, value=values.get("four_eyes", "")),
        *(
            number(name, label, value=values.get(name, ""), hint=hint)
            for name, (label, hint) in NUMBERS.items()
        ),
    ]


def given(request: Request) -> dict[str, str]:
    """What a form says, as `shown` writes it; what it does not have or leaves empty stays as it is."""
    found = {name: text for name in NAMES if name not in LISTS and (text := request.get(name))}
    for name in LISTS:
        if name in request.values or name + _GROUPS in request.values:
            groups = request.get(name + _GROUPS).replace(",", " ").split()
            found[name] = " ".join((*request.several(name), *groups))
    return found


def typed(request: Request, name: str, value: str) -> str:
    """What a command says: for a list the ids of whom it mentions, for a channel its id, else the words themselves."""
    if name in PLACES:
        return request.mentions.get(value.strip(), value.strip().removeprefix("#"))
    if name not in LISTS:
        return value
    words = value.replace(",", " ").split()
    return " ".join(request.mentions.get(word.removeprefix("@"), word) for word in words)


async def check_groups(request: Request, changes: Mapping[str, str]) -> None:
    """Raises Refused, beside the field, for a group whose members Slack does not tell us."""
    for name in LISTS:
        for id_ in changes.get(name, "").split():
            if roles.is_group(id_):
                try:
                    await request.slack.group_members(id_)
                except Refused as refusal:
                    raise Refused(refusal.sentence, field=name) from None


def _list(name: str, label: str, value: str) -> list[Json]:
    ids = value.split()
    people = [id_ for id_ in ids if not roles.is_group(id_)]
    groups = [id_ for id_ in ids if roles.is_group(id_)]
    return [
        blocks.people_input(name, label, values=people),
        blocks.text_input(
            name + _GROUPS, f"{label}: user groups", value=" ".join(groups), placeholder="S0604QSJC", most=500,
            hint="Ids of Slack user groups. Overture then needs the scope usergroups:read.",
        ),
    ]  # fmt: skip
