"""Stripe's events: verify, keep, answer. What they mean is worked out by `backend.jobs.inbox`."""

from typing import Any

from litestar import Request, Response, post

from backend.http.callers import signed_hook
from backend.jobs import inbox

MOST_EVENT = 1024 * 1024


@post("/hooks/stripe", guards=[signed_hook], opt={"csrf": False}, request_max_body_size=MOST_EVENT)
async def create(request: Request[Any, Any, Any]) -> Response[None]:
    await inbox.receive(await request.body(), request.headers.get("stripe-signature", ""))
    return Response(None, status_code=200)
