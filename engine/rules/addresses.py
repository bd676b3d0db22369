"""What people type as an address, made exact: e-mail, phone, profile links and company.

Pure syntax: never asks the network whether an address exists. Refusals name the field they belong beside.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote, urlsplit

import email_validator
import phonenumbers
from phonenumbers import timezone as phone_zones

from engine.errors import Refused
from engine.rules import countries, data

# One mailbox under several names: what providers document. Blocking folds them all, merging only these domains.
_SAME_DOMAIN = {"googlemail.com": "gmail.com"}
_SAME_PROVIDER = _SAME_DOMAIN | {
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "pm.me": "proton.me",
}
_TAGS_FOLD = re.compile(r"(gmail|icloud|fastmail|(outlook|hotmail|live)(\.com?)?|msn)\.[a-z]+|proton\.me")
_MANGLED = re.compile(r"'.*|[\d.,]+[eE][+-]?\d+")
_NOWHERE = {
    phonenumbers.PhoneNumberType.TOLL_FREE,
    phonenumbers.PhoneNumberType.PREMIUM_RATE,
    phonenumbers.PhoneNumberType.SHARED_COST,
    phonenumbers.PhoneNumberType.VOIP,
    phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
    phonenumbers.PhoneNumberType.UAN,
}
_LINKEDIN_PERSON = re.compile(r"/(?:in|pub)/([^/\s]{2,100})(?:/.*)?")


def email_address(text: str) -> str:
    """The wire form: local part as given, domain in lower-case ASCII. Raises Refused, field "email".

    example.com, .example and .test pass (RFC 2606: no mail ever arrives there); .invalid, .local and the like do not.
    """
    shown = text.strip()
    try:
        parsed = email_validator.validate_email(
            shown[:400], check_deliverability=False, strict=True, allow_smtputf8=False, test_environment=True
        )
    except email_validator.EmailNotValidError:
        raise _unusable(shown, "is no usable e-mail address; write it like ana@acme.com", "email") from None
    if parsed.ascii_email is None or "." not in parsed.ascii_domain:
        raise _unusable(shown, "is no usable e-mail address; write it like ana@acme.com", "email")
    return parsed.ascii_email


def sender(text: str) -> tuple[str, str]:
    """(name, reply-to) from “Ada Lovelace <ada@acme.com>”, either part alone, or nothing. Raises Refused, field "sender"."""
    bare = " ".join(text.replace("<", " ").replace(">", " ").split())
    name, _, last = bare.rpartition(" ")
    if "@" not in last:
        name, last = bare, ""
    try:
        address = email_address(last) if last else ""
    except Refused as refusal:
        raise Refused(refusal.sentence, field="sender") from None
    if "@" in name or len(name) > 80:
        raise Refused("Write a name and one address, like Ada Lovelace <ada@acme.com>.", field="sender")
    return "".join(sign for sign in name if sign.isprintable()).strip(' "'), address


def identity_key(address: str) -> str:
    """The mailbox behind an address, for blocking only: folds case, tags, Gmail's dots and sister domains."""
    local, _, domain = merge_key(address).rpartition("@")
    domain = _SAME_PROVIDER.get(domain, domain)
    if _TAGS_FOLD.fullmatch(domain):
        local = local.partition("+")[0] or local
    if domain == "gmail.com":
        local = local.replace(".", "") or local
    return f"{local}@{domain}" if domain else local


def merge_key(address: str) -> str:
    """Whether two contacts are one person: folds case and googlemail.com, never dots or tags.

    Case is folded before the @ too: no provider in use tells Ana@ from ana@, and a second mail would annoy her.
    """
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local}@{_SAME_DOMAIN.get(domain, domain)}" if local else domain


def mail_domain(address: str) -> str:
    """The part after the @ in lower case; empty when there is none."""
    return address.strip().lower().rpartition("@")[2] if "@" in address else ""


def is_free_mail(domain: str) -> bool:
    """Whether anyone can have a mailbox at `domain`, so that it names no company."""
    return domain.strip().lower() in _free_mail()


def is_never_mailed(address: str) -> bool:
    """abuse@, postmaster@, noreply@ and the like: never mailed, whatever anyone approves."""
    return _mailbox_kind(address) == "never"


def is_role(address: str) -> bool:
    """info@, sales@ and the like: a function instead of a person; warned, not blocked."""
    return _mailbox_kind(address) == "role"


