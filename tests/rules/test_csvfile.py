"""CSV files as CRMs, spreadsheets and hostile people write them."""

from __future__ import annotations

import codecs
import io
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Refused
from engine.rules import csvfile, csvlines
from engine.rules.csvfile import BadLine, Row


def read(content: str | bytes) -> list[Row | BadLine]:
    raw = content.encode() if isinstance(content, str) else content
    return list(csvfile.read(io.BytesIO(raw)))


def only_row(content: str | bytes) -> Row:
    (row,) = read(content)
    assert isinstance(row, Row)
    return row


PLAIN = "Email;First Name;Company\nana@example.com;Zoë;Müller AG\n"


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN.encode(),
        codecs.BOM_UTF8 + PLAIN.encode(),
        codecs.BOM_UTF16_LE + PLAIN.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"),
        PLAIN.encode("cp1252"),
        PLAIN.replace(";", ",").encode(),
        PLAIN.replace(";", "\t").encode(),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.rstrip("\n").encode(),
        ("sep=;\n" + PLAIN).encode(),
        ("\n\n" + PLAIN + "\n;;\n \n").encode(),
    ],
)
def test_the_same_list_is_read_from_every_encoding_and_delimiter(raw: bytes) -> None:
    row = only_row(raw)
    assert (row.email, row.first_name, row.company) == ("ana@example.com", "Zoë", "Müller AG")


def test_one_windows_line_late_in_a_utf8_file_spoils_no_other() -> None:
    raw = (
        b"Email,Name\n"
        + b"a@example.com,Plain\n" * 9_000
        + "é@x,Zoé\n".encode()
        + "b@example.com,Zoé\n".encode("cp1252")
    )
    *_, utf8, windows = csvfile.read(io.BytesIO(raw))
    assert isinstance(utf8, Row)
    assert isinstance(windows, Row)
    assert (utf8.first_name, windows.first_name) == ("Zoé", "Zoé")


HUBSPOT = "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Associated Company,Lead Status,Create Date"
SALESFORCE = "ID,FIRSTNAME,LASTNAME,COMPANY,TITLE,EMAIL,PHONE,MOBILEPHONE,STATUS,LEADSOURCE,HASOPTEDOUTOFEMAIL,DONOTCALL"
APOLLO = "First Name,Last Name,Title,Company,Email,Email Status,Work Direct Phone,Person Linkedin Url,# Employees,Country"
PIPEDRIVE = (
    "Person - Name,Person - Email - Work,Person - Email - Home,Person - Phone - Work,Person - Organization"
)
GOOGLE = "First Name,Last Name,Organization Name,Organization Title,E-mail 1 - Label,E-mail 1 - Value"
LINKEDIN = 'Notes:\n"When exporting your connection data, you may notice, addresses are missing."\n\n'
LINKEDIN += "First Name,Last Name,URL,Email Address,Company,Position,Connected On"


@pytest.mark.parametrize(
    ("header", "line", "expected", "facts"),
    [
        (
            HUBSPOT,
            "7,Ana,Lee,ana@example.com,+49 30 901820,Bo,Acme,NEW,2026-01-02",
            {"first_name": "Ana", "last_name": "Lee", "phone": "+49 30 901820", "company": "Acme"},
            {"external_id": "7", "owner": "Bo", "lead_status": "NEW", "created": "2026-01-02"},
        ),
        (
            SALESFORCE,
            "1,Ana,Lee,Acme,CEO,ana@example.com,+1 202 555 0143,+1 202 555 0144,Open,Web,false,0",
            {"title": "CEO", "phone": "+1 202 555 0143", "opted_out": False},
            {"external_id": "1", "mobile": "+1 202 555 0144", "lead_status": "Open", "lead_source": "Web"},
        ),
        (
            APOLLO,
            "Ana,Lee,CTO,Acme,ana@example.com,Verified,,http://www.linkedin.com/in/ana,51,United States",
            {"guessed": False, "linkedin_url": "http://www.linkedin.com/in/ana", "country": "US"},
            {"employees": "51"},
        ),
        (
            PIPEDRIVE,
            "Ana Maria Lee,,ana@example.com,,Acme",
            {"first_name": "Ana", "last_name": "Maria Lee", "email": "ana@example.com", "company": "Acme"},
            {},
        ),
        (
            GOOGLE,
            "Ana,Lee,Acme,CEO,Work,ana@example.com ::: bo@example.com",
            {"email": "ana@example.com", "title": "CEO"},
            {"e_mail_1_label": "Work"},
        ),
        (
            LINKEDIN,
            "Ana,Lee,https://www.linkedin.com/in/ana,,Acme,CEO,04 Mar 2025",
            {"email": "", "linkedin_url": "https://www.linkedin.com/in/ana", "line": 5},
            {"connected": "04 Mar 2025"},
        ),
        ("Name,Courriel", '"Lee, Ana",ana@example.com', {"first_name": "Ana", "last_name": "Lee"}, {}),
        (
            "Email,Land,Zeit Zone",
            "ana@example.com,Narnia,x",
            {"country": ""},
            {"country": "Narnia", "zeit_zone": "x"},
        ),
        (
            "email,Timezone,Language",
            "a@example.com,Europe/Berlin,de",
            {"zone": "Europe/Berlin", "locale": "de"},
            {},
        ),
    ],
)
def test_the_columns_of_common_exports_are_known(
    header: str, line: str, expected: dict[str, Any], facts: dict[str, str]
) -> None:
    row = only_row(f"{header}\n{line}\n")
    assert {name: getattr(row, name) for name in expected} == expected
    assert row.facts == facts
    assert row.notes == ()


