"""SMTP_URL: what it may look like and what it never gives away."""

from __future__ import annotations

import pytest

from engine import errors
from engine.channels import smtp_server
from engine.channels.smtp_server import Server, Tls


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", Server("mail.example", 25, Tls.OFFERED)),
        ("smtp://127.0.0.1:1025?tls=off", Server("127.0.0.1", 1025, Tls.OFF)),
        ("smtp://[::1]:1025", Server("::1", 1025, Tls.OFFERED)),
        ("smtp://mail.example/?starttls=required", Server("mail.example", 587, Tls.REQUIRED)),
        ("smtp+starttls://mail.example:2525", Server("mail.example", 2525, Tls.REQUIRED)),
        ("smtps://mail.example", Server("mail.example", 465, Tls.IMPLICIT)),
        ("smtps://a%40b:p%2F%3A%23@mail.example", Server("mail.example", 465, Tls.IMPLICIT, "a@b", "p/:#")),
        ("smtp://user:secret@mail.example", Server("mail.example", 587, Tls.REQUIRED, "user", "secret")),
        ("smtp://user:secret@localhost:25", Server("localhost", 25, Tls.OFFERED, "user", "secret")),
    ],
)
def test_a_url_is_read_as(url, expected):
    assert smtp_server.read(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example:25",
        "http://user:secret@mail.example",
        "smtp://",
        "smtp://mail.example:port",
        "smtp://mail.example:99999",
        "smtp://user:se/cret@mail.example",
        "smtp://user:secret@mail.example?tls=off",
        "smtp://mail.example?tls=on",
        "smtp://mail.example?timeout=3",
        "smtp://mail.example?tls=off&starttls=required",
        "smtps://mail.example?tls=off",
        "smtp+starttls://mail.example?tls=off",
        "smtp://[::1",
    ],
)
def test_a_url_that_cannot_be_meant_is_refused_without_being_shown(url):
    with pytest.raises(errors.Misconfigured) as refused:
        smtp_server.read(url)

    assert refused.value.reason.startswith("SMTP_URL cannot be used")
    assert "cret" not in refused.value.reason


def test_a_password_is_not_in_the_printed_form():
    assert "secret" not in repr(smtp_server.read("smtps://user:secret@mail.example"))
