"""What SMTP replies stand for: the fact sheet's rows, one by one."""

from __future__ import annotations

import pytest

from engine import errors
from engine.channels import smtp_replies

DEAD = (errors.Undeliverable, True)
REFUSED = (errors.Undeliverable, False)
LATER = (errors.Transient, False)
OURS = (errors.Misconfigured, False)
DOUBT = (errors.Unknown, False)


def verdict(error):
    return type(error), getattr(error, "dead_address", False)


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (421, "4.7.0 too many connections", LATER),
        (450, "4.2.1 greylisted", LATER),
        (450, "mailbox busy", LATER),
        (451, "4.7.1 try again in 5 minutes", LATER),
        (452, "4.5.3 too many recipients", LATER),
        (454, "4.7.0 temporary authentication failure", LATER),
        (450, "5.1.1 no such user", LATER),
        (500, "what?", OURS),
        (501, "5.5.4 bad parameters", OURS),
        (501, "5.1.3 bad recipient address syntax", DEAD),
        (502, "not implemented", OURS),
        (503, "5.5.1 bad sequence", OURS),
        (504, "5.5.4 unknown parameter", OURS),
        (530, "5.7.0 authentication required", OURS),
        (534, "5.7.9 mechanism too weak", OURS),
        (535, "5.7.8 bad credentials", OURS),
        (550, "5.1.1 no mailbox", DEAD),
        (550, "5.1.0 address rejected", DEAD),
        (550, "5.1.2 bad host", DEAD),
        (551, "5.1.6 moved", DEAD),
        (556, "5.1.10 null MX", DEAD),
        (553, "5.1.7 bad sender syntax", OURS),
        (550, "5.1.8 sender's domain does not exist", OURS),
        (550, "5.2.1 mailbox disabled", DEAD),
        (552, "5.2.2 mailbox full", LATER),
        (550, "5.2.2 over quota", LATER),
        (552, "mailbox is full", LATER),
        (552, "5.2.3 message too long", REFUSED),
        (552, "5.3.4 message too big", REFUSED),
        (552, "too much mail data", REFUSED),
        (554, "5.3.0 other system trouble", REFUSED),
        (554, "5.4.4 no route", REFUSED),
        (554, "5.6.0 content refused", REFUSED),
        (550, "5.7.1 refused by policy", OURS),
        (550, "5.7.1 user unknown, says the policy", OURS),
        (550, "5.7.26 not authenticated", OURS),
        (550, "5.7.515 access denied", OURS),
        (554, "5.7.15 bulk rules", OURS),
        (550, "User unknown", DEAD),
        (550, "No such user here", DEAD),
        (550, "5.5.0 mailbox not found", DEAD),
        (550, "5.5.0 mailbox unavailable", REFUSED),
        (554, "recipient address rejected: user unknown in local table", DEAD),
        (553, "that mailbox does not exist", DEAD),
        (550, "mailbox unavailable", REFUSED),
        (550, "sender address does not exist", REFUSED),
        (550, "4.2.1 classes that disagree", REFUSED),
        (550, "4.1.1 user unknown", DEAD),
        (551, "user not local", REFUSED),
        (554, "transaction failed", REFUSED),
        (554, "", REFUSED),
        (250, "OK", DOUBT),
        (354, "go on", DOUBT),
        (-1, "not SMTP", DOUBT),
        (699, "from another world", DOUBT),
    ],
)
def test_a_reply_stands_for(code, text, expected):
    assert verdict(smtp_replies.classify(code, text)) == expected


@pytest.mark.parametrize("code", [421, 450, 501, 535, 550, 552, 554])
def test_no_reason_repeats_what_the_server_said(code):
    said = "5.1.1 <ana@lead.example>: AUTH dXNlcjpzZWNyZXQ= see https://mail.example"
    error = smtp_replies.classify(code, said)

    assert not {"ana", "lead.example", "dXNlcjpzZWNyZXQ=", "https"} & set(
        error.reason.replace("@", " ").split()
    )
    assert str(code) in error.reason


@pytest.mark.parametrize(
    ("code", "text", "at_greeting", "at_sender"),
    [
        (550, "5.1.1 unknown", OURS, OURS),
        (554, "no service", OURS, REFUSED),
        (421, "busy", LATER, LATER),
        (552, "5.3.4 too big", OURS, REFUSED),
        (535, "5.7.8 bad login", OURS, OURS),
    ],
)
def test_before_the_recipient_is_named_no_reply_is_about_the_recipient(code, text, at_greeting, at_sender):
    assert verdict(smtp_replies.classify_greeting(code, text)) == at_greeting
    assert verdict(smtp_replies.classify_sender(code, text)) == at_sender
