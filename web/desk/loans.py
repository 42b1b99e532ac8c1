"""What is lent, at the counter: the day's pick-ups and returns, one line, and the gestures on it (L26)."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import clock, codes, formats
from backend.kit.errors import N_
from backend.kit.text import read_number
from backend.kit.translations import translated
from backend.lending import queries as lending
from backend.lending import service
from backend.lending.errors import BookingUnknown, UnitUnknown
from backend.lending.rules import UNDO_WITHIN, LineState, Outcome
from backend.lending.values import Ask, Back, Handed
from web.desk import frame
from web.desk.frame import DESK, AnyRequest

HERE = "/comptoir/prets"
# How a thing came back, in the order of how often.
OUTCOMES = {
    Outcome.FINE: N_("En bon état"),
    Outcome.DIRTY: N_("Sale"),
    Outcome.PART_MISSING: N_("Il manque une pièce"),
    Outcome.DAMAGED: N_("Abîmé"),
    Outcome.NOT_WORKING: N_("Ne marche plus"),
}
STATES = {
    LineState.HELD: ("mind", N_("En cours de choix")),
    LineState.REQUESTED: ("mind", N_("À accepter")),
    LineState.CONFIRMED: ("plain", N_("À préparer")),
    LineState.READY: ("yes", N_("Prêt")),
    LineState.CHECKED_OUT: ("plain", N_("Prêté")),
    LineState.RETURNED: ("mind", N_("À contrôler")),
    LineState.CLOSED: ("yes", N_("Rendu")),
    LineState.WAITLISTED: ("plain", N_("En attente")),
    LineState.OFFERED: ("mind", N_("Proposé")),
    LineState.EXPIRED: ("plain", N_("Délai passé")),
    LineState.REJECTED: ("stop", N_("Refusé")),
    LineState.CANCELLED_BY_TENANT: ("plain", N_("Annulé par le foyer")),
    LineState.CANCELLED_BY_STAFF: ("plain", N_("Annulé par le club")),
    LineState.NO_SHOW: ("stop", N_("Pas venu")),
    LineState.LOST: ("stop", N_("Perdu")),
    LineState.BLOCKED: ("stop", N_("Hors service")),
}


class Act(msgspec.Struct, frozen=True):
    key: Annotated[str, msgspec.Meta(max_length=64)]


class Giving(msgspec.Struct, frozen=True):
    """`exemplaire` is the label that was scanned; empty, the copy that was set aside."""

    key: Annotated[str, msgspec.Meta(max_length=64)]
    exemplaire: str = ""
    quand_meme: str = ""


class Taking(msgspec.Struct, frozen=True):
    key: Annotated[str, msgspec.Meta(max_length=64)]
    etat: Outcome = Outcome.FINE
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""
    plus_tard: str = ""


class Refusing(msgspec.Struct, frozen=True):
    key: Annotated[str, msgspec.Meta(max_length=64)]
    raison: str = ""


@get(HERE, guards=[DESK])
async def index(request: AnyRequest) -> Response[Any]:
    here = await frame.place(request)
    return await frame.page(
        request,
        "desk/loans/index.html",
        title="Prêts du jour",
        here=here,
        today=formats.weekday(clock.today(), clock.today()),
        day=None if here.site_id is None else await lending.today(here.site_id),
        states=STATES,
        key=codes.random_id(),
    )


async def _page(request: AnyRequest, line: str, form: Form | None = None) -> Response[str]:
    loan = await lending.get_line(_number(line))
    return await frame.page(
        request,
        "desk/loans/show.html",
        title=loan.name,
        here=await frame.place(request),
        focus=False,
        form=form,
        loan=loan,
        may_undo=loan.out_at is not None and loan.changed_at > clock.now() - UNDO_WITHIN,
        states=STATES,
        said_outcomes=[(kind.value, translated(word)) for kind, word in OUTCOMES.items()],
        key=codes.random_id(),
    )


@get(HERE + "/{line:str}", guards=[DESK])
async def show(request: AnyRequest, line: FromPath[str]) -> Response[str]:
    return await _page(request, line)


@post(HERE + "/{line:str}/accord", guards=[DESK])
@forms.again(_page)
async def approve(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    act = await forms.read(request, Act)
    loan = await lending.get_line(_number(line))
    await service.approve(_ask(request, act.key), loan.booking)
    return redirect(request, HERE, said="pret-accorde")


@post(HERE + "/{line:str}/refus", guards=[DESK])
@forms.again(_page)
async def reject(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    act = await forms.read(request, Refusing)
    loan = await lending.get_line(_number(line))
    await service.reject(_ask(request, act.key), loan.booking, act.raison)
    return redirect(request, HERE, said="pret-refuse")


@post(HERE + "/{line:str}/preparation", guards=[DESK])
@forms.again(_page)
async def prepare(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    act = await forms.read(request, Act)
    await service.prepare(_ask(request, act.key), _number(line))
    return redirect(request, HERE, said="pret-prepare")


@post(HERE + "/{line:str}/remise", guards=[DESK])
@forms.again(_page)
async def hand_over(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    act = await forms.read(request, Giving)
    handed = Handed(anyway=bool(act.quand_meme))
    unit = _unit(act.exemplaire)
    await service.hand_over(_ask(request, act.key), _number(line), unit, handed)
    return redirect(request, HERE, said="pret-remis")


@post(HERE + "/{line:str}/retour", guards=[DESK])
@forms.again(_page)
async def take_back(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    act = await forms.read(request, Taking)
    back = Back(outcome=act.etat, note=act.note, later=bool(act.plus_tard))
    await service.take_back(_ask(request, act.key), _number(line), back)
    return redirect(request, HERE, said="pret-repris")


@post(HERE + "/{line:str}/controle", guards=[DESK])
@forms.again(_page)
async def inspect(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    act = await forms.read(request, Taking)
    back = Back(outcome=act.etat, note=act.note)
    await service.inspect(_ask(request, act.key), _number(line), back)
    return redirect(request, HERE, said="pret-controle")


@post(HERE + "/{line:str}/annulation-du-geste", guards=[DESK])
@forms.again(_page)
async def undo(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    act = await forms.read(request, Act)
    await service.undo(_ask(request, act.key), _number(line))
    return redirect(request, f"{HERE}/{line}", said="geste-annule")


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
    )


def _ask(request: AnyRequest, key: str) -> Ask:
    return Ask(by=acting(request), key=key)


def _unit(scanned: str) -> str:
    """The code of a label, scanned or typed; "" for none. Raises UnitUnknown for another code."""
    if not scanned:
        return ""
    understood = codes.understand(scanned)
    if isinstance(understood, codes.Unit | codes.TypedCode):
        return understood.code
    raise UnitUnknown


def _number(line: str) -> int:
    number = read_number(line)
    if number is None:
        raise BookingUnknown
    return number


HANDLERS = [index, show, approve, reject, prepare, hand_over, take_back, inspect, undo, unit]
