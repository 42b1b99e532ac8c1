"""What a use case refuses, as an answer of the scan loop, beside who is at the counter (L28)."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from litestar import Request, Response

from backend.kit.errors import DomainError

Handler = Callable[..., Awaitable[Response[Any]]]
Show = Callable[[Request[Any, Any, Any], DomainError, str], Awaitable[Response[Any]]]


def told(show: Show) -> Callable[[Handler], Handler]:
    """`show(request, refusal, whom)` answers every refusal: nothing that was scanned is dropped."""

    def wrap(handler: Handler) -> Handler:
        @wraps(handler)
        async def run(**kwargs: Any) -> Response[Any]:
            try:
                return await handler(**kwargs)
            except DomainError as refusal:
                return await show(kwargs["request"], refusal, kwargs.get("whom", ""))

        return run

    return wrap
