"""Which price a household pays: the full one, a reduced one, or none; and the months of the last."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import clock, codes
from backend.kit.errors import N_
from backend.membership import desk, queries
from backend.membership import service as membership
from backend.membership.rules import MOST_MONTHS, YEAR_MONTHS, Category
from backend.membership.service.categories import full_price
from web.desk import people
from web.desk.frame import DESK, AnyRequest

NAMES = {
    Category.TENANT: N_("Prix des locataires"),
    Category.NEIGHBOUR: N_("Prix des voisins"),
    Category.REDUCED: N_("Prix réduit"),
    Category.FREE: N_("Gratuit"),
}


class Wish(msgspec.Struct, frozen=True):
    category: Category


class Grant(msgspec.Struct, frozen=True):
    key: Annotated[str, msgspec.Meta(max_length=64)]
    months: int = YEAR_MONTHS


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    file = await people.opened(request, public_id)
    household = await queries.household(file.member.household_public_id)
    prices = await queries.month_prices(clock.today())
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
        months=[(count, str(count)) for count in range(1, MOST_MONTHS + 1)],
        usual=YEAR_MONTHS,
    )


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
        acting(request), file.member.household_id, wish.months, key=wish.key
    )
    return redirect(request, f"/comptoir/personnes/{public_id}", said="enregistre")


HANDLERS = [edit, update, grant]
