"""The money of one loan at the counter: its deposit, its debts, a damage with photos (L34, L35)."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from backend.billing import drawers
from backend.http import forms
from backend.http.bodies import MOST_FILE
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import clock, codes, money
from backend.kit.errors import N_
from backend.lending import owing
from backend.lending import queries as lending
from backend.lending.queries import debts
from backend.lending.queries import deposits as held
from backend.lending.rules import WENT_OUT, DebtKind, DepositMode, DepositWay, LineState
from backend.lending.service import damages, deposits
from web.desk import frame
from web.desk.frame import DESK, AnyRequest
from web.desk.loan_page import HERE, number

KINDS = {
    DebtKind.FEE: N_("Prix du prêt"),
    DebtKind.FINE: N_("Retard"),
    DebtKind.DAMAGE: N_("Dégât"),
}
WAYS = {
    DepositWay.CASH: N_("Espèces"),
    DepositWay.CHEQUE: N_("Chèque, dans la boîte"),
    DepositWay.CARD: N_("Carte laissée chez Stripe"),
    DepositWay.HOLD: N_("Bloquée sur la carte"),
}
Key = Annotated[str, msgspec.Meta(max_length=64)]


class Taking(msgspec.Struct, frozen=True):
    key: Key
    facon: DepositWay = DepositWay.CASH
    cheque: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Damage(msgspec.Struct, frozen=True):
    key: Key
    somme: str
    note: str = ""


async def _page(request: AnyRequest, line: str, form: Form | None = None) -> Response[str]:
    loan = await lending.get_line(number(line))
    here = await frame.place(request)
    model = (await lending.get_resource(loan.resource)).model
    now = clock.now()
    out = loan.state is LineState.CHECKED_OUT
    mine = await held.of_line(loan.id)
    open_one = next((one for one in mine if one.is_open), None)
    ways = owing.deposit_ways(model.policy.deposit_mode, loan.period.end, now)
    asks = model.policy.deposit_mode is not DepositMode.NONE and model.policy.deposit_cents > 0
    return await frame.page(
        request,
        "desk/loan_money/show.html",
        title=loan.name,
        here=here,
        focus=False,
        form=form,
        loan=loan,
        policy=model.policy,
        debts=await debts.of_line(loan.id),
        late_cents=await debts.late_fee(loan.id, model, loan.period.end, now) if out else 0,
        deposit=open_one,
        past=[one for one in mine if not one.is_open],
        asks=asks,
        notes=DepositWay.CASH in ways,
        has_card=loan.household_id is not None and await held.has_card(loan.household_id),
        may_take=asks and open_one is None and loan.state in TAKES,
        may_charge=loan.household_id is not None and loan.state in WENT_OUT,
        drawer_open=here.must_choose or await drawers.find_open(here.site_id) is not None,
        left_cents=await drawers.left_at(here.site_id),
        kinds=KINDS,
        ways=WAYS,
        key=codes.random_id(),
    )


TAKES = {LineState.REQUESTED, LineState.CONFIRMED, LineState.READY, LineState.CHECKED_OUT}


@get(HERE + "/{line:str}/argent", guards=[DESK])
async def show(request: AnyRequest, line: FromPath[str]) -> Response[str]:
    return await _page(request, line)


@post(HERE + "/{line:str}/caution", guards=[DESK])
@forms.again(_page)
async def take(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    """Notes go into the drawer of this counter, a cheque into its box."""
    wish = await forms.read(request, Taking)
    here = await frame.place(request)
    site = here.of_money() if wish.facon is DepositWay.CASH else here.site_id
    way = DepositWay.CHEQUE if wish.facon is DepositWay.CHEQUE else DepositWay.CASH
    await deposits.take(acting(request), number(line), way, site, key=wish.key, cheque=wish.cheque)
    return redirect(request, f"{HERE}/{line}/argent", said="caution-prise")


@post(HERE + "/{line:str}/degat", guards=[DESK], request_max_body_size=MOST_FILE)
@forms.again(_page)
async def charge(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Damage)
    debt = await damages.charge_damage(
        acting(request),
        number(line),
        money.parse(wish.somme, field="somme"),
        wish.note,
        await _pictures(request),
        key=wish.key,
    )
    waits = (await debts.get_debt(debt)).waits_for_second
    said = "degat-a-deux" if waits else "degat-compte"
    return redirect(request, f"{HERE}/{line}/argent", said=said)


async def _pictures(request: AnyRequest) -> list[bytes]:
    sent = (await request.form()).getall("photos", [])
    read = [await each.read() for each in sent if isinstance(each, UploadFile)]
    return [content for content in read if content]


HANDLERS = [show, take, charge]
