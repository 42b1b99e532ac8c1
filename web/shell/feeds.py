"""A calendar as an answer: 304 where nothing changed since its reader last asked (L42, A3)."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response
from litestar.enums import MediaType

from backend.http.scope import around
from backend.kit import codes

AnyRequest = Request[Any, Any, Any]


def host(request: AnyRequest) -> str:
    """What the names of events end with."""
    return urlsplit(around(request).settings.base_url).hostname or "palier"


def answer(request: AnyRequest, body: bytes, name: str, cache: str) -> Response[Any]:
    headers = {"etag": f'"{codes.hash_token(body).hex()[:32]}"', "cache-control": cache}
    if headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(None, status_code=304, media_type=MediaType.TEXT, headers=headers)
    return Response(
        body,
        media_type="text/calendar",
        headers={**headers, "content-disposition": f'inline; filename="{name}.ics"'},
    )
