"""Loopback stand-ins for Facebook and X beside LinkedIn: they take posts in the vendors' wire formats, keep them, and
count an audience that is made up once per post. What they counted is what the product may show.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.local.sink import Feed

_EPOCH_MS = 1_288_834_974_657


class Networks:
    """`posts` by network, in the order in which they arrived. LinkedIn's are those of `feed`, as are the pictures that
    were uploaded; a post that shows one has what is kept of it as its `picture`.

    `refusing`: what a page or an account answers instead of taking a post, by its number or name.
    """

    def __init__(self, feed: Feed) -> None:
        self.refusing: dict[str, int] = {}
        self._uploads = feed.uploads
        self.posts: dict[str, list[dict[str, Any]]] = {"linkedin": feed.posts, "facebook": [], "x": []}

    def routes(self) -> list[Route]:
        graph = "/facebook/{version}"
        statistics = "/linkedin/rest/organizationalEntityShareStatistics"
        return [
            Route(statistics, self.linkedin_counts, methods=["GET"]),
            Route(f"{graph}/{{page}}/feed", self.facebook_post, methods=["POST"]),
            Route(f"{graph}/{{page}}/published_posts", self.facebook_list, methods=["GET"]),
            Route(f"{graph}/{{post}}/insights", self.facebook_insights, methods=["GET"]),
            Route(f"{graph}/{{post}}", self.facebook_counts, methods=["GET"]),
            Route("/x/2/users/me", self.x_me, methods=["GET"]),
            Route("/x/2/users/{id}/tweets", self.x_list, methods=["GET"]),
            Route("/x/2/tweets", self.x_post, methods=["POST"]),
            Route("/x/2/tweets", self.x_counts, methods=["GET"]),
        ]

    async def linkedin_counts(self, request: Request) -> Response:
        urn = request.query_params.get("shares", request.query_params.get("ugcPosts", ""))
        seen = audience(urn.removeprefix("List(").removesuffix(")"))
        counted = {
            "impressionCount": seen["impressions"],
            "clickCount": seen["clicks"],
            "likeCount": seen["likes"],
            "commentCount": seen["comments"],
            "shareCount": seen["shares"],
        }
        return JSONResponse({"elements": [{"totalShareStatistics": counted}]})

    async def facebook_post(self, request: Request) -> Response:
        if not _token(request):
            return JSONResponse({"error": {"code": 190, "message": "Invalid OAuth access token."}}, 401)
        page, body = request.path_params["page"], await request.json()
        if status := self.refusing.get(page):
            code = {401: 190, 400: 100}.get(status, 2)
            return JSONResponse({"error": {"code": code, "message": "Refused."}}, status)
        shown = [self._uploads.shown(one.get("media_fbid")) for one in body.pop("attached_media", [])]
        if None in shown:
            return JSONResponse({"error": {"code": 100, "message": "No such photo."}}, 400)
        post = {"id": f"{page}_{time.time_ns()}", "created_time": _now(), **body, **_picture(shown)}
        post["permalink_url"] = f"https://www.facebook.com/{post['id']}"
        self.posts["facebook"].append(post)
        return JSONResponse({"id": post["id"], "permalink_url": post["permalink_url"]})

    async def facebook_list(self, request: Request) -> Response:
        page = request.path_params["page"] + "_"
        mine = [post for post in self.posts["facebook"] if post["id"].startswith(page)]
        return JSONResponse({"data": mine[::-1][:50]})

    async def facebook_counts(self, request: Request) -> Response:
        seen = audience(request.path_params["post"])
        return JSONResponse(
            {
                "id": request.path_params["post"],
                "shares": {"count": seen["shares"]},
                "comments": {"data": [], "summary": {"total_count": seen["comments"]}},
                "reactions": {"data": [], "summary": {"total_count": seen["likes"]}},
            }
        )

    async def facebook_insights(self, request: Request) -> Response:
        seen = audience(request.path_params["post"])
        told = {"post_total_media_view_unique": seen["impressions"], "post_clicks": seen["clicks"]}
        asked = request.query_params.get("metric", "").split(",")
        data = [{"name": name, "values": [{"value": told[name]}]} for name in asked if name in told]
        return JSONResponse({"data": data})

    async def x_me(self, request: Request) -> Response:
        name = _account(request)
        if not name:
            return JSONResponse({"title": "Unauthorized", "status": 401}, 401)
        return JSONResponse({"data": {"id": _id(name), "username": name, "name": name}})

    async def x_list(self, request: Request) -> Response:
        mine = [post for post in self.posts["x"] if post["author_id"] == request.path_params["id"]]
        return JSONResponse({"data": mine[::-1][:100], "meta": {"result_count": len(mine)}})

    async def x_post(self, request: Request) -> Response:
        name, body = _account(request), await request.json()
        if not name:
            return JSONResponse({"title": "Unauthorized", "status": 401}, 401)
        if status := self.refusing.get(name):
            return JSONResponse({"title": "Refused", "status": status}, status)
        shown = [self._uploads.shown(one) for one in body.get("media", {}).get("media_ids", [])]
        if None in shown:
            return JSONResponse({"title": "Invalid Request", "status": 400}, 400)
        id_ = str((time.time_ns() // 1_000_000 - _EPOCH_MS) << 22 | len(self.posts["x"]) & 0x3FFFFF)
        self.posts["x"].append({"id": id_, "author_id": _id(name), **body, **_picture(shown)})
        return JSONResponse({"data": {"id": id_, "text": body["text"]}}, 201)

    async def x_counts(self, request: Request) -> Response:
        found = []
        for id_ in request.query_params.get("ids", "").split(","):
            seen = audience(id_)
            public = {
                "impression_count": seen["impressions"],
                "like_count": seen["likes"],
                "reply_count": seen["comments"],
                "retweet_count": seen["shares"],
                "quote_count": 0,
                "bookmark_count": 0,
            }
            own = {"url_link_clicks": seen["clicks"], "engagements": _engaged(seen)}
            found.append({"id": id_, "public_metrics": public, "non_public_metrics": own})
        return JSONResponse({"data": found})


def audience(post: str) -> dict[str, int]:
    """Who saw and did what: the same for a post every time, different from post to post."""
    seed = hashlib.sha256(post.encode()).digest()
    seen = 80 + int.from_bytes(seed[:2]) % 1_900
    share = [seed[place] % most for place, most in ((2, 40), (3, 12), (4, 8), (5, 30))]
    likes, comments, shares, clicks = (seen * part // 1_000 for part in share)
    return {
        "impressions": seen, "likes": likes, "comments": comments, "shares": shares, "clicks": clicks,
    }  # fmt: skip


def _picture(shown: list[dict[str, Any] | None]) -> dict[str, Any]:
    return {"picture": shown[0]} if shown else {}


def _engaged(seen: dict[str, int]) -> int:
    return sum(number for name, number in seen.items() if name != "impressions")


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ").strip()


def _account(request: Request) -> str:
    """The demo's token names the account it belongs to."""
    return _token(request).removeprefix("local-").lstrip("@")


def _id(name: str) -> str:
    return name if name.isdecimal() else str(int.from_bytes(hashlib.sha256(name.encode()).digest()[:7]))


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime())
