"""Mails assembled by hand, read back by the standard parser: the same words, and nothing that was not meant."""

from __future__ import annotations

import email
import email.policy
import html.parser
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import errors
from engine.channels import mime

NASTY = [
    "\t",
    " ",
    "  ",
    "=",
    "=?utf-8?q?x?=",
    ".",
    "\x0b",
    "\x1b",
    "\x85",
    "\u2028",
    "\u202e",
    "é",
    "日本",
    "🎉",
    '"',
    "<a@b>",
]
NASTY_LINES = [*NASTY, "\r\n", "\n", "\r", "\0", "--=_", "https://a.example/?x=1&y=2", "x" * 80]
ONE_LINE = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=30)
LINES = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
HEADER_TEXT = st.lists(st.sampled_from(NASTY) | ONE_LINE, max_size=12).map("".join)
BODY = st.lists(st.sampled_from(NASTY_LINES) | LINES, max_size=20).map("".join)
ONLY_HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"),
    *("List-Unsubscribe", "List-Unsubscribe-Post"),
}


def parsed(content):
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert not message.defects
    return message


def part(message, subtype):
    return message.get_body((subtype,)).get_content().replace("\r\n", "\n")


def one_line_end(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


@settings(max_examples=200)
@given(HEADER_TEXT, BODY)
@example("a" * 998, "x")
@example("word " * 150 + "end", "x" * 75 + " \n" + "y" * 76 + "\t")
@example("é" * 500, "é" * 500)
@example(" leading and trailing ", "ends with a space ")
@example("", "")
def test_hostile_words_come_back_unchanged_and_add_no_header(envelope, subject, body):
    subject = subject[:998]
    mail = mime.assemble(envelope(subject=subject, body=body))
    message = parsed(mail.content)

    assert message["Subject"] == subject
    assert set(message.keys()) == ONLY_HEADERS
    assert len(message.keys()) == len(ONLY_HEADERS)
    footer = "Acme, 1 Main Street, Springfield\nUnsubscribe: https://acme.example/u/TOKEN"
    assert part(message, "plain") == f"{one_line_end(body)}\n\n{footer}"
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]


@settings(max_examples=100)
@given(HEADER_TEXT, BODY)
@example("word " * 150 + "end", "x" * 75 + " \n" + "y" * 76 + "\t")
def test_lines_are_as_short_as_mail_wants_them(envelope, subject, body):
    content = mime.assemble(envelope(subject=subject[:998], body=body)).content
    head, rest = content.split(b"\r\n\r\n", 1)

    assert b"\r" not in content.replace(b"\r\n", b"")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert content.isascii()
    assert b"\0" not in content
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert max(map(len, rest.split(b"\r\n"))) <= 76


@settings(max_examples=150)
@given(HEADER_TEXT)
@example('Ana "the boss", CEO <x@y.example>')
@example("Ana\\")
@example("(comment) Ana; :")
@example("Żółć " * 30)
def test_a_hostile_name_stays_a_name(envelope, name):
    name = " ".join(name[:200].split())
    message = parsed(mime.assemble(envelope(to_name=name)).content)

    (address,) = message["To"].addresses
    assert address.addr_spec == "ana@lead.example"
    # The standard parser keeps the space between two encoded-words of a name, against RFC 2047 6.2.
    assert address.display_name.replace(" ", "") == name.replace(" ", "")
    assert len(name.encode()) > 40 or address.display_name == name
    assert set(message.keys()) == ONLY_HEADERS


