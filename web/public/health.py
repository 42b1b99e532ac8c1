"""For whoever watches the machines."""

from litestar import Response, get

from backend.http.callers import public
from backend.http.readiness import Readiness, readiness


@get("/health", guards=[public])
async def live() -> dict[str, str]:
    return {"status": "ok"}


@get("/health/ready", guards=[public])
async def ready() -> Response[Readiness]:
    found = await readiness()
    return Response(found, status_code=200 if found.ready else 503)
