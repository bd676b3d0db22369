"""Mail header fields: values made safe, encoded and folded. Pure; never sees a body, a socket or a row.

Sources: RFC 5322 (syntax; a line holds 78, at most 998), RFC 2047 (encoded-words), RFC 5321 4.5.3.1 (lengths).
"""

from __future__ import annotations

import base64
import functools
import re

import idna

from engine import errors

SUBJECT_MAX = 998
NAME_MAX = 200
ADDRESS_MAX = 254
LOCAL_MAX = 64

_PREFERRED = 78
_REFERENCES_MAX = 20
_WORD_PREFIX, _WORD_SUFFIX = "=?utf-8?b?", "?="
_FORBIDDEN = re.compile(r"[\r\n\0]")
_PLAIN = re.compile(r"[!-~](?:[ -~]*[!-~])?\Z")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\Z"
)
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>\Z")
_URL = re.compile(r"https?://[!-;=?-~]{1,900}\Z")


def text(name: str, value: str) -> str:
    """A free-text field such as Subject, as `Name: value`, folded at 78 or less, without the last line end.

    Printable ASCII stays readable; anything else, and whatever could be mistaken for an encoded-word, becomes
    encoded-words. Raises Undeliverable on CR, LF, NUL, half characters and more than 998 characters.
    """
    safe(name, value)
    if len(value) > SUBJECT_MAX:
        raise errors.Undeliverable(f"The {name} line is longer than {SUBJECT_MAX} characters. Shorten it.")
    start = f"{name}: "
    if len(start) + len(value) <= _PREFERRED and _readable(value):
        return start + value
    if _readable(value) and len(max(value.split(" "), key=len)) < _PREFERRED - len(start):
        return _fold(start, value)
    return start + _encoded(value, len(start))


def mailbox(field: str, name: str, address: str) -> str:
    """A From, To or Reply-To field. `address` must already be a `wire_address`; spaces in `name` become single.

    Raises Undeliverable on CR, LF, NUL, half characters and names of more than 200 characters.
    """
    safe(field, name)
    if len(name) > NAME_MAX:
        raise errors.Undeliverable(f"The name in {field} is longer than {NAME_MAX} characters. Shorten it.")
    name = " ".join(name.split())
    if not name:
        return f"{field}: {address}"
    line = f"{field}: {_phrase(name, len(field) + 2)}"
    last = len(line) - line.rfind("\n") - 1
    between = " " if last + len(address) + 3 <= _PREFERRED else "\r\n "
    return f"{line}{between}<{address}>"


@functools.lru_cache(maxsize=4096)
def wire_address(address: str) -> str:
    """The address as servers take it: ASCII, the domain in A-labels (IDNA 2008).

    Raises Undeliverable with a reason that does not repeat the address. Letters outside ASCII before the @
    need SMTPUTF8 (RFC 6531) on every hop, which is not offered; quoted local parts are refused too.
    """
    safe("address", address)
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain:
        raise errors.Undeliverable("The address has no name or no domain. Correct it.")
    if not local.isascii():
        raise errors.Undeliverable(
            "The address has letters before the @ that many mail servers cannot take. Use another address."
        )
    domain = _a_labels(domain)
    if not _LOCAL.match(local) or not _DOMAIN.match(domain):
        raise errors.Undeliverable("The address has characters that mail servers refuse. Correct it.")
    if len(local) > LOCAL_MAX or len(local) + 1 + len(domain) > ADDRESS_MAX:
        raise errors.Undeliverable("The address is longer than mail allows. Correct it.")
    return f"{local}@{domain}"


def message_id(field: str, value: str) -> str:
    """`<left@right>`, brackets added if absent. Raises Undeliverable if it cannot stand in a header."""
    safe(field, value)
    value = value if value.startswith("<") else f"<{value}>"
    if not _MESSAGE_ID.match(value):
        raise errors.Undeliverable(f"The {field} of this mail is not a valid id.")
    return value


def thread(in_reply_to: str, references: tuple[str, ...]) -> list[str]:
    """In-Reply-To and References, oldest first, one id per line; of more than 20 the first and last 19 stay.

    An id that came in with somebody's mail and cannot stand in a header is left out: their odd software must
    not stop our answer. CR, LF and NUL still raise Undeliverable.
    """
    ids = [found for found in map(_foreign_id, references) if found]
    parent = _foreign_id(in_reply_to)
    if parent and parent not in ids:
        ids.append(parent)
    if len(ids) > _REFERENCES_MAX:
        ids = [ids[0], *ids[-_REFERENCES_MAX + 1 :]]
    fields = [f"In-Reply-To: {parent}"] if parent else []
    return [*fields, "References: " + "\r\n ".join(ids)] if ids else fields


def unsubscribe(url: str) -> list[str]:
    """List-Unsubscribe (RFC 2369) and List-Unsubscribe-Post (RFC 8058).

    The address stays on one line however long: folding right after the colon trips some readers.
    Raises Undeliverable unless it is a plain http(s) URL.
    """
    safe("List-Unsubscribe", url)
    if not _URL.match(url):
        raise errors.Undeliverable("The unsubscribe link is not a plain web address.")
    return [f"List-Unsubscribe: <{url}>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"]


def safe(field: str, value: str) -> str:
    """The value itself. Raises Undeliverable on CR, LF, NUL (header injection) and on half characters."""
    if _FORBIDDEN.search(value):
        raise errors.Undeliverable(f"The {field} holds a line break or a null character. Remove it.")
    if not value.isascii() and not encodable(value):
        raise errors.Undeliverable(f"The {field} holds a broken character. Type it again.")
    return value


def encodable(value: str) -> bool:
    """False if the text holds lone surrogates, which no encoding can carry."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _readable(value: str) -> bool:
    return not value or (_PLAIN.match(value) is not None and "=?" not in value)


def _fold(start: str, value: str) -> str:
    """Break before spaces only, and never so that a line holds nothing but spaces (RFC 5322 2.2.3)."""
    lines, line = [], start
    for word in re.findall(r" *[^ ]+", value):
        if len(line) + len(word) > _PREFERRED and line != start:
            lines.append(line)
            line = word
        else:
            line += word
    return "\r\n".join([*lines, line])


def _encoded(value: str, used: int) -> str:
    """Encoded-words of whole characters, one per line; `used` is what the first line already holds."""
    words: list[str] = []
    chunk, room = b"", _room(used)
    whole = value.encode()
    if len(whole) <= room:
        return _word(whole)
    for character in value:
        octets = character.encode()
        if len(chunk) + len(octets) > room:
            words.append(_word(chunk))
            chunk, room = b"", _room(1)
        chunk += octets
    return "\r\n ".join([*words, _word(chunk)])


def _room(used: int) -> int:
    """Octets one encoded-word may carry: at most 75 characters in all, in a line of 78."""
    longest = min(75, _PREFERRED - used) - len(_WORD_PREFIX) - len(_WORD_SUFFIX)
    return longest // 4 * 3


def _word(octets: bytes) -> str:
    return _WORD_PREFIX + base64.b64encode(octets).decode() + _WORD_SUFFIX


def _phrase(name: str, used: int) -> str:
    if not _readable(name) or used + len(name) > _PREFERRED - 2:
        return _encoded(name, used)
    if _ATOMS.match(name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _a_labels(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        raise errors.Undeliverable("The address has a domain that cannot exist. Correct it.") from None


def _foreign_id(value: str) -> str:
    safe("message id", value)
    value = value.strip()
    bracketed = value if value.startswith("<") else f"<{value}>"
    return bracketed if _MESSAGE_ID.match(bracketed) else ""
