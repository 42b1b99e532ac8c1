"""What dues cost, what was paid for, and what runs by itself."""

from datetime import date

import msgspec

from backend.billing.queries import Order
from backend.kit.database import fetch, fetch_as, fetch_one, fetch_one_as, fetch_value
from backend.membership import rules
from backend.membership.queries.words import GRACE
from backend.membership.rules import FIRST_PRICES, Category


async def month_price(category: Category, on: date) -> int:
    """Cents of a month for a category on a day (M10)."""
    cents: int | None = await fetch_value(PRICE.format("$1", "$2"), category.value, on)
    return FIRST_PRICES[category] if cents is None else cents


# Of category {0} on day {1}.
PRICE = "SELECT month_cents FROM price WHERE category = {0} AND during @> {1}::date"


async def month_prices(on: date) -> dict[Category, int]:
    """Cents of a month for every category on a day."""
    rows = await fetch("SELECT category, month_cents FROM price WHERE during @> $1::date", on)
    return FIRST_PRICES | {Category(row["category"]): row["month_cents"] for row in rows}


class Period(msgspec.Struct, frozen=True):
    start: date
    end: date
    paid_cents: int
    order_public_id: str
    provisional_until: date | None
    cancel_reason: str | None


async def periods_of(household_id: int) -> list[Period]:
    """Newest first, those that count no more included."""
    return await fetch_as(
        Period,
        'SELECT lower(q.during) AS start, upper(q.during) - 1 AS "end", q.paid_cents,'
        " o.public_id AS order_public_id, q.provisional_until, q.cancel_reason"
        " FROM period q JOIN pay_order o ON o.id = q.pay_order"
        " WHERE q.household = $1 ORDER BY q.during DESC, q.id DESC",
        household_id,
    )


class Granted(msgspec.Struct, frozen=True):
    """Free months that count, both days included, and how many they were when they were given."""

    order_public_id: str
    start: date
    end: date
    months: int

    @property
    def few(self) -> bool:
        """The counter takes them back without a manager."""
        return self.months <= rules.ALONE_MONTHS


async def granted(order_public_id: str) -> Granted | None:
    """The days of one such order, wherever they are now; None where none of them counts."""
    row = await fetch_one(
        "SELECT min(lower(q.during)) AS first, max(upper(q.during)) - 1 AS last,"
        " min((o.terms ->> 'months')::int) AS months FROM period q JOIN pay_order o"
        " ON o.id = q.pay_order WHERE o.public_id = $1 AND o.amount_cents = 0"
        " AND q.cancelled_at IS NULL HAVING count(*) > 0",
        order_public_id,
    )
    return row and Granted(order_public_id, row["first"], row["last"], row["months"])


class Besides(msgspec.Struct, frozen=True):
    """What a household has that its payer did not pay: free months, and orders of others by their keys."""

    granted: list[Granted]
    carried: list[int]


async def besides(payer_id: int, household_id: int) -> Besides:
    """Newest first; one statement."""
    rows = await fetch(
        "SELECT o.id, o.public_id, o.payer <> $1 AS carried, o.amount_cents = 0"
        " AND q.cancelled_at IS NULL AS granted, lower(q.during) AS first, upper(q.during) - 1 AS last,"
        " (o.terms ->> 'months')::int AS months"
        " FROM period q JOIN pay_order o ON o.id = q.pay_order WHERE q.household = $2"
        " AND (o.amount_cents = 0 OR o.payer <> $1) ORDER BY q.during DESC, q.id DESC",
        payer_id,
        household_id,
    )
    return Besides(
        [
            Granted(row["public_id"], row["first"], row["last"], row["months"])
            for row in rows
            if row["granted"]
        ],
        [row["id"] for row in rows if row["carried"]],
    )


class Plan(msgspec.Struct, frozen=True):
    """A monthly payment under way. `ends_on`: it was stopped, the last paid day."""

    order_public_id: str
    amount_cents: int
    ends_on: date | None


async def find_plan(household_id: int) -> Plan | None:
    return await fetch_one_as(Plan, PLAN, household_id)


# Of household $1; Stripe says the instant at which the next month would begin.
PLAN = (
    "SELECT o.public_id AS order_public_id, o.amount_cents,"
    " (m.ends_at AT TIME ZONE 'Europe/Paris')::date - 1 AS ends_on FROM monthly_plan m"
    " JOIN pay_order o ON o.id = m.pay_order WHERE m.household = $1 AND m.ended_at IS NULL"
)


async def grace_days() -> int:
    """Days after the last paid one on which vouchers that were taken still work."""
    days: int = await fetch_value(f"SELECT {GRACE}")
    return days


async def debit_days() -> int:
    """Business days that a debit under way counts (B6); Stripe hears of it after 5, or up to 14."""
    days: int = await fetch_value("SELECT coalesce((SELECT debit_days FROM club), 14)")
    return days


async def pending_threads() -> list[str]:
    """Payments at Stripe on which a provisional period stands: debits that have not ended (B5)."""
    rows = await fetch(
        "SELECT external_id FROM period WHERE provisional_until IS NOT NULL"
        " AND external_id IS NOT NULL AND cancelled_at IS NULL ORDER BY id"
    )
    return [row["external_id"] for row in rows]


async def live_subscriptions() -> list[str]:
    rows = await fetch("SELECT stripe_subscription FROM monthly_plan WHERE ended_at IS NULL")
    return [row["stripe_subscription"] for row in rows]


async def trace(order_id: int) -> str:
    """All that an order has left, as one word: whether a second look at Stripe changed anything."""
    left: str = await fetch_value(
        "SELECT concat_ws(' ', o.failed_at, o.closed_at, o.stripe_subscription,"
        " (SELECT count(*) FROM payment p WHERE p.pay_order = o.id),"
        " (SELECT json_agg(json_build_array(q.id, q.cancelled_at, q.provisional_until) ORDER BY q.id)"
        "  FROM period q WHERE q.pay_order = o.id),"
        " (SELECT json_agg(json_build_array(m.ends_at, m.ended_at) ORDER BY m.id)"
        "  FROM monthly_plan m WHERE m.pay_order = o.id)) FROM pay_order o WHERE o.id = $1",
        order_id,
    )
    return left


class OfHousehold(msgspec.Struct, frozen=True):
    """What an order for dues says of whose it is; `by`: who ordered it online, whose card it is."""

    household_id: int
    by: int | None = None


async def stands_for(order: Order, payer_id: int, household_id: int) -> bool:
    """Whether the order is this household's: paid by it, or with days that were carried to it (M5)."""
    return order.payer_id == payer_id or bool(
        await fetch_value(
            "SELECT 1 FROM period WHERE pay_order = $1 AND household = $2 LIMIT 1",
            order.id,
            household_id,
        )
    )


class Wish(msgspec.Struct, frozen=True):
    """A renewal by itself, as its household asked for it."""

    wording: str
    asked_on: date


async def find_wish(household_id: int) -> Wish | None:
    return await fetch_one_as(Wish, WISH, household_id)


# Of household $1.
WISH = (
    "SELECT wording, (asked_at AT TIME ZONE 'Europe/Paris')::date AS asked_on FROM renewal_wish"
    " WHERE household = $1 AND ended_at IS NULL"
)
