"""How many tenants said yes to being counted with a valid certificate: one total, never under five (I4)."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from backend.http.callers import scoped
from backend.http.respond import page
from backend.identity.queries import SignedIn
from backend.identity.rules import Role
from backend.insight import document
from backend.insight import queries as insight
from backend.insurance import certificates
from backend.kit import clock
from backend.kit.translations import translated as _

HERE = "/bailleur/attestations"


@get(HERE, guards=[scoped(Role.REFERENT)])
async def show(request: Request[Any, Any, Any], caller: NamedDependency[SignedIn]) -> Response[str]:
    asked = request.query_params.get("bailleur", "")
    chosen, landlords = await insight.landlord_of(caller.scopes(Role.REFERENT), asked)
    return await page(
        request,
        "referents/certificates/show.html",
        title=_("Attestations d’assurance"),
        space="referent",
        landlords=landlords,
        chosen=chosen,
        counted=await certificates.counted_for(chosen.id, clock.today()),
        day=certificates.counted_on(clock.today()),
        fewest=certificates.FEWEST,
        standing_still=document.standing_still(),
    )
