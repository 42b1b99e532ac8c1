"""Activities at the counter: today's, who comes, who is here, and who has no telephone (A2, C1)."""

from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from backend.activities import money, printing, queries, rules
from backend.activities import service as activities
from backend.activities.queries import Guest, lists
from backend.activities.rules import SeatState
from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import clock, codes
from backend.kit.translations import translated as _
from backend.membership import queries as membership
from web.desk import frame
from web.desk.frame import DESK, AnyRequest
from web.desk.holders import card_holder
from web.shell import agenda as shown

HERE = "/comptoir/agenda"
PATH = HERE + "/{public_id:str}"
SOON = timedelta(days=7)
LONGEST_SEARCH = 100
ATTENDED = {"oui": True, "non": False, "": None}


class Scan(msgspec.Struct, frozen=True):
    code: str = ""


class Registered(msgspec.Struct, frozen=True):
    household: str
    person: str
    key: Annotated[str, msgspec.Meta(max_length=64)]


class Ticked(msgspec.Struct, frozen=True):
    """`venu` is "oui", "non", or "" for nothing noted."""

    seat: str
    venu: str = ""


class Left(msgspec.Struct, frozen=True):
    seat: str


@get(HERE, guards=[DESK])
async def index(request: AnyRequest) -> Response[str]:
    today = frame.start_of_today()
    found = await queries.running(today, today + SOON)
    return await frame.page(
        request,
        "desk/agenda/index.html",
        title=_("Activités"),
        days=shown.by_day(found),
        today=clock.today(),
        words=shown,
    )


async def _page(
    request: AnyRequest, public_id: str, q: str = "", form: Form | None = None
) -> Response[str]:
    session, guests = await queries.get_session(public_id), await queries.guests(public_id)
    typed = q[:LONGEST_SEARCH]
    return await frame.page(
        request,
        "desk/agenda/show.html",
        title=session.title,
        focus=False,
        form=form,
        session=session,
        seated=_in_state(guests, SeatState.TAKEN),
        waiting=_in_state(guests, SeatState.WAITING),
        has_seat={one.person for one in guests},
        dues=await money.by_seat(public_id) if session.price_cents else {},
        rests=await money.rests_in(public_id),
        typed=typed,
        found=await membership.search_people(typed, limit=12) if typed else [],
        runs=clock.now() >= session.starts_at - rules.DOORS,
        is_over=clock.now() >= session.ends_at,
        address=f"{HERE}/{public_id}",
        arrived=str(request.query_params.get("arrive", ""))[:LONGEST_SEARCH],
        key=codes.random_id(),
        words=shown,
    )


def _in_state(guests: list[Guest], state: SeatState) -> list[Guest]:
    return [one for one in guests if one.state is state]


@get(PATH, guards=[DESK])
async def show(
    request: AnyRequest, public_id: FromPath[str], q: FromQuery[str] = ""
) -> Response[str]:
    return await _page(request, public_id, q)


@post(f"{PATH}/scan", guards=[DESK])
@forms.again(_page)
async def scan(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """A card says who is here; a name looks for somebody to register."""
    typed = await forms.read(request, Scan)
    await queries.get_session(public_id)
    holder = await card_holder(typed.code)
    if holder is None:
        return redirect(request, f"{HERE}/{public_id}?q={quote(typed.code)}")
    arrived = await activities.check_in(acting(request), public_id, holder.person_id)
    names = ", ".join(arrived.here or arrived.waiting)
    said = "presence-notee" if arrived.here else "en-attente"
    return redirect(request, f"{HERE}/{public_id}?arrive={quote(names)}", said=said)


@post(f"{PATH}/inscriptions", guards=[DESK])
@forms.again(_page)
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    typed = await forms.read(request, Registered)
    taken = await activities.register(
        acting(request), typed.household, public_id, [typed.person], typed.key
    )
    said = "inscrit-seance" if taken.seated else "inscrit-attente"
    return redirect(request, f"{HERE}/{public_id}", said=said)


@post(f"{PATH}/presences", guards=[DESK])
@forms.again(_page)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    typed = await forms.read(request, Ticked)
    await activities.mark(acting(request), typed.seat, attended=ATTENDED.get(typed.venu))
    return redirect(request, f"{HERE}/{public_id}", said="presence-notee")


@post(f"{PATH}/departs", guards=[DESK])
@forms.again(_page)
async def destroy(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """Somebody calls that they do not come."""
    typed = await forms.read(request, Left)
    left = await activities.leave_for(acting(request), typed.seat)
    said = "place-rendue-tard" if left.late else "place-rendue"
    return redirect(request, f"{HERE}/{public_id}", said=said)


@get(f"{PATH}/liste.pdf", guards=[DESK])
async def paper(public_id: FromPath[str]) -> Response[bytes]:
    """For whoever leads it and has no telephone."""
    session = await queries.get_session(public_id)
    return frame.pdf(await printing.print_list(session, await lists.on_paper(session)), "liste")


HANDLERS = [index, show, scan, create, update, destroy, paper]