@pytest.mark.parametrize("poison", ["\r", "\n", "\r\nBcc: all@lead.example", "\0"])
@pytest.mark.parametrize(
    "field",
    ["subject", "to", "to_name", "from_name", "from_address", "reply_to", "message_id", "in_reply_to", "unsubscribe_url"],
)  # fmt: skip
def test_no_header_value_can_break_out(envelope, field, poison):
    value = {"to": "a@b.example", "reply_to": "a@b.example"}.get(field, "text") + poison
    with pytest.raises(errors.Undeliverable) as refused:
        mime.assemble(envelope(**{field: value}))

    assert "line break" in refused.value.reason
    assert "Bcc" not in refused.value.reason


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "x" * 999},
        {"to_name": "x" * 201},
        {"subject": "half \ud83d"},
        {"body": "half \ud83d"},
        {"footer": "half \ud83d"},
        {"message_id": "two words"},
        {"unsubscribe_url": "javascript:alert(1)"},
        {"unsubscribe_url": "https://acme.example/>, <https://evil.example"},
    ],
)
def test_what_cannot_be_written_down_is_refused(envelope, changes):
    with pytest.raises(errors.Undeliverable):
        mime.assemble(envelope(**changes))


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("ana@lead.example", "ana@lead.example"),
        ("Ana.B+x@Lead.example", "Ana.B+x@Lead.example"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@faß.example", "ana@xn--fa-hia.example"),
        ("ana@LEAD。example", "ana@lead.example"),
    ],
)
def test_an_address_goes_out_with_its_domain_in_ascii(envelope, address, wire):
    mail = mime.assemble(envelope(to=address))

    assert mail.recipient == wire
    assert parsed(mail.content)["To"].addresses[0].addr_spec == wire


@pytest.mark.parametrize(
    "address",
    ["", "ana", "@lead.example", "ana@", "ana@@lead.example", "a b@lead.example", "a..b@lead.example", "ána@lead.example",
     "ana@lead_.example", "ana@-lead.example", "ana@lead..example", "<ana@lead.example>", "ana@lead.example> SIZE=1",
     '"a b"@lead.example', "x" * 65 + "@lead.example", "ana@" + "x." * 130 + "example", "ana@\u2060.example",
     "a,b@lead.example"],
)  # fmt: skip
def test_an_address_no_server_takes_is_refused_without_repeating_it(envelope, address):
    with pytest.raises(errors.Undeliverable) as refused:
        mime.assemble(envelope(to=address))

    assert not address or address not in refused.value.reason
    assert not refused.value.dead_address


def test_a_wrong_address_of_our_own_is_a_setting(envelope):
    with pytest.raises(errors.Misconfigured):
        mime.assemble(envelope(from_address="sales"))


def test_a_first_mail_says_who_when_and_how_to_leave(envelope):
    at = datetime(2026, 11, 23, 10, 30, tzinfo=timezone(timedelta(hours=1)))
    message = parsed(mime.assemble(envelope(at=at, reply_to="ana.sales@acme.example")).content)

    assert message["From"] == "Acme <sales@acme.example>"
    assert message["Reply-To"] == "ana.sales@acme.example"
    assert message["Date"].datetime == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert message["Message-ID"] == "<42@acme.example>"
    assert message["List-Unsubscribe"] == "<https://acme.example/u/TOKEN>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["In-Reply-To"] is message["References"] is None


def test_a_mail_without_an_unsubscribe_link_promises_none(envelope):
    message = parsed(mime.assemble(envelope(unsubscribe_url="", footer="")).content)

    assert message["List-Unsubscribe"] is message["List-Unsubscribe-Post"] is None
    assert part(message, "plain") == "Hello Ana,\n\nmay I show you something?"


def test_the_opt_out_link_stands_in_the_footer_once(envelope):
    url = "https://acme.example/u/TOKEN."
    message = parsed(
        mime.assemble(envelope(footer=f"Acme\nNo more mail: {url}", unsubscribe_url=url)).content
    )

    assert part(message, "plain").count(url) == 1
    assert links(part(message, "html")) == {"acme.example/…": url}


@pytest.mark.parametrize(
    ("parent", "earlier", "references"),
    [
        ("<2@x>", (), ["<2@x>"]),
        ("2@x", ("<1@x>", "<2@x>"), ["<1@x>", "<2@x>"]),
        ("<3@x>", ("<1@x>", "<2@x>"), ["<1@x>", "<2@x>", "<3@x>"]),
        ("<b@x>", ("<odd id@x>", "<é@x>", "", "<a@x>"), ["<a@x>", "<b@x>"]),
        ("<99@x>", tuple(f"<{n}@x>" for n in range(99)), ["<0@x>", *(f"<{n}@x>" for n in range(81, 100))]),
    ],
)
def test_a_follow_up_stays_in_its_thread(envelope, parent, earlier, references):
    message = parsed(mime.assemble(envelope(in_reply_to=parent, references=earlier)).content)

    assert message["In-Reply-To"].strip() == references[-1]
    assert message["References"].split() == references


def test_the_same_envelope_gives_the_same_octets(envelope):
    assert mime.assemble(envelope()) == mime.assemble(envelope())


