"""Who may do what (D5): the role of a person from what was given to them, and who may not approve their own words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum


class Role(StrEnum):
    """From less to more: a viewer looks and asks, an approver also decides and changes, an admin also sets."""

    VIEWER = "viewer"
    APPROVER = "approver"
    ADMIN = "admin"


def is_group(id_: str) -> bool:
    """Whether a Slack id is a user group's."""
    return id_.startswith("S")


def groups(given: Mapping[Role, Collection[str]]) -> tuple[str, ...]:
    """The user groups that were given a role, each once."""
    return tuple(dict.fromkeys(id_ for ids in given.values() for id_ in ids if is_group(id_)))


def of(
    user: str,
    given: Mapping[Role, Collection[str]],
    *,
    installer: bool,
    otherwise: Role,
    belongs: Collection[str] = (),
) -> Role:
    """The role of a full member. `belongs` are the user groups they are in, `otherwise` what all others are.

    The installer stays admin, so that nobody locks everybody out. What was given to the person themself goes before
    what was given to a group, and the higher of two before the lower.
    """
    if installer:
        return Role.ADMIN
    own = [role for role in reversed(Role) if user in given.get(role, ())]
    by_group = [role for role in reversed(Role) if set(belongs) & set(given.get(role, ()))]
    return next(iter((*own, *by_group)), otherwise)


def own_words(user: str, authors: Sequence[tuple[str, bool]], owner: str) -> str:
    """Why this person may not approve these words under four eyes, in one sentence; empty when they may.

    `authors` are those of all revisions, newest first, each with whether it is a person; `owner` is the campaign's, or
    who asked for the post; empty where nobody did.
    """
    last = next((author for author, person in authors if person), "")
    if user == last:
        return "You changed these words last; four eyes means that somebody else approves them."
    by_machine = not authors or not authors[0][1]
    if by_machine and owner and user == owner:
        return "You asked for these words; four eyes means that somebody else approves them."
    return ""
