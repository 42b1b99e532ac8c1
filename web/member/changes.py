"""Other days for something that is booked and not fetched yet (L12)."""

from datetime import date, time
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.http import callers, forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import clock, codes
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from backend.kit.zone import find_wall, paris
from backend.lending import queries as lending
from backend.lending import service
from backend.lending.errors import BookingUnknown
from backend.lending.queries import LineView
from backend.lending.rules import BOOKED, Period, SlotMode
from backend.membership.queries import Member
from web.member.lending_words import last_day, lengths_of, spoken
from web.member.things import asking

AnyRequest = Request[Any, Any, Any]
HERE = "/reserver/reservations/{public_id:str}/lignes/{line:str}/dates"


class Wish(msgspec.Struct, frozen=True):
    """Days, or a day with an hour and a length in minutes."""

    key: Annotated[str, msgspec.Meta(max_length=64)]
    version: int
    debut: date
    fin: date | None = None
    heure: str = ""
    minutes: int = 0

    @property
    def period(self) -> Period:
        if not self.heure:
            return lending.wanted_days(self.debut, self.fin or self.debut)
        wall = find_wall(self.heure) or time()
        return lending.wanted_hours(self.debut, wall, max(0, min(self.minutes, 100_000)))


async def _page(
    request: AnyRequest, public_id: str, line: str, member: Member, form: Form | None = None
) -> Response[str]:
    booked = await _line(public_id, line, member)
    model = await lending.get_model(booked.resource)
    by_hour = model.policy.slot_mode is SlotMode.HOURS
    return await page(
        request,
        "member/bookings/dates.html",
        title=_("Changer les dates"),
        space="member",
        form=form,
        line=booked,
        by_hour=by_hour,
        first=paris(booked.period.start),
        last=last_day(booked.period),
        minutes=int(booked.period.length.total_seconds() // 60),
        lengths=lengths_of(model.policy.slot_minutes, model.policy.longest_length),
        today=clock.today(),
        spoken=spoken,
        key=codes.random_id(),
    )


async def _line(public_id: str, line: str, member: Member) -> LineView:
    """One that can still be changed. Raises BookingUnknown."""
    booking = await lending.get_booking(public_id, member.household_id)
    number = read_number(line)
    found = next((each for each in booking.lines if each.id == number), None)
    if found is None or found.state not in BOOKED:
        raise BookingUnknown
    return found


@get(HERE, guards=[callers.member])
async def edit(
    request: AnyRequest,
    public_id: FromPath[str],
    line: FromPath[str],
    member: NamedDependency[Member],
) -> Response[str]:
    return await _page(request, public_id, line, member)


@post(HERE, guards=[callers.member])
@forms.again(_page)
async def update(
    request: AnyRequest,
    public_id: FromPath[str],
    line: FromPath[str],
    member: NamedDependency[Member],
) -> Response[Any]:
    wish = await forms.read(request, Wish)
    booked = await _line(public_id, line, member)
    await service.change(asking(request, member, wish.key, wish.version), booked.id, wish.period)
    return redirect(request, f"/reserver/reservations/{public_id}", said="dates-changees")


HANDLERS = [edit, update]
