"""A loan on the spot for who is at the counter, of a copy without a readable label (L29)."""

from datetime import date, datetime, time
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import clock, codes, hours
from backend.kit.translations import translated as _
from backend.kit.zone import at_wall_time
from backend.lending import queries as lending
from backend.lending import service
from backend.lending.queries import copies
from backend.lending.queries.copies import Copy
from backend.lending.values import Ask, For, Handed, Want
from backend.membership import service as care
from web.desk import frame
from web.desk.frame import DESK, AnyRequest
from web.desk.loan_page import unit_code
from web.desk.loop import HERE, refused
from web.desk.refusals import told

LONGEST_SEARCH = 100
EVENING = time(23, 59)
PATH = HERE + "/{public_id:str}/sans-etiquette"


class Lending(msgspec.Struct, frozen=True):
    """Without a day, until when the policy says; `raison` goes past a limit (L22)."""

    key: Annotated[str, msgspec.Meta(max_length=64)]
    exemplaire: str
    jour: date | None = None
    heure: str = ""
    kilometres: int | None = None
    charge: int | None = None
    raison: str = ""
    quand_meme: str = ""


class Reserving(msgspec.Struct, frozen=True):
    key: Annotated[str, msgspec.Meta(max_length=64)]
    code: str


class Seen(msgspec.Struct, frozen=True):
    key: Annotated[str, msgspec.Meta(max_length=64)]
    valable: date


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    file = await care.see_file(acting(request), public_id)
    here = await frame.place(request)
    typed = str(request.query_params.get("q", ""))[:LONGEST_SEARCH]
    chosen = await _chosen(request, form)
    return await frame.page(
        request,
        "desk/loop/walk_in.html",
        title=_("Prêter sans étiquette"),
        here=here,
        focus=False,
        fields={"guichet": "1", "qui": public_id},
        form=form,
        file=file,
        typed=typed,
        chosen=chosen,
        found=[] if chosen or not typed else await copies.on_shelf(typed, here.site_id),
        address=f"{HERE}/{public_id}/sans-etiquette",
        today=clock.today(),
        key=codes.random_id(),
    )


@get(PATH, guards=[DESK])
async def new(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post(PATH, guards=[DESK])
@forms.again(_page)
async def create(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Lending)
    file = await care.see_file(acting(request), public_id)
    seen = Handed(kilometres=wish.kilometres, charge=wish.charge, anyway=bool(wish.quand_meme))
    given = await service.lend_now(
        Ask(by=acting(request), key=wish.key, override=wish.raison),
        For(file.member.household_id, file.member.person_id),
        wish.exemplaire,
        _until(wish),
        seen,
    )
    said = "pret-plus-court" if given.cut_short else "pret-remis"
    return redirect(request, f"{HERE}?qui={public_id}", said=said)


@post(HERE + "/{public_id:str}/reservation", guards=[DESK])
async def reserve(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """From now on, or from the next mark of the grid, for the usual time (L34).

    What asks for a deposit is booked before it is paid.
    """
    wish = await forms.read(request, Reserving)
    return await _reserve(request=request, wish=wish, whom=public_id)


@told(refused)
async def _reserve(request: AnyRequest, wish: Reserving, whom: str) -> Response[Any]:
    file = await care.see_file(acting(request), whom)
    unit = await lending.get_unit(unit_code(wish.code))
    period = await lending.soonest_period(unit.resource)
    want = Want(resource=unit.resource, period=period, unit=unit.code)
    household = For(file.member.household_id, file.member.person_id)
    booked = await service.book(Ask(by=acting(request), key=wish.key), household, [want])
    return redirect(request, f"/comptoir/prets/{booked.lines[0]}/argent", said="pret-accorde")


@post(HERE + "/{public_id:str}/permis", guards=[DESK])
async def note_licence(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """Only until when it is good is kept (L39)."""
    seen = await forms.read(request, Seen)
    file = await care.see_file(acting(request), public_id)
    ask = Ask(by=acting(request), key=seen.key)
    await service.note_licence(ask, file.member.person_id, seen.valable)
    return redirect(request, f"{HERE}?qui={public_id}", said="permis-note")


async def _chosen(request: AnyRequest, form: Form | None) -> Copy | None:
    values = request.query_params if form is None else form.values
    found = await copies.find_copies([str(values.get("exemplaire", ""))])
    return found[0] if found else None


def _until(lending: Lending) -> datetime | None:
    if lending.jour is None:
        return None
    hour = hours.read_hour(lending.heure, "heure") if lending.heure else EVENING
    return at_wall_time(lending.jour, hour)


HANDLERS = [new, create, reserve, note_licence]
