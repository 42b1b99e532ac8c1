"""Periods of a household: started, settled, cancelled. All under the household's lock."""

from collections.abc import Iterable
from datetime import date, timedelta

from backend.billing.queries import Order
from backend.kit import clock, locks
from backend.kit.database import fetch, fetch_value, transaction, within
from backend.membership import queries, rules
from backend.membership.errors import AlreadyPaid, DebitUnderWay, HouseholdUnknown
from backend.membership.queries import Household
from backend.membership.rules import CancelReason, Category, Span
from backend.membership.service import reminding

LOST = [CancelReason.DISPUTED.value, CancelReason.REFUNDED.value]  # may come back
# What stands on payment $2 of order $1: its own period, the newest where its days were given anew, and
# wherever they were carried to. What the desk took has no payment at Stripe, nor has what older code
# carried without saying from where.
STANDS = """
WITH RECURSIVE stands AS (
  SELECT o.id FROM period o WHERE o.pay_order = $1 AND o.carried_from IS NULL
    AND (o.external_id IS NULL OR o.external_id = $2 AND NOT EXISTS (SELECT 1 FROM period n
      WHERE n.pay_order = $1 AND n.external_id = $2 AND n.carried_from IS NULL AND n.id > o.id))
  UNION ALL
  SELECT q.id FROM period q JOIN stands s ON q.carried_from = s.id)
"""


async def lock_household(household_id: int) -> Household:
    """The household as it is now, held until the end of the transaction. Raises HouseholdUnknown."""
    within()
    if await locks.lock("household", household_id) is None:
        raise HouseholdUnknown
    return await queries.household_by_id(household_id)


async def lock_homes(household_id: int, order_public_id: str) -> Household:
    """The household, and with it every other one that days of this order stand in or go on in (M5)."""
    within()
    rows = await fetch(
        "SELECT q.household FROM period q JOIN pay_order o ON o.id = q.pay_order"
        " WHERE o.public_id = $1",
        order_public_id,
    )
    homes: set[int] = {household_id, *(row["household"] for row in rows)}
    heirs = [await queries.find_heir(each) for each in homes]
    for each in sorted(homes | {heir for heir in heirs if heir is not None}):
        await lock_household(each)
    return await queries.household_by_id(household_id)


async def start_period(
    household: Household,
    order: Order,
    *,
    months: int,
    category: Category,
    paid_cents: int,
    paid_on: date,
    external_id: str | None = None,
    provisional_until: date | None = None,
) -> Span:
    """The next days this household may call paid (M3). The household is locked.

    Two at once: the constraint decides, the other reads AlreadyPaid (M2).
    """
    within()
    await _give_up_dead(household.id)
    spans = (await queries.household_by_id(household.id)).spans
    start = rules.first_day(rules.paid_until(spans, paid_on), household.grace_days, paid_on)
    end = rules.last_day(start, months)
    made = await fetch_value(
        "INSERT INTO period (household, during, category, paid_cents, pay_order, external_id,"
        " provisional_until, created_at)"
        " VALUES ($1, daterange($2, $3, '[]'), $4, $5, $6, $7, $8, $9)"
        " ON CONFLICT ON CONSTRAINT period_no_overlap DO NOTHING RETURNING id",
        household.id,
        start,
        end,
        category.value,
        paid_cents,
        order.id,
        external_id,
        provisional_until,
        clock.now(),
    )
    if made is None:
        raise AlreadyPaid
    await reminding.withdraw(household.id, end)
    return Span(start, end, provisional_until)


