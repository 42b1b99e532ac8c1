"""What one request carries besides HTTP, under one key of its ASGI scope."""

from typing import Any

import msgspec
from litestar.connection import ASGIConnection

from backend.settings import Settings

KEY = "palier"


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
