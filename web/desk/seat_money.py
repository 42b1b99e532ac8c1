"""What a household owes for its seats in a session, at the counter: to take, and to give back (A1, S6)."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from backend.activities import money, queries
from backend.activities.service import paying
from backend.billing import drawers
from backend.billing import ways as open_ways
from backend.billing.counter import Till
from backend.billing.rules import PayWay
from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import codes
from backend.membership import desk
from web.desk import frame, people
from web.desk.debts import BACK, WAYS, Giving, Paying
from web.desk.frame import DESK, AnyRequest

PATH = "/comptoir/personnes/{public_id:str}/places/{session:str}"


class GivingOf(Giving, frozen=True, kw_only=True):
    """`order`: what was paid for with it."""

    order: str


async def _page(
    request: AnyRequest, public_id: str, session: str, form: Form | None = None
) -> Response[str]:
    found = await queries.get_session(session)
    file = await people.opened(request, public_id)
    here = await frame.place(request)
    known = await open_ways.ways()
    household_id = file.member.household_id
    rests = await money.rests(household_id)
    return await people.tab(
        request,
        "seats",
        file,
        focus=False,
        form=form,
        session=found,
        owed=next((one for one in await money.owed(household_id) if one.session == session), None),
        rests=[one for one in rests if one.session == session],
        ways=[each for each in WAYS if each[0] in known],
        back=BACK,
        drawer_open=here.must_choose or await drawers.find_open(here.site_id) is not None,
        left_cents=await drawers.left_at(here.site_id),
        here_path=f"/comptoir/personnes/{public_id}/places/{session}",
        key=codes.random_id(),
    )


@get(PATH, guards=[DESK])
async def show(
    request: AnyRequest, public_id: FromPath[str], session: FromPath[str]
) -> Response[str]:
    return await _page(request, public_id, session)


@post(PATH, guards=[DESK])
@forms.again(_page)
async def pay(
    request: AnyRequest, public_id: FromPath[str], session: FromPath[str]
) -> Response[Any]:
    """In the drawer of dues, with its receipt."""
    wish = await forms.read(request, Paying)
    file = await desk.open_file(public_id)
    here = await frame.place(request)
    till = wish.till(here.of_money())
    household_id = file.member.household_id
    await paying.take_payment(acting(request), household_id, session, till, key=wish.key)
    to = f"/comptoir/personnes/{public_id}/places/{session}"
    return redirect(request, to, said="activite-payee")


@post(PATH + "/rendu", guards=[DESK])
@forms.again(_page)
async def give_back(
    request: AnyRequest, public_id: FromPath[str], session: FromPath[str]
) -> Response[Any]:
    wish = await forms.read(request, GivingOf)
    here = await frame.place(request)
    till = Till(cents=wish.cents, way=PayWay(wish.way), site_id=here.of_money())
    await paying.give_back(acting(request), wish.order, till, key=wish.key)
    to = f"/comptoir/personnes/{public_id}/places/{session}"
    return redirect(request, to, said="pret-rendu-argent")


HANDLERS = [show, pay, give_back]