async def carry_days(household: Household, to: Household, late: Order | None = None) -> Span | None:
    """What is paid ahead in one household goes on in another: as many days, after the other's own.

    None when there is nothing to carry. Today is had once where both have paid it. The rows of both
    stay as they were (M5); a carried period names the one it comes from, which is carried once, and
    has no payment of its own. `late`: only days of this order, which came after everybody had gone.
    Raises DebitUnderWay where the other's own days are not sure yet; late days go after those.
    """
    within()
    today = clock.today()
    await _give_up_dead(to.id)
    to = await queries.household_by_id(to.id)
    until = rules.paid_until(to.spans, today) if late else rules.settled_until(to.spans)
    start = today if until is None or until < today else until + rules.DAY
    rows = await fetch(
        "SELECT id, pay_order, category, upper(during) - greatest(lower(during), $2::date) AS days"
        " FROM period WHERE household = $1 AND cancelled_at IS NULL AND provisional_until IS NULL"
        " AND upper(during) > $2::date AND ($3::bigint IS NULL OR pay_order = $3) AND NOT EXISTS"
        "  (SELECT 1 FROM period n WHERE n.carried_from = period.id) ORDER BY during",
        household.id,
        today if start == today else today + rules.DAY,
        late and late.id,
    )
    if rows and late is None and rules.is_provisional(to.spans, today):
        raise DebitUnderWay
    after = start
    for row in rows:
        first, after = after, after + rules.DAY * row["days"]
        await fetch(
            "INSERT INTO period (household, during, category, paid_cents, pay_order, carried_from,"
            " created_at) VALUES ($1, daterange($2, $3), $4, 0, $5, $6, $7)",
            to.id,
            first,
            after,
            row["category"],
            row["pay_order"],
            row["id"],
            clock.now(),
        )
    if not rows:
        return None
    await reminding.withdraw(to.id, after - rules.DAY)
    return Span(start, after - rules.DAY)


async def pass_on(order: Order) -> Span | None:
    """Days that came, or came back, to a household that has ended go on where its people live now.

    Gives those days, None where nothing went on.
    """
    within()
    span = None
    rows = await fetch(
        "SELECT DISTINCT q.household FROM period q JOIN household h ON h.id = q.household"
        " WHERE q.pay_order = $1 AND q.cancelled_at IS NULL AND h.ended_at IS NOT NULL ORDER BY 1",
        order.id,
    )
    for row in rows:
        heir = await queries.find_heir(row["household"])
        if heir is not None:
            household = await queries.household_by_id(row["household"])
            span = await carry_days(household, await lock_household(heir), order) or span
    return span


async def settle_period(order: Order, external_id: str) -> Span | None:
    """The debit arrived: its provisional period is a paid one. None when there is none to settle."""
    within()
    rows = await fetch(
        "UPDATE period SET provisional_until = NULL WHERE pay_order = $1 AND external_id = $2"
        " AND cancelled_at IS NULL RETURNING lower(during), upper(during) - 1",
        order.id,
        external_id,
    )
    return Span(rows[0][0], rows[0][1]) if rows else None


async def has_period(order: Order, external_id: str) -> bool:
    """Whether this payment ever began one, whatever became of it."""
    within()
    found: bool = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM period WHERE pay_order = $1 AND external_id = $2)",
        order.id,
        external_id,
    )
    return found


async def cancel_period(
    order: Order, external_id: str | None, reason: CancelReason, *, only_provisional: bool = False
) -> bool:
    """Whether there was one that counted, here or where its days were carried to."""
    within()
    rows = await fetch(
        STANDS + "UPDATE period SET cancelled_at = $3,"  # noqa: S608 - our own words
        " cancel_reason = $4, provisional_until = NULL WHERE id IN (SELECT id FROM stands) AND cancelled_at IS NULL"
        " AND (NOT $5 OR provisional_until IS NOT NULL) RETURNING household",
        order.id,
        external_id,
        clock.now(),
        reason.value,
        only_provisional,
    )
    await _close_up(row["household"] for row in rows)
    return bool(rows)


async def cancel_periods(order: Order, reason: CancelReason) -> None:
    """All that this order bought and that still counts."""
    within()
    rows = await fetch(
        "UPDATE period SET cancelled_at = $2, cancel_reason = $3, provisional_until = NULL"
        " WHERE pay_order = $1 AND cancelled_at IS NULL RETURNING household",
        order.id,
        clock.now(),
        reason.value,
    )
    await _close_up(row["household"] for row in rows)


