"""Every row of the vendor's error table, and answers that no vendor should give."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import errors
from engine.channels import twilio_replies
from engine.channels.vendor_http import Answer

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WAIT = timedelta(seconds=3)
SID = "SM0123456789abcdef0123456789abcdef"
CONFIG, PERMANENT, RATE, UNKNOWN, TRANSIENT = (
    errors.Misconfigured,
    errors.Undeliverable,
    errors.RateLimited,
    errors.Unknown,
    errors.Transient,
)


def judged(status, code=None, headers=None, *, body=None):
    said = {"code": code, "message": "+15557654321 is <!channel> s3cret", "status": status}
    octets = json.dumps(said).encode() if body is None else body
    with pytest.raises(errors.ChannelError) as refused:
        twilio_replies.receipt(Answer(status, headers or {}, octets), NOW, WAIT)
    return refused.value


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, 20003, CONFIG),
        (401, 21610, CONFIG),
        (403, 20003, CONFIG),
        (404, 20404, CONFIG),
        (429, 20429, RATE),
        (400, 20429, RATE),
        (400, 21211, PERMANENT),
        (400, 21212, CONFIG),
        (400, 21214, PERMANENT),
        (400, 21408, PERMANENT),
        (400, 21602, PERMANENT),
        (400, 21603, CONFIG),
        (400, 21604, PERMANENT),
        (400, 21606, CONFIG),
        (400, 21610, PERMANENT),
        (403, 21610, PERMANENT),
        (400, 21611, RATE),
        (400, 21612, PERMANENT),
        (400, 21614, PERMANENT),
        (400, 21617, PERMANENT),
        (400, 21619, PERMANENT),
        (400, 30001, TRANSIENT),
        (400, 30002, CONFIG),
        (400, 30003, TRANSIENT),
        (400, 30004, PERMANENT),
        (400, 30005, PERMANENT),
        (400, 30006, PERMANENT),
        (400, 30007, PERMANENT),
        (400, 30008, TRANSIENT),
        (400, 30022, RATE),
        (400, 30023, RATE),
        (400, 30032, CONFIG),
        (400, 30034, CONFIG),
        (400, 30450, PERMANENT),
        (400, 30610, TRANSIENT),
        (400, 63016, PERMANENT),
        (400, 63017, RATE),
        (400, 63018, RATE),
        (400, 20999, CONFIG),
        (400, 21999, PERMANENT),
        (400, 30999, PERMANENT),
        (400, 63999, PERMANENT),
    ],
)
def test_each_code_has_its_class(status, code, expected):
    error = judged(status, code)

    assert type(error) is expected
    assert getattr(error, "opted_out", False) == ("21610" in error.reason)
    assert getattr(error, "dead_address", False) == (code in {21211, 21614, 30005, 30006})
    assert str(code) in error.reason or str(status) in error.reason
    assert not {"+15557654321", "<!channel>", "s3cret"} & set(error.reason.split())


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (500, 21211, UNKNOWN),
        (500, None, UNKNOWN),
        (502, None, UNKNOWN),
        (503, 20429, UNKNOWN),
        (408, 21211, UNKNOWN),
        (409, None, UNKNOWN),
        (199, None, UNKNOWN),
        (303, None, UNKNOWN),
        (304, None, UNKNOWN),
        (301, None, CONFIG),
        (307, 21211, CONFIG),
        (400, None, CONFIG),
        (400, 99999, CONFIG),
        (400, 10**400, CONFIG),
        (400, "21610", CONFIG),
        (400, True, CONFIG),
        (400, -21610, CONFIG),
        (402, None, CONFIG),
        (403, None, CONFIG),
        (404, None, CONFIG),
        (405, None, CONFIG),
        (413, None, PERMANENT),
        (425, None, TRANSIENT),
        (429, 21610, RATE),
    ],
)
def test_a_status_decides_where_no_code_does(status, code, expected):
    error = judged(status, code)

    assert type(error) is expected
    assert not getattr(error, "opted_out", False)


def test_an_unreachable_phone_says_nothing_about_the_channel():
    assert {code: judged(400, code).of_recipient for code in (30001, 30003, 30008, 30610)} == {
        30001: False,
        30003: True,
        30008: True,
        30610: True,
    }


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "37"}, 37),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:41 GMT"}, 41),
        ({"retry-after": "0"}, 3),
        ({"retry-after": "soon"}, 3),
        ({}, 3),
    ],
)
def test_a_limit_is_waited_for(headers, seconds):
    assert judged(429, 20429, headers).retry_after == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("times", "jitter", "milliseconds"),
    [
        (1, 0.5, 100),
        (1, 0.0, 90),
        (2, 0.5, 200),
        (5, 0.5, 1600),
        (9, 0.5, 25_600),
        (10, 0.5, 30_000),
        (10_000, 0.5, 30_000),
        (0, 0.5, 100),
    ],
)
def test_each_429_in_a_row_doubles_the_wait(times, jitter, milliseconds):
    assert twilio_replies.pause(times, jitter) == timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize(
    ("status", "code", "setting"),
    [
        (401, None, "TWILIO_AUTH_TOKEN"),
        (404, 20404, "TWILIO_ACCOUNT_SID"),
        (400, 21606, "TWILIO_FROM"),
        (301, None, "TWILIO_API_URL"),
    ],
)
def test_a_wrong_setting_is_named(status, code, setting):
    assert setting in judged(status, code).reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ok",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b"{}",
        b'{"sid": null}',
        b'{"sid": 7}',
        b'{"sid": ""}',
        b'{"sid": "SM0123"}',
        b'{"sid": "CA0123456789abcdef0123456789abcdef"}',
        b'{"sid": "SM0123456789abcdef0123456789abcdef\\n"}',
        b'{"sid": "SM0123456789abcdef0123456789abcdeg"}',
        b'{"sid": "SM0123456789abcdef0123456789abcdef"',
        b'{"sid": {"sid": "SM0123456789abcdef0123456789abcdef"}}',
        b'{"status": ["failed"], "sid": 1}',
        b"[" * 16_384,
        b'{"sid": ' + b"9" * 16_000 + b"}",
    ],
)
def test_a_yes_without_a_name_may_mean_sent(body):
    assert type(judged(201, body=body)) is UNKNOWN


@pytest.mark.parametrize("prefix", ["SM", "MM"])
def test_the_receipt_is_twilios_id(prefix):
    body = json.dumps({"sid": prefix + SID[2:], "status": "queued", "error_code": None}).encode()

    assert twilio_replies.receipt(Answer(201, {}, body), NOW, WAIT).provider_id == prefix + SID[2:]


@pytest.mark.parametrize(("code", "expected"), [(None, PERMANENT), (21610, PERMANENT), (30034, CONFIG)])
def test_a_text_that_was_given_up_at_once_was_not_sent(code, expected):
    body = json.dumps({"sid": SID, "status": "failed", "error_code": code}).encode()
    error = judged(201, body=body)

    assert type(error) is expected
    assert getattr(error, "opted_out", False) == (code == 21610)


@given(st.integers(), st.binary(max_size=200), st.integers(min_value=0, max_value=999))
def test_no_answer_raises_anything_else(code, body, status):
    twilio_replies.meaning(code)
    for octets in (body, json.dumps({"code": code}).encode()):
        with pytest.raises(errors.ChannelError) as refused:
            twilio_replies.receipt(Answer(status, {}, octets), NOW, WAIT)
        assert refused.value.reason.endswith(".")
