"""Where a member begins: what was saved, the voucher to show, what to do next."""

from datetime import date, datetime, timedelta
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from backend.http import callers
from backend.http.doors import ACCOUNT
from backend.http.respond import page, redirect
from backend.insight import home as across
from backend.kit import clock
from backend.membership.queries import Member
from backend.offers import queries as offers
from backend.offers.queries import OfferCard
from web.member import words
from web.shell.pictures import picture_of

AnyRequest = Request[Any, Any, Any]
NEAR = 3
SOON = timedelta(days=3)
RENEW_WITHIN = timedelta(days=30)
TILE_CENTS = 1000
MOST_TILES = 53  # six rows: more would push the voucher off a phone's screen


@get("/accueil", guards=[callers.welcomed])
async def show(request: AnyRequest, member: NamedDependency[Member | None]) -> Response[Any]:
    """Everybody's first page; who is in no household has an account only."""
    return redirect(request, ACCOUNT) if member is None else await _home(request, member)


async def _home(request: AnyRequest, member: Member) -> Response[str]:
    found = await across.at_home(member.household_id, clock.start_of_day(_january()))
    at_home = found.at_home
    view = await offers.member_view(member.person_id)
    near = await offers.catalogue(view)
    standing = member.standing()
    return await page(
        request,
        "member/home/show.html",
        title="Accueil",
        space="member",
        member=member,
        standing=standing,
        up_to_date=standing.status in words.UP_TO_DATE,
        renew_soon=_ends_within(standing.paid_until, RENEW_WITHIN),
        dues=words.DUES,
        saved_cents=at_home.saved_cents,
        laid=min(at_home.saved_cents // TILE_CENTS, MOST_TILES),
        declared_cents=found.declared_cents,
        missing_cents=TILE_CENTS - at_home.saved_cents % TILE_CENTS,
        vouchers=at_home.vouchers,
        soon=clock.now() + SOON,
        near=_favourites_first(near.offers)[:NEAR],
        picture=picture_of,
        headline=words.headline,
        opening=words.opening,
        last_day=_last_day,
    )


def _january() -> date:
    return clock.today().replace(month=1, day=1)


def _ends_within(until: date | None, delay: timedelta) -> bool:
    return until is not None and until <= clock.today() + delay


def _favourites_first(cards: list[OfferCard]) -> list[OfferCard]:
    """Those already near: a favourite at the other end of town does not push the baker away."""
    return sorted(cards, key=lambda card: not card.favourite)


def _last_day(until: datetime) -> date:
    return clock.paris(until).date()


HANDLERS = [show]
