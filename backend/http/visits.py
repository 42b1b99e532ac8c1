"""What use cases learn of a request, and what is sent as soon as it is answered."""

from typing import Any, TypeVar

import structlog
from litestar import Request, Response
from litestar.background_tasks import BackgroundTask

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.http.scope import around
from backend.identity.queries import SignedIn
from backend.identity.rules import device_name
from backend.identity.visits import Visit
from backend.notifications import post

AnyRequest = Request[Any, Any, Any]
T = TypeVar("T")
log = structlog.get_logger("visits")


def visit(request: AnyRequest) -> Visit:
    about = around(request)
    return Visit(
        ip=about.client_ip,
        device=device_name(request.headers.get("user-agent", "")),
        request_id=about.request_id,
        session_token=about.session_token,
        seals=request.app.state.seals,
        channels=frozenset(request.app.state.post),
        base_url=about.settings.base_url,
    )


def acting(request: AnyRequest) -> By:
    """The signed-in person as the one who acts, for the record."""
    about = around(request)
    caller: SignedIn | None = about.caller
    if caller is None:
        return By(request_id=about.request_id)
    return By(Actor.PERSON, caller.person_id, about.request_id)


def sending(request: AnyRequest, response: Response[T], letter: int | None) -> Response[T]:
    """The answer, and right after it one row of the outbox, as a worker would send it.

    After and not before: an answer that waited for the mail server would tell by its time whether
    something was sent (SEC7). What fails here a worker tries again.
    """
    if letter is not None:
        response.background = BackgroundTask(_deliver, request.app.state.post, letter)
    return response


async def _deliver(way_out: post.Post, letter: int) -> None:
    try:
        await post.deliver(way_out, only=letter)
    except Exception as error:  # noqa: BLE001 - the answer has gone, and the row waits for a worker
        log.warning("left to a worker", letter=letter, why=type(error).__name__)