def test_a_body_that_is_mostly_beyond_ascii_costs_base64_and_another_does_not(envelope):
    assert b"Content-Transfer-Encoding: base64" in mime.assemble(envelope(body="日本語" * 50)).content
    assert b"base64" not in mime.assemble(envelope(body="Grüße " * 3 + "plain words " * 50)).content


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.tags, self.images, self._href = {}, [], [], None

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self._href = dict(attrs)["href"]

    def handle_data(self, data):
        if self._href:
            self.found[data] = self._href

    def handle_endtag(self, tag):
        self._href = None


def links(document):
    reader = Links()
    reader.feed(document)
    return reader.found


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("See https://a.example/x.", {"https://a.example/x": "https://t.example/1"}),
        ("See <https://a.example/x>", {"https://a.example/x": "https://t.example/1"}),
        ("(https://a.example/x)", {"https://a.example/x": "https://t.example/1"}),
        ("https://a.example/x/y", {"https://a.example/x/y": "https://a.example/x/y"}),
        ("https://b.example/(z)!", {"https://b.example/(z)": "https://b.example/(z)"}),
        ("www.c.example, too", {"www.c.example": "http://www.c.example"}),
        ("https://d.example/?a=1&b=2", {"https://d.example/?a=1&b=2": "https://t.example/?d=1&e=2"}),
        ("ends? https://e.example/end.", {"https://e.example/end.": "https://t.example/e"}),
        ("javascript://a.example/%0aalert(1)", {}),
        ("mail me at ana@lead.example", {}),
        ("https://", {}),
        ("https://!!!", {}),
        ("https://f.example/a_", {"https://f.example/a_": "https://f.example/a_"}),
    ],
)
def test_links_of_the_body_are_clickable_and_tracked_as_written(envelope, body, expected):
    tracked = {
        "https://a.example/x": "https://t.example/1",
        "https://d.example/?a=1&b=2": "https://t.example/?d=1&e=2",
        "https://e.example/end.": "https://t.example/e",
    }
    message = parsed(
        mime.assemble(envelope(body=body, tracked=tracked, footer="", unsubscribe_url="")).content
    )

    assert links(part(message, "html")) == expected
    assert part(message, "plain") == body


@settings(max_examples=100)
@given(BODY)
@example("<script>alert(1)</script>")
@example('https://a.example/"onclick="x')
def test_no_word_of_the_body_becomes_markup(envelope, body):
    reader = Links()
    reader.feed(
        part(
            parsed(
                mime.assemble(
                    envelope(body=body, subject=body.translate({10: 32, 13: 32, 0: 32})[:998])
                ).content
            ),
            "html",
        )
    )

    allowed = {"html", "head", "meta", "title", "style", "body", "div", "p", "br", "a"}
    assert {tag for tag, _ in reader.tags} <= allowed
    assert {name for tag, attrs in reader.tags if tag == "a" for name in attrs} <= {"href", "style"}
    assert all(re.match(r"https?://", attrs["href"]) for tag, attrs in reader.tags if tag == "a")


def test_paragraphs_pixel_and_language_stand_in_the_html(envelope):
    changes = {
        "body": "One\nline\n\n\nTwo",
        "pixel_url": "https://t.example/o?a=1&b=2",
        "options": {"locale": "de_AT"},
    }
    document = part(parsed(mime.assemble(envelope(**changes)).content), "html")

    assert "<p>One<br>\nline</p>\n<p>Two</p>" in document
    assert '<img src="https://t.example/o?a=1&amp;b=2" width="1" height="1" alt="">' in document
    assert '<html lang="de-AT" dir="ltr">' in document


@pytest.mark.parametrize(
    ("body", "direction"),
    [("שלום Ana", "rtl"), ("123 - مرحبا", "rtl"), ("Hello שלום", "ltr"), ("Grüße", "ltr"), ("«…»", "ltr")],
)
def test_the_direction_of_reading_is_that_of_the_first_letter(envelope, body, direction):
    document = part(parsed(mime.assemble(envelope(body=body)).content), "html")

    assert f'<html dir="{direction}">' in document


def test_a_locale_that_is_none_is_left_out(envelope):
    document = part(parsed(mime.assemble(envelope(options={"locale": 'x"><script>'})).content), "html")

    assert '<html dir="ltr">' in document
