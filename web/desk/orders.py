"""Orders at the counter: to prepare, ready by shelf, unclaimed; and one order with all its acts (S2, S4, S5)."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from backend.billing import drawers
from backend.billing import ways as open_ways
from backend.billing.rules import PayWay
from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import clock, codes
from backend.kit.translations import translated as _
from backend.orders import catalogue, paid, printing, queries
from backend.orders.catalogue import Service
from backend.orders.queries import Round, Ticket
from backend.orders.rules import TicketState
from backend.orders.service import handing, paying
from backend.orders.service.paying import Till
from backend.places.queries import SiteCard
from web.desk import frame
from web.desk.debts import BACK, WAYS, Giving, Paying
from web.desk.errors import PlaceNeeded
from web.desk.frame import DESK, AnyRequest
from web.desk.handing import Chip
from web.shell.order_words import PROOFS, STATES

HERE = "/comptoir/commandes"
Key = Annotated[str, msgspec.Meta(max_length=64)]
LONGEST_REASON = 200


class Shelved(msgspec.Struct, frozen=True):
    etagere: str = ""


class Given(msgspec.Struct, frozen=True):
    """`piece`: the paper that was seen, for a parcel; never its number (S5)."""

    piece: str = ""


class Ended(msgspec.Struct, frozen=True):
    raison: Annotated[str, msgspec.Meta(max_length=LONGEST_REASON)] = ""


class PayingOrders(Paying, frozen=True):
    """`remettre`: what is ready is handed over with it."""

    remettre: str = ""

    def till(self, site_id: int | None) -> Till:
        plain = msgspec.structs.asdict(super().till(site_id))
        return Till(**plain, hand_over=bool(self.remettre))


class Board(msgspec.Struct, frozen=True):
    """What lies at a counter, in the order it is worked off.

    `unpaid_since`: collected, and its money was taken away since.
    """

    unclaimed: list[Ticket]
    to_prepare: list[Ticket]
    to_send: list[Ticket]
    coming: list[Ticket]
    away: list[Ticket]
    ready: list[Ticket]
    unpaid: list[Ticket]
    unpaid_since: list[Ticket]


@get(HERE, guards=[DESK])
async def index(request: AnyRequest, service: FromQuery[str] = "") -> Response[str]:
    return await board(request, await frame.place(request), service[:80])


async def board(
    request: AnyRequest, here: frame.Place, service: str = "", form: Form | None = None
) -> Response[str]:
    """Everything that is on its way at this counter, of one service or of all."""
    site_id = here.site_id
    found = [] if site_id is None else await queries.open_at(site_id, service)
    rounds = [] if site_id is None else await queries.rounds_at(site_id, clock.today())
    services = await catalogue.services()
    return await frame.page(
        request,
        "desk/orders/index.html",
        title=_("Commandes"),
        here=here,
        form=form,
        board=_board(found, {each.slug for each in services if each.partner or each.sent_to}),
        rounds=[each for each in rounds if service in ("", each.service)],
        shut={each.public_id for each in rounds if here.site and _is_shut(each, here.site)},
        services=services,
        chips=[Chip(HERE, _("Tous"), not service), *(_chip(each, service) for each in services)],
        states=STATES,
        today=clock.today(),
        key=codes.random_id(),
    )


def _is_shut(round_: Round, site: SiteCard) -> bool:
    """It would come to a closed door."""
    to_come = round_.may_change and round_.due_on >= clock.today()
    return to_come and not site.calendar.is_open_on(round_.due_on)


def _chip(service: Service, chosen: str) -> Chip:
    return Chip(f"{HERE}?service={service.slug}", service.name, service.slug == chosen)


def _board(found: list[Ticket], leave: set[str]) -> Board:
    """`leave`: services that somebody else does; of the others the club prepares it."""
    waiting = [each for each in found if each.state is TicketState.CONFIRMED]
    return Board(
        unclaimed=[each for each in found if each.unclaimed],
        to_prepare=[t for t in waiting if not t.weekly and t.service not in leave],
        to_send=[each for each in waiting if not each.weekly and each.service in leave],
        coming=[each for each in waiting if each.weekly],
        away=[each for each in found if each.state is TicketState.WITH_PARTNER],
        ready=[each for each in found if each.is_ready and not each.unclaimed],
        unpaid=[each for each in found if each.state is TicketState.ORDERED],
        unpaid_since=[t for t in found if t.state is TicketState.COLLECTED and t.due_cents],
    )


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    ticket = await queries.get_ticket(public_id)
    here = await frame.place(request)
    back_cents = await paid.to_return(ticket)
    known = await open_ways.ways()
    money = bool(ticket.due_cents or back_cents)
    return await frame.page(
        request,
        "desk/orders/show.html",
        title=ticket.service_name,
        here=here,
        focus=False,
        form=form,
        ticket=ticket,
        moves=await queries.moves_of(ticket.id),
        states=STATES,
        proofs=PROOFS,
        back_cents=back_cents,
        ways=[each for each in WAYS if each[0] in known],
        back=BACK,
        drawer_open=not money
        or here.must_choose
        or await drawers.find_open(here.site_id) is not None,
        left_cents=await drawers.left_at(here.site_id) if money else 0,
        key=codes.random_id(),
    )


@get(HERE + "/{public_id:str}", guards=[DESK])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post(HERE + "/{public_id:str}/pret", guards=[DESK])
@forms.again(_page)
async def make_ready(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Shelved)
    await handing.make_ready(acting(request), [public_id], wish.etagere)
    return redirect(request, f"{HERE}/{public_id}", said="commande-prete")


@post(HERE + "/{public_id:str}/remise", guards=[DESK])
@forms.again(_page)
async def hand_over(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Given)
    await handing.hand_over(acting(request), public_id, proof=wish.piece)
    return redirect(request, f"{HERE}/{public_id}", said="commande-remise")


@post(HERE + "/{public_id:str}/retour", guards=[DESK])
@forms.again(_page)
async def undo(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await handing.undo(acting(request), public_id)
    return redirect(request, f"{HERE}/{public_id}", said="geste-annule")


@post(HERE + "/{public_id:str}/renvoi", guards=[DESK])
@forms.again(_page)
async def send_again(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await handing.send_again(acting(request), public_id)
    return redirect(request, f"{HERE}/{public_id}", said="commande-repartie")


@post(HERE + "/{public_id:str}/annulation", guards=[DESK])
@forms.again(_page)
async def cancel(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Ended)
    await handing.cancel(acting(request), public_id, reason=wish.raison)
    return redirect(request, f"{HERE}/{public_id}", said="commande-annulee")


@post(HERE + "/{public_id:str}/paiement", guards=[DESK])
@forms.again(_page)
async def pay(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """In the drawer of dues, with its receipt."""
    wish = await forms.read(request, PayingOrders)
    ticket = await queries.get_ticket(public_id)
    here = await frame.place(request)
    till = wish.till(here.of_money())
    by = acting(request)
    await paying.take_payment(by, ticket.household_id or 0, [public_id], till, key=wish.key)
    return redirect(request, f"{HERE}/{public_id}", said="commande-payee")


@post(HERE + "/{public_id:str}/remboursement", guards=[DESK])
@forms.again(_page)
async def give_back(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Giving)
    here = await frame.place(request)
    till = Till(cents=wish.cents, way=PayWay(wish.way), site_id=here.of_money())
    await paying.give_back(acting(request), public_id, till, key=wish.key)
    return redirect(request, f"{HERE}/{public_id}", said="pret-rendu-argent")


@post(HERE + "/{public_id:str}/billet", guards=[DESK])
async def print_(public_id: FromPath[str]) -> Response[bytes]:
    """The printed ticket of what was left or ordered (S4)."""
    ticket = await queries.get_ticket(public_id)
    return frame.pdf(await printing.print_ticket(ticket), "commande")


def site_of(here: frame.Place) -> int:
    """Raises PlaceNeeded: an order lies somewhere."""
    if here.site_id is None:
        raise PlaceNeeded
    return here.site_id


HANDLERS = [
    index,
    show,
    make_ready,
    hand_over,
    undo,
    send_again,
    cancel,
    pay,
    give_back,
    print_,
]