@pytest.mark.parametrize(
    ("column", "cell", "guessed", "opted_out"),
    [
        ("Email Status", "Verified", False, False),
        ("Email Status", "Likely to engage", False, False),
        ("Email Status", "Guessed", True, False),
        ("Email Status", "", True, False),
        ("email_guessed", "yes", True, False),
        ("Guessed", "no", False, False),
        ("Email Opt Out", "1", False, True),
        ("HasOptedOutOfEmail", "FALSE", False, False),
        ("Unsubscribed from all email", "2026-01-01", False, True),
        ("Do Not Call", "", False, False),
        ("Fax Opt-Out", "x", False, True),
        ("Marketing status", "Unsubscribed", False, True),
        ("Marketing status", "Marketing contact", False, False),
        ("SMS Opt Out", "true", False, True),
        ("Do not allow Phone Calls", "Do Not Allow", False, True),
        ("Do not allow Phone Calls", "Allow", False, False),
    ],
)
def test_guessed_addresses_and_opt_outs_are_taken_at_their_word(
    column: str, cell: str, guessed: bool, opted_out: bool
) -> None:
    row = only_row(f"Email,Do Not Contact,{column}\nana@example.com,no,{cell}\n")
    assert (row.guessed, row.opted_out) == (guessed, opted_out)


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("=HYPERLINK(1)", "HYPERLINK(1)"),
        ("@SUM(1)", "SUM(1)"),
        ("+-=cmd|x", "cmd|x"),
        ("-5%", "-5%"),
        ("+12", "+12"),
        ("safe = sound", "safe = sound"),
        ("a\u202eb\u200bc\x07", "abc"),
    ],
)
def test_a_formula_becomes_plain_text_and_is_noted(cell: str, kept: str) -> None:
    row = only_row(f'Email,Company,Remark\nana@example.com,"{cell}","{cell}"\n')
    assert (row.company, row.facts["remark"]) == (kept, kept)
    assert bool(row.notes) is (cell[0] in "=@+-" and cell != kept)


@pytest.mark.parametrize("cell", ["4.41E+11", "4,41E+11", "'+49 30 901820", "#ERROR!", "=49+30"])
def test_a_phone_that_a_spreadsheet_changed_costs_the_cell_and_not_the_row(cell: str) -> None:
    row = only_row(f'Email,Phone\nana@example.com,"{cell}"\n')
    assert (row.email, row.phone) == ("ana@example.com", "")
    assert "Phone" in row.notes[0]


GOOD = "ana@example.com,Ana,Acme,tea\n"


@pytest.mark.parametrize(
    ("middle", "reason", "extra"),
    [
        (b"x" * 1_000_000 + b",Bo,Acme,tea\n", "longer than", 0),
        (b'bo@example.com,Bo,Acme,"' + b"x" * 1_000_000 + b'"\n', "longer than", 0),
        (b"bo@example.com," + b"x" * 501 + b",Acme,tea\n", "501 characters in Name", 0),
        (b"bo@example.com,B\0o,Acme,tea\n", "binary", 0),
        (b",Bo,Acme,tea\n", "no address", 0),
        (b"Grand Totals (2 records),,,\n", "footer", 0),
        (b'"Copyright (c) 2026 Acme, Inc."\n', "footer", 0),
        (b"bo@example.com,Bo,Acme,tea,more,cells\n", "6 cells for 4 columns", 0),
        (b'bo@example.com,"Bo,Acme,tea\n', "not closed", 0),
        (
            b'"bo@example.com,Bo,Acme,tea\n' + GOOD.encode() * 3 + b'cy@example.com,"Cy",Acme,tea\n',
            "not closed",
            4,
        ),
        (b'bo@example.com,"Bo\n' + b",x\n" * 150, "not closed", None),
    ],
)
def test_a_bad_line_is_named_and_costs_nothing_else(middle: bytes, reason: str, extra: int | None) -> None:
    rows = read(b"Email,Name,Company,Notes\n" + GOOD.encode() + middle + GOOD.encode() * 2)
    first, bad, *rest = rows
    assert isinstance(first, Row)
    assert isinstance(bad, BadLine)
    assert bad.line == 3
    assert reason in bad.reason
    good = [row for row in rest if isinstance(row, Row)]
    assert len(good) == 2 + (extra or 0)
    assert extra is None or len(rest) == len(good)
    last_line = 2 + middle.count(b"\n") + 2
    assert [row.line for row in good[-2:]] == [last_line - 1, last_line]


