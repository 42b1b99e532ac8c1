"""What households owe for loans, at the counter: to agree to, to answer, to take (L35)."""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.activities import money as seats
from backend.billing import drawers
from backend.billing import ways as open_ways
from backend.billing.cheques import Read
from backend.billing.counter import Till
from backend.billing.rules import PayWay
from backend.http import forms
from backend.http.callers import get_caller
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.identity.rules import Role
from backend.kit import codes, money
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.lending.queries import debts
from backend.lending.service import damages, paying
from backend.membership import desk
from web.desk import frame, people
from web.desk.frame import DESK, MANAGER, AnyRequest
from web.desk.loan_money import KINDS

HERE = "/comptoir/sommes"
Key = Annotated[str, msgspec.Meta(max_length=64)]


class Way(StrEnum):
    CASH = "cash"
    CHEQUE = "cheque"


class Back(StrEnum):
    """How money goes back over the counter."""

    CASH = "cash"
    TRANSFER = "transfer"


WAYS = ((Way.CASH, N_("Espèces")), (Way.CHEQUE, N_("Chèque")))
BACK = ((Back.CASH, N_("Espèces")), (Back.TRANSFER, N_("Virement")))


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """Whatever it pays for: the key of its page, and what is read on a cheque."""

    key: Key
    note: str = ""
    cheque_bank: str = ""
    cheque_holder: str = ""

    @property
    def cheque(self) -> Read:
        return Read(self.cheque_bank, self.note, self.cheque_holder)


class Paying(Money, frozen=True, kw_only=True):
    """`cents` is what the page said."""

    cents: int
    way: Way = Way.CASH

    def till(self, site_id: int | None) -> Till:
        return Till(cents=self.cents, way=PayWay(self.way), site_id=site_id, cheque=self.cheque)


class Giving(msgspec.Struct, frozen=True):
    key: Key
    cents: int
    way: Back = Back.CASH


class Reason(msgspec.Struct, frozen=True):
    raison: str = ""


class Answer(msgspec.Struct, frozen=True):
    mots: str = ""
    decision: str = ""


class Waiver(msgspec.Struct, frozen=True):
    key: Key
    somme: str
    raison: str = ""


@get(HERE, guards=[DESK])
async def index(request: AnyRequest) -> Response[str]:
    return await frame.page(
        request,
        "desk/debts/index.html",
        title=_("Sommes des prêts"),
        to_agree=await debts.waiting_for_second(),
        contested=await debts.contested(),
        debtors=await debts.debtors(),
        kinds=KINDS,
    )


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    debt = await debts.get_debt(public_id)
    caller = get_caller(request)
    return await frame.page(
        request,
        "desk/debts/show.html",
        title=_(KINDS[debt.kind]),
        focus=False,
        form=form,
        debt=debt,
        mine=debt.asked_by == caller.person_id,
        manages=caller.has(Role.MANAGER),
        kinds=KINDS,
        key=codes.random_id(),
    )


@get(HERE + "/{public_id:str}", guards=[DESK])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post(HERE + "/{public_id:str}/accord", guards=[DESK])
@forms.again(_page)
async def agree(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await damages.agree(acting(request), public_id)
    return redirect(request, HERE, said="degat-accorde")


@post(HERE + "/{public_id:str}/refus", guards=[DESK])
@forms.again(_page)
async def drop(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Reason)
    await damages.drop(acting(request), public_id, wish.raison)
    return redirect(request, HERE, said="degat-refuse")


@post(HERE + "/{public_id:str}/reponse", guards=[MANAGER])
@forms.again(_page)
async def answer(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """To a contest: the button says whether the member is right."""
    wish = await forms.read(request, Answer)
    accepted = wish.decision == "oui"
    await damages.answer(acting(request), public_id, wish.mots, accepted=accepted)
    return redirect(request, HERE, said="contestation-repondue")


@post(HERE + "/{public_id:str}/annulation", guards=[MANAGER])
@forms.again(_page)
async def waive(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Waiver)
    cents = money.parse(wish.somme, field="amount")
    await damages.waive(acting(request), public_id, cents, wish.raison, key=wish.key)
    return redirect(request, f"{HERE}/{public_id}", said="somme-annulee")


@get(HERE + "/{public_id:str}/photos/{photo:str}", guards=[DESK])
async def photo(public_id: FromPath[str], photo: FromPath[str]) -> Response[bytes]:
    found = await debts.get_photo(await debts.get_debt(public_id), photo)
    return Response(
        found.content, media_type=found.media_type, headers={"cache-control": "no-store"}
    )


async def _pay_page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    file = await people.opened(request, public_id)
    here = await frame.place(request)
    known = await open_ways.ways()
    return await people.tab(
        request,
        "loan_money",
        file,
        focus=False,
        form=form,
        owed=await debts.owed_by(file.member.household_id),
        seats=await seats.owed(file.member.household_id),
        rests=await seats.rests(file.member.household_id),
        ways=[each for each in WAYS if each[0] in known],
        back=BACK,
        drawer_open=here.must_choose or await drawers.find_open(here.site_id) is not None,
        left_cents=await drawers.left_at(here.site_id),
        kinds=KINDS,
        key=codes.random_id(),
    )


@get("/comptoir/personnes/{public_id:str}/prets", guards=[DESK])
async def of_person(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _pay_page(request, public_id)


@post("/comptoir/personnes/{public_id:str}/prets", guards=[DESK])
@forms.again(_pay_page)
async def pay(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """All that is due, in the drawer of dues, with its receipt."""
    wish = await forms.read(request, Paying)
    file = await desk.open_file(public_id)
    here = await frame.place(request)
    await paying.take_payment(
        acting(request),
        file.member.household_id,
        wish.cents,
        PayWay(wish.way),
        here.of_money(),
        key=wish.key,
        cheque=wish.cheque,
    )
    return redirect(request, f"/comptoir/personnes/{public_id}/paiements", said="pret-paye")


@post("/comptoir/personnes/{public_id:str}/prets/rendu", guards=[DESK])
@forms.again(_pay_page)
async def give_back(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """What the club owes the household for loans."""
    wish = await forms.read(request, Giving)
    file = await desk.open_file(public_id)
    here = await frame.place(request)
    await paying.give_back(
        acting(request),
        file.member.household_id,
        wish.cents,
        PayWay(wish.way),
        here.of_money(),
        key=wish.key,
    )
    to = f"/comptoir/personnes/{public_id}/paiements"
    return redirect(request, to, said="pret-rendu-argent")


HANDLERS = [index, show, agree, drop, answer, waive, photo, of_person, pay, give_back]
