"""What people type as an address, one table per function; hostile text is a value or a refusal, never a crash."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Refused
from engine.rules import addresses, countries


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("ana@example.com", "ana@example.com"),
        (" Ana.Lee+x@ACME.example ", "Ana.Lee+x@acme.example"),
        ("ana@bücher.de", "ana@xn--bcher-kva.de"),
        ("o'neil@acme.test", "o'neil@acme.test"),
        ("x" * 64 + "@acme.com", "x" * 64 + "@acme.com"),
    ],
)
def test_an_address_keeps_its_local_part(text: str, wire: str) -> None:
    assert addresses.email_address(text) == wire


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "ana@",
        "@acme.com",
        "ana@acme",
        "ana@test",
        "a na@acme.com",
        "ana@acme.com, bo@acme.com",
        "ana@acme.com\nBcc: bo@acme.com",
        "Ana <ana@acme.com>",
        '"ana lee"@acme.com',
        "ana@[127.0.0.1]",
        "ana@localhost",
        "ana@acme.invalid",
        "ana..lee@acme.com",
        "änä@acme.com",
        "x" * 65 + "@acme.com",
        "=ana@acme.com|calc",
        "x" * 100_000 + "@acme.com",
    ],
)
def test_an_unusable_address_is_refused_beside_its_field(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        addresses.email_address(text)
    assert refusal.value.field == "email"
    assert len(refusal.value.sentence) < 150


PARSERS: list[Callable[[str], object]] = [
    addresses.email_address,
    addresses.phone,
    addresses.linkedin_url,
    addresses.x_handle,
    addresses.instagram,
    addresses.identity_key,
    addresses.merge_key,
    lambda text: addresses.account_key(text, text),
    lambda text: addresses.phone(text, text),
]


@settings(max_examples=150)
@given(
    st.one_of(st.text(), st.from_regex(r"(https?://)?[\w.@\[\]:%-]{1,20}(/[\w%]+)*")),
    st.sampled_from(PARSERS),
)
def test_any_text_is_read_or_refused(text: str, parse: Callable[[str], object]) -> None:
    with contextlib.suppress(Refused):
        parse(text)


@pytest.mark.parametrize(
    ("one", "other", "one_mailbox", "one_person"),
    [
        ("Ana.Lee+news@gmail.com", "analee@googlemail.com", True, False),
        ("analee@gmail.com", "analee@googlemail.com", True, True),
        ("ana@acme.com", "Ana@ACME.com", True, True),
        ("ana.lee@acme.com", "analee@acme.com", False, False),  # dots count outside gmail.com
        ("ana+x@acme.com", "ana@acme.com", False, False),
        ("ana+x@outlook.com", "ana@outlook.com", True, False),
        ("ana+x@hotmail.co.uk", "ana@hotmail.co.uk", True, False),
        ("a.na@outlook.com", "ana@outlook.com", False, False),
        ("ana+x@me.com", "ana@icloud.com", True, False),
        ("ana+x@fastmail.fm", "ana@fastmail.fm", True, False),
        ("ana@pm.me", "ana@protonmail.com", True, False),
        ("+@gmail.com", "@gmail.com", False, False),
    ],
)
def test_blocking_folds_generously_and_merging_hardly(
    one: str, other: str, one_mailbox: bool, one_person: bool
) -> None:
    assert (addresses.identity_key(one) == addresses.identity_key(other)) is one_mailbox
    assert (addresses.merge_key(one) == addresses.merge_key(other)) is one_person


@given(st.emails())
def test_what_merges_also_blocks_and_both_keys_are_stable(address: str) -> None:
    identity, merge = addresses.identity_key(address), addresses.merge_key(address)
    assert addresses.identity_key(merge) == identity == addresses.identity_key(identity)
    assert addresses.merge_key(merge) == merge


@pytest.mark.parametrize(
    ("address", "never", "role"),
    [
        ("abuse@acme.com", True, False),
        ("No-Reply+7@acme.com", True, False),
        ("postmaster@acme.com", True, False),
        ("info@acme.com", False, True),
        ("Sales@acme.com", False, True),
        ("ana@acme.com", False, False),
        ("informatics@acme.com", False, False),
        ("", False, False),
    ],
)
def test_mailboxes_of_a_function_are_told_from_people(address: str, never: bool, role: bool) -> None:
    assert (addresses.is_never_mailed(address), addresses.is_role(address)) == (never, role)


@pytest.mark.parametrize(
    ("text", "country", "e164", "zones"),
    [
        ("+49 30 901820", "", "+4930901820", ("Europe/Berlin",)),
        ("0049 30 901820", "", "+4930901820", ("Europe/Berlin",)),
        ("030 901820", "Deutschland", "+4930901820", ("Europe/Berlin",)),
        ("(202) 555-0143 ext. 7", "US", "+12025550143", ("America/New_York",)),
        (
            "447911123456",
            "UK",
            "+447911123456",
            ("Europe/Guernsey", "Europe/Isle_of_Man", "Europe/Jersey", "Europe/London"),
        ),
        ("+1 850 432 1234", "", "+18504321234", ("America/Chicago", "America/New_York")),  # the code is split
        ("+1 928 555 0143", "", "+19285550143", ("America/Phoenix", "America/Denver")),
        ("+1 800 555 0100", "", "+18005550100", ()),  # toll-free: nowhere
    ],
)
def test_a_phone_number_and_every_zone_it_may_be_in(
    text: str, country: str, e164: str, zones: tuple[str, ...]
) -> None:
    number, found = addresses.phone(text, country)
    assert (number, set(found)) == (e164, set(zones))
    assert all(ZoneInfo(zone) for zone in found)


@pytest.mark.parametrize(
    "text",
    ["", "4.41E+11", "4,41e11", "'+442079460018", "020 7946 0018", "+1 555", "call me", "+" + "1" * 500],
)
def test_a_phone_number_that_cannot_be_called_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        addresses.phone(text)
    assert refusal.value.field == "phone"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://www.linkedin.com/in/ana-lee/?trk=x", "https://www.linkedin.com/in/ana-lee"),
        ("de.linkedin.com/in/ana-lee", "https://www.linkedin.com/in/ana-lee"),
        ("LinkedIn.com/in/J%C3%BCrgen/en", "https://www.linkedin.com/in/Jürgen"),
        ("linkedin.com/company/acme", None),
        ("https://linkedin.com.evil.example/in/ana", None),
        ("https://evillinkedin.com/in/ana", None),
        ("javascript://linkedin.com/in/ana", None),
        ("https://www.linkedin.com/in/%0a%3Cscript%3E", None),
        ("https://[::1/in/ana", None),
        ("ana-lee", None),
    ],
)
def test_a_linkedin_profile_has_one_spelling(text: str, url: str | None) -> None:
    assert _or_none(addresses.linkedin_url, text) == url


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("@Acme_1", "Acme_1"),
        ("https://x.com/acme?s=20", "acme"),
        ("twitter.com/@acme/", "acme"),
        ("mobile.twitter.com/acme", "acme"),
        ("https://x.com/acme/status/1", None),
        ("https://evil.example/acme", None),
        ("a" * 16, None),
        ("acme.co", None),
        ("", None),
    ],
)
def test_an_x_handle_comes_without_its_decoration(text: str, handle: str | None) -> None:
    assert _or_none(addresses.x_handle, text) == handle


@pytest.mark.parametrize(
    ("text", "name"),
    [("@Ana.Lee", "ana.lee"), ("https://www.instagram.com/ana/", "ana"), ("a..b", None), ("ana lee", None)],
)
def test_an_instagram_name_comes_in_lower_case(text: str, name: str | None) -> None:
    assert _or_none(addresses.instagram, text) == name


@pytest.mark.parametrize(
    ("company", "email", "account"),
    [
        ("Acme GmbH & Co. KG", "", ("acme", "Acme GmbH & Co. KG")),
        (" ACME,  Inc. ", "ana@gmail.com", ("acme", "ACME, Inc.")),
        ("Dupont S.A.R.L.", "", ("dupont", "Dupont S.A.R.L.")),
        ("Ｏ'Ｎeil Ltd", "", ("oneil", "Ｏ'Ｎeil Ltd")),
        ("Limited", "", ("limited", "Limited")),
        ("", "ana@Acme.example", ("acme.example", "acme.example")),
        ("…", "ana@acme.example", ("acme.example", "acme.example")),
        ("", "ana@gmail.com", None),
        ("", "", None),
    ],
)
def test_an_account_is_the_company_else_the_mail_domain(
    company: str, email: str, account: tuple[str, str] | None
) -> None:
    assert addresses.account_key(company, email) == account


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("de", "DE"),
        ("Germany", "DE"),
        ("ALLEMAGNE", "DE"),
        ("USA", "US"),
        ("UK", "GB"),
        ("España", "ES"),
        ("Narnia", ""),
        ("", ""),
    ],
)
def test_a_country_is_known_by_code_and_by_name(text: str, code: str) -> None:
    assert countries.code(text) == code


def _or_none(parse: Callable[[str], str], text: str) -> str | None:
    try:
        return parse(text)
    except Refused:
        return None
