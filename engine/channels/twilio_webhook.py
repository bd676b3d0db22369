"""What Twilio reports to our webhook: texts that people wrote, opt-outs, and what became of ours.

Pure: a call in, facts out. Nothing is believed that Twilio's signature does not cover. There is no time in a report,
so `at` is when it came. Reports come twice, late and in any order. Source: the fact sheet on Twilio.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, parse_qsl, urlsplit

from engine.channels import twilio_replies
from engine.channels.incoming import Call, Incoming, Kind
from engine.channels.twilio_replies import Meaning

FIELDS_MAX = 200
TEXT_MAX = 20_000

_FORM = "application/x-www-form-urlencoded"
_CHANNELS = {"": "sms", "whatsapp": "whatsapp", "messenger": "messenger"}
_ADDRESS = re.compile(r"\+?[0-9]{3,20}\Z")
_KEY = re.compile(r"[!-~]{1,256}\Z")
_OUT = frozenset(["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"])
_IN = frozenset({"start", "unstop"})
_HELP = frozenset({"help", "info"})
_TYPES = {"STOP": Kind.OPT_OUT, "START": Kind.OPT_IN, "HELP": Kind.HELP}
_STATES = {
    "accepted": Kind.TAKEN,
    "scheduled": Kind.TAKEN,
    "queued": Kind.TAKEN,
    "sending": Kind.TAKEN,
    "sent": Kind.TAKEN,
    "delivered": Kind.DELIVERED,
    "read": Kind.DELIVERED,
    "undelivered": Kind.SOFT_BOUNCED,
    "failed": Kind.SOFT_BOUNCED,
    "canceled": Kind.SOFT_BOUNCED,
}
_BOUNCES = {Meaning.DEAD: Kind.HARD_BOUNCED, Meaning.OPTED_OUT: Kind.OPT_OUT}


def read(call: Call, auth_token: str) -> tuple[Incoming, ...] | None:
    """The facts of a call, in order; empty if it reports nothing we know. None if it is not Twilio's: answer 403."""
    fields = _fields(call)
    if fields is None or not genuine(call, fields, auth_token):
        return None
    said = dict(reversed(fields))
    sid = said.get("MessageSid") or said.get("SmsSid", "")
    if not twilio_replies.SID.match(sid):
        return ()
    found = _report(call, said, sid) if said.get("MessageStatus") else _message(call, said, sid)
    return (found,) if found else ()


def genuine(call: Call, fields: Sequence[tuple[str, str]], auth_token: str) -> bool:
    """Whether the call is signed with `auth_token`. `fields` are those of its form, none for another body.

    The port may be in the signed address or not. A signature under a shared key (its header names one) is refused:
    we are told no such key.
    """
    given = call.headers.get("x-twilio-signature", "")
    if not auth_token or not given.isascii() or "x-twilio-webhooks-signature-settings" in call.headers:
        return False
    if not fields and not _binds_body(call):
        return False
    matches = [hmac.compare_digest(given, signature(auth_token, url, fields)) for url in _spellings(call.url)]
    return any(matches)


def signature(auth_token: str, url: str, fields: Sequence[tuple[str, str]]) -> str:
    """base64(HMAC-SHA1(token, url + each name and value, sorted, each pair once))."""
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    made = hmac.new(auth_token.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha1)
    return base64.b64encode(made.digest()).decode()


def is_opt_out(text: str) -> bool:
    """Whether the whole message is one of the words that mean stop: Twilio's, and those of 47 CFR 64.1200(a)(10).

    Other ways to say so are found by whoever reads replies.
    """
    return _word(text) in _OUT


def _fields(call: Call) -> list[tuple[str, str]] | None:
    """The pairs of a form; none for another type of body. None for a form that cannot be read."""
    if call.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return []
    try:
        text = call.body.decode("ascii")
        return parse_qsl(
            text, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=FIELDS_MAX
        )
    except ValueError:
        return None


def _binds_body(call: Call) -> bool:
    """Whether the address carries the hash of this very body."""
    try:
        hashes = parse_qs(urlsplit(call.url).query).get("bodySHA256", [""])
    except ValueError:
        return False
    made = hashlib.sha256(call.body).hexdigest()
    return hmac.compare_digest(made.encode(), hashes[0].lower().encode("utf-8", "surrogatepass"))


def _spellings(url: str) -> tuple[str, ...]:
    """The address without and with its port."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}[parts.scheme]
    except (ValueError, KeyError):
        return ()
    host = re.sub(r":[0-9]*\Z", "", parts.netloc)
    start = url.index("//") + 2
    rest = url[start + len(parts.netloc) :]
    return url, f"{url[:start]}{host}{rest}", f"{url[:start]}{host}:{port}{rest}"


def _message(call: Call, said: Mapping[str, str], sid: str) -> Incoming | None:
    """A text that a person wrote. An opt-out by its words beats what else Twilio calls it.

    YES alone stays a message unless Twilio says START: to a question of ours it is an answer.
    """
    text = _clean(said.get("Body", ""))
    kind = _TYPES.get(said.get("OptOutType", ""), Kind.MESSAGE)
    if is_opt_out(text):
        kind = Kind.OPT_OUT
    elif kind is Kind.MESSAGE and _word(text) in _IN | _HELP:
        kind = Kind.OPT_IN if _word(text) in _IN else Kind.HELP
    return _fact(call, kind, said.get("From", ""), sid, f"twilio:{sid}", text=text)


def _report(call: Call, said: Mapping[str, str], sid: str) -> Incoming | None:
    """What became of a message of ours. A number that no text reaches is a hard bounce, any other failure a soft one."""
    state = said["MessageStatus"]
    kind = _STATES.get(state)
    if kind is None:
        return None
    code, note = said.get("ErrorCode", ""), ""
    if kind is Kind.SOFT_BOUNCED:
        meant = twilio_replies.meaning(int(code)) if re.fullmatch(r"[0-9]{5}", code) else None
        kind, note = (_BOUNCES.get(meant[0], kind), meant[1]) if meant else (kind, "It was not delivered.")
    return _fact(call, kind, said.get("To", ""), sid, f"twilio:{sid}:{state}", key=_key(call), note=note)


def _fact(
    call: Call,
    kind: Kind,
    person: str,
    sid: str,
    dedupe: str,
    *,
    text: str = "",
    key: str = "",
    note: str = "",
) -> Incoming | None:
    prefix, _, address = person.rpartition(":")
    channel = _CHANNELS.get(prefix)
    if channel is None or not _ADDRESS.match(address):
        return None
    return Incoming(kind, channel, sid, address, call.at, dedupe, text, key, note)


def _key(call: Call) -> str:
    """Our key in the address that we gave for reports; its signature covers it."""
    found = parse_qs(urlsplit(call.url).query).get("key", [""])[0]
    return found if _KEY.match(found) else ""


def _clean(text: str) -> str:
    """Without characters that no database keeps and no person sees, except line breaks."""
    kept = (
        c for c in text.replace("\r\n", "\n") if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")
    )
    return "".join(kept)[:TEXT_MAX].strip()


def _word(text: str) -> str:
    """ "Stop!" and "OPT-OUT" as one plain word; a message of several words never gives one of the list."""
    folded = unicodedata.normalize("NFKC", text[:100]).casefold()
    words = re.findall(r"[^\W_]+", folded)
    return "optout" if words == ["opt", "out"] else words[0] if len(words) == 1 else ""
