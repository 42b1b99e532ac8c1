"""The club's picture, for every page."""

from litestar import Response, get
from litestar.params import FromQuery

from backend.http.callers import public
from backend.kit.errors import Missing
from backend.places import queries


@get("/logo", guards=[public])
async def show(v: FromQuery[str] = "") -> Response[bytes]:
    """`v` changes with the picture, so that it may be kept for ever."""
    found = await queries.logo()
    if found is None:
        raise Missing
    kept = "public, max-age=31536000, immutable" if v else "no-cache"
    return Response(found.content, media_type=found.media_type, headers={"cache-control": kept})
