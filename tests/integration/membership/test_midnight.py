"""Nobody is thrown out by a bug at midnight: the last paid day and the last day of grace, in Paris."""

from collections.abc import Awaitable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock, codes
from backend.kit.errors import DomainError
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import CardKind, Status
from backend.offers.rules import Delivery, LimitPeriod
from backend.vouchers import service as vouchers
from backend.vouchers.errors import Expired, MembershipGrace, MembershipInactive
from backend.vouchers.scans import Scan
from tests import factories
from tests.conftest import Database
from tests.factories import Market

LATE, EARLY = time(23, 59), time(0, 1)
GRACE = timedelta(days=30)
DAY = timedelta(days=1)
# Paid on, months, last paid day: where months, years and clocks change.
TERMS = [
    (date(2027, 3, 1), 12, date(2028, 2, 29)),  # a leap day is the last one
    (date(2028, 2, 29), 12, date(2029, 2, 28)),  # and a leap day is the first one
    (date(2027, 1, 31), 1, date(2027, 2, 28)),  # a month that has no such day
    (date(2026, 3, 28), 12, date(2027, 3, 27)),  # the clocks go forward after midnight
    (date(2026, 3, 29), 12, date(2027, 3, 28)),  # this day has 23 hours
    (date(2026, 10, 31), 12, date(2027, 10, 30)),  # the clocks go back after midnight
    (date(2026, 11, 1), 12, date(2027, 10, 31)),  # this day has 25 hours
    (date(2026, 9, 28), 6, date(2027, 3, 27)),  # paid in summer, ends in winter
    (date(2026, 1, 1), 12, date(2026, 12, 31)),
    (date(2026, 2, 27), 1, date(2026, 3, 26)),  # the clocks change within its days
]
NAMES = [f"{ends:%d-%m-%Y}" for _, _, ends in TERMS]


def at(day: date, wall: time = time(10, 0)) -> datetime:
    return datetime.combine(day, wall, tzinfo=clock.PARIS)


async def said(act: Awaitable[Any]) -> type[DomainError] | None:
    """The refusal, if any."""
    try:
        await act
    except DomainError as refusal:
        return type(refusal)
    return None


class Shopper:
    """Alice, her vouchers, her card, and a shop that scans them."""

    def __init__(self, market: Market, person_id: int) -> None:
        self.market, self.person_id = market, person_id

    async def claim(self) -> str:
        member = await queries.find_member(self.person_id)
        assert member is not None
        return await vouchers.claim(member, self.market.offer.public_id, SYSTEM)

    async def redeem(self, code: str) -> None:
        await vouchers.redeem(Scan(code=code, key=codes.random_id(), till=self.market.till.caller))

    async def show_card(self) -> None:
        card = await queries.card_of(self.person_id, CardKind.PHONE)
        assert card is not None
        code = codes.show_card(card.card_public_id, card.secret, clock.now())
        await vouchers.look(Scan(code=code, key=codes.random_id(), till=self.market.till.caller))

    async def status(self) -> Status:
        member = await queries.find_member(self.person_id)
        assert member is not None
        return member.status()


async def shopper(paid_on: date, months: int) -> Shopper:
    with clock.frozen(at(paid_on, LATE)):
        daily = {"limit_period": LimitPeriod.DAY, "voucher_days": 90}
        market = await factories.add_market(**daily)
        await factories.add_offer(
            market.partner.id, title="Carte", delivery=Delivery.CARD, limit_period=LimitPeriod.DAY
        )
        joined = await factories.add_household()
        await factories.pay_dues(joined.household_id, months)
        await membership.make_phone_card(joined.person_id)
    return Shopper(market, joined.person_id)


@pytest.mark.parametrize(("paid_on", "months", "ends"), TERMS, ids=NAMES)
async def test_rights_change_at_midnight_in_paris_and_not_before(
    db: Database, paid_on: date, months: int, ends: date
) -> None:
    """M1, M3: 23:59 of the last paid day is a paid day; what was taken is honoured in all of grace."""
    alice = await shopper(paid_on, months)
    with clock.frozen(at(ends - DAY)):
        first = await alice.claim()
    with clock.frozen(at(ends, LATE)):
        assert await alice.status() is Status.CURRENT
        second = await alice.claim()
        assert await said(alice.show_card()) is None
        assert await said(alice.redeem(first)) is None
    with clock.frozen(at(ends + DAY, EARLY)):
        assert await alice.status() is Status.GRACE
        assert await said(alice.claim()) is MembershipGrace
        assert await said(alice.show_card()) is None
    with clock.frozen(at(ends + GRACE, LATE)):
        assert await alice.status() is Status.GRACE
        assert await said(alice.show_card()) is None
        assert await said(alice.redeem(second)) is None


@pytest.mark.parametrize(("paid_on", "months", "ends"), TERMS, ids=NAMES)
async def test_all_ends_a_minute_after_the_last_day_of_grace(
    db: Database, paid_on: date, months: int, ends: date
) -> None:
    """M1, M3: and comes back with the payment, from its day on."""
    alice = await shopper(paid_on, months)
    with clock.frozen(at(ends, LATE)):
        code = await alice.claim()
    with clock.frozen(at(ends + GRACE + DAY, EARLY)):
        assert await alice.status() is Status.LAPSED
        assert await said(alice.claim()) is MembershipInactive
        assert await said(alice.show_card()) is MembershipInactive
        assert await said(alice.redeem(code)) in {MembershipInactive, Expired}
        member = await queries.find_member(alice.person_id)
        assert member is not None
        taken = await factories.pay_dues(member.household_id)
        assert taken.span.start == ends + GRACE + DAY
        assert await said(alice.claim()) is None


@pytest.mark.parametrize(("paid_on", "months", "ends"), TERMS, ids=NAMES)
@pytest.mark.parametrize(
    ("days", "wall"), [(0, LATE), (1, EARLY), (30, LATE)], ids=["last day", "grace", "end of grace"]
)
async def test_renewal_loses_no_day_until_grace_is_over(
    db: Database, paid_on: date, months: int, ends: date, days: int, wall: time
) -> None:
    """M3: paid before term or in grace, the next days go on from the old end + 1 day."""
    alice = await shopper(paid_on, months)
    with clock.frozen(at(ends + timedelta(days=days), wall)):
        member = await queries.find_member(alice.person_id)
        assert member is not None
        taken = await factories.pay_dues(member.household_id)
        assert taken.span.start == ends + DAY
        assert await alice.status() is Status.CURRENT
        assert await said(alice.claim()) is None
