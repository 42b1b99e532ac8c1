"""The service worker, at the root so that it may keep pages of every space it is asked to."""

from typing import Any

from litestar import Request, Response, get

from backend.http import assets
from backend.http.assets import Assets
from backend.http.callers import public

ALWAYS_ASK = "no-cache"


@get("/sw.js", guards=[public])
async def show(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Its address never changes, so it is asked for each time; what it loads is named by its content."""
    built: Assets = request.app.state.assets
    return assets.send(request, built.names["worker.js"], ALWAYS_ASK)
