"""Every row of the vendor's error table, and answers that no vendor should give."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import errors
from engine.channels import facebook_replies
from engine.channels.vendor_http import Answer

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TOKEN = "EAAB0123456789s3cret"
CONFIG, PERMANENT, RATE, UNKNOWN, TRANSIENT = (
    errors.Misconfigured,
    errors.Undeliverable,
    errors.RateLimited,
    errors.Unknown,
    errors.Transient,
)


def judged(status, code=None, subcode=None, headers=None, *, body=None, **said):
    error = {"message": f"<!channel> {TOKEN} hm", "type": "OAuthException", "code": code, "fbtrace_id": "A"}
    error |= ({"error_subcode": subcode} if subcode is not None else {}) | said
    octets = json.dumps({"error": error}).encode() if body is None else body
    with pytest.raises(errors.ChannelError) as refused:
        facebook_replies.receipt(Answer(status, headers or {}, octets), NOW, (TOKEN,))
    return refused.value


@pytest.mark.parametrize(
    ("code", "subcode", "expected"),
    [
        (190, None, CONFIG),
        (190, 463, CONFIG),
        (10, None, CONFIG),
        (200, None, CONFIG),
        (230, None, CONFIG),
        (299, None, CONFIG),
        (100, None, PERMANENT),
        (506, None, UNKNOWN),
        (368, None, CONFIG),
        (368, 1390008, CONFIG),
        (368, 1346003, PERMANENT),
        (100, 1366046, PERMANENT),
        (100, 1366051, PERMANENT),
        (200, 1404078, CONFIG),
        (368, 1404102, PERMANENT),
        (100, 1609008, PERMANENT),
        (2061006, None, PERMANENT),
        (4, None, RATE),
        (17, None, RATE),
        (32, None, RATE),
        (613, None, RATE),
        (80001, None, RATE),
        (1, None, UNKNOWN),
        (2, None, UNKNOWN),
        (100, 1363047, UNKNOWN),
        (1609010, None, UNKNOWN),
        (100, 33, CONFIG),
        (100, 4, PERMANENT),
        (300, None, CONFIG),
        (2500, None, CONFIG),
        (1999999, None, PERMANENT),
        (100, 1999999, PERMANENT),
    ],
)
@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_each_code_has_its_class_whatever_the_status(status, code, subcode, expected):
    error = judged(status, code, subcode)

    assert type(error) is expected
    assert str(subcode or code) in error.reason
    assert TOKEN not in error.reason


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (500, 190, UNKNOWN),
        (500, 1, UNKNOWN),
        (503, 4, UNKNOWN),
        (502, None, UNKNOWN),
        (408, 100, UNKNOWN),
        (409, None, UNKNOWN),
        (199, None, UNKNOWN),
        (303, None, UNKNOWN),
        (304, None, UNKNOWN),
        (307, 100, CONFIG),
        (301, None, CONFIG),
        (400, None, CONFIG),
        (400, "506", CONFIG),
        (400, True, CONFIG),
        (400, -4, CONFIG),
        (400, 10**400, CONFIG),
        (401, None, CONFIG),
        (404, None, CONFIG),
        (413, None, PERMANENT),
        (425, None, TRANSIENT),
        (429, None, RATE),
        (429, 2, RATE),
        (429, 506, UNKNOWN),
        (429, 190, CONFIG),
    ],
)
def test_a_status_decides_where_no_code_does(status, code, expected):
    assert type(judged(status, code)) is expected


@pytest.mark.parametrize(("code", "expected"), [(None, UNKNOWN), (100, UNKNOWN), (2500, UNKNOWN), (4, RATE)])
def test_what_calls_itself_temporary_leaves_doubt(code, expected):
    assert type(judged(400, code, is_transient=True)) is expected


@pytest.mark.parametrize("code", [10, 200, 230, 299])
def test_a_missing_permission_is_named(code):
    assert f"permission or a role there ({code})." in judged(403, code).reason


def test_a_missing_proof_is_a_setting():
    error = judged(400, 100, message="API calls from the server require an appsecret_proof argument")

    assert type(error) is CONFIG
    assert "FACEBOOK_APP_SECRET" in error.reason


def test_a_refused_post_is_explained_in_facebooks_words_to_a_person():
    assert judged(400, 100).reason.endswith("(100): <!channel> … hm")
    error = judged(400, 100, error_user_msg="The\nlink is\u202e broken. " + "x" * 500)
    assert "The link is broken. xxx" in error.reason
    assert len(error.reason) < 260
    assert judged(400, 100, message=["?"]).reason == "Facebook refused the post (100)."


USAGE, PAGE_USAGE, APP = "x-business-use-case-usage", "x-page-usage", "x-app-usage"
REGAIN = "estimated_time_to_regain_access"


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({}, 60),
        ({APP: json.dumps({"call_count": 100, "total_time": 25})}, 60),
        ({USAGE: json.dumps({"1": [{"type": "pages", REGAIN: 19}]})}, 19),
        ({USAGE: json.dumps({"1": [{REGAIN: 0}, {REGAIN: 3}], "2": [{REGAIN: 7}]})}, 7),
        ({PAGE_USAGE: json.dumps({REGAIN: 5}), APP: json.dumps({REGAIN: 11})}, 11),
        ({"retry-after": "120"}, 2),
        ({"retry-after": "120", APP: json.dumps({REGAIN: 11})}, 11),
        ({"retry-after": "9999999"}, 1440),
        ({USAGE: json.dumps({"1": [{REGAIN: 99999}]})}, 1440),
        ({USAGE: json.dumps({"1": [{REGAIN: float("infinity")}]})}, 1440),
        ({USAGE: json.dumps({"1": [{REGAIN: float("nan")}]})}, 60),
        ({USAGE: json.dumps({"1": [{REGAIN: -4}, 7, None]})}, 60),
        ({USAGE: json.dumps({"1": [{REGAIN: "9"}]})}, 60),
        ({USAGE: '{"1": {"x": 1}}'}, 60),
        ({USAGE: "[" * 100_000}, 60),
        ({USAGE: "soon"}, 60),
    ],
)
def test_a_limit_is_waited_for(headers, minutes):
    assert judged(400, 32, headers=headers).retry_after == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("said", "id_", "url"),
    [
        ({"id": "1_2"}, "1_2", "https://www.facebook.com/1_2"),
        ({"id": "5", "post_id": "1_2"}, "1_2", "https://www.facebook.com/1_2"),
        ({"id": "1_2", "permalink_url": "https://www.facebook.com/1/posts/2"}, "1_2", "https://www.facebook.com/1/posts/2"),
        ({"id": "1_2", "permalink_url": "https://www.facebook.com@evil.example/"}, "1_2", "https://www.facebook.com/1_2"),
        ({"id": "1_2", "permalink_url": "https://notfacebook.com/"}, "1_2", "https://www.facebook.com/1_2"),
        ({"id": "1_2", "permalink_url": "javascript:alert(1)"}, "1_2", "https://www.facebook.com/1_2"),
        ({"id": "1_2", "permalink_url": 7}, "1_2", "https://www.facebook.com/1_2"),
        ({"id": "1_2", "permalink_url": "https://www.facebook.com/" + "x" * 999}, "1_2", "https://www.facebook.com/1_2"),
    ],
)  # fmt: skip
def test_a_receipt_names_the_post_and_where_it_stands(said, id_, url):
    receipt = facebook_replies.receipt(Answer(200, {}, json.dumps(said).encode()), NOW)

    assert (receipt.provider_id, receipt.url) == (id_, url)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"<html>",
        b"[" * 100_000,
        b'{"id": 7}',
        b'{"id": "7"}',
        b'{"id": "1_2\\n"}',
        b'{"id": "1_2/../3"}',
        b'{"id": "5", "post_id": null}',
        b'{"error": {"code": 190}}',
    ],
)
def test_a_yes_without_a_name_leaves_doubt(body):
    assert type(judged(200, body=body)) is UNKNOWN


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5
)
FIELDS = st.sampled_from(["code", "error_subcode", "message", "is_transient", "error_user_msg"])


@given(st.integers(300, 599), JSON | st.dictionaries(FIELDS, JSON))
def test_nothing_a_vendor_says_breaks_us(status, said):
    answer = Answer(status, {}, json.dumps({"error": said}).encode())
    with pytest.raises(errors.ChannelError) as refused:
        facebook_replies.receipt(answer, NOW)

    assert refused.value.reason.isprintable()