async def restore_period(order: Order, external_id: str) -> bool:
    """A dispute was won, a refund came back: the same days, wherever they were carried to.

    Where they were paid anew meanwhile, those stay, and carried ones go on after them.
    """
    within()
    lost = await fetch(
        STANDS + "SELECT q.id, q.household, q.carried_from, q.during"  # noqa: S608
        " FROM period q JOIN stands s ON s.id = q.id WHERE q.cancel_reason = ANY($3) ORDER BY q.id",
        order.id,
        external_id,
        LOST,
    )
    back = False
    for row in lost:
        back = await _restore(row["id"], row["during"].lower, row["during"].upper)
    if lost and not back and lost[-1]["carried_from"] is not None:
        row = lost[-1]
        spans = (await queries.household_by_id(row["household"])).spans
        until = rules.paid_until(spans, clock.today())
        start = clock.today() if until is None else max(clock.today(), until + rules.DAY)
        back = await _restore(row["id"], start, start + (row["during"].upper - row["during"].lower))
    await _close_up(row["household"] for row in lost)
    return back


async def _restore(period_id: int, first: date, after: date) -> bool:
    """Whether these days were free in its household."""
    restored = await fetch_value(
        "UPDATE period q SET cancelled_at = NULL, cancel_reason = NULL, during = daterange($2, $3)"
        " WHERE q.id = $1 AND NOT EXISTS (SELECT 1 FROM period r WHERE r.household = q.household"
        "  AND r.cancelled_at IS NULL AND r.during && daterange($2, $3)) RETURNING q.id",
        period_id,
        first,
        after,
    )
    return restored is not None


async def lost_period(order: Order, external_id: str) -> bool:
    """Whether this payment bought days that were taken away, and none that still count."""
    within()
    lost: bool | None = await fetch_value(
        "SELECT bool_and(coalesce(cancel_reason = ANY($3), false)) FROM period WHERE pay_order = $1"
        " AND external_id = $2 AND cancel_reason IS DISTINCT FROM 'unpaid'",
        order.id,
        external_id,
        LOST,
    )
    return bool(lost)


async def _close_up(household_ids: Iterable[int]) -> None:
    """Days paid for later begin earlier, as many of them: no gap is left where others were taken
    away, so that whoever has paid is not without them today (M1).
    """
    for household_id in set(household_ids):
        await _give_up_dead(household_id)
        await _draw_near(household_id)


async def give_up_debits() -> None:
    """A debit that never ended stands no longer before days that were paid after it: they begin (M1, B6)."""
    rows = await fetch(
        "SELECT DISTINCT q.household FROM period q WHERE q.cancelled_at IS NULL"
        " AND q.provisional_until < $1 AND EXISTS (SELECT 1 FROM period n"
        "  WHERE n.household = q.household AND n.cancelled_at IS NULL AND n.during >> q.during)"
        " ORDER BY 1",
        clock.today(),
    )
    for row in rows:
        async with transaction():
            await lock_household(row["household"])
            await _give_up_dead(row["household"])


async def _give_up_dead(household_id: int) -> None:
    """A provisional period past its day no longer stands in the way of what is paid, then or now."""
    given_up = await fetch(
        "UPDATE period SET cancelled_at = $2, cancel_reason = 'unpaid' WHERE household = $1"
        " AND cancelled_at IS NULL AND provisional_until < $3 RETURNING id",
        household_id,
        clock.now(),
        clock.today(),
    )
    if given_up:
        await _draw_near(household_id)


async def _draw_near(household_id: int) -> None:
    rows = await fetch(
        "SELECT q.id, q.during FROM period q JOIN household h ON h.id = q.household"
        " WHERE h.id = $1 AND h.ended_at IS NULL AND q.cancelled_at IS NULL"
        " AND upper(q.during) > $2 ORDER BY q.during",
        household_id,
        clock.today(),
    )
    free = clock.today()
    for row in rows:
        late = max(row["during"].lower - free, timedelta())
        if late:
            await fetch(
                "UPDATE period SET during = daterange($2, $3) WHERE id = $1",
                row["id"],
                free,
                row["during"].upper - late,
            )
        free = row["during"].upper - late
