"""What networks count about a post: asked as their contracts say, read as numbers, and unknown where they tell none."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from channels import contracts

from engine import errors
from engine.channels import facebook, linkedin, x
from engine.channels.counts import Counts

PAGE = "urn:li:organization:123"
STATISTICS = {
    "impressionCount": 900, "uniqueImpressionsCount": 700, "clickCount": 12, "likeCount": 30, "commentCount": 2,
    "shareCount": 1, "engagement": 0.05,
}  # fmt: skip


class Vendor:
    """Answers from a list and keeps what it was asked."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.answers, self.asked = list(answers), []
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        status, body = self.answers.pop(0)
        return httpx.Response(status, content=body if isinstance(body, bytes) else json.dumps(body).encode())


async def test_linkedin_tells_an_organisations_share() -> None:
    vendor = Vendor((200, {"elements": [{"totalShareStatistics": STATISTICS}]}))
    channel = linkedin.LinkedIn("t0ken", client=vendor.client)
    assert await channel.count(PAGE, "urn:li:share:7") == Counts(900, 45, 12, 1, 2, 30)
    (asked,) = vendor.asked
    assert asked.url.path == "/rest/organizationalEntityShareStatistics"
    assert dict(asked.url.params) == {
        "q": "organizationalEntity", "organizationalEntity": PAGE, "shares": "List(urn:li:share:7)",
    }  # fmt: skip
    assert asked.headers["linkedin-version"] == linkedin.VERSION


async def test_linkedin_tells_nothing_about_a_person() -> None:
    vendor = Vendor()
    channel = linkedin.LinkedIn("t0ken", client=vendor.client)
    assert await channel.count("urn:li:person:abc", "urn:li:share:7") == Counts()
    assert vendor.asked == []


@contracts.needs("x-api-v2.json")
async def test_x_tells_public_and_own_metrics() -> None:
    public = {
        "retweet_count": 3,
        "reply_count": 2,
        "like_count": 10,
        "quote_count": 0,
        "impression_count": 400,
    }
    told = {
        "data": [
            {
                "id": "9",
                "public_metrics": public,
                "non_public_metrics": {"url_link_clicks": 5, "engagements": 33},
            }
        ]
    }
    vendor = Vendor((200, told))
    channel = x.X("t0ken", client=vendor.client)
    assert await channel.count("@acme", "9") == Counts(400, 33, 5, 3, 2, 10)
    assert dict(vendor.asked[0].url.params) == {
        "ids": "9", "tweet.fields": "public_metrics,non_public_metrics",
    }  # fmt: skip


async def test_facebook_tells_what_people_did_and_who_saw_it() -> None:
    did = {
        "id": "1_2",
        "comments": {"summary": {"total_count": 4}},
        "reactions": {"summary": {"total_count": 9}},
    }
    seen = {"data": [
        {"name": "post_total_media_view_unique", "values": [{"value": 210}]},
        {"name": "post_clicks", "values": [{"value": 6}]},
    ]}  # fmt: skip
    vendor = Vendor((200, did), (200, seen))
    channel = facebook.Facebook("t0ken", client=vendor.client)
    assert await channel.count("1", "1_2") == Counts(210, 19, 6, 0, 4, 9)
    assert [asked.url.path for asked in vendor.asked] == ["/v26.0/1_2", "/v26.0/1_2/insights"]


async def test_without_the_permission_for_insights_views_stay_unknown() -> None:
    did = {"comments": {"summary": {"total_count": 4}}, "reactions": {"summary": {"total_count": 9}}}
    vendor = Vendor((200, did), (403, {"error": {"code": 10}}))
    channel = facebook.Facebook("t0ken", client=vendor.client)
    found = await channel.count("1", "1_2")
    assert (found.impressions, found.clicks, found.likes) == (None, None, 9)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {}, errors.Misconfigured),
        (403, {}, errors.Misconfigured),
        (429, {}, errors.Transient),
        (500, {}, errors.Transient),
        (200, b"<html>", errors.Transient),
        (200, b"[" * 50_000, errors.Transient),
    ],
)
async def test_what_is_no_number_is_an_error_and_never_zero(
    status: int, body: Any, error: type[Exception]
) -> None:
    vendor = Vendor((status, body))
    with pytest.raises(error) as raised:
        await x.X("t0ken", client=vendor.client).count("@acme", "9")
    assert "t0ken" not in str(raised.value)


@pytest.mark.parametrize("seen", [{"data": 5}, {"data": {"name": "x"}}, {"data": [[], 5, {}]}, []])
async def test_insights_of_another_shape_are_unknown_and_stop_no_one(seen: Any) -> None:
    vendor = Vendor((200, {"shares": 5}), (200, seen))
    found = await facebook.Facebook("t0ken", client=vendor.client).count("1", "1_2")
    assert found == Counts()


@pytest.mark.parametrize(
    "body", [{}, {"data": []}, {"data": [{"public_metrics": {"like_count": "many"}}]}, [1]]
)
async def test_numbers_that_are_not_there_are_unknown(body: Any) -> None:
    vendor = Vendor((200, body))
    assert await x.X("t0ken", client=vendor.client).count("@acme", "9") == Counts()
