"""Every route of the application by introspection."""

import re

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from backend.settings import Settings
from tests.application import bare_application

Route = tuple[str, str, HTTPRouteHandler]
OWN = {"OPTIONS", "HEAD"}


def all_routes(settings: Settings) -> list[Route]:
    """(method, path, handler), with paths as they were written: /bons/{code}."""
    return routes_of(bare_application(settings))


def routes_of(app: Litestar) -> list[Route]:
    found = [
        (method, written(route.path), handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if method not in OWN
    ]
    return sorted(found, key=lambda one: (one[1], one[0]))


def written(path: str) -> str:
    return re.sub(r"\{(\w+):\w+\}", r"{\1}", path)


def sample(path: str) -> str:
    """An address of that form which names nothing; a version is a number."""
    path = path.replace("{version}", "1")
    return re.sub(r"\{\w+\}", "AAAAAAAAAAAAAAAAAAAAAA", path)
