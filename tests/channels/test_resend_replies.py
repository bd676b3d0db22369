"""Every row of the vendor's error table, and answers that no vendor should give."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from engine import errors
from engine.channels import resend_replies
from engine.channels.vendor_http import Answer

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CONFIG, PERMANENT, RATE, UNKNOWN, TRANSIENT = (
    errors.Misconfigured,
    errors.Undeliverable,
    errors.RateLimited,
    errors.Unknown,
    errors.Transient,
)


def judged(status, name="", headers=None, *, body=None):
    said = {"statusCode": status, "name": name, "message": "ana@lead.example is <!channel> re_s3cret"}
    octets = json.dumps(said).encode() if body is None else body
    with pytest.raises(errors.ChannelError) as refused:
        resend_replies.receipt(Answer(status, headers or {}, octets), NOW)
    return refused.value


@pytest.mark.parametrize(
    ("status", "name", "expected"),
    [
        (400, "invalid_idempotency_key", CONFIG),
        (400, "validation_error", CONFIG),
        (401, "missing_api_key", CONFIG),
        (401, "restricted_api_key", CONFIG),
        (403, "invalid_api_key", CONFIG),
        (403, "validation_error", CONFIG),
        (404, "not_found", CONFIG),
        (405, "method_not_allowed", CONFIG),
        (409, "invalid_idempotent_request", UNKNOWN),
        (409, "concurrent_idempotent_requests", UNKNOWN),
        (422, "missing_required_field", PERMANENT),
        (422, "invalid_parameter", PERMANENT),
        (422, "invalid_attachment", PERMANENT),
        (422, "invalid_from_address", PERMANENT),
        (422, "invalid_access", PERMANENT),
        (422, "invalid_region", PERMANENT),
        (429, "rate_limit_exceeded", RATE),
        (429, "daily_quota_exceeded", CONFIG),
        (429, "monthly_quota_exceeded", CONFIG),
        (451, "security_error", PERMANENT),
        (500, "application_error", UNKNOWN),
        (500, "internal_server_error", UNKNOWN),
        (502, "", UNKNOWN),
        (503, "", UNKNOWN),
        (409, "", UNKNOWN),
        (408, "", TRANSIENT),
        (413, "", PERMANENT),
        (402, "", CONFIG),
        (307, "", CONFIG),
        (303, "", UNKNOWN),
        (304, "", UNKNOWN),
        (199, "", UNKNOWN),
        (429, "", RATE),
        (422, "daily_quota_exceeded", PERMANENT),
        (500, "daily_quota_exceeded", UNKNOWN),
        (400, "invalid_api_key", CONFIG),
    ],
)
def test_each_error_has_its_class(status, name, expected):
    error = judged(status, name)

    assert type(error) is expected
    assert not getattr(error, "dead_address", False)
    assert str(status) in error.reason
    assert not {"ana", "channel", "s3cret"} & set(error.reason.replace("@", " ").replace("_", " ").split())


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "37"}, 37),
        ({"retry-after": "37", "ratelimit-reset": "2"}, 37),
        ({"ratelimit-reset": "12"}, 12),
        ({"retry-after": "soon", "ratelimit-reset": "12"}, 12),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:41 GMT"}, 41),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "-5"}, 10),
        ({"retry-after": "9" * 4000}, 7 * 86_400),
        ({}, 10),
    ],
)
def test_a_limit_is_waited_for_to_the_second(headers, seconds):
    assert judged(429, "rate_limit_exceeded", headers).retry_after == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("status", "name", "setting"),
    [
        (401, "missing_api_key", "RESEND_API_KEY"),
        (403, "invalid_api_key", "RESEND_API_KEY"),
        (403, "validation_error", "MAIL_FROM"),
        (404, "not_found", "RESEND_API_URL"),
        (301, "", "RESEND_API_URL"),
    ],
)
def test_a_wrong_setting_is_named(status, name, setting):
    assert setting in judged(status, name).reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ok",
        b"<html>",
        b"\xff\xfe\x00",
        b"null",
        b"[]",
        b'"id"',
        b"{}",
        b'{"id": null}',
        b'{"id": 7}',
        b'{"id": ""}',
        b'{"id": ["49a3999c"]}',
        b'{"id": {"id": "49a3999c"}}',
        b'{"id": "49a3999c\\n"}',
        b'{"id": "<https://evil.example>"}',
        b'{"id": "%s"}' % (b"x" * 101),
        b'{"data": [{"id": "49a3999c"}]}',
        b'{"id": "49a3999c"',
        b"[" * 16_384,
        b'{"id": ' + b"9" * 16_000 + b"}",
    ],
)
def test_a_yes_without_a_name_may_mean_sent(body):
    assert type(judged(200, body=body)) is errors.Unknown


@pytest.mark.parametrize("body", [b"", b"<html>", b"null", b'{"name": 7}', b'{"name": null}', b"[" * 16_384])
def test_a_refusal_without_words_is_judged_by_its_status(body):
    found = [type(judged(status, body=body)) for status in (400, 409, 422, 429, 500)]

    assert found == [CONFIG, UNKNOWN, PERMANENT, RATE, UNKNOWN]


def test_the_receipt_is_resends_id():
    answer = Answer(200, {}, b'{"id": "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794", "object": "email"}')

    assert resend_replies.receipt(answer, NOW).provider_id == "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"
