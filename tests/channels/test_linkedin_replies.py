"""LinkedIn's answers and waits: the fact sheet's rows, one by one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from engine import errors
from engine.channels import linkedin_replies, vendor_words
from engine.channels.linkedin_replies import Answer

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def said(message, **more):
    return json.dumps({"status": 400, "message": message, **more}).encode()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(201), errors.Unknown),
        (Answer(201, post_id="<script>"), errors.Unknown),
        (Answer(400, said("commentary is wrong")), errors.Undeliverable),
        (Answer(400, said("A version must be present", code="VERSION_MISSING")), errors.Misconfigured),
        (Answer(401, said("revoked", serviceErrorCode=65601)), errors.TokenRefused),
        (Answer(403), errors.Misconfigured),
        (Answer(404), errors.Misconfigured),
        (Answer(405), errors.Misconfigured),
        (Answer(408), errors.Unknown),
        (Answer(409), errors.Transient),
        (Answer(411), errors.Misconfigured),
        (Answer(422, said("too long")), errors.Undeliverable),
        (Answer(422, said("Content is a duplicate")), errors.Unknown),
        (Answer(426), errors.Misconfigured),
        (Answer(308), errors.Misconfigured),
        (Answer(303), errors.Unknown),
        *((Answer(status), errors.Unknown) for status in (500, 502, 503, 504, 999)),
        (Answer(422, b"\xff\xfe not JSON"), errors.Undeliverable),
        (Answer(422, b"[" * 5000), errors.Undeliverable),
        (Answer(422, b'{"message": {"deep": 1}}'), errors.Undeliverable),
    ],
)
def test_an_answer_stands_for(answer, expected):
    with pytest.raises(errors.ChannelError) as caught:
        linkedin_replies.receipt(answer)

    assert type(caught.value) is expected
    assert not getattr(caught.value, "dead_address", False)


@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_duplicate_that_names_the_first_post_was_sent_already(status):
    receipt = linkedin_replies.receipt(Answer(status, said("Content is a Duplicate of urn:li:share:71.")))

    assert receipt.provider_id == "urn:li:share:71"
    assert receipt.url == "https://www.linkedin.com/feed/update/urn:li:share:71"


def test_a_hostile_error_text_is_cut_cleaned_and_keeps_no_token():
    hostile = "no\r\n\x00\u202eway <!channel> Bearer s3cret " + "x" * 5000
    with pytest.raises(errors.Undeliverable) as caught:
        linkedin_replies.receipt(Answer(422, said(hostile)), secret="s3cret")

    assert caught.value.reason.startswith("LinkedIn refused the post (422): no way <!channel> Bearer … xxx")
    assert len(caught.value.reason) < 250
    assert caught.value.reason.isprintable()


@pytest.mark.parametrize(
    ("header", "again", "at", "wait"),
    [
        ("120", False, NOON, timedelta(seconds=120)),
        ("120", True, NOON, timedelta(seconds=120)),
        ("0", False, NOON, timedelta(seconds=1)),
        ("99999999999999999999", False, NOON, timedelta(days=7)),
        ("Sat, 21 Nov 2026 13:00:00 GMT", False, NOON, timedelta(hours=1)),
        ("Sat, 21 Nov 2020 13:00:00 GMT", False, NOON, timedelta(seconds=1)),
        ("", False, NOON, timedelta(minutes=15)),
        ("", True, NOON, timedelta(hours=12)),
        ("soon", True, NOON, timedelta(hours=12)),
        ("-5", False, NOON, timedelta(minutes=15)),
        ("", False, NOON.replace(hour=23, minute=50), timedelta(minutes=10)),
    ],
)
def test_after_a_429_it_waits(header, again, at, wait):
    error = linkedin_replies.rate_limited(Answer(429, retry_after=header), at, again=again)

    assert error.retry_after == wait


@pytest.mark.parametrize("value", ["", "soon", "1.5", "-1", "٣", "Sat, 99 Nov 2026 13:00:00 GMT"])
def test_a_wait_that_is_none_is_none(value):
    assert vendor_words.retry_after(value, NOON) is None
