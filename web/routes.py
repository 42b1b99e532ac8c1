"""Every controller of the surfaces, space by space."""

from litestar.types import ControllerRouterHandler

from backend.settings import Settings
from web.office.routes import HANDLERS as OFFICE
from web.public import health, home


def handlers(_: Settings) -> list[ControllerRouterHandler]:
    return [home.show, health.live, health.ready, *OFFICE]
