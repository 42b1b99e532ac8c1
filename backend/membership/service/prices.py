"""Prices of a month, from a day on (M10); who pays each month at another one is told (B1)."""

from datetime import date, timedelta

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import queries as orders
from backend.kit import clock, formats
from backend.kit.database import fetch, fetch_as, fetch_value, transaction
from backend.membership.errors import PriceMoved
from backend.membership.queries import month_price
from backend.membership.rules import Category
from backend.membership.service import telling
from backend.membership.service.periods import lock_household

TOLD_FOR = timedelta(days=60)  # after it holds, a new price is no news any more


async def set_price(by: By, category: Category, month_cents: int, since: date) -> None:
    """From `since` on; what was sold before keeps what it cost. A later change is replaced.

    Raises PriceMoved when somebody else set this category's price at the same moment.
    """
    async with transaction():
        before = await month_price(category, since)
        await fetch(
            "DELETE FROM price WHERE category = $1 AND lower(during) >= $2", category.value, since
        )
        await fetch(
            "UPDATE price SET during = daterange(lower(during), $2) WHERE category = $1"
            " AND during @> $2::date",
            category.value,
            since,
        )
        new = await fetch_value(
            "INSERT INTO price (category, month_cents, during) VALUES ($1, $2, daterange($3, NULL))"
            " ON CONFLICT ON CONSTRAINT price_no_two DO NOTHING RETURNING id",
            category.value,
            month_cents,
            since,
        )
        if new is None:
            raise PriceMoved
        await audit.note(
            "price_set",
            by,
            object_kind="price",
            since=since,
            changes={category.value: [before, month_cents]},
        )


class _Plan(msgspec.Struct, frozen=True):
    """A monthly payment that goes on, and the price of its household's category; the one it pays, where
    another one was told before.
    """

    household_id: int
    order_public_id: str
    amount_cents: int
    month_cents: int
    since: date


async def tell_new_prices() -> None:
    """Once each: Stripe takes what was agreed, until its payer stops and begins again (B1, M10)."""
    for plan in await _at_another_price():
        async with transaction():
            household = await lock_household(plan.household_id)
            await telling.tell(
                "dues.price",
                f"{plan.order_public_id}:{plan.since}:{plan.month_cents}",
                household,
                await orders.get_order(plan.order_public_id),
                since=formats.day(plan.since),
                price=formats.euros(plan.month_cents),
                amount=formats.euros(plan.amount_cents),
                cheaper=plan.month_cents < plan.amount_cents,
                same=plan.month_cents == plan.amount_cents,
            )


async def _at_another_price() -> list[_Plan]:
    """Those who were not told of it yet."""
    return await fetch_as(
        _Plan,
        "SELECT h.id AS household_id, o.public_id AS order_public_id, o.amount_cents, c.month_cents,"
        " lower(c.during) AS since FROM monthly_plan m JOIN household h ON h.id = m.household"
        " JOIN pay_order o ON o.id = m.pay_order JOIN price c ON c.category = h.category"
        " WHERE m.ended_at IS NULL AND m.ends_at IS NULL AND (c.month_cents <> o.amount_cents"
        "  OR o.public_id IN (SELECT split_part(t.key, ':', 2) FROM message t WHERE t.kind = 'dues.price'))"
        " AND upper(c.during) IS NULL AND lower(c.during) > $1 AND NOT EXISTS (SELECT 1 FROM message s"
        "  WHERE s.key = concat_ws(':', 'dues.price', o.public_id, lower(c.during), c.month_cents))"
        " ORDER BY h.id",
        clock.today() - TOLD_FOR,
    )
