"""Loopback ends of the networks' uploads: they take pictures in the vendors' wire formats and keep what tells one from
another, its hash, its size and its description, but not the picture.
"""

from __future__ import annotations

import hashlib
import itertools
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_SIGNS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF")
"""How the files begin that networks take for pictures."""
_FACEBOOK_MOST = 4_000_000


class Uploads:
    """`kept`: what was uploaded, by the id that a post names it by: `sha256`, `bytes` and `alt`."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self._numbers = itertools.count(1_700_000_000)

    def routes(self) -> list[Route]:
        return [
            Route("/linkedin/rest/images", self.linkedin_place, methods=["POST"]),
            Route("/linkedin/dms-uploads/{image}", self.linkedin_put, methods=["PUT"]),
            Route("/facebook/{version}/{page}/photos", self.facebook_photo, methods=["POST"]),
            Route("/x/2/media/upload", self.x_upload, methods=["POST"]),
            Route("/x/2/media/metadata", self.x_describe, methods=["POST"]),
        ]

    def shown(self, id_: object, alt: str = "") -> dict[str, Any] | None:
        """What a post that names this id shows; None if nothing was uploaded under it."""
        found = self.kept.get(str(id_))
        return found | {"alt": alt or found["alt"]} if found else None

    async def linkedin_place(self, request: Request) -> Response:
        """A place at this very address, as LinkedIn's is at LinkedIn's."""
        owner = (await request.json()).get("initializeUploadRequest", {}).get("owner")
        if not _authorized(request) or not owner or request.query_params.get("action") != "initializeUpload":
            return JSONResponse({"status": 400, "message": "Refused."}, 400)
        image = f"urn:li:image:local-{next(self._numbers)}"
        url = f"{request.base_url}linkedin/dms-uploads/{image}"
        return JSONResponse({"value": {"uploadUrl": url, "image": image}})

    async def linkedin_put(self, request: Request) -> Response:
        if not _authorized(request) or not self._keep(request.path_params["image"], await request.body()):
            return JSONResponse({"status": 400, "message": "No picture."}, 400)
        return Response(status_code=201)

    async def facebook_photo(self, request: Request) -> Response:
        """Only a photo that is not published by itself: the post that shows it comes after."""
        if not _authorized(request):
            return JSONResponse({"error": {"code": 190, "message": "Invalid OAuth access token."}}, 401)
        said, content = await _form(request, "source")
        id_ = str(next(self._numbers))
        if len(content) > _FACEBOOK_MOST or not self._keep(id_, content, said.get("alt_text_custom", "")):
            return JSONResponse({"error": {"code": 100, "error_subcode": 1366046, "message": "No."}}, 400)
        return JSONResponse({"id": id_})

    async def x_upload(self, request: Request) -> Response:
        said, content = await _form(request, "media")
        id_ = str(next(self._numbers))
        known = said.get("media_category") in {"tweet_image", "tweet_gif"}
        if not _authorized(request) or not known or not self._keep(id_, content):
            return JSONResponse({"title": "Invalid Request", "status": 400}, 400)
        return JSONResponse({"data": {"id": id_, "media_key": f"3_{id_}", "size": len(content)}})

    async def x_describe(self, request: Request) -> Response:
        said = await request.json()
        if not _authorized(request) or said.get("id") not in self.kept:
            return JSONResponse({"title": "Not Found", "status": 404}, 404)
        self.kept[said["id"]]["alt"] = said["metadata"]["alt_text"]["text"]
        return JSONResponse({"data": {"id": said["id"]}})

    def _keep(self, id_: str, content: bytes, alt: str = "") -> bool:
        if not content.startswith(_SIGNS):
            return False
        sha256 = hashlib.sha256(content).hexdigest()
        self.kept[id_] = {"sha256": sha256, "bytes": len(content), "alt": alt}
        return True


def _authorized(request: Request) -> bool:
    return request.headers.get("authorization", "").startswith("Bearer ")


async def _form(request: Request, file: str) -> tuple[dict[str, str], bytes]:
    """The words of a form, and the octets of its `file`."""
    async with request.form() as form:
        sent = form.get(file)
        content = b"" if sent is None or isinstance(sent, str) else await sent.read()
        return {name: value for name, value in form.items() if isinstance(value, str)}, content
