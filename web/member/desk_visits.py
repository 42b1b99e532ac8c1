"""When I come to the desk: a free period for a pick-up or a return, chosen and given up."""

from datetime import date, datetime
from itertools import groupby
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import callers, forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.kit import clock, codes
from backend.kit.errors import N_, Missing
from backend.kit.translations import translated as _
from backend.lending.queries import visits as looks
from backend.lending.rules import VisitKind
from backend.lending.service import visits
from backend.lending.slots import Slot
from backend.lending.values import Ask
from backend.membership.queries import Member

AnyRequest = Request[Any, Any, Any]
BOOKINGS = "/reserver/reservations"
# By the word of the address.
KINDS = {"retrait": VisitKind.PICKUP, "retour": VisitKind.RETURN}
TITLES = {"retrait": N_("Quand venir le prendre"), "retour": N_("Quand venir le rendre")}
MOST_DAYS = 14


class Choice(msgspec.Struct, frozen=True):
    starts_at: datetime
    key: str = ""


async def _page(
    request: AnyRequest, public_id: str, kind: str, member: Member, form: Form | None = None
) -> Response[str]:
    chosen = await looks.get_visit(public_id, member.household_id, _kind(kind))
    return await page(
        request,
        "member/desk_visits/edit.html",
        title=_(TITLES[kind]),
        space="member",
        form=form,
        booking=public_id,
        kind=kind,
        chosen=chosen,
        days=by_day(await looks.slots_for(public_id, _kind(kind))),
        key=codes.random_id(),
    )


@get(BOOKINGS + "/{public_id:str}/creneaux/{kind:str}", guards=[callers.member])
async def edit(
    request: AnyRequest,
    public_id: FromPath[str],
    kind: FromPath[str],
    member: NamedDependency[Member],
) -> Response[str]:
    return await _page(request, public_id, kind, member)


@post(BOOKINGS + "/{public_id:str}/creneaux/{kind:str}", guards=[callers.member])
@forms.again(_page)
async def update(
    request: AnyRequest,
    public_id: FromPath[str],
    kind: FromPath[str],
    member: NamedDependency[Member],
) -> Response[Any]:
    choice = await forms.read(request, Choice)
    ask = _ask(request, member, choice.key)
    await visits.choose(ask, public_id, _kind(kind), choice.starts_at)
    return redirect(request, f"{BOOKINGS}/{public_id}", said="creneau-pris")


@post(BOOKINGS + "/{public_id:str}/creneaux/{kind:str}/abandon", guards=[callers.member])
async def give_up(
    request: AnyRequest,
    public_id: FromPath[str],
    kind: FromPath[str],
    member: NamedDependency[Member],
) -> Response[Any]:
    await visits.give_up(_ask(request, member), public_id, _kind(kind))
    return redirect(request, f"{BOOKINGS}/{public_id}", said="creneau-rendu")


def by_day(slots: list[Slot]) -> list[tuple[date, list[Slot]]]:
    """The free periods of the next days that have any."""
    days = groupby(slots, key=lambda slot: clock.paris(slot.starts_at).date())
    return [(day, list(found)) for day, found in days][:MOST_DAYS]


def _kind(word: str) -> VisitKind:
    if word not in KINDS:
        raise Missing
    return KINDS[word]


def _ask(request: AnyRequest, member: Member, key: str = "") -> Ask:
    return Ask(by=acting(request), key=key or codes.random_id(), household_id=member.household_id)


HANDLERS = [edit, update, give_up]