def test_a_note_over_several_lines_is_one_record_and_lines_are_counted_on() -> None:
    rows = read('Email,Notes,City\na@example.com,"one\n""two""\nthree, four",Rome\nb@example.com,x,Bonn\n')
    assert [(row.line, row.facts["city"]) for row in rows if isinstance(row, Row)] == [
        (2, "Rome"),
        (5, "Bonn"),
    ]
    assert isinstance(rows[0], Row)
    assert rows[0].facts["notes"] == 'one\n"two"\nthree, four'


def test_a_fact_that_is_too_long_is_left_out_and_noted() -> None:
    row = only_row("Email,Notes\nana@example.com," + "x" * 2_001 + "\n")
    assert row.facts == {}
    assert "2,001" in row.notes[0]


def test_at_most_forty_unknown_columns_with_short_clean_names_are_kept() -> None:
    names = [f"My Field #{n} {'x' * 60}" for n in range(60)]
    row = only_row("Email," + ",".join(names) + "\nana@example.com" + ",v" * 60 + "\n")
    assert len(row.facts) == 40
    assert all(len(name) <= 40 and name.isidentifier() for name in row.facts)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n \n\n", "empty"),
        (b"Email,Name\n", "no rows"),
        (b"Email,Name\n,,\n\n", "no rows"),
        (b"Name,Company\nAna,Acme\n", "Found: Name, Company."),
        (b"Name,Attending\nAna,x\n", "Found: Name, Attending."),
        (b"ana@example.com,Ana\n", "Found: ana@example.com, Ana."),
        (b"PK\x03\x04" + bytes(range(256)) * 40, "does not look like a CSV"),
        (b"\x89PNG\r\n\x1a\n" + b"\x01\x02\x03" * 100, "does not look like a CSV"),
        ("Email\na@b.c\n".encode("utf-16-le"), "does not look like a CSV"),
    ],
)
def test_a_file_that_is_no_list_of_people_is_refused_in_one_sentence(content: bytes, words: str) -> None:
    with pytest.raises(Refused) as refusal:
        read(content)
    assert words in refusal.value.sentence


def test_memory_stays_flat_over_long_files_and_endless_lines() -> None:
    long = b"Email,Name\n" + b"ana@example.com,Ana\n" * 20_000
    wide = b"Email,Name\n" + b'a@example.com,"' + b"x" * 4_000_000 + b"\nb@example.com,Bo\n"
    for raw in (long, wide):
        stream = io.BytesIO(raw)
        tracemalloc.start()
        for _ in csvfile.read(stream):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1_500_000


def test_a_file_full_of_open_quotes_is_read_in_bounded_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csvlines, "MAX_REWINDS", 5)
    rows = read("Email,Name\n" + 'x","\n' * 5_000)
    assert all(isinstance(row, BadLine) for row in rows)
    assert len(rows) < 100
    assert isinstance(rows[-2], BadLine)
    assert "were left out" in rows[-2].reason


pieces = st.sampled_from(
    [
        "Email",
        "Name",
        "a@example.com",
        ",",
        ";",
        "\t",
        "\n",
        "\r\n",
        '"',
        '""',
        "é",
        "=",
        "\0",
        " ",
        "x" * 600,
    ]
)


@settings(max_examples=200)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(pieces, max_size=40).map(lambda found: ("Email,Name\n" + "".join(found)).encode()),
    )
)
def test_any_bytes_give_rows_in_order_or_a_refusal(raw: bytes) -> None:
    try:
        rows = read(raw)
    except Refused:
        return
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))
    assert len(lines) <= raw.count(b"\n") + raw.count(b"\r") + 1


@pytest.mark.parametrize(
    ("cell", "kept"), [("24601", "24601"), ("ada.lovelace-1", "ada.lovelace-1"), ("ada lovelace", "")]
)
def test_a_messenger_id_is_what_the_form_takes_too(cell: str, kept: str) -> None:
    row = only_row(f"Email,Messenger,Instagram,WhatsApp,X\nana@example.com,{cell},@ana,+49 30 901820,@ana\n")
    assert (row.messenger_id, row.instagram, row.whatsapp, row.x_handle) == (
        kept,
        "@ana",
        "+49 30 901820",
        "@ana",
    )
    assert bool(row.notes) == (not kept)
