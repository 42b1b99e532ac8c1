"""Prices of a month, from a day on (M10)."""

from datetime import date

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit.database import fetch, fetch_value, transaction
from backend.membership.errors import PriceMoved
from backend.membership.queries import month_price
from backend.membership.rules import Category


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
