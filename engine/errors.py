"""What can go wrong, on two branches: Refused is told to the person, ChannelError becomes a note on a row.

Anything else is a defect: it is logged under an id that the person is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta


class OvertureError(Exception):
    """The root of everything this product raises on purpose."""


class Refused(OvertureError):
    """One plain sentence for the person who asked, naming what to do.

    `field` is the modal field the sentence belongs beside, by its block id; None means the whole request.
    """

    def __init__(self, sentence: str, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class Forbidden(Refused):
    """This person may not do it, whatever the state of things. It is told to them alone, and logged (D5)."""


class ChannelError(OvertureError):
    """A send did not succeed. `reason` may be shown to people; it never holds a secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Transient(ChannelError):
    """Surely not sent; the same request may succeed later.

    `of_recipient` says that only this recipient is concerned: the channel itself works.
    """

    def __init__(self, reason: str, *, of_recipient: bool = False) -> None:
        super().__init__(reason)
        self.of_recipient = of_recipient


class RateLimited(Transient):
    """Surely not sent; the vendor names how long to wait. Burns no try."""

    def __init__(self, reason: str, retry_after: timedelta) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Undeliverable(ChannelError):
    """Surely not sent, and never will be unchanged.

    `dead_address` says that the vendor proved the address itself does not exist (RFC 3463 x.1.x, 5.2.1).
    `opted_out` says that the recipient told the vendor to stop: the address belongs on the suppression list.
    """

    def __init__(self, reason: str, *, dead_address: bool = False, opted_out: bool = False) -> None:
        super().__init__(reason)
        self.dead_address = dead_address
        self.opted_out = opted_out


class Misconfigured(ChannelError):
    """Surely not sent: credentials, scope or set-up are wrong. Stops the sender, not the message."""


class TokenRefused(Misconfigured):
    """The vendor no longer accepts the token; where it can be renewed, the next one may do."""


class Unknown(ChannelError):
    """It may have been sent: the request left and no clear answer came."""


class Unaskable(ChannelError):
    """From `find` alone: the vendor does not tell what became of a send, however often it is asked. `reason` is for
    the person who looks instead; empty where there is nobody to ask."""


class PartlyOut(Unknown):
    """The first parts of it are there under the ids `out`; of the others none was seen. `cause` ended it."""

    def __init__(self, reason: str, out: Sequence[str], cause: ChannelError | None = None) -> None:
        super().__init__(reason)
        self.out, self.cause = tuple(out), cause
