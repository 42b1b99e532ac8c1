"""The club's settings: the pages that hang together, and who may open which."""

from typing import Any

from litestar import Request, Response

from backend.http.callers import get_caller, staff
from backend.http.respond import page
from backend.identity.rules import Role
from backend.kit.errors import N_
from web.shell import context

AnyRequest = Request[Any, Any, Any]

# Money is also the treasurer's.
MONEY = staff(Role.TREASURER, Role.MANAGER)
CLUB = "/gestion/club"
FOR_MONEY = (
    (f"{CLUB}/cotisations", N_("Cotisations"), "euro"),
    (f"{CLUB}/banque", N_("Banque"), "wallet"),
    (f"{CLUB}/historique", N_("Historique"), "history"),
)
PAGES = (
    (CLUB, N_("Le club"), "settings"),
    *FOR_MONEY[:2],
    (f"{CLUB}/partenaires", N_("Partenaires"), "store"),
    (f"{CLUB}/rappels", N_("Rappels"), "bell"),
    (f"{CLUB}/messages", N_("Messages"), "mail"),
    *FOR_MONEY[2:],
)


async def shown(request: AnyRequest, template: str, *, title: str, **facts: Any) -> Response[str]:
    """One of the settings' pages, with the tabs of those that its reader may open."""
    manager = get_caller(request).has(Role.MANAGER, Role.ADMIN)
    return await page(
        request,
        template,
        title=title,
        space="office",
        tabs=context.links(request, PAGES if manager else FOR_MONEY, home=CLUB),
        **facts,
    )
