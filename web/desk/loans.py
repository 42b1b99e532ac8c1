"""What is lent, at the counter: the day's pick-ups and returns, one line, and one copy (L26)."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from backend.http import forms
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import clock, codes, formats, keys
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.lending import queries as lending
from backend.lending import service
from backend.lending.queries import LineView, Today
from backend.lending.queries.visits import expected_today
from backend.lending.values import Ask
from web.desk import calls, frame, labels, loan_acts, loop, slips, walk_ins
from web.desk.frame import DESK, AnyRequest
from web.desk.loan_page import HERE, STATES, number, page

Key = Annotated[str, msgspec.Meta(max_length=64)]


# The lists of the day: its name in an address, of Today, its title, the gesture at each line, and which
# of its times stands first; "day" says the day too.
LISTS = (
    ("retard", "late", N_("En retard"), "", N_("Reprendre"), "end"),
    ("a-accepter", "to_answer", N_("Réservations à accepter"), "", N_("Répondre"), "day"),
    ("a-preparer", "to_prepare", N_("À préparer"), "preparation", N_("C’est prêt"), "start"),
    ("a-remettre", "pick_ups", N_("À remettre"), "remise", N_("Remettre"), "start"),
    ("retours", "returns", N_("Retours attendus"), "", N_("Reprendre"), "end"),
    ("a-controler", "to_inspect", N_("À contrôler"), "", N_("Contrôler"), "end"),
    ("pas-venus", "unfinished", N_("Pas venus les jours d’avant"), "", N_("Voir"), "day"),
    ("en-danger", "at_risk", N_("En danger : l’objet n’est pas rendu"), "", N_("Voir"), "day"),
)
FEW, MANY = 25, 250


class DayList(msgspec.Struct, frozen=True, kw_only=True):
    """One list as it is shown: `total` may be more than its lines."""

    slug: str
    title: str
    lines: list[LineView]
    total: int
    path: str
    act: str
    at: str


class Act(msgspec.Struct, frozen=True):
    key: Key


class Refusing(msgspec.Struct, frozen=True):
    key: Key
    raison: str = ""


@get(HERE, guards=[DESK])
async def index(request: AnyRequest, liste: FromQuery[str] = "") -> Response[Any]:
    """The first of each list; one of them whole, or all whole to print (`liste=tout`)."""
    here = await frame.place(request)
    day = None if here.site_id is None else await lending.today(here.site_id)
    lists = None if day is None else _lists(day, liste)
    expected = [] if here.site_id is None else await expected_today(here.site_id)
    to_call = await calls.waiting(here)
    return await frame.page(
        request,
        "desk/loans/index.html",
        title=_("Prêts du jour"),
        here=here,
        today=formats.weekday(clock.today(), clock.today()),
        lists=lists,
        chosen=liste,
        expected=expected,
        day_mark=keys.fingerprint([lists, expected, to_call]).hex()[:16],
        to_call=to_call,
        why=calls.WHY,
        states=STATES,
        key=codes.random_id(),
    )


@get(HERE + "/{line:str}", guards=[DESK])
async def show(request: AnyRequest, line: FromPath[str]) -> Response[str]:
    return await page(request, line)


@post(HERE + "/{line:str}/accord", guards=[DESK])
@forms.again(page)
async def approve(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    act = await forms.read(request, Act)
    loan = await lending.get_line(number(line))
    await service.approve(_ask(request, act.key), loan.booking)
    return redirect(request, HERE, said="pret-accorde")


@post(HERE + "/{line:str}/refus", guards=[DESK])
@forms.again(page)
async def reject(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    act = await forms.read(request, Refusing)
    loan = await lending.get_line(number(line))
    await service.reject(_ask(request, act.key), loan.booking, act.raison)
    return redirect(request, HERE, said="pret-refuse")


@post(HERE + "/{line:str}/preparation", guards=[DESK])
@forms.again(page)
async def prepare(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    act = await forms.read(request, Act)
    await service.prepare(_ask(request, act.key), number(line))
    return redirect(request, HERE, said="pret-prepare")


@post(HERE + "/{line:str}/rayon", guards=[DESK])
@forms.again(page)
async def put_back(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    """It lies ready no more; its booking stays."""
    act = await forms.read(request, Act)
    await service.put_back(_ask(request, act.key), number(line))
    return redirect(request, f"{HERE}/{line}", said="pret-au-rayon")


@get("/comptoir/objets/{code:str}", guards=[DESK])
async def unit(request: AnyRequest, code: FromPath[str]) -> Response[str]:
    """One copy, as its label opens it: on its shelf, with somebody, or waiting to be looked at."""
    found = await lending.get_unit(code)
    return await frame.page(
        request,
        "desk/loans/unit.html",
        title=found.name,
        here=await frame.place(request),
        unit=found,
        grouped=codes.grouped(found.code),
    )


def _lists(day: Today, chosen: str) -> list[DayList]:
    known = {slug for slug, *_ in LISTS}
    most = MANY if chosen in {*known, "tout"} else FEW
    found = [
        DayList(
            slug=slug,
            title=title,
            lines=getattr(day, name)[:most],
            total=len(getattr(day, name)),
            path=path,
            act=act,
            at=at,
        )
        for slug, name, title, path, act, at in LISTS
    ]
    return [each for each in found if each.lines and (chosen not in known or chosen == each.slug)]


def _ask(request: AnyRequest, key: str) -> Ask:
    return Ask(by=acting(request), key=key)


HANDLERS = [
    index,
    show,
    approve,
    reject,
    prepare,
    put_back,
    unit,
    *labels.HANDLERS,
    *loan_acts.HANDLERS,
    *loop.HANDLERS,
    *slips.HANDLERS,
    *walk_ins.HANDLERS,
]
