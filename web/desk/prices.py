"""Which price a household pays: the full one, a reduced one, or none; and the months of the last."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.billing.errors import OrderUnknown
from backend.http import forms
from backend.http.callers import get_caller
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.identity.rules import Role
from backend.kit import clock, codes
from backend.kit.errors import N_
from backend.membership import desk, queries
from backend.membership import service as membership
from backend.membership.rules import ALONE_MONTHS, MOST_MONTHS, YEAR_MONTHS, Category
from backend.membership.service.categories import full_price
from web.desk import people
from web.desk.dues import order_of
from web.desk.frame import DESK, AnyRequest

NAMES = {
    Category.TENANT: N_("Prix des locataires"),
    Category.NEIGHBOUR: N_("Prix des voisins"),
    Category.REDUCED: N_("Prix réduit"),
    Category.FREE: N_("Gratuit"),
}


class Wish(msgspec.Struct, frozen=True):
    category: Category


class Undo(msgspec.Struct, frozen=True):
    reason: str


class Grant(msgspec.Struct, frozen=True):
    key: Annotated[str, msgspec.Meta(max_length=64)]
    months: int = YEAR_MONTHS


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    file = await people.opened(request, public_id)
    household = await queries.household(file.member.household_public_id)
    prices = await queries.month_prices(clock.today())
    most = ALONE_MONTHS if alone(request) else MOST_MONTHS
    offered = (full_price(household), Category.REDUCED, Category.FREE)
    return await people.tab(
        request,
        "price",
        file,
        focus=False,
        form=form,
        key=codes.random_id(),
        offered=[(each, NAMES[each], prices[each]) for each in offered],
        category=household.category,
        free=prices[household.category] == 0,
        months=[(count, str(count)) for count in range(1, most + 1)],
        usual=min(YEAR_MONTHS, most),
        alone=alone(request),
    )


def alone(request: AnyRequest) -> bool:
    """Somebody of the counter, and no manager."""
    return not get_caller(request).has(Role.MANAGER, Role.ADMIN)


@get("/comptoir/personnes/{public_id:str}/tarif", guards=[DESK])
async def edit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post("/comptoir/personnes/{public_id:str}/tarif", guards=[DESK])
@forms.again(_page)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Wish)
    file = await desk.open_file(public_id)
    await membership.set_category(acting(request), file.member.household_id, wish.category)
    return redirect(request, f"/comptoir/personnes/{public_id}/tarif", said="enregistre")


@post("/comptoir/personnes/{public_id:str}/tarif/mois", guards=[DESK])
@forms.again(_page)
async def grant(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Grant)
    file = await desk.open_file(public_id)
    await membership.grant_months(
        acting(request),
        file.member.household_id,
        wish.months,
        key=wish.key,
        alone=alone(request),
    )
    return redirect(request, f"/comptoir/personnes/{public_id}", said="enregistre")


async def _undo_page(
    request: AnyRequest, public_id: str, order: str, form: Form | None = None
) -> Response[str]:
    file = await people.opened(request, public_id)
    found = await order_of(file, order)
    if found.amount_cents:
        raise OrderUnknown
    return await people.tab(request, "undo_months", file, focus=False, form=form, order=found)


@get("/comptoir/personnes/{public_id:str}/mois/{order:str}/annulation", guards=[DESK])
async def ask_undo(
    request: AnyRequest, public_id: FromPath[str], order: FromPath[str]
) -> Response[str]:
    return await _undo_page(request, public_id, order)


@post("/comptoir/personnes/{public_id:str}/mois/{order:str}/annulation", guards=[DESK])
@forms.again(_undo_page)
async def destroy(
    request: AnyRequest, public_id: FromPath[str], order: FromPath[str]
) -> Response[Any]:
    """What the counter may give by itself, it may take back by itself."""
    wish = await forms.read(request, Undo)
    file = await desk.open_file(public_id)
    household_id = file.member.household_id
    await membership.undo_months(
        acting(request), household_id, order, wish.reason, alone=alone(request)
    )
    return redirect(request, f"/comptoir/personnes/{public_id}/paiements", said="mois-annules")


HANDLERS = [edit, update, grant, ask_undo, destroy]