def phone(text: str, country: str = "") -> tuple[str, tuple[str, ...]]:
    """(E.164, every zone the number may be in). `country` is a code or a name for numbers without +.

    Zones are empty where the number tells no place (toll-free, internet). Raises Refused, field "phone".
    """
    shown = text.strip()
    if _MANGLED.fullmatch(shown):
        raise _unusable(
            shown, "was changed by a spreadsheet; write the whole number, like +44 20 7946 0018", "phone"
        )
    region = countries.code(country)
    if shown.startswith("00") and not region:
        shown = "+" + shown[2:]
    try:
        number = phonenumbers.parse(shown[:40], region or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number) or len(shown) > 40:
        raise _unusable(
            shown, "is no usable phone number; write it with its country, like +44 20 7946 0018", "phone"
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), _zones_of(number)


def linkedin_url(text: str) -> str:
    """https://www.linkedin.com/in/… of a person. Raises Refused, field "linkedin_url"."""
    host, path = _host_and_path(text)
    found = _LINKEDIN_PERSON.fullmatch(path)
    if found is None or not (host == "linkedin.com" or host.endswith(".linkedin.com")):
        raise _unusable(
            text, "is no LinkedIn profile; paste one like https://www.linkedin.com/in/ana", "linkedin_url"
        )
    slug = unquote(found[1])
    if not re.fullmatch(r"[\w%&'’.-]+", slug):
        raise _unusable(
            text, "is no LinkedIn profile; paste one like https://www.linkedin.com/in/ana", "linkedin_url"
        )
    return f"https://www.linkedin.com/in/{slug}"


def x_handle(text: str) -> str:
    """The handle without @, from a handle or a profile link. Raises Refused, field "x_handle"."""
    return _handle(text, ("x.com", "twitter.com"), r"[A-Za-z0-9_]{1,15}", "x_handle", "X")


def instagram(text: str) -> str:
    """The user name in lower case without @, from a name or a profile link. Raises Refused, field "instagram"."""
    return _handle(
        text, ("instagram.com",), r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_.]{0,29}", "instagram", "Instagram"
    ).lower()


def account_key(company: str, email: str) -> tuple[str, str] | None:
    """(key, name) of the account: the company without its legal form, else the mail domain; free mail gives None."""
    name = " ".join(company.split())
    if key := _company_key(name):
        return key, name
    domain = mail_domain(email)
    return None if not domain or is_free_mail(domain) else (domain, domain)


def _unusable(shown: str, why: str, field: str) -> Refused:
    short = shown.strip()[:60]
    return Refused(f"“{short}” {why}.", field=field)


@lru_cache(maxsize=1)
def _free_mail() -> frozenset[str]:
    return frozenset(data.lines("free_mail"))


@lru_cache(maxsize=1)
def _mailboxes() -> dict[str, str]:
    return {local: kind for kind, local in (line.split() for line in data.lines("mailboxes"))}


def _mailbox_kind(address: str) -> str:
    local = address.strip().lower().rpartition("@")[0].partition("+")[0]
    return _mailboxes().get(local, "")


def _zones_of(number: phonenumbers.PhoneNumber) -> tuple[str, ...]:
    if phonenumbers.number_type(number) in _NOWHERE:
        return ()
    zones = [zone for zone in phone_zones.time_zones_for_number(number) if zone != "Etc/Unknown"]
    if number.country_code == 1:
        zones += _split_codes().get(str(number.national_number)[:3], ())
    return tuple(dict.fromkeys(zones))


@lru_cache(maxsize=1)
def _split_codes() -> dict[str, tuple[str, ...]]:
    rows = (line.split() for line in data.lines("split_area_codes"))
    return {code: tuple(zones) for code, *zones in rows}


def _host_and_path(text: str) -> tuple[str, str]:
    bare = text.strip()[:2000]
    try:
        parts = urlsplit(bare if "://" in bare else f"https://{bare}")
        host = (parts.hostname or "").removesuffix(".").removeprefix("www.")
    except ValueError:
        return "", ""
    return (host, parts.path) if parts.scheme in {"http", "https"} else ("", "")


def _handle(text: str, hosts: tuple[str, ...], shape: str, field: str, network: str) -> str:
    bare = text.strip().removeprefix("@")
    if "/" in bare:
        host, path = _host_and_path(bare)
        bare = path.strip("/").removeprefix("@") if host.removeprefix("mobile.") in hosts else ""
    if not re.fullmatch(shape, bare):
        raise _unusable(text, f"is no {network} name; write it like @acme", field)
    return bare


def _company_key(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold()
    words = re.sub(r"[\W_]+", " ", re.sub(r"[.'’]", "", folded)).split()
    kept = list(words)
    forms = _legal_forms()
    while kept and kept[-1] in forms:
        kept.pop()
    return " ".join(kept or words)


@lru_cache(maxsize=1)
def _legal_forms() -> frozenset[str]:
    return frozenset(form.casefold() for form in data.lines("legal_forms"))
