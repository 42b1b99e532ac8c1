"""How staff came to a file, as the link they followed says it: `?par=`, a closed list (D3)."""

from typing import Any

from litestar import Request

from backend.membership.rules import WayIn

WAYS_IN = {
    "recherche": WayIn.SEARCH,
    "carte": WayIn.CARD,
    "bon": WayIn.VOUCHER,
    "jour": WayIn.DAY,
    "registre": WayIn.REGISTER,
}


def way_in(request: Request[Any, Any, Any]) -> WayIn:
    """A link from elsewhere says nothing."""
    return WAYS_IN.get(str(request.query_params.get("par", "")), WayIn.LINK)
