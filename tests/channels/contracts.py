"""The vendors' own descriptions of their APIs, which our requests must keep. They are not part of the repository."""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any

import httpx
import openapi_core
import pytest
from openapi_core.testing import MockRequest

SPECS = Path(os.environ.get("VENDOR_SPECS") or Path(__file__).parents[2] / "../shared/vendor/specs").resolve()


def needs(name: str) -> pytest.MarkDecorator:
    reason = f"the vendor's contract is not there: {name}; set VENDOR_SPECS"
    return pytest.mark.skipif(not (SPECS / name).exists(), reason=reason)


def keep(name: str, sent: httpx.Request) -> None:
    """Raises unless the contract knows this request: its server, path, method, headers and body."""
    request = MockRequest(
        f"{sent.url.scheme}://{sent.url.host}",
        sent.method,
        sent.url.path,
        args=dict(sent.url.params),
        headers=dict(sent.headers),
        data=sent.content,
        content_type=sent.headers.get("content-type", ""),
    )
    _contract(name).validate_request(request)


@functools.cache
def _contract(name: str) -> openapi_core.OpenAPI:
    spec = json.loads((SPECS / name).read_text(), object_hook=_one_type)
    return openapi_core.OpenAPI.from_dict(spec)


def _one_type(found: dict[str, Any]) -> dict[str, Any]:
    """A parameter that may be a number or a string is a string on the wire; the reader takes no list of types."""
    schema = found.get("schema")
    if "in" in found and isinstance(schema, dict) and "string" in (schema.get("type") or ()):
        return {**found, "schema": {**schema, "type": "string"}}
    return found
