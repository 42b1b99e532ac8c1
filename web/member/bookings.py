"""My bookings: what I have, what I wait for, and every act on one of them."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import callers, forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import codes
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from backend.lending import queries as lending
from backend.lending import service
from backend.lending.errors import BookingUnknown
from backend.lending.queries import BookingPage, LineView, visits
from backend.lending.rules import BOOKED, LineState, SlotMode
from backend.membership.queries import Member
from web.member import changes
from web.member.lending_words import STATES, due, picture_for, spoken
from web.member.things import asking

AnyRequest = Request[Any, Any, Any]
HERE = "/reserver/reservations"
UNUSED = frozenset(
    {LineState.REQUESTED, LineState.CONFIRMED, LineState.READY, LineState.WAITLISTED}
)


class Act(msgspec.Struct, frozen=True):
    """`version` is of the page the button stood on: what changed meanwhile is shown first (L12)."""

    key: Annotated[str, msgspec.Meta(max_length=64)]
    version: int
    accepte: str = ""


@get(HERE, guards=[callers.member])
async def index(request: AnyRequest, member: NamedDependency[Member]) -> Response[str]:
    return await page(
        request,
        "member/bookings/index.html",
        title=_("Mes réservations"),
        space="member",
        open=await lending.of_household(member.household_id),
        past=await lending.past_of_household(member.household_id),
        strikes=await lending.strikes_of(member.household_id),
        **_words(),
    )


async def _page(
    request: AnyRequest, public_id: str, member: Member, form: Form | None = None
) -> Response[str]:
    booking = await lending.get_booking(public_id, member.household_id)
    first = booking.lines[0]
    thing = await lending.get_resource(first.resource)
    return await page(
        request,
        "member/bookings/show.html",
        title=first.name,
        space="member",
        form=form,
        booking=booking,
        thing=thing,
        rules=await _rules(booking, thing.model.policy.rules_text),
        by_hour=thing.model.policy.slot_mode is SlotMode.HOURS,
        held=_in(booking, LineState.HELD),
        offered=_in(booking, LineState.OFFERED),
        may_cancel=any(line.state in UNUSED for line in booking.lines),
        visit=await _visit(booking, thing.model.site_id),
        key=codes.random_id(),
        **_words(),
    )


async def _rules(booking: BookingPage, first: str) -> list[str]:
    """What is to be accepted before it stands: of each of its things, once (L11, L39)."""
    waits = _in(booking, LineState.HELD) or _in(booking, LineState.OFFERED)
    if not waits:
        return []
    if len(booking.lines) > 1:
        return await lending.rules_of(booking.public_id)
    return [first] if first else []


async def _visit(booking: BookingPage, site_id: int) -> str:
    """What for somebody may choose a time at the desk: "retrait", "retour", or "" for nothing."""
    if await visits.find_capacity(site_id) is None:
        return ""
    if _in(booking, LineState.CHECKED_OUT):
        return "retour"
    return "retrait" if any(_in(booking, state) for state in BOOKED) else ""


@get(HERE + "/{public_id:str}", guards=[callers.member])
async def show(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[str]:
    return await _page(request, public_id, member)


@post(HERE + "/{public_id:str}/confirmation", guards=[callers.member])
@forms.again(_page)
async def confirm(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    act = await forms.read(request, Act)
    ask = asking(request, member, act.key, act.version)
    done = await service.confirm(ask, public_id, accepted=bool(act.accepte))
    said = "reservation-demandee" if done.state is LineState.REQUESTED else "reserve"
    return redirect(request, f"{HERE}/{public_id}", said=said)


@post(HERE + "/{public_id:str}/delai", guards=[callers.member])
@forms.again(_page)
async def extend_hold(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    act = await forms.read(request, Act)
    await service.extend_hold(asking(request, member, act.key, act.version), public_id)
    return redirect(request, f"{HERE}/{public_id}", said="temps-ajoute")


async def _asking(
    request: AnyRequest, public_id: str, member: Member, form: Form | None = None
) -> Response[str]:
    booking = await lending.get_booking(public_id, member.household_id)
    return await page(
        request,
        "member/bookings/cancel.html",
        title=_("Annuler"),
        space="member",
        form=form,
        booking=booking,
        key=codes.random_id(),
        **_words(),
    )


@get(HERE + "/{public_id:str}/annulation", guards=[callers.member])
async def ask_cancel(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[str]:
    return await _asking(request, public_id, member)


@post(HERE + "/{public_id:str}/annulation", guards=[callers.member])
@forms.again(_asking)
async def cancel(
    request: AnyRequest, public_id: FromPath[str], member: NamedDependency[Member]
) -> Response[Any]:
    act = await forms.read(request, Act)
    await service.cancel(asking(request, member, act.key, act.version), public_id)
    return redirect(request, HERE, said="reservation-annulee")


@post(HERE + "/{public_id:str}/lignes/{line:str}/prolongation", guards=[callers.member])
@forms.again(_page)
async def renew(
    request: AnyRequest,
    public_id: FromPath[str],
    line: FromPath[str],
    member: NamedDependency[Member],
) -> Response[Any]:
    act = await forms.read(request, Act)
    await service.renew(asking(request, member, act.key, act.version), _number(line))
    return redirect(request, f"{HERE}/{public_id}", said="pret-prolonge")


@post(HERE + "/{public_id:str}/lignes/{line:str}/reponse", guards=[callers.member])
@forms.again(_page)
async def accept(
    request: AnyRequest,
    public_id: FromPath[str],
    line: FromPath[str],
    member: NamedDependency[Member],
) -> Response[Any]:
    """Yes to what came free."""
    act = await forms.read(request, Act)
    ask = asking(request, member, act.key, act.version)
    done = await service.accept(ask, _number(line), accepted=bool(act.accepte))
    said = "reservation-demandee" if done.state is LineState.REQUESTED else "reserve"
    return redirect(request, f"{HERE}/{public_id}", said=said)


@post(HERE + "/{public_id:str}/lignes/{line:str}/passage", guards=[callers.member])
@forms.again(_page)
async def skip(
    request: AnyRequest,
    public_id: FromPath[str],
    line: FromPath[str],
    member: NamedDependency[Member],
) -> Response[Any]:
    act = await forms.read(request, Act)
    await service.skip(asking(request, member, act.key, act.version), _number(line))
    lines = (await lending.get_booking(public_id)).lines
    said = "attente-en-pause" if any(each.is_paused for each in lines) else "place-passee"
    return redirect(request, f"{HERE}/{public_id}", said=said)


@post(HERE + "/{public_id:str}/lignes/{line:str}/pause", guards=[callers.member])
@forms.again(_page)
async def pause(
    request: AnyRequest,
    public_id: FromPath[str],
    line: FromPath[str],
    member: NamedDependency[Member],
) -> Response[Any]:
    act = await forms.read(request, Act)
    await service.pause(asking(request, member, act.key, act.version), _number(line))
    return redirect(request, f"{HERE}/{public_id}", said="attente-en-pause")


@post(HERE + "/{public_id:str}/lignes/{line:str}/pause/fin", guards=[callers.member])
@forms.again(_page)
async def resume(
    request: AnyRequest,
    public_id: FromPath[str],
    line: FromPath[str],
    member: NamedDependency[Member],
) -> Response[Any]:
    act = await forms.read(request, Act)
    await service.pause(asking(request, member, act.key, act.version), _number(line), on=False)
    return redirect(request, f"{HERE}/{public_id}", said="attente-reprise")


def _number(line: str) -> int:
    number = read_number(line)
    if number is None:
        raise BookingUnknown
    return number


def _in(booking: BookingPage, state: LineState) -> list[LineView]:
    return [line for line in booking.lines if line.state is state]


def _words() -> dict[str, Any]:
    return {"states": STATES, "picture": picture_for, "spoken": spoken, "due": due}


HANDLERS = [
    index,
    show,
    confirm,
    extend_hold,
    ask_cancel,
    cancel,
    renew,
    accept,
    skip,
    pause,
    resume,
    *changes.HANDLERS,
]
