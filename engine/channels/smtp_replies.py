"""What an SMTP reply means for a message. Pure; knows no sockets and never repeats the server's words.

Server texts often hold the recipient's address, so reasons are our own sentences with the code beside them.
Sources: RFC 5321 4.2, RFC 3463 and the fact sheet on mail, whose classes these are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine import errors

_ENHANCED = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})\b")
_NO_SUCH_USER = re.compile(
    r"user unknown|unknown user|no such (user|mailbox|recipient|address|person)|unknown (recipient|mailbox)|"
    r"(user|mailbox|recipient|account|address) (is |was |does |could )?not (be )?(found|known|exist)|"
    r"(user|mailbox|recipient|account|address) (that you tried to reach )?does not exist|"
    r"(user|mailbox|recipient|account) doesn'?t exist|no mailbox here|not a valid mailbox|"
    r"invalid (recipient|mailbox)",
    re.IGNORECASE,
)
_FULL = re.compile(r"mailbox (is )?full|over ?quota|quota|insufficient (disk|storage)", re.IGNORECASE)
_LOGIN = frozenset({530, 534, 535})
_SYNTAX = range(500, 505)
_OF_AN_ADDRESS = frozenset({550, 551, 553})
# RFC 3463 x.1.5 means a valid address, x.1.7 and x.1.8 speak of the sender's.
_ABOUT_SENDER = frozenset({7, 8})
_NOT_DEAD = frozenset({5, 7, 8, 9})


@dataclass(frozen=True, slots=True)
class _Reply:
    code: int
    subject: int
    detail: int
    text: str

    @property
    def shown(self) -> str:
        enhanced = f" {self.code // 100}.{self.subject}.{self.detail}" if self.subject >= 0 else ""
        return f"({self.code}{enhanced})"


def classify(code: int, text: str) -> errors.ChannelError:
    """The error that a refusing reply stands for; returned, not raised.

    4yz is Transient. 5yz is Misconfigured where it speaks of us (login, syntax, policy, sender), Transient for a
    full mailbox, otherwise Undeliverable; `dead_address` only for x.1.x about the recipient, 5.2.1 and texts
    that say the user is unknown. Any other code is no refusal at all: Unknown.
    """
    reply = _parse(code, text)
    if reply.code // 100 == 4:
        return _transient(reply)
    if reply.code // 100 != 5:
        return errors.Unknown("The mail server gave an answer that means neither yes nor no.")
    return _about_us(reply) or _about_mailbox(reply) or _about_message(reply)


def classify_greeting(code: int, text: str) -> errors.ChannelError:
    """A refusal before any mail was named: Transient, or Misconfigured, never a verdict on the message."""
    error = classify(code, text)
    if isinstance(error, errors.Transient | errors.Misconfigured):
        return error
    return errors.Misconfigured(
        f"The mail server does not let us in {_parse(code, text).shown}. Check SMTP_URL."
    )


def classify_sender(code: int, text: str) -> errors.ChannelError:
    """A refusal of MAIL: no recipient is named yet, so what is said about an address or a mailbox is about ours."""
    error = classify(code, text)
    if isinstance(error, errors.Undeliverable) and (error.dead_address or code in _OF_AN_ADDRESS):
        shown = _parse(code, text).shown
        return errors.Misconfigured(f"The mail server refused the sender's address {shown}. Check MAIL_FROM.")
    return error


def classify_recipient(code: int, text: str) -> errors.ChannelError:
    """A refusal of RCPT: what may pass concerns this recipient alone (greylisting, a full or busy mailbox)."""
    error = classify(code, text)
    if isinstance(error, errors.Transient):
        return errors.Transient(error.reason, of_recipient=True)
    return error


def _parse(code: int, text: str) -> _Reply:
    """The enhanced code counts only if its class agrees with the reply's first digit, as it must (RFC 3463)."""
    found = _ENHANCED.match(text)
    if found and int(found[1]) == code // 100:
        return _Reply(code, int(found[2]), int(found[3]), text)
    return _Reply(code, -1, -1, text)


def _transient(reply: _Reply) -> errors.Transient:
    if reply.code == 421:
        return errors.Transient(
            f"The mail server is closing connections {reply.shown}. It is tried again later."
        )
    if reply.code == 454 and reply.subject in {-1, 7}:
        return errors.Transient(
            f"The mail server cannot check the login now {reply.shown}. It is tried again later."
        )
    return errors.Transient(f"The mail server says not now {reply.shown}. It is tried again later.")


def _about_us(reply: _Reply) -> errors.Misconfigured | None:
    if reply.code in _LOGIN:
        return errors.Misconfigured(f"The mail server refused the login {reply.shown}. Check SMTP_URL.")
    if reply.subject == 7:
        return errors.Misconfigured(
            f"Mail from this sender is refused by policy {reply.shown}. Check its SPF, DKIM, DMARC and rights."
        )
    if reply.subject == 1 and reply.detail in _ABOUT_SENDER:
        return errors.Misconfigured(
            f"The mail server refused the sender's address {reply.shown}. Check MAIL_FROM."
        )
    # 5.5.0 is what some large providers say about unknown users, so it proves no fault of ours.
    ours = reply.subject == 5 and reply.detail > 0
    if ours or (reply.code in _SYNTAX and reply.subject != 1):
        return errors.Misconfigured(f"The mail server did not understand our commands {reply.shown}.")
    return None


def _about_mailbox(reply: _Reply) -> errors.ChannelError | None:
    place = (reply.subject, reply.detail)
    if place == (2, 2) or (reply.code == 552 and reply.subject == -1 and _FULL.search(reply.text)):
        return errors.Transient(f"The mailbox is full {reply.shown}. It is tried again later.")
    if place == (2, 1):
        return errors.Undeliverable(f"The mailbox is switched off {reply.shown}.", dead_address=True)
    if reply.subject == 1 and reply.detail not in _NOT_DEAD:
        return errors.Undeliverable(f"The address does not exist {reply.shown}.", dead_address=True)
    if _says_unknown_user(reply):
        return errors.Undeliverable(f"The address does not exist {reply.shown}.", dead_address=True)
    return None


def _says_unknown_user(reply: _Reply) -> bool:
    vague = reply.subject in {-1, 0} or (reply.subject, reply.detail) in {(2, 0), (5, 0)}
    return vague and "sender" not in reply.text.lower() and _NO_SUCH_USER.search(reply.text) is not None


def _about_message(reply: _Reply) -> errors.Undeliverable:
    place = (reply.subject, reply.detail)
    if place in {(3, 4), (2, 3)} or (reply.code == 552 and reply.subject == -1):
        return errors.Undeliverable(
            f"The mail is too big for the recipient's server {reply.shown}. Shorten it."
        )
    if reply.subject == 6:
        return errors.Undeliverable(f"The mail server refused the content {reply.shown}. Change the message.")
    return errors.Undeliverable(f"The mail server refused this mail for good {reply.shown}.")
