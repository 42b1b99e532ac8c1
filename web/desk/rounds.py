"""What goes to a partner and what comes back: the list of a delivery, ticked off by scan (S3, S4)."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from backend.http import exports, forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import clock, codes
from backend.kit.codes import Order, TypedCode
from backend.kit.errors import N_, DomainError
from backend.kit.sheets import Column, Format, Kind, Sheet
from backend.orders import closed_days, lists, printing, queries
from backend.orders.errors import NotOfThisRound, TicketUnknown
from backend.orders.rules import LONGEST_WORDS, TicketState
from backend.orders.service import handing, moving, rounds
from backend.places import queries as places
from web.desk import frame, orders
from web.desk.frame import DESK, AnyRequest
from web.desk.refusals import told
from web.shell.order_words import STATES

HERE = "/comptoir/tournees"
Key = Annotated[str, msgspec.Meta(max_length=64)]
COLUMNS = (Column("Article"), Column("Nombre", Kind.NUMBER))


class Out(msgspec.Struct, frozen=True):
    """What is ticked goes to the partner of a service, and is back on a day."""

    service: str
    retour: date
    key: Key


class Other(msgspec.Struct, frozen=True):
    """Another day of a delivery."""

    jour: date


class Ended(msgspec.Struct, frozen=True):
    raison: Annotated[str, msgspec.Meta(max_length=LONGEST_WORDS)] = ""


class Failed(msgspec.Struct, frozen=True):
    sentence: str
    advice: str


async def _page(
    request: AnyRequest,
    public_id: str,
    form: Form | None = None,
    *,
    failed: Failed | None = None,
    status: int = 200,
) -> Response[str]:
    round_ = await queries.get_round(public_id)
    tickets = await queries.of_round(round_.id)
    calendar = await places.get_calendar(round_.site_id)
    closed = clock.today() <= round_.due_on and not calendar.is_open_on(round_.due_on)
    answer = await frame.page(
        request,
        "desk/orders/round.html",
        title=round_.service_name,
        fields={"tournee": public_id},
        field=N_("Scannez une commande"),
        form=form,
        failed=failed,
        round=round_,
        tickets=tickets,
        sums=await lists.sums_of(round_.id),
        fewer=await lists.fewer_since(round_),
        states=STATES,
        closed=closed,
        next_day=await closed_days.next_day(round_, calendar) if round_.may_change else None,
        out=[
            each
            for each in tickets
            if each.state in {TicketState.CONFIRMED, TicketState.WITH_PARTNER}
        ],
    )
    answer.status_code = status
    return answer


@get(HERE + "/{public_id:str}", guards=[DESK])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


async def _board(request: AnyRequest, form: Form | None = None) -> Response[str]:
    """The board again, with what was wrong."""
    here = await frame.place(request)
    return await orders.board(request, here, form=form)


@post(HERE, guards=[DESK])
@forms.again(_board)
async def create(request: AnyRequest) -> Response[Any]:
    """A run out: what is ticked is with the partner now (S4)."""
    wish = await forms.read(request, Out)
    ticked = [str(each) for each in (await request.form()).getall("commande", [])]
    here = await frame.place(request)
    public_id = await rounds.send_out(
        acting(request), wish.service, orders.site_of(here), ticked, wish.retour, key=wish.key
    )
    return redirect(request, f"{HERE}/{public_id}", said="tournee-partie")


@post(HERE + "/{public_id:str}/envoi", guards=[DESK])
@forms.again(_page)
async def send(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """The list leaves now; once it has left, another mail with another address."""
    if not await rounds.send_list(acting(request), public_id):
        await rounds.show_again(acting(request), public_id)
    return redirect(request, f"{HERE}/{public_id}", said="tournee-partie")


@post(HERE + "/{public_id:str}/arrivee", guards=[DESK])
@forms.again(_page)
async def receive(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """What is ticked came back, each to its shelf; the rest is still out (S4)."""
    typed = await forms.typed_values(request)
    ticked = [str(each) for each in (await request.form()).getall("commande", [])]
    everywhere = typed.get("etagere", "")
    shelves = {each: typed.get(f"etagere_{each}") or everywhere for each in ticked}
    await rounds.receive(acting(request), public_id, shelves)
    return redirect(request, f"{HERE}/{public_id}", said="commande-prete")


@post(HERE + "/{public_id:str}/jour", guards=[DESK])
@forms.again(_page)
async def put_off(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """On another day; its households are told, and its partner."""
    wish = await forms.read(request, Other)
    await moving.put_off(acting(request), public_id, wish.jour)
    return redirect(request, f"{HERE}/{public_id}", said="livraison-reportee")


@post(HERE + "/{public_id:str}/annulation", guards=[DESK])
@forms.again(_page)
async def call_off(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """Nothing comes: all its orders are cancelled with these words."""
    wish = await forms.read(request, Ended)
    await moving.call_off(acting(request), public_id, wish.raison)
    return redirect(request, f"{HERE}/{public_id}", said="livraison-annulee")


@post(HERE + "/{public_id:str}/liste", guards=[DESK])
async def print_(public_id: FromPath[str]) -> Response[bytes]:
    round_ = await queries.get_round(public_id)
    tickets, sums = await queries.of_round(round_.id), await lists.sums_of(round_.id)
    return frame.pdf(await printing.print_round(round_, tickets, sums), "livraison")


@get(HERE + "/{public_id:str}/export", guards=[DESK])
async def export(
    request: AnyRequest, public_id: FromPath[str], kind: FromQuery[Format] = Format.CSV
) -> Response[Any]:
    """The sums, as the partner gets them: no name."""
    round_ = await queries.get_round(public_id)
    rows = [(each.name, each.count) for each in await lists.sums_of(round_.id)]
    return await exports.send(
        request, Sheet(f"{round_.service}-{round_.due_on}", COLUMNS, rows), kind
    )


async def _refused(request: AnyRequest, refusal: DomainError, public_id: str) -> Response[Any]:
    failed = Failed(refusal.said(), refusal.advice())
    return await _page(request, public_id, failed=failed, status=refusal.status)


@told(_refused)
async def scanned(request: AnyRequest, code: str, whom: str) -> Response[Any]:
    """A code on the list's own page: handed over at once, or said why not. `whom` is the round."""
    understood = codes.understand(code)
    found = (
        await queries.find_by_code(understood.code)
        if isinstance(understood, Order | TypedCode)
        else None
    )
    if found is None:
        raise TicketUnknown
    if found.round != whom:
        raise NotOfThisRound
    here = await frame.place(request)
    await handing.hand_over(acting(request), found.public_id, site_id=here.site_id)
    return redirect(request, f"{HERE}/{whom}", said="commande-remise")


HANDLERS = [show, create, send, receive, put_off, call_off, print_, export]
