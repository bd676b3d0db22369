"""The picture that belongs to a post's words: what a message says of it. Its octets are in a table of their own."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from storage.model.sending import Json, Message


@dataclass(frozen=True, slots=True)
class Attached:
    """Approved together with the words: `digest` is the SHA-256 of the octets, `alt` the words for who does not see it.

    `id` is its row in `pictures`; `size` is in octets.
    """

    id: int
    digest: str
    alt: str
    media_type: str
    size: int
    width: int
    height: int

    @property
    def options(self) -> Json:
        """As it stands among a message's options."""
        return {"picture": asdict(self)}

    @property
    def seen(self) -> tuple[str, ...]:
        """What an approval covers besides the words."""
        return self.digest, self.alt


def of(row: Message) -> Attached | None:
    found = row.options.get("picture")
    return Attached(**found) if found else None


def seen(row: Message) -> tuple[str, ...]:
    """What an approval of this message covers besides its words."""
    found = of(row)
    return found.seen if found else ()


def is_missing(row: Message) -> bool:
    """Whether its calendar asked for a picture and it has none."""
    return row.options.get("format") == "picture" and not row.options.get("picture")
