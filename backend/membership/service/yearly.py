"""Once a year whoever pays each month is told what was paid (B11)."""

from datetime import date

import msgspec

from backend.billing import queries as orders
from backend.kit import clock, formats
from backend.kit.database import fetch_as, transaction
from backend.membership.service import telling
from backend.membership.service.periods import lock_household


class _Paid(msgspec.Struct, frozen=True):
    household_id: int
    order_public_id: str
    cents: int
    months: int


async def tell_yearly_sums() -> None:
    """The sums of the year that is over, once each; a year that no worker ran in is made up for."""
    year = clock.today().year - 1
    for paid in await _paid_in(year):
        async with transaction():
            household = await lock_household(paid.household_id)
            await telling.tell(
                "dues.year",
                f"{paid.order_public_id}:{year}",
                household,
                await orders.get_order(paid.order_public_id),
                year=year,
                amount=formats.euros(paid.cents),
                months=paid.months,
            )


async def _paid_in(year: int) -> list[_Paid]:
    """Those who were not told yet: months of this year that were not given back since, and their sum."""
    return await fetch_as(
        _Paid,
        "SELECT h.id AS household_id, o.public_id AS order_public_id,"
        " sum(left_.cents)::bigint AS cents, count(*) AS months"
        " FROM payment p JOIN pay_order o ON o.id = p.pay_order JOIN household h ON h.payer = o.payer"
        " CROSS JOIN LATERAL (SELECT p.amount_cents + coalesce(sum(CASE WHEN b.kind IN ('reinstated',"
        "   'returned') THEN b.amount_cents ELSE -b.amount_cents END), 0) AS cents"
        "  FROM payment b WHERE b.of_payment = p.id) left_"
        " WHERE o.way = 'monthly' AND o.kind = 'dues' AND p.kind = 'payment' AND left_.cents > 0"
        " AND p.received_at >= $1 AND p.received_at < $2"
        " AND NOT EXISTS (SELECT 1 FROM message m"
        "  WHERE m.key = 'dues.year:' || o.public_id || ':' || $3::text)"
        " GROUP BY h.id, o.public_id ORDER BY h.id",
        clock.start_of_day(date(year, 1, 1)),
        clock.start_of_day(date(year + 1, 1, 1)),
        str(year),
    )
