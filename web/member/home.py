"""Where a member begins: what waits for them today, what is on, what it saved."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from litestar import Request, Response, get
from litestar.di import NamedDependency

from backend.http import callers
from backend.http.doors import ACCOUNT
from backend.http.respond import page, redirect
from backend.insight import home as across
from backend.insight.home import Home
from backend.kit import clock
from backend.kit.translations import translated as _
from backend.lending.queries.at_home import Booked
from backend.lending.rules import LineState
from backend.membership.queries import Member, Standing
from backend.membership.rules import Status
from backend.offers import queries as offers
from backend.offers.queries import OfferCard
from backend.orders.rules import TicketState as Ordered
from web.member import words
from web.member.lending_words import due, picture_for, soon, spoken
from web.shell import order_words
from web.shell.door import door_sign
from web.shell.pictures import picture_of

AnyRequest = Request[Any, Any, Any]
NEAR = 3
MOST_LATER, MOST_CLOSING = 4, 2
SOON = timedelta(days=3)
INSTANT = timedelta(microseconds=1)  # midnight ends the day before
RENEW_WITHIN = timedelta(days=30)
TILE_CENTS = 1000
MOST_TILES = 53  # six rows: more would push what is near off a phone's screen
S = LineState


class Need(NamedTuple):
    """One line of what waits: the kind says how it reads, `on` what it is about."""

    kind: str
    on: Any


@get("/accueil", guards=[callers.welcomed])
async def show(request: AnyRequest, member: NamedDependency[Member | None]) -> Response[Any]:
    """Everybody's first page; who is in no household has an account only."""
    return redirect(request, ACCOUNT) if member is None else await _home(request, member)


async def _home(request: AnyRequest, member: Member) -> Response[str]:
    found = await across.at_home(member, clock.start_of_day(_january()))
    view = await offers.member_view(member.person_id)
    near = await offers.catalogue(view)
    standing, now = member.standing(), clock.now()
    at_home, needs = found.at_home, _needs(found, standing, now)
    waiting = {id(need.on) for need in needs}
    return await page(
        request,
        "member/home/show.html",
        title=_("Accueil"),
        space="member",
        member=member,
        standing=standing,
        up_to_date=standing.status in words.UP_TO_DATE,
        dues=words.DUES,
        needs=needs,
        later=[each for each in found.booked if id(each) not in waiting][:MOST_LATER],
        neighbour=found.neighbour if member.adult and standing.status in words.CAN_BORROW else None,
        orders=[each for each in found.orders if id(each) not in waiting],
        closing=found.closing[:MOST_CLOSING],
        order_states=order_words.STATES,
        sessions=found.sessions,
        desk=found.desk,
        door=door_sign(found.desk.calendar, now) if found.desk else None,
        newcomer=_is_new(found, standing),
        saved_cents=at_home.saved_cents,
        laid=min(at_home.saved_cents // TILE_CENTS, MOST_TILES),
        declared_cents=found.declared_cents,
        missing_cents=TILE_CENTS - at_home.saved_cents % TILE_CENTS,
        vouchers=at_home.vouchers,
        soon=now + SOON,
        near=_favourites_first(near.offers)[:NEAR],
        picture=picture_of,
        thing=picture_for,
        due=due,
        spoken=spoken,
        headline=words.headline,
        opening=words.opening,
        last_day=_last_day,
        spoken_day=_spoken_day,
    )


def _is_new(found: Home, standing: Standing) -> bool:
    """Nothing yet that they took, saved, booked or were asked for."""
    home = found.at_home
    done = home.vouchers or home.saved_cents or found.booked or found.orders or found.writers
    return not done and standing.status in words.UP_TO_DATE | {Status.PROSPECT}


def _needs(found: Home, standing: Standing, now: datetime) -> list[Need]:
    """The most pressing first; each line is about one thing that somebody can do now."""
    tomorrow = clock.end_of_day(clock.today() + timedelta(days=1))
    out = _in(found, S.CHECKED_OUT)
    late = [each for each in out if each.is_overdue(now)]
    needs = [Need("late", each) for each in late]
    if found.owed_cents:
        needs.append(Need("owed", found.owed_cents))
    if standing.status in words.UP_TO_DATE and _ends_within(standing.paid_until, RENEW_WITHIN):
        needs.append(Need("dues", standing.paid_until))
    needs += [Need("offered", each) for each in _in(found, S.OFFERED)]
    needs += [Need("held", each) for each in _in(found, S.HELD)]
    needs += [Need("order to pay", each) for each in found.orders if each.waits_for_money]
    needs += [Need("order ready", each) for each in found.orders if each.state is Ordered.READY]
    needs += [Need("ready", each) for each in _in(found, S.READY)]
    needs += [Need("back", each) for each in out if each not in late and each.ends_at <= tomorrow]
    return needs + [Need("writer", each) for each in found.writers]


def _in(found: Home, state: LineState) -> list[Booked]:
    return [each for each in found.booked if each.state is state]


def _january() -> date:
    return clock.today().replace(month=1, day=1)


def _ends_within(until: date | None, delay: timedelta) -> bool:
    return until is not None and until <= clock.today() + delay


def _favourites_first(cards: list[OfferCard]) -> list[OfferCard]:
    """Those already near: a favourite at the other end of town does not push the baker away."""
    return sorted(cards, key=lambda card: not card.favourite)


def _spoken_day(until: datetime) -> str:
    """As in « demain »: the day that an instant ends."""
    return soon(clock.paris(until - INSTANT).date())


def _last_day(until: datetime) -> date:
    return clock.paris(until).date()


HANDLERS = [show]
