"""A calendar behind its secret address, as telephones read it each hour (L42)."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromQuery

from backend.http.callers import public
from backend.lending.queries import calendars
from web.shell import feeds

AnyRequest = Request[Any, Any, Any]
HERE = "/conciergeries/calendrier.ics"


@get(HERE, guards=[public])
async def show(request: AnyRequest, cle: FromQuery[str] = "") -> Response[Any]:
    body = await calendars.read(cle, feeds.host(request))
    return feeds.answer(request, body, "palier", "private, no-cache")


HANDLERS = [show]
