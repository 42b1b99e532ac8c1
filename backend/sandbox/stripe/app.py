"""The double as an ASGI application."""

import asyncio
import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from litestar import Litestar, MediaType, Request, Response, get, route
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import Message, Scope

from backend.sandbox.stripe import api, checkout, delivery, pages, payments
from backend.sandbox.stripe.control import Control
from backend.sandbox.stripe.dashboard import Dashboard
from backend.sandbox.stripe.errors import Refusal
from backend.sandbox.stripe.sources import Obj
from backend.sandbox.stripe.world import World

LARGEST = 1_000_000  # bytes of a request
STATIC = {path.name: path.read_bytes() for path in (pages.HERE / "static").iterdir()}


def create_double(world: World) -> Litestar:
    return Litestar(
        route_handlers=[
            call_api,
            pages.payment_page,
            pages.pay,
            pages.challenge_page,
            pages.answer_challenge,
            pages.portal_page,
            pages.change_subscription,
            pages.change_card,
            Control,
            Dashboard,
            static_file,
        ],
        state=State({"world": world}),
        lifespan=[_postman],
        before_request=_expire,
        before_send=[_save],
        exception_handlers={Refusal: _refused},
        openapi_config=None,
        logging_config=None,
        request_max_body_size=LARGEST,
    )


@route("/v1/{path:path}", http_method=["GET", "POST", "DELETE"], status_code=200)
async def call_api(request: Request[None, None, State], state: State) -> Response[Obj]:
    query = request.scope["query_string"].decode()
    body = (await request.body()).decode("utf-8", "replace")
    asked = api.Asked(
        method=request.method,
        path=request.url.path.rstrip("/"),
        form=body or query,
        authorization=request.headers.get("authorization", ""),
        key=request.headers.get("idempotency-key"),
        version=request.headers.get("stripe-version"),
    )
    answer = api.answer(state.world, asked)
    if answer.wait:
        await asyncio.sleep(answer.wait)
    return Response(
        answer.body,
        status_code=answer.status,
        headers=answer.headers,
        media_type=MediaType.JSON,
    )


@get("/static/{name:str}")
async def static_file(name: FromPath[str]) -> Response[bytes]:
    """From memory: a reader who goes away leaves no file open."""
    if name not in STATIC:
        raise NotFoundException
    kind = mimetypes.guess_type(name)[0]
    return Response(STATIC[name], media_type=kind or "application/octet-stream")


@asynccontextmanager
async def _postman(app: Litestar) -> AsyncIterator[None]:
    rounds = asyncio.create_task(delivery.run(app.state.world))
    try:
        yield
    finally:
        rounds.cancel()
        with suppress(asyncio.CancelledError):
            await rounds
        app.state.world.store.save()


async def _expire(request: Request[None, None, State]) -> None:
    """Whoever asks sees what is over by now, however long the postman sleeps."""
    checkout.expire_overdue(request.app.state.world)
    payments.expire_holds(request.app.state.world)


async def _save(message: Message, scope: Scope) -> None:
    """Before the answer leaves: what was said to be done survives a kill."""
    if message["type"] == "http.response.start" and scope["method"] != "GET":  # type: ignore[typeddict-item]
        scope["litestar_app"].state.world.store.save()


def _refused(_: Request[None, None, State], refusal: Refusal) -> Response[Obj]:
    return Response({"error": refusal.error}, status_code=refusal.status)
