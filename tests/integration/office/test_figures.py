"""What the dashboard counts, month by month."""

from datetime import UTC, date, datetime, timedelta

from backend.audit.service import SYSTEM
from backend.billing import queries as billing
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, transaction
from backend.membership import office as membership
from backend.membership import service as membership_service
from backend.membership.rules import Category
from backend.vouchers import office as vouchers
from backend.vouchers import savings
from tests.conftest import Database
from tests.factories import add_household, add_offer, add_partner, add_shop, pay_dues


async def test_households_are_counted_on_the_last_day_of_each_month(db: Database) -> None:
    """A household counts from its first paid day to its last, whatever it paid with."""
    today = clock.today()
    for days in (70, 70, 0):
        with clock.travel(timedelta(days=-days)):
            joined = await add_household()
            await pay_dues(joined.household_id, 1 if days else 12)
    months = await membership.members_by_month(today, 12)
    assert len(months) == 12
    assert months[-1].on == today
    assert months[-1].households == 1
    ends = [(month.on + timedelta(days=1)).day for month in months[:-1]]
    assert ends == [1] * 11  # each is the eve of a first
    assert max(month.households for month in months) == 2


async def use(offer_id: int, at: datetime, cents: int, *, undone: bool = False) -> None:
    row = await fetch(
        "INSERT INTO redemption (public_id, offer, offer_version, household, person, partner, shop,"
        " channel, mode, at, saving_cents) SELECT gen_random_uuid()::text, o.id, 1,"
        " (SELECT household FROM household_member), (SELECT person FROM household_member),"
        " o.partner, s.id, 'scan', 'online', $2, $3 FROM offer o JOIN shop s ON s.partner = o.partner"
        " WHERE o.id = $1 RETURNING id",
        offer_id,
        at,
        cents,
    )
    if undone:
        await fetch(
            "INSERT INTO reversal (public_id, redemption, at, reason)"
            " VALUES (gen_random_uuid()::text, $1, $2, 'mistake')",
            row[0]["id"],
            at,
        )


async def test_household_counts_to_its_last_provisional_day(db: Database) -> None:
    """A payment under way counts as long as its household is served on its promise."""
    today = clock.today()
    joined = await add_household()
    await pay_dues(joined.household_id)
    await fetch("UPDATE period SET provisional_until = $1", today - timedelta(days=1))
    assert (await membership.members_by_month(today))[-1].households == 0
    await fetch("UPDATE period SET provisional_until = $1", today)
    assert (await membership.members_by_month(today))[-1].households == 1
    await fetch("UPDATE period SET cancelled_at = now()")
    assert (await membership.members_by_month(today))[-1].households == 0


async def test_savings_are_summed_in_the_month_of_paris(db: Database) -> None:
    """An undone use counts nothing; the last hour of a month in UTC is the next month in Paris."""
    await add_household()
    partner = await add_partner()
    await add_shop(partner.id)
    offer = await add_offer(partner.id)
    await use(offer.id, datetime(2026, 10, 31, 22, 30, tzinfo=UTC), 100)
    await use(offer.id, datetime(2026, 10, 31, 23, 30, tzinfo=UTC), 250)
    await use(offer.id, datetime(2026, 11, 3, 12, tzinfo=UTC), 900, undone=True)
    await use(offer.id, datetime(2025, 11, 3, 12, tzinfo=UTC), 5000)
    async with transaction():
        await savings.settle()  # these uses were written behind the till's back
    year = await vouchers.savings_by_month(date(2026, 11, 20), 12)
    told = {month.first: (month.uses, month.saved_cents) for month in year.months}
    assert len(told) == 12
    assert told[date(2026, 10, 1)] == (1, 100)
    assert told[date(2026, 11, 1)] == (1, 250)
    assert (year.uses, year.saved_cents, year.partners) == (2, 350, 1)


async def test_uses_are_counted_in_the_week_of_paris(db: Database) -> None:
    """The last hour of a Sunday in UTC is Monday in Paris; weeks add up to the uses that stand."""
    await add_household()
    partner = await add_partner()
    await add_shop(partner.id)
    offer = await add_offer(partner.id)
    for at, cents in ((8, 100), (15, 250)):
        await use(offer.id, datetime(2026, 11, at, 23, 30, tzinfo=UTC), cents)  # both are Sundays
    await use(offer.id, datetime(2026, 11, 17, 12, tzinfo=UTC), 900, undone=True)
    async with transaction():
        await savings.settle()
    weeks = await vouchers.uses_by_week(date(2026, 11, 20), 26)
    assert len(weeks) == 26
    assert all(week.first.weekday() == 0 for week in weeks)
    told = {week.first: (week.uses, week.saved_cents) for week in weeks if week.uses}
    assert told == {date(2026, 11, 9): (1, 100), date(2026, 11, 16): (1, 250)}


async def test_income_is_what_came_in_less_what_went_back(db: Database) -> None:
    joined = await add_household()
    await pay_dues(joined.household_id)
    since = clock.start_of_day(clock.today())
    assert await billing.income("dues", since) == 6000
    assert await billing.income("partner_dues", since) == 0
    assert await billing.income("dues", clock.now() + timedelta(days=1)) == 0


async def test_a_price_has_its_days_when_it_follows_another(db: Database) -> None:
    """M10: each price from its day to the eve of the next."""
    today = clock.today()
    for ahead, cents in ((0, 120), (30, 150)):
        await membership_service.set_price(
            SYSTEM, Category.TENANT, cents, today + timedelta(days=ahead)
        )
    later, now = await membership.prices()
    assert (later.month_cents, later.until) == (150, None)
    assert (now.month_cents, now.until) == (120, today + timedelta(days=29))
    assert await fetch_value("SELECT count(*) FROM price") == 2
