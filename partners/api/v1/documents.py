"""The contract itself: as OpenAPI for programs, as a page for people. Both are public."""

from functools import cache
from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from backend.http import callers
from backend.http.callers import public
from backend.http.respond import page
from backend.kit.translations import translated as _
from backend.vouchers.errors import REASONS
from partners.api.v1 import looks, redemptions, till

OPERATIONS = [looks.create, redemptions.create, redemptions.reverse, redemptions.index, till.show]


@get("/api/v1/openapi.json", guards=[public])
async def openapi() -> dict[str, Any]:
    return document()


@get("/api/v1", guards=[public])
async def show(request: Request[Any, Any, Any]) -> Response[str]:
    return await page(
        request,
        "api/v1/show.html",
        title=_("API des caisses"),
        space="public",
        document=document(),
        reasons=REASONS,
    )


@cache
def document() -> dict[str, Any]:
    """Made from the handlers by an application that holds nothing else, so that no page is in it."""
    alone = Litestar(
        route_handlers=OPERATIONS,
        dependencies={"till": Provide(callers.get_till, sync_to_thread=False)},
        logging_config=None,  # as in web.app: libraries would tell the addresses they call (SEC13)
        openapi_config=OpenAPIConfig(
            title="Palier, API des caisses",
            version="1",
            description="Look, redeem and undo vouchers of the club from a till.",
            components=Components(
                security_schemes={
                    "till": SecurityScheme(
                        type="http", scheme="bearer", description="The token of one till."
                    )
                }
            ),
            security=[{"till": []}],
        ),
    )
    made = alone.openapi_schema.to_schema()
    for operations in made["paths"].values():
        for operation in operations.values():
            # Litestar announces its own shape; here what cannot be read is a 422 problem.
            operation["responses"].pop("400", None)
    return made
