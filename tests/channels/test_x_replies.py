"""X's answers to a new post, word by word."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from channels import x_server

from engine import errors
from engine.channels import x_replies
from engine.channels.vendor_http import Answer

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
CAPPED = {"title": "UsageCapExceeded", "type": "https://api.twitter.com/2/problems/usage-capped"}


def answered(status, said=None, **headers):
    body = said if isinstance(said, bytes) else json.dumps(said or {}).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def unix(wait):
    return str(round((NOW + wait).timestamp()))


def test_the_id_counts_even_beside_errors():
    said = {"data": {"id": "1445880548472328192", "text": "x"}, "errors": [{"title": "Partial"}]}
    assert x_replies.posted(answered(200, said), NOW) == "1445880548472328192"


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[" * 9000,
        {},
        {"data": []},
        {"data": {"id": 7}},
        {"data": {"id": "7\n"}},
        {"data": {"id": "../7"}},
    ],
)
def test_a_yes_without_an_id_is_in_doubt(said):
    with pytest.raises(errors.Unknown, match="did not name it"):
        x_replies.posted(answered(201, said), NOW)


@pytest.mark.parametrize(
    "said",
    [
        x_server.DUPLICATE,
        {"errors": [{"code": 187, "message": "Status is a duplicate."}]},
        {"errors": [{"code": 187, "message": ""}]},
    ],
)
def test_a_duplicate_is_told_from_other_refusals(said):
    with pytest.raises(x_replies.Duplicate):
        x_replies.posted(answered(403, said), NOW)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, timedelta(minutes=15)),
        ({"x_rate_limit_reset": unix(timedelta(minutes=4))}, timedelta(minutes=4)),
        (
            {"x_rate_limit_reset": unix(timedelta(minutes=4)), "x_rate_limit_remaining": "0"},
            timedelta(minutes=4),
        ),
        (
            {
                "x_rate_limit_reset": unix(timedelta(minutes=4)),
                "x_rate_limit_remaining": "80",
                "x_user_limit_24hour_reset": unix(timedelta(hours=7)),
                "x_user_limit_24hour_remaining": "0",
            },
            timedelta(hours=7),
        ),
        (
            {
                "x_rate_limit_reset": unix(timedelta(minutes=4)),
                "x_app_limit_24hour_reset": unix(timedelta(hours=7)),
                "x_app_limit_24hour_remaining": "80",
            },
            timedelta(minutes=4),
        ),
        ({"x_rate_limit_reset": unix(timedelta(minutes=-4))}, timedelta(seconds=5)),
        ({"x_rate_limit_reset": "99999999999"}, timedelta(hours=25)),
        ({"x_rate_limit_reset": "soon"}, timedelta(minutes=15)),
        ({"retry_after": "7"}, timedelta(seconds=7)),
        ({"retry_after": "7", "x_rate_limit_reset": unix(timedelta(minutes=4))}, timedelta(minutes=4)),
        ({"retry_after": "0"}, timedelta(minutes=15)),
        ({"retry_after": "soon"}, timedelta(minutes=15)),
        ({"x_rate_limit_reset": "²"}, timedelta(minutes=15)),
        ({"x_rate_limit_reset": "9" * 400}, timedelta(minutes=15)),
    ],
)
def test_a_limit_waits_as_long_as_x_says(headers, wait):
    with pytest.raises(errors.RateLimited) as caught:
        x_replies.posted(answered(429, **headers), NOW)
    assert caught.value.retry_after == wait


def test_a_cap_on_usage_is_a_setting():
    with pytest.raises(errors.Misconfigured, match="usage limit"):
        x_replies.posted(answered(429, CAPPED, x_rate_limit_reset=unix(timedelta(minutes=4))), NOW)


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        (404, b"<html>", errors.Misconfigured),
        (405, b"", errors.Misconfigured),
        (403, b"", errors.Misconfigured),
        (403, {"detail": "No credits."}, errors.Misconfigured),
        (403, {"errors": [{"message": "You can only mention people who follow."}]}, errors.Undeliverable),
        (403, {"errors": ["odd"], "detail": 7}, errors.Misconfigured),
        (422, {"errors": [{"detail": "text"}]}, errors.Undeliverable),
        (304, b"", errors.Unknown),
        (599, b"", errors.Unknown),
    ],
)
def test_hostile_and_odd_bodies_have_a_class_too(status, said, expected):
    with pytest.raises(errors.ChannelError) as caught:
        x_replies.posted(answered(status, said), NOW)
    assert type(caught.value) is expected
