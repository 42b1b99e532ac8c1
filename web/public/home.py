"""The club's front door."""

from typing import Any

from litestar import Request, Response, get

from backend.http.callers import public
from backend.http.respond import page


@get("/", guards=[public])
async def show(request: Request[Any, Any, Any]) -> Response[str]:
    return await page(request, "public/home/show.html", title="Accueil", space="public")
