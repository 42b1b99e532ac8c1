"""What one request carries besides HTTP, under one key of its ASGI scope."""

from typing import Any

import msgspec
from litestar.connection import ASGIConnection
from litestar.types import Scope

from backend.settings import Settings

KEY = "palier"
NOWHERE = "-"


class Around(msgspec.Struct):
    """Made by security.py for each request; the others fill what they know."""

    settings: Settings
    request_id: str
    nonce: str
    client_ip: str
    session_token: str | None = None
    caller: Any = None
    session_lost: bool = False
    csrf_cookie: str | None = None
    csrf_new: str | None = None
    csrf_bound: str = ""


def around(connection: ASGIConnection[Any, Any, Any, Any]) -> Around:
    found: Around = connection.scope[KEY]  # type: ignore[literal-required]
    return found


def route_of(scope: Scope) -> str:
    """The address as its route is written, `/caisse/inscription/{code}`, for the log (SEC13).

    What stands in its place may be a secret that looks like any word; an address without a route is
    anybody's text.
    """
    template: str = scope.get("path_template") or NOWHERE
    return template
